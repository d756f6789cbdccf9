"""Which copies there are: questions to the index, and the copies that are worth asking for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from difflib import get_close_matches

from tracker.backfill.asking import FIRST_DAY, Asker, HostExcluded
from tracker.backfill.index import Page, Per, Row, page_after, question, read_page
from tracker.errors import FetchError, InvalidValue, echo
from tracker.fetch import Archive, Reply
from tracker.model import Chart, iso
from tracker.sources.archived import FAMILIES, Family, families_of
from tracker.store import Store
from tracker.store.captures import (
    Capture,
    Query,
    State,
    add,
    between,
    note_query,
    query_of,
    remove_planned,
)

#: Copies appear in an index weeks after they were made: an answer is final when it is later than
#: its last day by so much.
SETTLED = timedelta(days=60)
_FETCHED = (State.STORED, State.SAME)


@dataclass(frozen=True, slots=True)
class Wish:
    """What to search for: CHARTS in FAMILIES, from SINCE to UNTIL, one copy PER hour or day."""

    archive: str
    charts: tuple[Chart, ...]
    families: tuple[Family, ...]
    since: datetime
    until: datetime
    per: Per = Per.HOUR

    def __post_init__(self) -> None:
        if self.since >= self.until:
            raise InvalidValue("--since must be before --until")
        if self.since < FIRST_DAY:
            raise InvalidValue(f"Invalid --since {iso(self.since)}: the store opened in July 2008")
        for chart in self.charts:
            if not any(family.prefixes(chart) for family in self.families):
                raise InvalidValue(f"{chart}: {_instead(chart)}")


def _instead(chart: Chart) -> str:
    names = [family.name for family in families_of(chart)]
    return f"only {', '.join(names)} may have it" if names else "no family of copies has this chart"


def families_named(names: Iterable[str]) -> tuple[Family, ...]:
    """The families that NAMES mean; all without NAMES. ``InvalidValue`` suggests similar names."""
    chosen = []
    for name in names:
        if name not in FAMILIES:
            near = get_close_matches(name, FAMILIES, n=1)
            meant = f"; did you mean '{near[0]}'?" if near else ""
            raise InvalidValue(f"Invalid family {echo(name)}: use {', '.join(FAMILIES)}{meant}")
        chosen.append(FAMILIES[name])
    return tuple(dict.fromkeys(chosen)) or tuple(FAMILIES.values())


@dataclass(slots=True)
class Planned:
    """The counts of a plan.

    Pages of the index that were read, and how many were answered before; rows that cannot be true;
    rows of other charts or times; copies left out for another of their hour or day; copies added;
    questions without an answer; and the hosts that the archive excludes from its index.
    """

    pages: int = 0
    known: int = 0
    skipped: int = 0
    others: int = 0
    thinned: int = 0
    added: int = 0
    failed: int = 0
    excluded: list[str] = field(default_factory=list)


def plan(
    wish: Wish,
    planned: Planned,
    *,
    store: Store,
    archive: Archive,
    now: datetime,
    again: bool = False,
    on_result: Callable[[str], None] = lambda line: None,
) -> None:
    """Ask the index for the copies of WISH and put them into the database, page by page.

    PLANNED is filled as it goes on, so that it is known of a plan that stops as well.

    A question that was answered is not put again, unless AGAIN, or where its answer came too soon
    after its last day. Raises ``StoppedEarly`` where the archive does not go on, and ``FetchError``
    where it answers with what is not an index.
    """
    asker = Asker(archive)
    for prefix, wanted in _prefixes(wish).items():
        host = prefix.partition("/")[0]
        if host in planned.excluded:
            continue
        text = question(wish.archive, prefix, wish.since, wish.until, wish.per)
        charts = ",".join(sorted({chart.slug for _, chart in wanted}))
        key = f"{text} for {charts}"
        query = query_of(store, key)
        final = query.finished_at is not None and query.finished_at > wish.until + SETTLED
        if final and not again:
            planned.known += 1
            continue
        if query.finished_at or again:
            query = Query(None, None)
        on_result(prefix)
        try:
            _ask(wish, _Question(text, key, tuple(wanted)), query, planned, store, asker, now)
        except HostExcluded:
            planned.excluded.append(host)


@dataclass(frozen=True, slots=True)
class _Question:
    """A question to the index, its key in the database, and what is wanted of its answer."""

    url: str
    key: str
    wanted: tuple[tuple[Family, Chart], ...]


def _prefixes(wish: Wish) -> Mapping[str, list[tuple[Family, Chart]]]:
    """What is wanted of each beginning of an address, in the order of the families."""
    prefixes: dict[str, list[tuple[Family, Chart]]] = {}
    for family in wish.families:
        for chart in wish.charts:
            for prefix in family.prefixes(chart):
                prefixes.setdefault(prefix, []).append((family, chart))
    return prefixes


def _ask(
    wish: Wish,
    asked: _Question,
    query: Query,
    planned: Planned,
    store: Store,
    asker: Asker,
    now: datetime,
) -> None:
    """Read the pages of one answer, each stored with the key to the next in one transaction."""
    keys = {query.resume_key}
    while True:
        reply = asker(asker.archive.index, page_after(asked.url, query.resume_key))
        if reply is None:
            planned.failed += 1
            return
        page = read_page(_text(reply))
        if page.resume_key in keys and page.resume_key is not None:
            raise FetchError("the index gave the same resume key twice: its pages go in a circle")
        keys.add(page.resume_key)
        query = Query(page.resume_key, None if page.resume_key else now)
        with store.transaction():
            _take(wish, asked.wanted, page, planned, store)
            note_query(store, asked.key, query)
        planned.pages += 1
        if page.resume_key is None:
            return


def _text(reply: Reply) -> str:
    if reply.status == 403:
        raise HostExcluded
    if reply.error or reply.status != 200 or reply.body is None:
        raise FetchError(f"the index answered with HTTP {reply.status}, not with rows")
    return reply.body.decode("utf-8", "replace")


def _take(
    wish: Wish,
    wanted: Sequence[tuple[Family, Chart]],
    page: Page,
    planned: Planned,
    store: Store,
) -> None:
    planned.skipped += page.skipped
    for row in page.rows:
        charts = [
            (family, chart)
            for family, chart in wanted
            if (held := family.held(row.original)) and held.chart == chart
        ]
        if not charts or not wish.since <= row.captured_at <= wish.until:
            planned.others += 1
            continue
        capture = _capture(wish, row, *charts[0])
        if _stands_back(wish.per, capture, charts[0][0], store):
            planned.thinned += 1
        else:
            planned.added += add(store, capture)


def _capture(wish: Wish, row: Row, family: Family, chart: Chart) -> Capture:
    return Capture(wish.archive, row.original, row.captured_at, row.digest, family.name, chart)


def _stands_back(per: Per, capture: Capture, family: Family, store: Store) -> bool:
    """Whether another copy of that hour or day is better. A worse one that is planned goes.

    The better one asks for more ranks, else it is the earlier one: so the rows of an index may come
    in any order.
    """
    if per is Per.ALL:
        return False
    first, last = _bounds(per, capture.captured_at)
    rivals = between(store, capture.archive, capture.chart, capture.family, first, last)
    mine = _rank(capture, family)
    for rival in rivals:
        if rival.state in _FETCHED or (
            rival.state is State.PLANNED and (rival.attempts or _rank(rival, family) <= mine)
        ):
            return _rank(rival, family) != mine
    for rival in rivals:
        if rival.state is State.PLANNED:
            remove_planned(store, rival)
    return False


def _bounds(per: Per, time: datetime) -> tuple[datetime, datetime]:
    first = time.replace(minute=0, second=0)
    if per is Per.DAY:
        first = first.replace(hour=0)
    length = timedelta(hours=1) if per is Per.HOUR else timedelta(days=1)
    return first, first + length - timedelta(seconds=1)


def _rank(capture: Capture, family: Family) -> tuple[int, datetime, str, str]:
    """The smallest is the best."""
    held = family.held(capture.original)
    limit = held.limit or 0 if held else 0
    return -limit, capture.captured_at, capture.original, capture.digest


def wish_of(
    archive: str,
    charts: Sequence[Chart],
    families: Iterable[str],
    since: datetime,
    until: datetime,
    per: Per,
) -> Wish:
    """The wish of a person, checked before any request."""
    return Wish(archive, tuple(dict.fromkeys(charts)), families_named(families), since, until, per)


def shortened(wish: Wish, now: datetime) -> Wish:
    """WISH up to NOW at most: an archive has no copies of the future."""
    if wish.since >= now:
        raise InvalidValue(f"Invalid --since {iso(wish.since)}: it is in the future")
    return replace(wish, until=min(wish.until, now))
