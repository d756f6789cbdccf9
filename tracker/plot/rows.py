"""The rows that the marks are drawn from, as compact as they can be read.

Times are milliseconds since 1970, as Vega counts them; ``x`` and ``y`` are pixels.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from tracker.analysis import LeadSpan, Overtake, Status
from tracker.model import App, Series
from tracker.plot.colours import text_on
from tracker.plot.layout import SMALL, Layout, end_labels
from tracker.plot.scene import Stretch, stretches
from tracker.plot.thin import ENOUGH, steps, thin
from tracker.plot.typeset import ALIGNS, Align, width
from tracker.plot.words import lasting

Row = dict[str, str | int | float | None]
Rows = list[Row]


def epoch(time: datetime) -> int:
    """Milliseconds since 1970."""
    return int(time.timestamp()) * 1000


def datasets(layout: Layout, colours: Mapping[str, str]) -> dict[str, Rows]:
    """Every named set of rows, without the empty ones; COLOURS by app id."""
    series = layout.scene.series
    found: dict[str, Rows] = {
        "gaps": gap_rows(layout),
        "lone looks": [row for one in series for row in lone_rows(layout, one, colours)],
        "ends": end_rows(layout, colours),
        "ahead": ahead_rows(layout, colours),
        "nobody ahead": nobody_rows(layout),
        "lane": [row for one in series for row in lane_rows(layout, one, colours)],
        "looks": [
            row
            for one, label in zip(series, layout.scene.labels, strict=True)
            for row in look_rows(layout, one, label, colours)
        ],
        "once": [{}],
    }
    found |= {band_name(status): band_rows(layout, status, colours) for status in Status}
    found |= {words_name(align): word_rows(layout, align, colours) for align in ALIGNS}
    found = {name: rows for name, rows in found.items() if rows}
    return found | {line_name(one): line_rows(layout, one) for one in series}


def band_name(status: Status) -> str:
    """The name of the rows of the changes of one status."""
    return f"{status.value} changes"


def words_name(align: Align) -> str:
    """The name of the rows of words on one side of their place."""
    return f"words {align}"


def line_name(series: Series) -> str:
    """The name of the rows of one app's line."""
    return f"ranks of {series.app.app_id}"


def line_rows(layout: Layout, series: Series) -> Rows:
    """``{"t": …, "r": 3, "d": 0}``, ``r`` None where the line breaks, ``d`` 1 where dashed."""
    rows: Rows = []
    for stretch in stretches(series):
        if not stretch.ranked:
            continue
        dashed = int(stretch.dashed)
        points = _thinned(layout, steps(stretch.points), len(series.ranks))
        rows += [{"t": epoch(time), "r": rank, "d": dashed} for time, rank in points]
        rows.append({"t": epoch(points[-1][0]), "r": None, "d": dashed})
    return rows[:-1]


def _thinned(
    layout: Layout, points: list[tuple[datetime, int | None]], looks: int
) -> list[tuple[datetime, int | None]]:
    if looks <= ENOUGH:
        return points
    times = layout.scene.timeline.times
    # Twice the width: pictures are written at two pixels to the point.
    return thin(points, times[0], times[-1], 2 * int(layout.width))


def lane_rows(layout: Layout, series: Series, colours: Mapping[str, str]) -> Rows:
    """A bar for each stretch in which the app was looked for and not in the chart."""
    app_id = series.app.app_id

    def bar(stretch: Stretch) -> Row:
        start, end = stretch.points[0][0], stretch.points[-1][0]
        return {
            "t": epoch(start),
            "t2": epoch(end),
            "y": layout.tracks[app_id],
            "colour": colours[app_id],
            "d": int(stretch.dashed),
        }

    return [bar(stretch) for stretch in stretches(series) if not stretch.ranked]


def lone_rows(layout: Layout, series: Series, colours: Mapping[str, str]) -> Rows:
    """Looks with a gap on both sides: a stroke without length would not be seen."""
    app_id, end = series.app.app_id, layout.scene.timeline.times[-1]
    alone = (part.points[0] for part in stretches(series) if len(part.points) == 1)
    return [
        {
            "t": epoch(time),
            "y": layout.tracks[app_id] if rank is None else layout.y(rank),
            "colour": colours[app_id],
        }
        for time, rank in alone
        if time != end
    ]


