"""The data of a picture as an HTML table, for those who would rather read or hear it."""

from __future__ import annotations

import html
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime, timedelta, tzinfo

from tracker.analysis import whole_spacings
from tracker.model import Provenance, Series, iso
from tracker.plot.packing import drawable, inert_json, packed
from tracker.plot.ticks import epoch, offsets
from tracker.report.dates import lasting, offset_of, offset_words
from tracker.report.picture import provenance_words
from tracker.report.scene import Scene, scene
from tracker.words import chart_words, warned

#: Of more snapshots than this only those at which something changed have a row, and the page's own
#: program writes the rows: as HTML they would be several times as long as the picture.
MOST_ROWS = 2_000
LONG = 40  # letters of a name from which on its column is wider


def data_table(series: Sequence[Series], zone: tzinfo = UTC) -> str:
    """A section with one table: a row for each snapshot, a column for each app, gaps as rows.

    Times are shown in ZONE, to the minute. ``NothingToShow`` below two snapshots.
    """
    facts = scene(series, zone=zone)
    few = len(facts.timeline.times) <= MOST_ROWS
    rows = list(_rows(facts, few=few))
    body = "".join(_written(facts, rows)) if few else ""
    return section(
        _caption(facts, few=few),
        f"Time ({zone})",
        facts.names,
        body,
        "" if few else _packed(facts, rows),
    )


def section(caption: str, first: str, names: Sequence[str], rows: str, below: str = "") -> str:
    """A table of ROWS, which are HTML, with the columns FIRST and then NAMES."""
    heads = "".join(map(_head, names))
    return (
        '<section class="table" aria-label="The data of the picture" tabindex="0"><table>'
        f"<caption><span>{_text(caption)}</span></caption>"
        f'<thead><tr><th scope="col">{_text(first)}</th>{heads}</tr></thead>'
        f"<tbody>{rows}</tbody></table>{below}</section>"
    )


def captioned(words: str, kinds: Collection[Provenance]) -> str:
    """WORDS, and where snapshots of KINDS come from: a copied table has no other label."""
    return warned(f"{words} {provenance_words(kinds)}".strip(), kinds)


def _text(text: str) -> str:
    return html.escape(drawable(text))


def _head(name: str) -> str:
    long = ' class="long"' if len(name) > LONG else ""
    return f'<th scope="col"{long}>{_text(name)}</th>'


def _caption(facts: Scene, *, few: bool) -> str:
    line = facts.timeline
    which = "every snapshot" if few else "the snapshots at which a rank changed"
    words = f"Ranks on {chart_words(line.chart)}, source {line.source}: {which}."
    return captioned(words, set(line.provenances))


Row = tuple[int, str | None]


def _rows(facts: Scene, *, few: bool) -> Iterator[Row]:
    """The indices of the snapshots that have a row, each with the words of a gap before it."""
    line = facts.timeline
    normal = [True, *whole_spacings(line)]
    before: tuple[int | None, ...] | None = None
    for n, time in enumerate(line.times):
        ranks = tuple(series.ranks[n] for series in facts.series)
        gap = None
        if not normal[n]:
            gap = f"no data for {lasting((time - line.times[n - 1]).total_seconds())}"
        if few or gap or ranks != before or n == len(line.times) - 1:
            yield n, gap
        before = ranks


def _written(facts: Scene, rows: Sequence[Row]) -> Iterator[str]:
    """The rows as HTML."""
    line, clocks = facts.timeline, _clocks(facts)
    for n, gap in rows:
        if gap:
            yield f'<tr><td colspan="{len(facts.series) + 1}">{gap}</td></tr>'
        cells = "".join(
            f"<td>{_cell(facts, number, n)}</td>" for number in range(len(facts.series))
        )
        time = line.times[n]
        stamp = _stamp(time, facts.zone, offset=clocks > 1)
        yield f'<tr><th scope="row"><time datetime="{iso(time)}">{stamp}</time></th>{cells}</tr>'


def _clocks(facts: Scene) -> int:
    """How many offsets the zone had in that time: of several each time needs its own."""
    return len(offsets(facts.zone, facts.first, facts.last))


def _stamp(time: datetime, zone: tzinfo, *, offset: bool) -> str:
    shown = f"{time.astimezone(zone):%Y-%m-%d %H:%M}"
    return f"{shown} {offset_words(time, zone)}" if offset else shown


def _packed(facts: Scene, rows: Sequence[Row]) -> str:
    """The rows by column for the page's program, times as the clocks of the zone showed them."""
    line, clocks = facts.timeline, _clocks(facts)
    columns = packed(
        [
            {
                "time": epoch(line.times[n])
                + offset_of(line.times[n], facts.zone) // timedelta(milliseconds=1),
                "offset": f" {offset_words(line.times[n], facts.zone)}" if clocks > 1 else "",
                "gap": gap,
                **{str(k): _cell(facts, k, n) for k in range(len(facts.series))},
            }
            for n, gap in rows
        ]
    )
    return (
        f"<noscript><p>The {len(rows)} rows of this table are written by the page’s own program, "
        f"which does not run here.</p></noscript>"
        f'<script type="application/json">{inert_json(columns)}</script>'
    )


def _cell(facts: Scene, number: int, n: int) -> str | int:
    rank = facts.series[number].ranks[n]
    return f"not in the top {facts.timeline.depths[n]}" if rank is None else rank
