"""The rows that the marks are drawn from, as compact as they can be read.

Times are milliseconds since 1970, as Vega counts them; ``x`` and ``y`` are pixels.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from itertools import pairwise

from tracker.analysis import Gap
from tracker.model import Series
from tracker.plot.curve.ahead import ahead_rows
from tracker.plot.curve.endlabels import context_labels, end_labels, names_at, names_within
from tracker.plot.curve.layout import Layout
from tracker.plot.curve.leaving import left_rows
from tracker.plot.curve.ranks import break_rows
from tracker.plot.curve.thin import ENOUGH, Point, thin
from tracker.plot.curve.upright import Row, number_rows, upright_rows
from tracker.plot.scene import Stretch, stretches
from tracker.plot.style.shapes import shape_of, shaped
from tracker.plot.style.size import SMALL, SMALL_LINE
from tracker.plot.style.typeset import width
from tracker.plot.text.words import lasting
from tracker.plot.times.ticks import epoch

SLIT, LEAST_SLIT = 1.5, 0.1  # points, of a snapshot between two gaps

Rows = list[Row]


def datasets(
    layout: Layout, colours: Mapping[str, str], inks: Mapping[str, str] | None = None
) -> dict[str, Rows]:
    """Every named set of rows but those of ``time_rows``, without the empty ones.

    COLOURS of lines by app id, INKS of words, where these differ.
    """
    scene, inks = layout.scene, inks or colours
    drawn = list(zip(scene.series, scene.strokes, strict=True))
    found: dict[str, Rows] = {
        "gaps": gap_rows(layout),
        "slits": slit_rows([(gap.start, gap.end) for gap in layout.scene.gaps], layout.x),
        "context names": [
            {"x": names_at(layout), "y": one.y, "text": one.text} for one in context_labels(layout)
        ],
        "lone looks": [row for one in drawn for row in lone_rows(layout, *one, colours)],
        "ends": end_rows(layout, colours, inks),
        "lane": [row for one in drawn for row in lane_rows(layout, *one, colours)],
        "left": left_rows(layout, colours, inks),
        "break": break_rows(layout.reach, (0, layout.width), layout.ranks.top, layout.ranks.high),
        "once": [{}],
    }
    between = layout.ranks.top, layout.foot
    found["note numbers"] = number_rows(layout.numbers, layout.foot)
    found |= ahead_rows(layout, inks)
    found |= upright_rows(scene, layout.words, between, colours, inks)
    return {name: rows for name, rows in found.items() if rows}


def time_rows(layout: Layout) -> dict[str, Rows]:
    """The lines: ranks by time, which know nothing of the sheet that they are drawn on."""
    drawn = layout.scene
    behind = context_rows(layout)
    strokes = zip(drawn.series, drawn.strokes, strict=True)
    found = {"context": behind} if behind else {}
    return found | {line_name(one): line_rows(layout, each) for one, each in strokes}


def line_name(series: Series) -> str:
    """The name of the rows of one app's line."""
    return f"ranks of {series.app.app_id}"


def line_rows(layout: Layout, strokes: Sequence[Stretch]) -> Rows:
    """``{"t": …, "r": 3, "d": 0}``, ``r`` None where the line breaks, ``d`` 1 where dashed."""
    rows: Rows = []
    for stretch in strokes:
        if not stretch.ranked:
            continue
        dashed = int(stretch.dashed)
        points = _thinned(layout, stretch.points)
        rows += [{"t": epoch(time), "r": rank, "d": dashed} for time, rank in points]
        rows.append({"t": epoch(points[-1][0]), "r": None, "d": dashed})
    return rows[:-1]


def _thinned(layout: Layout, points: Sequence[Point]) -> Sequence[Point]:
    times = layout.scene.timeline.times
    if len(times) <= ENOUGH:
        return points
    return thin(points, times[0], times[-1], layout.columns)


