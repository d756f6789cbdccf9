"""A picture as one HTML file: everything within it, nothing loaded, names never markup."""

from __future__ import annotations

import html
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tracker.plot.style.colours import THEMES
from tracker.plot.style.size import LEGIBLE, SMALL

#: Nothing may be loaded from anywhere; Vega compiles its expressions, hence 'unsafe-eval'.
_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; "
    "style-src 'unsafe-inline'; img-src data: blob:"
)
#: A screen less wide than this scrolls a landscape picture that has no other sheet: smaller, its
#: words could not be read.
_READABLE = 720
#: A narrow sheet is magnified so many times at most, in a window that is too wide for it.
_MAGNIFIED = 1.3
_KEYS = (
    "Left and right: the snapshots of an app, by tenths of the time with shift. Up and down: the "
    "apps. Plus and minus: look closer or less. Home and end: the first and last snapshot. "
    "Escape: show all."
)
#: What is the same in every page.
_PARTS = Path(__file__).parent
_SCRIPTS = ("rows", "ends", "fingers", "keys", "sheets", "tables")
_PAGE = """<!doctype html>
<html lang="en" data-theme="{theme}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="apptrack">
<title>{title}</title>
<style>
:root {{ {looks} }}
{style}</style>
</head>
<body>
<figure aria-label="{title}">
<div id="plot" role="img" aria-label="{description}"></div>
<div id="cursor" tabindex="0" role="application" aria-label="Snapshot by snapshot"
  aria-describedby="keys" hidden></div>
<p id="keys">{keys}</p>
<p id="told" role="status"></p>
</figure>
<noscript><p>{description}</p></noscript>
{table}
<script>{library}</script>
<script type="application/json" id="sheets">{sheets}</script>
<script>
{{
{script}}}
</script>
</body>
</html>
"""


def page(
    specs: Sequence[Mapping[str, Any]],
    library: str,
    *,
    title: str,
    sizes: Sequence[tuple[float, float]],
    table: str = "",
) -> str:
    """SPECS drawn by LIBRARY: one picture on several sheets, widest first, of which one is shown.

    Their rows are packed; SIZES are those of the sheets, in points; TABLE is HTML to stand beneath.
    """
    spec, (wide, high) = specs[0], sizes[0]
    config = spec.get("config", {})
    ground = spec.get("background", "#FFFFFF")
    name = "dark" if int(ground[1:3], 16) < 128 else "light"
    theme = THEMES[name]
    scrolled = len(specs) == 1 and wide > 1.25 * high
    looks = {
        "ground": ground,
        "ink": theme.ink,
        "quiet": theme.quiet,
        "card": theme.lane,
        "edge": theme.context,
        "grid": theme.grid,
        "wide": f"{round(wide)}px",
        "least": f"{round(min(_READABLE, wide)) if scrolled else 0}px",
        "font": config.get("font", "sans-serif"),
    }
    return _PAGE.format(
        policy=_POLICY,
        title=html.escape(title),
        description=html.escape(spec.get("description", title)),
        looks=" ".join(f"--{name}: {value};" for name, value in looks.items()),
        style=_part("page.css"),
        script="".join(_part(f"script/{name}.js") for name in _SCRIPTS),
        keys=_KEYS,
        theme=name,
        table=table,
        library=library,
        sheets=inert(json.dumps(_sheets(specs, sizes), ensure_ascii=False, separators=(",", ":"))),
    )


def _part(name: str) -> str:
    return (_PARTS / name).read_text("utf-8")


def _sheets(
    specs: Sequence[Mapping[str, Any]], sizes: Sequence[tuple[float, float]]
) -> list[dict[str, Any]]:
    """Each sheet with the width of the window ``from`` which it is shown, and its own at ``most``.

    The widest is shown whose smallest type can be read there, and the last where none can.
    """
    return [
        {
            "from": 0 if number == len(specs) - 1 else math.ceil(wide * LEGIBLE / SMALL),
            "most": round(wide * (_MAGNIFIED if number else 1)),
            "specification": spec,
        }
        for number, (spec, (wide, _)) in enumerate(zip(specs, sizes, strict=True))
    ]


def inert(text: str) -> str:
    """JSON in which no name can end the script element or start a comment in it."""
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
