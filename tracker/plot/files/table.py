"""The data of a picture as an HTML table, for those who would rather read or hear it."""

from __future__ import annotations

import html
import json
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime, timedelta, tzinfo

from tracker.analysis import whole_spacings
from tracker.model import Provenance, Series, Timeline, iso
from tracker.plot.files.packing import packed
from tracker.plot.files.page import inert
from tracker.plot.scene import scene
from tracker.plot.text.words import came_words, lasting
from tracker.plot.times.ticks import epoch
from tracker.plot.times.zones import is_utc
from tracker.words import chart_words, warned

#: Of more snapshots than this only those at which something changed have a row, and the page's own
#: program writes the rows: as HTML they would be several times as long as the picture.
MOST_ROWS = 2_000
#: A table of more apps than this is scrolled by itself.
MOST_COLUMNS = 7
#: A name of more letters than this has a wider column.
LONG = 40

Look = tuple[int, str | None]


def data_table(series: Sequence[Series], zone: tzinfo = UTC) -> str:
    """A section with one table: a row for each snapshot, a column for each app, gaps as rows.

    Times are told in ZONE, with its offset from UTC. NothingToShow below two snapshots.
    """
    drawn = scene(series)
    line = drawn.timeline
    few = len(line.times) <= MOST_ROWS
    looks = list(_looks(series, few=few))
    rows = "".join(_written(series, looks, zone)) if few else ""
    beneath = "" if few else _told(series, looks, zone)
    return section(_caption(line, few=few), f"Seen ({zone})", drawn.labels, rows, beneath)


def section(caption: str, first: str, names: Sequence[str], rows: str, beneath: str = "") -> str:
    """A table of ROWS, which are HTML, whose columns are FIRST and then NAMES."""
    wide = ' class="wide"' if len(names) > MOST_COLUMNS else ""
    heads = "".join(map(_head, names))
    return (
        f'<section aria-label="The data of the picture"{wide}><table>'
        f"<caption><span>{html.escape(caption)}</span></caption>"
        f'<thead><tr><th scope="col">{first}</th>{heads}</tr></thead>'
        f"<tbody>{rows}</tbody></table>{beneath}</section>"
    )


def _head(name: str) -> str:
    long = ' class="long"' if len(name) > LONG else ""
    return f'<th scope="col"{long}>{html.escape(name)}</th>'


def _caption(line: Timeline, *, few: bool) -> str:
    which = "every snapshot" if few else "the looks at which a rank changed"
    told = f"Ranks on {chart_words(line.chart)}, source {line.source}: {which}."
    return came_from(told, line.provenances)


def came_from(told: str, kinds: Collection[Provenance]) -> str:
    """TOLD, and where the snapshots of KINDS come from: whoever copies a table has nothing else."""
    came = came_words(set(kinds), "In part")
    return warned(f"{told} {came}." if came else told, kinds)


def _looks(series: Sequence[Series], *, few: bool) -> Iterator[Look]:
    """The numbers of the snapshots that have a row, each with what is told of a gap before it."""
    line = series[0].timeline
    whole = [True, *whole_spacings(line)]
    before: tuple[int | None, ...] | None = None
    for number, time in enumerate(line.times):
        ranks = tuple(one.ranks[number] for one in series)
        gap = None
        if not whole[number]:
            seconds = (time - line.times[number - 1]).total_seconds()
            gap = f"no data for {lasting(seconds)}"
        if few or gap or ranks != before or number == len(line.times) - 1:
            yield number, gap
        before = ranks


def _written(series: Sequence[Series], looks: Sequence[Look], zone: tzinfo) -> Iterator[str]:
    """The rows as HTML."""
    line = series[0].timeline
    for number, gap in looks:
        if gap:
            yield f'<tr><td colspan="{len(series) + 1}">{gap}</td></tr>'
        ranks = (one.ranks[number] for one in series)
        cells = "".join(f"<td>{_cell(rank, line.depths[number])}</td>" for rank in ranks)
        yield f'<tr><th scope="row">{_stamp(line.times[number], zone)}</th>{cells}</tr>'


def _told(series: Sequence[Series], looks: Sequence[Look], zone: tzinfo) -> str:
    """The rows by column, for the page's program to write; and what is there without it.

    ``t`` is what the clocks of ZONE showed, ``zone`` how far that was from UTC.
    """
    line = series[0].timeline
    rows = [
        {
            "t": epoch(line.times[number]) + _ahead(line.times[number], zone),
            "zone": _stamp(line.times[number], zone)[len("2025-01-26T00:00:00") :],
            "gap": gap,
            "depth": line.depths[number],
            **{str(n): one.ranks[number] for n, one in enumerate(series)},
        }
        for number, gap in looks
    ]
    columns = packed({"rows": rows})["rows"]
    data = inert(json.dumps(columns, ensure_ascii=False, separators=(",", ":")))
    return (
        f"<noscript><p>The {len(rows)} rows of this table are written by the page’s own program, "
        f'which does not run here.</p></noscript><script type="application/json">{data}</script>'
    )


def _ahead(time: datetime, zone: tzinfo) -> int:
    """Milliseconds that the clocks of ZONE are ahead of UTC."""
    return (time.astimezone(zone).utcoffset() or timedelta()) // timedelta(milliseconds=1)


def _stamp(time: datetime, zone: tzinfo) -> str:
    return iso(time) if is_utc(zone) else time.astimezone(zone).isoformat(" ")


def _cell(rank: int | None, depth: int | None) -> str:
    return f"not in the top {depth}" if rank is None else str(rank)
