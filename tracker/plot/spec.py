"""From series to a Vega-Lite specification.

Marks are built without rows and validated so; the rows follow as named datasets, because
validating tens of thousands of them would take Altair many seconds.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import altair as alt

from tracker.analysis import Status
from tracker.errors import InvalidValue
from tracker.model import Series
from tracker.plot import layout as at
from tracker.plot import marks
from tracker.plot.colours import Theme, colours_of, theme_named
from tracker.plot.layout import Layout, lay_out
from tracker.plot.rows import band_name, datasets, words_name
from tracker.plot.scene import scene
from tracker.plot.typeset import ALIGNS, FONT

Spec = dict[str, Any]
SMALLEST = (320, 320)


def specification(
    series: Sequence[Series],
    *,
    now: datetime | None,
    confirm: int,
    theme: str,
    size: tuple[int, int],
) -> Spec:
    """What ``tracker.plot.draw`` promises."""
    if size[0] < SMALLEST[0] or size[1] < SMALLEST[1]:
        raise InvalidValue(f"a picture is at least {SMALLEST[0]}x{SMALLEST[1]} pixels")
    shades = theme_named(theme)
    placed = lay_out(scene(series, confirm), size, now)
    colours = colours_of([one.app for one in series], shades)
    by_id = {one.app.app_id: colour for one, colour in zip(series, colours, strict=True)}
    rows = datasets(placed, by_id)
    spec: Spec = _picture(placed, rows, by_id, shades).to_dict()
    spec["datasets"] = rows
    return spec


def _picture(
    placed: Layout, rows: Collection[str], colours: Mapping[str, str], theme: Theme
) -> alt.LayerChart:
    """ROWS are the names of the sets of rows there are; a mark without rows is left out."""
    layers = [
        *(marks.gaps(placed, theme) if "gaps" in rows else ()),
        *marks.lane(placed, theme),
        *(marks.bands(status) for status in Status if band_name(status) in rows),
        *(
            mark
            for one in placed.scene.series
            for mark in marks.line(placed, one, colours[one.app.app_id], theme)
        ),
        *([marks.lone_looks()] if "lone looks" in rows else ()),
        *marks.ends(theme),
        *marks.ahead(placed, rows, theme),
        *(marks.words(align) for align in ALIGNS if words_name(align) in rows),
        marks.pointer(theme),
        marks.footnote(placed, theme),
    ]
    picture: alt.LayerChart = (
        alt.layer(*layers)
        .properties(
            width=placed.width,
            height=placed.height,
            padding={
                "left": placed.left, "top": placed.top,
                "right": placed.right, "bottom": placed.bottom,
            },
            autosize={"type": "none"},
            background=theme.background,
            title=_title(placed, theme),
            description=description(placed),
        )
        .configure(font=FONT, view=alt.ViewConfig(stroke=None), mark=alt.MarkConfig(aria=False))
    )  # fmt: skip
    return picture


def description(placed: Layout) -> str:
    """The picture in words, for those who do not see it."""
    drawn = placed.scene
    last = [
        f"{label} " + ("is unranked" if one.ranks[-1] is None else f"is number {one.ranks[-1]}")
        for label, one in zip(drawn.labels, drawn.series, strict=True)
    ]
    return (
        f"{' '.join(placed.title)}. {'. '.join(placed.subtitle)}. "
        f"A step line of rank over time for each app, rank 1 on top. "
        f"At the last look {', '.join(last)}."
    )


def _title(placed: Layout, theme: Theme) -> alt.TitleParams:
    return alt.TitleParams(
        text=list(placed.title),
        subtitle=list(placed.subtitle),
        anchor="start",
        frame="group",
        dx=at.PAD - placed.left,
        offset=18,
        fontSize=placed.title_size,
        lineHeight=at.title_line(placed.title_size),
        fontWeight="bold",
        color=theme.ink,
        subtitleFontSize=at.SUBTITLE,
        subtitleLineHeight=at.SUBTITLE_LINE,
        subtitlePadding=8,
        subtitleColor=theme.quiet,
    )
