"""Queries of the database, answered with the model's values."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from tracker.errors import InvalidValue, StoreError, echo
from tracker.ids import store_of_id
from tracker.model import (
    App,
    Chart,
    Entry,
    Payload,
    Provenance,
    Scope,
    Series,
    Snapshot,
    Timeline,
    iso,
    parse_time,
)
from tracker.store.blocks import Columns, differing
from tracker.store.checksums import (
    Content,
    Damaged,
    check_app_numbers,
    check_charts,
    check_tally,
    checksum_of,
    contents,
)
from tracker.store.checksums import differing as contradicting
from tracker.store.columns import Window, columns_of, snapshots_of
from tracker.store.compression import expand
from tracker.store.database import explained, lost_rows, open_read_only, possible, state_of
from tracker.store.stored import stored_chart, stored_provenance, stored_time

if TYPE_CHECKING:
    from sqlite_utils import Database

#: The address at which an archive plays a row of ``captures`` back.
PLAYBACK = "archive || '/web/' || strftime('%Y%m%d%H%M%S', captured_at) || 'id_/' || original"
#: The address of the copy that a snapshot was read from.
COPY_ADDRESS = f"""(
    SELECT {PLAYBACK} FROM captures WHERE snapshot = snapshots.id
    ORDER BY state <> 'stored', captured_at, original, digest LIMIT 1)"""  # noqa: S608 - constants only
#: From one name to the next; DISTINCT would walk every snapshot of the chart.
SOURCES = """
    WITH RECURSIVE
    place (chart) AS (SELECT id FROM charts WHERE slug = ?1),
    named (source) AS (
        SELECT (SELECT min(source) FROM snapshots WHERE chart = (SELECT chart FROM place))
        UNION ALL
        SELECT (SELECT min(source) FROM snapshots
                WHERE chart = (SELECT chart FROM place) AND source > named.source)
        FROM named WHERE named.source NOTNULL
    ) SELECT source FROM named WHERE source NOTNULL"""
#: IN would walk every snapshot there is.
OBSERVED = """
    SELECT slug FROM charts WHERE EXISTS (SELECT 1 FROM snapshots WHERE chart = charts.id)
    ORDER BY slug"""
#: No text is larger than a BLOB, not even a damaged one.
_BEGINNING, _END = "", b""
Time = str | bytes


def readable(slug: str) -> Chart | None:
    """The chart of a stored SLUG; None where no store has such a chart."""
    try:
        return Chart.parse(slug)
    except InvalidValue:
        return None


@dataclass(frozen=True, slots=True)
class Validators:
    """An earlier response that the store may confirm: its payload's id and its validators."""

    payload: int
    etag: str | None
    last_modified: str | None


@dataclass(frozen=True, slots=True)
class Seen:
    """Where an app was ranked: on which chart, by which source, how often, how well, when last."""

    chart: Chart
    source: str
    times: int
    best: int
    last: datetime