def context_rows(layout: Layout) -> Rows:
    """``{"t": …, "r": 3, "app_id": …}``, ``r`` None where the line breaks or leaves the axis.

    With ``d`` as those of ``line_rows``, unless all was observed.
    """
    rows: Rows = []
    observed = all(kind.observed for kind in set(layout.scene.timeline.provenances))
    for one in layout.scene.context:
        for stretch in stretches(one):
            if not stretch.ranked:
                continue
            points = _thinned(layout, stretch.points)
            how: Row = {"app_id": one.app.app_id}
            if not observed:
                how["d"] = int(stretch.dashed)
            for time, rank in points:
                seen = rank if rank is not None and rank <= layout.deepest else None
                rows.append({"t": epoch(time), "r": seen, **how})
            rows.append({"t": epoch(points[-1][0]), "r": None, **how})
    return rows


def lane_rows(
    layout: Layout, series: Series, strokes: Sequence[Stretch], colours: Mapping[str, str]
) -> Rows:
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

    return [bar(stretch) for stretch in strokes if not stretch.ranked]


def lone_rows(
    layout: Layout, series: Series, strokes: Sequence[Stretch], colours: Mapping[str, str]
) -> Rows:
    """Looks with a gap on both sides: a stroke without length would not be seen."""
    app_id, end = series.app.app_id, layout.scene.timeline.times[-1]
    alone = (part.points[0] for part in strokes if len(part.points) == 1)
    return [
        {
            "t": epoch(time),
            "y": layout.tracks[app_id] if rank is None else layout.y(rank),
            "colour": colours[app_id],
        }
        for time, rank in alone
        if time != end or shaped(len(layout.scene.series))
    ]


def gap_rows(layout: Layout) -> Rows:
    """The gaps, with words where they find room."""
    rows: Rows = []
    for gap in layout.scene.gaps:
        text, angle = _gap_words(layout, gap)
        row: Row = {"t": epoch(gap.start), "t2": epoch(gap.end)}
        row["m"] = (epoch(gap.start) + epoch(gap.end)) // 2
        rows.append({**row, "text": text, "angle": angle})
    return rows


def slit_rows(gaps: Sequence[tuple[datetime, datetime]], x: Callable[[datetime], float]) -> Rows:
    """Looks between two GAPS, and how wide a slit tells of each: a third of the lesser at most."""
    found: Rows = []
    for (start, look), (after, end) in pairwise(gaps):
        wide = min(SLIT, (x(look) - x(start)) / 3, (x(end) - x(after)) / 3)
        if look == after and wide >= LEAST_SLIT:
            found.append({"t": epoch(look), "wide": round(wide, 2)})
    return found


def _gap_words(layout: Layout, gap: Gap) -> tuple[str, int]:
    """What a gap is, in two lines or three, or upright, which is an angle of -90 degrees."""
    room, tall = layout.x(gap.end) - layout.x(gap.start), layout.ranks.bottom - layout.ranks.top
    long = lasting(gap.seconds)
    for lines in (("no data", f"for {long}"), ("no data", "for", long)):
        if max(width(line, SMALL) for line in lines) <= room - 8:
            return "\n".join(lines), 0
    upright = f"no data for {long}"
    if room >= SMALL_LINE and width(upright, SMALL) <= tall:
        return upright, -90
    return "", 0


def end_rows(layout: Layout, colours: Mapping[str, str], inks: Mapping[str, str]) -> Rows:
    """The dots or shapes, and names, at the lines' ends.

    ``ranked`` says whether the last snapshot ranked the app. ``of`` names the rows of its line,
    ``lane`` is its height among the unranked, and names keep ``within`` two heights: by these a
    page finds the ends in a part of the time.
    """
    last = {one.app.app_id: one.ranks[-1] for one in layout.scene.series}
    return [
        {
            "t": epoch(layout.scene.timeline.times[-1]),
            "x": names_at(layout),
            "y0": label.anchor,
            "y": label.y,
            "name": label.name,
            "text": label.text,
            "colour": colours[label.app_id],
            "ink": inks[label.app_id],
            "shape": shape_of(number),
            "ranked": int(last[label.app_id] is not None),
            "of": line_name(layout.scene.series[number]),
            "lane": layout.tracks.get(label.app_id),
            "within": list(names_within(layout)),
        }
        for number, label in enumerate(end_labels(layout))
    ]