def look_rows(layout: Layout, series: Series, label: str, colours: Mapping[str, str]) -> Rows:
    """What a pointer finds: one row for each look, or the last of each column of pixels."""
    looks = list(series)
    if len(looks) > ENOUGH:
        columns = {int(layout.x(look.observed_at)): look for look in looks}
        looks = list(columns.values())
    app_id = series.app.app_id
    return [
        {
            "t": epoch(look.observed_at),
            "y": round(
                layout.tracks[app_id] if look.rank is None else layout.y(look.rank), 1
            ),
            "app": label,
            "rank": f"not in the top {look.depth}" if look.rank is None else str(look.rank),
            "colour": colours[app_id],
        }
        for look in looks
    ]  # fmt: skip


def gap_rows(layout: Layout) -> Rows:
    """The gaps, with words where they find room."""
    rows: Rows = []
    for gap in layout.scene.gaps:
        room = layout.x(gap.end) - layout.x(gap.start) - 8
        told = ("nobody looked", f"for {lasting(gap.seconds)}")
        fits = max(width(line, SMALL) for line in told) <= room
        row: Row = {"t": epoch(gap.start), "t2": epoch(gap.end)}
        row["m"] = (epoch(gap.start) + epoch(gap.end)) // 2
        rows.append({**row, "first": told[0] if fits else "", "then": told[1] if fits else ""})
    return rows


def band_rows(layout: Layout, status: Status, colours: Mapping[str, str]) -> Rows:
    """The changes of the lead: the ledger's interval, from the words or the top to the bottom."""
    tops = {_key(told.change): told.y + SMALL / 2 + 2 for told in layout.words}
    bottom = layout.lane.bottom if layout.lane else layout.ranks.bottom
    return [
        {
            "t": epoch(change.after),
            "t2": epoch(change.by),
            "y": tops.get(_key(change), layout.ranks.top - 8),
            "y2": bottom,
            "colour": colours[change.winner.app_id],
            "kind": change.kind.value,
        }
        for change in layout.scene.banded
        if change.status == status
    ]


def _key(change: Overtake) -> tuple[datetime, str]:
    return change.by, change.winner.app_id


def word_rows(layout: Layout, align: Align, colours: Mapping[str, str]) -> Rows:
    """What the bands mean, in the winner's colour."""
    return [
        {"x": told.x, "y": told.y, "text": told.text, "colour": colours[told.change.winner.app_id]}
        for told in layout.words
        if told.align == align
    ]


def end_rows(layout: Layout, colours: Mapping[str, str]) -> Rows:
    """The dots and names at the lines' ends; ``filled`` says whether the last look ranked it."""
    last = {one.app.app_id: one.ranks[-1] for one in layout.scene.series}
    return [
        {
            "x": layout.width,
            "y0": label.anchor,
            "y": label.y,
            "text": label.text,
            "colour": colours[label.app_id],
            "ranked": int(last[label.app_id] is not None),
        }
        for label in end_labels(layout)
    ]


def ahead_rows(layout: Layout, colours: Mapping[str, str]) -> Rows:
    """Who was ahead, with the name where it finds room."""
    if layout.strip is None:
        return []
    return [
        _ahead(layout, span, span.leader, colours[span.leader.app_id])
        for span in layout.scene.spans
        if span.leader is not None
    ]


def _ahead(layout: Layout, span: LeadSpan, leader: App, colour: str) -> Row:
    name = layout.scene.brief(leader)
    room = layout.x(span.end) - layout.x(span.start) - 10
    text = name if width(name, SMALL - 1, bold=True) <= room else ""
    times: Row = {"t": epoch(span.start), "t2": epoch(span.end)}
    return {**times, "colour": colour, "ink": text_on(colour), "text": text}


def nobody_rows(layout: Layout) -> Rows:
    """When nobody could be said to be ahead, though somebody looked."""
    if layout.strip is None:
        return []
    spans = (span for span in layout.scene.spans if span.leader is None)
    return [{"t": epoch(span.start), "t2": epoch(span.end)} for span in spans]
