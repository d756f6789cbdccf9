"""A plot as one HTML file: everything within it, nothing loaded, and names never markup."""

from __future__ import annotations

import html
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

from altair.utils.schemapi import debug_mode

from tracker.plot.bundle import library, vegalite
from tracker.plot.compose import Panel, Plot, layered
from tracker.plot.packing import drawable, inert_json, packed
from tracker.plot.theme import THEMES, font_for
from tracker.plot.ticks import epoch, offsets
from tracker.plot.typeset import glued
from tracker.plot.view import View

#: Nothing may be loaded from anywhere; Vega compiles its expressions, hence 'unsafe-eval'.
_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; "
    "style-src 'unsafe-inline'; img-src data: blob:"
)
_KEYS = (
    "Left and right: the snapshots of an app, by tenths of the time with shift. Up and down: the "
    "apps. Plus and minus: zoom. Home and end: the first and last snapshot. Escape: show all."
)
#: A window and a phone, in points: the labels beside a plot are cut for these.
_WINDOW, _PHONE = 1140, 370
#: Points of a plot's height in a window and on a phone, where it has none of its own.
_HIGH, _LOW = 430, 400
#: Of which its captions get a share.
_SHEET = 540
#: Of items listed below the plot, the first so many.
_MOST_LISTED = 60
_PARTS = Path(__file__).parent
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="apptrack">
<title>{title}</title>
<style>
:root {{ {variables} }}
{style}</style>
</head>
<body>
<main>
<figure aria-label="{title}">
<h1>{title}</h1>
<p class="quiet subtitle">{subtitle}</p>
<div role="img" aria-label="{description}"></div>
<noscript><p>{description}</p></noscript>
<div class="panels">
{panels}
</div>
<button id="all" type="button" hidden>Show all of the time</button>
<p id="keys">{keys}</p>
<p id="spoken" role="status"></p>
{lists}
<footer>
{footer}
</footer>
</figure>
{table}
</main>
<div id="tip" hidden></div>
<script>{library}</script>
<script type="application/json" id="page">{data}</script>
<script>
{{
{script}}}
</script>
</body>
</html>
"""


def page(plot: Plot, *, table: str = "", data: str = "") -> str:
    """PLOT as a page, with TABLE, which is HTML, below it; DATA is a command that exports its data.

    One layout for every width: panels are as wide as there is room, and styles and Vega's signals
    do the rest.
    """
    theme, words = plot.theme, plot.words
    texts = [words.headline, *words.footer, *plot.names]
    variables = {
        "ground": theme.background,
        "ink": theme.ink,
        "quiet": theme.quiet,
        "card": theme.lane,
        "edge": theme.context,
        "grid": theme.grid,
        "font": font_for(texts),
        "least": f"{round(plot.least)}px" if len(plot.panels) > 1 and not plot.columns else "100%",
    }
    footer = [_text(line) for line in words.footer]
    if data:
        footer.append(f"Data: <code>{_text(data)}</code>")
    lists = [_list("Changes of the lead", words.changes), _list("Notes", words.notes, "A")]
    return _PAGE.format(
        policy=_POLICY,
        title=_text(words.headline),
        subtitle=_text(" · ".join(words.subtitle)),
        description=_text(words.description),
        variables=" ".join(f"--{name}: {value};" for name, value in variables.items()),
        style=_part("page.css"),
        panels="\n".join(_box(panel) for panel in plot.panels),
        keys=_KEYS,
        lists="\n".join(filter(None, lists)),
        footer="\n".join(f"<p>{line}</p>" for line in footer),
        table=table,
        library=library(vegalite()),
        data=inert_json(drawable(_data(plot))),
        script=_part("page.js"),
    )


def _text(text: str) -> str:
    return html.escape(glued(drawable(text)))


def _part(name: str) -> str:
    return (_PARTS / name).read_text("utf-8")


def _list(heading: str, items: tuple[str, ...], kind: str = "1") -> str:
    """ITEMS, counted with numbers or letters as the marks of the plot are."""
    if not items:
        return ""
    more = len(items) - _MOST_LISTED
    listed = "".join(f"<li>{_text(row)}</li>" for row in items[:_MOST_LISTED])
    return (
        f'<details open class="quiet"><summary>{heading}</summary>'
        f'<ol class="list" type="{kind}">{listed}</ol>'
        f"{f'<p>and {more:,} more</p>' if more > 0 else ''}</details>"
    )


def _box(panel: Panel) -> str:
    wide = panel.margins(_WINDOW, _SHEET, live=True)
    slim = panel.margins(_PHONE, _LOW, live=True)
    high = panel.height(_WINDOW)
    style = {
        "top": wide.top + 4,
        "left": wide.left,
        "right": wide.right,
        "slim": slim.right,
        "high": high or _HIGH,
        "low": panel.height(_PHONE) or _LOW,
    }
    sizes = " ".join(f"--{name}: {value:.0f}px;" for name, value in style.items())
    head = f"<h2>{_text(panel.head)}</h2>" if panel.head else ""
    keys = (
        'tabindex="0" role="application" aria-label="Snapshot by snapshot" aria-describedby="keys"'
    )
    words = "" if wide.callouts.rows else " wordless"
    return (
        f'<section class="panel">{head}<div class="plot{words}" style="{sizes}"'
        f"{f' {keys}' if panel.cursor else ''}></div></section>"
    )


def _data(plot: Plot) -> dict[str, Any]:
    """What page.js draws: a specification and rows for each panel, packed."""
    with debug_mode(False):
        panels = [_panel(panel, plot) for panel in plot.panels]
    dark = plot.theme == THEMES["dark"]
    spans = [panel["span"] for panel in panels]
    zone = plot.zone
    span = [min(first for first, _ in spans), max(last for _, last in spans)]
    return {
        "theme": "dark" if dark else "light",
        "zone": str(zone),
        "offsets": _offsets(zone, span),
        "span": span,
        "panels": panels,
    }


def _offsets(zone: tzinfo, span: list[int]) -> list[tuple[int, int]]:
    """Since when the clocks of ZONE are how far ahead of UTC, in milliseconds."""
    first, last = (datetime.fromtimestamp(ms / 1000, UTC) for ms in span)
    return [
        (epoch(start), offset // timedelta(milliseconds=1))
        for start, _, offset in offsets(zone, first, last)
    ]


def _panel(panel: Panel, plot: Plot) -> dict[str, Any]:
    margins = panel.margins(_WINDOW, _SHEET, live=True)
    view = panel.view("width", "height", plot.theme)
    spec = layered(panel.layers(view, margins)).to_dict(validate=False)
    return {
        "spec": _for_a_page(spec, view, font_for([plot.words.headline, *plot.names])),
        "rows": {name: packed(rows) for name, rows in view.rows.items()},
        "span": list(view.span),
        "ticks": list(view.ticks),
        "head": panel.head,
        **panel.live(view, (_WINDOW, _PHONE)),
    }


def _for_a_page(spec: dict[str, Any], view: View, font: str) -> dict[str, Any]:
    """SPEC with what a page sets: its size, the time shown, and the ticks of that time.

    Added to the finished specification, for each method of an Altair chart copies and validates
    all of it, and a page should not take longer than its imports.
    """
    return spec | {
        "width": _WINDOW,
        "height": _HIGH,
        "autosize": {"type": "none"},
        "padding": 0,
        "background": "transparent",
        "params": [{"name": "shown", "value": None}, {"name": "ticks", "value": list(view.ticks)}],
        "config": {"font": font, "view": {"stroke": None}},
    }
