"""Words on copies of a web archive: what is planned, the outcome of each, what is left."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from tracker.backfill.plan import Planned
from tracker.backfill.run import Ran, Settled
from tracker.model import Snapshot, iso
from tracker.settings import BackfillSettings
from tracker.store.captures import Count, State
from tracker.words import counted, duration_words

_FETCHED = (State.STORED, State.SAME)


def seconds_needed(copies: int, manners: BackfillSettings) -> float:
    """How long it takes at least to ask for so many copies."""
    pace = manners.copies_per_minute
    return copies * 60 / pace if pace else 0.0


#: The columns of ``count_json``.
COUNT_COLUMNS = ("chart", "family", "day", "state", "reason", "copies")


def count_json(count: Count) -> dict[str, Any]:
    """The copies of a chart, family and day that have one state for one reason."""
    return {
        "chart": count.chart.slug,
        "family": count.family,
        "day": count.day,
        "state": count.state.value,
        "reason": count.reason,
        "copies": count.copies,
    }


def counts_json(
    counts: Sequence[Count], manners: BackfillSettings, shown: Sequence[Count]
) -> dict[str, Any]:
    """The counts SHOWN, how many of all copies are left, and the seconds that they need."""
    left = _left(counts)
    return {
        "days": list(map(count_json, shown)),
        "left": left,
        "seconds_needed": seconds_needed(left, manners),
    }


def _left(counts: Sequence[Count]) -> int:
    return sum(count.copies for count in counts if count.state is State.PLANNED)


def counts_table(counts: Sequence[Count]) -> tuple[list[str], list[list[str]]]:
    """The names and rows of a table by chart, family and day, with each state that occurs."""
    states = [state for state in State if any(count.state is state for count in counts)]
    rows: dict[tuple[str, str, str], Counter[State]] = {}
    for count in counts:
        key = (count.chart.slug, count.family, count.day)
        rows.setdefault(key, Counter())[count.state] += count.copies
    columns = ["chart", "family", "day", *(state.value for state in states)]
    return columns, [
        [*key, *(str(row[state] or "") for state in states)] for key, row in rows.items()
    ]


def counts_line(counts: Sequence[Count], manners: BackfillSettings) -> str:
    """``9 copies listed, 4 left to read: at least 4 s``."""
    if not counts:
        return "no copies are planned"
    left, total = _left(counts), sum(count.copies for count in counts)
    line = f"{_copies(total)} listed, {left} left to read"
    seconds = seconds_needed(left, manners)
    return f"{line}: at least {duration_words(seconds)}" if seconds else line


def _copies(many: int) -> str:
    return "1 copy" if many == 1 else f"{many:,} copies"


def reasons(counts: Sequence[Count]) -> Iterator[str]:
    """A line for each reason for which copies gave no snapshot, the most frequent first."""
    copies_by_reason: Counter[tuple[State, str]] = Counter()
    for count in counts:
        if count.reason and count.state not in _FETCHED:
            copies_by_reason[count.state, count.reason] += count.copies
    for (state, reason), copies in copies_by_reason.most_common():
        yield f"{state}, {copies}: {reason}"


def planned_line(planned: Planned, per: str) -> str:
    known = f", {counted(planned.known, 'question')} answered before" * bool(planned.known)
    return (
        f"{counted(planned.pages, 'page')} of the index read{known}; {planned.added} copies added, "
        f"{planned.thinned} left out for another of their {per}, {planned.others} of other charts "
        f"or times, {planned.skipped} rows that cannot be true"
    )


def settled_line(settled: Settled) -> str:
    capture = settled.capture
    depth = f"{settled.depth} ranks" if settled.depth else ""
    words = "; ".join(part for part in (depth, settled.reason) if part)
    line = f"{iso(capture.captured_at)}  {capture.chart}  {capture.family}  {settled.state}"
    return f"{line}  {words}".rstrip()


def ran_line(ran: Ran) -> str:
    """``5 copies asked for: 4 stored, 1 refused; 2 left``."""
    words = ", ".join(f"{ran.settled[state]} {state}" for state in State if state in ran.settled)
    return f"{_copies(ran.requests)} asked for: {words or 'none settled'}; {ran.left} left"


def ran_json(ran: Ran) -> dict[str, Any]:
    states = {
        state.value: ran.settled.get(state, 0) for state in State if state is not State.PLANNED
    }
    return {
        "requests": ran.requests,
        **states,
        "left": ran.left,
        "stopped": ran.stopped,
        "excluded": ran.excluded,
    }


def saved_line(name: str, snapshot: Snapshot, state: State) -> str:
    remark = f"; {snapshot.remark}" if snapshot.remark else ""
    return (
        f"{name}: {snapshot.depth} ranks of {snapshot.chart} at {iso(snapshot.observed_at)} from "
        f"{snapshot.source}, {state}{remark}"
    )
