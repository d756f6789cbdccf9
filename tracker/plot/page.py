"""A plot as one HTML file: everything within it, nothing loaded, and names never markup."""

from __future__ import annotations

import html
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

from altair.utils.schemapi import debug_mode

from tracker.plot.bundle import library, vegalite
from tracker.plot.callouts import MOST_CHANGES
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
_FOCUS = (
    ' tabindex="0" role="application" aria-label="Snapshot by snapshot" aria-describedby="keys"'
)
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
<h1>{heading}</h1>
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
    footer = [_prose(line) for line in words.footer]
    if data:
        footer.append(f"Data: <code>{_text(data)}</code>")
    marked = len(words.changes) <= MOST_CHANGES
    lists = [_list(words.listed, words.changes, marked), _list("Notes", words.notes, kind="A")]
    return _PAGE.format(
        policy=_POLICY,
        title=_text(words.headline),
        heading=_prose(words.headline),
        subtitle=_prose(" · ".join(words.subtitle)),
        description=_text(words.description),
        variables=" ".join(f"--{name}: {value};" for name, value in variables.items()),
        style=_part("page.css"),
        panels=_boxes(plot),
        keys=_KEYS,
        lists="\n".join(filter(None, lists)),
        footer="\n".join(f"<p>{line}</p>" for line in footer),
        table=table,
        library=library(vegalite()),
        data=inert_json(drawable(_data(plot))),
        script=_part("page.js"),
    )


def _text(text: str) -> str:
    return html.escape(drawable(text))


def _prose(text: str) -> str:
    """TEXT with spaces at which no line breaks, nor at a dash, nor before a dot in the middle."""
    return glued(_text(text)).replace("–", "\u2060–\u2060").replace(" ·", "\u00a0·")


def _part(name: str) -> str:
    return (_PARTS / name).read_text("utf-8")


def _list(heading: str, items: tuple[str, ...], shown: bool = True, kind: str = "1") -> str:
    """ITEMS, counted with numbers or letters as the marks of the plot are; open where SHOWN."""
    if not items:
        return ""
    more = len(items) - _MOST_LISTED
    listed = "".join(f"<li>{_prose(row)}</li>" for row in items[:_MOST_LISTED])
    return (
        f'<details{" open" * shown} class="quiet"><summary>{heading} ({len(items):,})</summary>'
        f'<ol class="list" type="{kind}">{listed}</ol>'
        f"{f'<p>and {more:,} more</p>' if more > 0 else ''}</details>"
    )


def _widths(plot: Plot) -> tuple[float, float]:
    """About how wide a panel is in a window, and on a phone."""
    return (_WINDOW if len(plot.panels) == 1 or plot.columns else _PHONE, _PHONE)


def _boxes(plot: Plot) -> str:
    """A box for each panel, all with margins of the same width."""
    window, phone = _widths(plot)
    wide = [panel.margins(window, _SHEET, live=True) for panel in plot.panels]
    slim = [panel.margins(phone, _LOW, live=True) for panel in plot.panels]
    sides = {
        "left": max(margins.left for margins in wide),
        "right": max(margins.right for margins in wide),
        "slim-left": max(margins.left for margins in slim),
        "slim-right": max(margins.right for margins in slim),
    }
    boxes = []
    for panel, margins in zip(plot.panels, wide, strict=True):
        high, low = panel.height(window) or _HIGH, panel.height(phone) or _LOW
        sizes = {"top": margins.top + 4, **sides, "high": high, "low": low}
        style = " ".join(f"--{name}: {value:.0f}px;" for name, value in sizes.items())
        head = f"<h2>{_text(panel.head)}</h2>" if panel.head else ""
        words = "" if margins.callouts.rows else " wordless"
        keys = _FOCUS if panel.cursor else ""
        boxes.append(
            f'<section class="panel">{head}<div class="plot{words}" style="{style}"{keys}></div>'
            "</section>"
        )
    return "\n".join(boxes)


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
    widths = _widths(plot)
    margins = panel.margins(widths[0], _SHEET, live=True)
    view = panel.view("width", "height", plot.theme)
    spec = layered(panel.layers(view, margins)).to_dict(validate=False)
    return {
        "spec": _for_a_page(spec, view, font_for([plot.words.headline, *plot.names])),
        "rows": {name: packed(rows) for name, rows in view.rows.items()},
        "span": list(view.span),
        "ticks": list(view.ticks),
        "head": panel.head,
        **panel.live(view, widths),
    }


def _for_a_page(spec: dict[str, Any], view: View, font: str) -> dict[str, Any]:
    """SPEC with what a page sets: its size, the time shown, and the ticks of that time.

    Added to the finished specification, for each method of an Altair chart copies and validates
    all of it, and a page should not take longer than its imports.
    """
    signals = {"shown": None, "ticks": list(view.ticks), "picked": None}
    return spec | {
        "width": _WINDOW,
        "height": _HIGH,
        "autosize": {"type": "none"},
        "padding": 0,
        "background": "transparent",
        "params": [{"name": name, "value": value} for name, value in signals.items()],
        "config": {"aria": False, "font": font, "view": {"stroke": None}},
    }