class Reader:
    """A database opened to be read, and never written. Close it, or use it as a context manager.

    Raises ``StoreError`` where the file is missing, or lacks a table that this program reads.
    """

    #: Whether all that is known is in it, and not only what one question needs.
    complete = True

    def __init__(self, path: Path) -> None:
        self.path = path
        self._unchanged: tuple[int, int] | None = None
        self._counted: set[tuple[str, str, str, Time]] = set()
        self.connection = self._open()

    def _open(self) -> sqlite3.Connection:
        connection, fixed = open_read_only(self.path)
        self._unchanged = state_of(self.path) if fixed else None
        return connection

    @cached_property
    def db(self) -> Database:
        """The connection, wrapped by sqlite-utils."""
        from sqlite_utils import Database

        return Database(self.connection)

    def close(self) -> None:
        self.connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @contextmanager
    def checked(self) -> Iterator[None]:
        """Turn SQLite's errors into ``StoreError`` while the database is read.

        A file opened as immutable has no locks: where another process changed it all the same, the
        rows read may be of two times, which raises too.
        """
        with explained(self.path):
            yield
        if self._unchanged and state_of(self.path) != self._unchanged:
            raise StoreError(f"{self.path}: changed while it was read; run it again")

    @contextmanager
    def instant(self) -> Iterator[None]:
        """Read everything as it is now, whatever another process writes meanwhile."""
        with self.checked():
            self.connection.execute("BEGIN")
        try:
            yield
        finally:
            self.connection.rollback()

    def rows(self, sql: str, *parameters: object) -> list[Any]:
        with self.checked():
            return self.connection.execute(sql, parameters).fetchall()

    def row(self, sql: str, *parameters: object) -> Any:
        rows = self.rows(sql, *parameters)
        return rows[0] if rows else None

    # Damage

    def check(self, chart: Chart, source: str, first: str = "", last: Time = "") -> None:
        """Raise ``StoreError`` if a snapshot of CHART from SOURCE was lost.

        FIRST and LAST are the times between which snapshots are asked for.
        """
        window = chart.slug, source, first, last
        if window not in self._counted:
            with self.checked():
                if not self._counted:
                    check_charts(self.connection)
                check_tally(self.connection, *window)
            self._counted.add(window)

    def contents(self, numbers: Iterable[int], *, entries: bool = True) -> list[Content]:
        """What snapshots by their row ids say; ``StoreError`` where a checksum says otherwise."""
        with self.checked():
            return list(contents(self.connection, numbers, entries=entries))

    # What there is

    def counts(self) -> dict[str, int]:
        """How many rows each of the main tables has."""
        tables = ("charts", "apps", "snapshots", "entries", "fetches", "payloads", "events")
        return {table: self.row(f"SELECT count(*) FROM {table}")[0] for table in tables}  # noqa: S608 - marks and numbers only

    def charts(self) -> list[Chart]:
        """Every chart with a snapshot, whole or sparse, by slug."""
        with self.checked():
            check_charts(self.connection)
        return [chart for (slug,) in self.rows(OBSERVED) if (chart := readable(slug))]

    def provenances(self) -> set[Provenance]:
        """The provenances of all snapshots."""
        rows = self.rows("SELECT DISTINCT provenance FROM snapshots")
        return {stored_provenance(provenance) for (provenance,) in rows}

    def sources_of(self, chart: Chart) -> list[str]:
        """The sources with snapshots of CHART, whole or sparse, by name."""
        return [source for (source,) in self.rows(SOURCES, chart.slug)]

    def newest(self, chart: Chart, source: str | None = None) -> datetime | None:
        """When CHART was last observed whole (by SOURCE, where named); None for never."""
        sql = """SELECT max(observed_at) FROM snapshots JOIN charts ON charts.id = chart
                 WHERE slug = ? AND ? IN ('', source) AND scope = 'whole'"""
        time = self.row(sql, chart.slug, source or "")[0]
        return stored_time(time) if time else None

    def apps_named(self, text: str) -> list[App]:
        """Apps whose id is TEXT, then those whose name contains it in any case, by age here."""
        sql = """SELECT store_id, name FROM apps
                 WHERE store_id = ?1 OR instr(lower(name), lower(?1))
                 ORDER BY store_id <> ?1, id LIMIT 50"""
        return [App(app_id, name or app_id) for app_id, name in self.rows(sql, text)]

    def names(self, app_ids: Sequence[str]) -> dict[str, str]:
        """The known names of apps, by app id."""
        sql = """SELECT store_id, name FROM apps JOIN json_each(?) ON value = store_id
                 WHERE name NOTNULL"""
        return dict(self.rows(sql, json.dumps(list(app_ids))))

    def seen(self, app_id: str) -> list[Seen]:
        """The charts and sources in which an app was ranked, the most observed first."""
        sql = """SELECT slug, source, count(*) AS times, min(rank), max(observed_at)
                 FROM entries JOIN apps ON apps.id = entries.app
                 JOIN snapshots ON snapshots.id = entries.snapshot
                 JOIN charts ON charts.id = snapshots.chart
                 WHERE store_id = ? GROUP BY slug, source ORDER BY times DESC, slug"""
        return [
            Seen(chart, source, times, best, stored_time(last))
            for slug, source, times, best, last in self.rows(sql, app_id)
            if (chart := readable(slug))
        ]

    # Series

    def timeline(
        self,
        chart: Chart,
        source: str,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        provenances: Sequence[Provenance] = tuple(Provenance),
    ) -> tuple[Timeline, list[int]]:
        """The whole snapshots of CHART from SOURCE, and their row ids beside them."""
        window = Window(chart.slug, source, *_window(since, until), tuple(provenances))
        self.check(chart, source, window.first, window.last)
        with self.checked():
            ids, columns = snapshots_of(self.connection, window, (), Scope.WHOLE)
        with possible(self.path):
            return _timeline(chart, source, columns), ids

    def published(self, line: Timeline) -> dict[datetime, datetime]:
        """``published_at`` of each snapshot of LINE that has one, by the time of the snapshot."""
        if not line.times:
            return {}
        sql = """SELECT snapshots.id FROM snapshots JOIN charts ON charts.id = chart
                 WHERE slug = ? AND source = ? AND observed_at BETWEEN ? AND ?"""
        window = iso(line.times[0]), iso(line.times[-1])
        numbers = [number for (number,) in self.rows(sql, line.chart.slug, line.source, *window)]
        said = self.contents(numbers, entries=False)
        dates = {stored_time(state.observed_at): state.published_at for state in said}
        with self.checked():
            if not dates.keys() >= set(line.times):
                raise Damaged("a snapshot is missing from an index")
        return {time: stored_time(date) for time in line.times if (date := dates[time])}

    def series(
        self,
        chart: Chart,
        source: str,
        apps: Sequence[App],
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        provenances: Sequence[Provenance] = tuple(Provenance),
        sparse: bool = True,
    ) -> list[Series]:
        """One series for each of APPS, all on the same timeline.

        Its snapshots are the whole ones and, unless SPARSE is False, those sparse ones that have
        every one of APPS.
        """
        self.check(chart, source, *_window(since, until))
        numbers = self._app_numbers([app.app_id for app in apps])
        rows = [numbers.get(app.app_id) for app in apps]
        window = Window(
            chart.slug, source, *_window(since, until), tuple(provenances), self.complete
        )
        with self.checked():
            columns = columns_of(self.connection, window, rows, sparse=sparse)
        with possible(self.path):
            line = _timeline(chart, source, columns)
            ranks = zip(apps, columns.ranks, strict=True)
            return [Series(line, app, tuple(column)) for app, column in ranks]

    def has_app(self, app_id: str) -> bool:
        """Whether an app was ever seen, on any chart."""
        return app_id in self._app_numbers([app_id])

    def _app_numbers(self, app_ids: Sequence[str]) -> dict[str, int]:
        """The row ids of the apps that were ever seen, by app id."""
        sql = "SELECT store_id, apps.id FROM apps JOIN json_each(?) ON store_id = value"
        numbers = dict(self.rows(sql, json.dumps(app_ids)))
        with self.checked():
            check_app_numbers(self.connection, app_ids, numbers)
        return numbers

    # Snapshots and payloads

    def snapshot_ids(self) -> list[int]:
        """Every snapshot's row id, chart by chart, by time."""
        sql = "SELECT id FROM snapshots ORDER BY chart, source, observed_at"
        return [number for (number,) in self.rows(sql)]

    def snapshot(self, number: int) -> Snapshot:
        """A stored snapshot by its row id. Raises ``InvalidValue`` where its rows are not whole."""
        sql = """SELECT slug, source, observed_at, published_at, provenance, scope, depth, checksum
                 FROM snapshots JOIN charts ON charts.id = chart WHERE snapshots.id = ?"""
        row = self.row(sql, number)
        if row is None:
            raise StoreError(f"{self.path}: snapshot {number} is missing")
        slug, source, observed_at, published_at, provenance, scope, depth, checksum = row
        try:
            snapshot = Snapshot(
                Chart.parse(slug),
                source,
                parse_time(observed_at),
                tuple(self._entries(number)),
                parse_time(published_at) if published_at else None,
                Provenance(provenance),
                scope=Scope(scope),
            )
        except (ValueError, TypeError) as error:
            raise InvalidValue(str(error)) from error
        if snapshot.depth != depth:
            raise InvalidValue(f"its ranks end at {snapshot.depth} and its depth says {depth}")
        if checksum is not None and checksum != checksum_of(snapshot):
            raise InvalidValue("it contradicts its checksum")
        return snapshot

    def _entries(self, snapshot: int) -> Iterator[Entry]:
        sql = """SELECT rank, store_id, name, developer FROM entries JOIN apps ON apps.id = app
                 WHERE snapshot = ? ORDER BY rank"""
        return (Entry(*row) for row in self.rows(sql, snapshot))

    def body(self, payload: int) -> bytes:
        """The bytes of a stored payload, checked against their SHA-256."""
        # UNION, not UNION ALL: bases that a damaged file leads in a circle end all the same.
        sql = """WITH RECURSIVE chain (id, base, sha256, frame) AS (
                     SELECT id, base, sha256, frame FROM payloads WHERE id = ?
                     UNION
                     SELECT payloads.id, payloads.base, payloads.sha256, payloads.frame
                     FROM payloads JOIN chain ON payloads.id = chain.base
                 ) SELECT sha256, frame FROM chain"""
        chain = self.rows(sql, payload)
        if not chain:
            raise StoreError(f"{self.path}: payload {payload} is missing")
        body = None
        for sha256, frame in reversed(chain):
            body = expand(frame, sha256, body)
        assert body is not None
        return body

    def validators(self, chart: Chart, source: str, url: str) -> Validators | None:
        """The newest response of URL that became a snapshot, if it has a validator."""
        sql = """SELECT fetches.payload, etag, last_modified
                 FROM fetches JOIN charts ON charts.id = chart
                 WHERE slug = ? AND source = ? AND url = ? AND snapshot NOTNULL
                 AND fetches.payload NOTNULL
                 ORDER BY started_at DESC, fetches.id DESC LIMIT 1"""
        row = self.row(sql, chart.slug, source, url)
        return Validators(*row) if row and (row[1] or row[2]) else None

    def payload_ids(self) -> list[int]:
        """Every stored payload's row id, oldest first."""
        return [number for (number,) in self.rows("SELECT id FROM payloads ORDER BY id")]

    def payload_of(self, number: int) -> Payload | None:
        """The payload of a snapshot, with the address that answered; None without one.

        An imported payload has no address, for none was read; that of a saved copy
        of an archive has the copy's.
        """
        sql = f"""SELECT slug, snapshots.source, observed_at, snapshots.payload, coalesce(
                     max(url), {COPY_ADDRESS})
                 FROM snapshots JOIN charts ON charts.id = snapshots.chart
                 LEFT JOIN fetches ON fetches.snapshot = snapshots.id
                 WHERE snapshots.id = ? AND snapshots.payload NOTNULL GROUP BY snapshots.id"""  # noqa: S608 - constants only
        row = self.row(sql, number)
        if row is None:
            return None
        slug, source, observed_at, payload, url = row
        return Payload(
            stored_chart(slug), source, url or "", stored_time(observed_at), self.body(payload)
        )

    def unsound(self) -> list[str]:
        """A line for each fault of the file itself: broken pages, lost rows, blocks that differ."""
        broken = [line for (line,) in self.rows("PRAGMA integrity_check") if line != "ok"]
        with self.checked():
            lost = [*lost_rows(self.connection), *self._misplaced_apps()]
            return [*broken, *lost, *differing(self.connection), *contradicting(self.connection)]

    def _misplaced_apps(self) -> Iterator[str]:
        """A line for each app whose id is not written as ids of its store are."""
        for number, store, app_id in self.rows("SELECT id, store, store_id FROM apps"):
            if store_of_id(str(app_id)) != store:
                yield f"app {number}: {echo(app_id)} is no id of the store {echo(store)}"


def _window(since: datetime | None, until: datetime | None) -> tuple[str, Time]:
    """The first and the last time that count, as they are stored."""
    return iso(since) if since else _BEGINNING, iso(until) if until else _END


def _timeline(chart: Chart, source: str, columns: Columns) -> Timeline:
    words = {provenance.value: provenance for provenance in Provenance}
    for time in (*columns.times[:1], *columns.times[-1:]):
        stored_time(time)  # rejects an impossible year; the times between are in order
    return Timeline(
        chart,
        source,
        tuple(map(datetime.fromisoformat, columns.times)),
        tuple(columns.depths),
        tuple(map(words.__getitem__, columns.provenances)),
    )
