"""The data of a picture as an HTML table, for those who would rather read or hear it."""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, tzinfo

from tracker.analysis import whole_spacings
from tracker.model import Series, iso
from tracker.plot.scene import scene
from tracker.plot.text.words import lasting
from tracker.plot.times.zones import is_utc
from tracker.words import chart_words

#: Of more looks than this only those at which something changed have a row.
MOST_ROWS = 2_000


def data_table(series: Sequence[Series], zone: tzinfo = UTC) -> str:
    """A section with one table: a row for each look, a column for each app, gaps as rows.

    Times are told in ZONE, with its offset from UTC. NothingToShow below two snapshots.
    """
    drawn = scene(series)
    line = drawn.timeline
    few = len(line.times) <= MOST_ROWS
    heads = "".join(f'<th scope="col">{html.escape(label)}</th>' for label in drawn.labels)
    which = "every look" if few else "the looks at which a rank changed"
    caption = f"Ranks on {chart_words(line.chart)}, source {line.source}: {which}."
    rows = "".join(_rows(series, zone, few=few))
    return (
        '<section aria-label="The data of the picture"><table>'
        f"<caption>{html.escape(caption)}</caption>"
        f'<thead><tr><th scope="col">Seen ({zone})</th>{heads}</tr></thead>'
        f"<tbody>{rows}</tbody></table></section>"
    )


def _rows(series: Sequence[Series], zone: tzinfo, *, few: bool) -> Iterator[str]:
    line = series[0].timeline
    whole = [True, *whole_spacings(line)]
    before: tuple[int | None, ...] | None = None
    for number, time in enumerate(line.times):
        if not whole[number]:
            seconds = (time - line.times[number - 1]).total_seconds()
            words = f"nobody looked for {lasting(seconds)}"
            yield f'<tr><td colspan="{len(series) + 1}">{words}</td></tr>'
        ranks = tuple(one.ranks[number] for one in series)
        if few or not whole[number] or ranks != before or number == len(line.times) - 1:
            cells = "".join(f"<td>{_cell(rank, line.depths[number])}</td>" for rank in ranks)
            yield f'<tr><th scope="row">{_stamp(time, zone)}</th>{cells}</tr>'
        before = ranks


def _stamp(time: datetime, zone: tzinfo) -> str:
    return iso(time) if is_utc(zone) else time.astimezone(zone).isoformat(" ")


def _cell(rank: int | None, depth: int) -> str:
    return f"not in the top {depth}" if rank is None else str(rank)
