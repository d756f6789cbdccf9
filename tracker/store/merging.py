"""Copy another database's rows into this one by natural keys.

The keys are a chart's slug, an app's store and store_id, a snapshot's chart, source and
observed_at, and a payload's SHA-256. Row ids are local, and so are chains of payloads: each
payload is expanded there and compressed here against a payload of this database. Every step is a
short transaction, and running it again changes nothing, so a merge that was killed is resumed by
starting it again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from tracker.errors import Conflict, InvalidValue, StoreError
from tracker.model import Chart, Entry, Outcome, Payload, Scope, Snapshot, iso
from tracker.store.batches import in_batches
from tracker.store.blocks import pack
from tracker.store.compression import expand
from tracker.store.reading import Reader
from tracker.store.writing import Store

#: How many expanded payloads are remembered: most payloads are compressed against the one before.
_REMEMBERED = 8
_NO_TIME = datetime(2000, 1, 1, tzinfo=UTC)

_SERIES = """
    SELECT DISTINCT slug, source, scope FROM snapshots JOIN charts ON charts.id = chart
    ORDER BY slug, source, scope"""
_TIMES = """
    SELECT observed_at FROM snapshots JOIN charts ON charts.id = chart
    WHERE slug = ? AND source = ? AND scope = ?"""
_SNAPSHOTS = """
    SELECT snapshots.id, payload, named FROM snapshots JOIN charts ON charts.id = chart
    WHERE slug = ? AND source = ? ORDER BY observed_at"""
_OURS = """
    SELECT snapshots.id, scope, provenance, published_at, sha256
    FROM snapshots JOIN charts ON charts.id = chart LEFT JOIN payloads ON payloads.id = payload
    WHERE slug = ? AND source = ? AND observed_at = ?"""
_BODY = """
    SELECT payloads.sha256, payloads.frame, base.sha256
    FROM payloads LEFT JOIN payloads AS base ON base.id = payloads.base WHERE payloads.id = ?"""
_RANKS = """
    SELECT rank, store_id FROM entries JOIN apps ON apps.id = app WHERE snapshot = ?"""
_FETCH = "url, started_at, seconds, outcome, status, error, etag, last_modified, served_at"
_FETCHES = f"""
    SELECT slug, source, payload, {_FETCH} FROM fetches JOIN charts ON charts.id = chart
    WHERE snapshot IS ?"""  # noqa: S608 - constants only
_ADD_FETCH = f"""
    INSERT INTO fetches (chart, source, payload, snapshot, {_FETCH})
    SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13
    WHERE NOT EXISTS (
        SELECT 1 FROM fetches WHERE chart = ?1 AND source = ?2 AND started_at = ?6 AND url = ?5
        AND seconds = ?7 AND outcome = ?8 AND status IS ?9 AND payload IS ?3)"""  # noqa: S608 - constants only
_COPY = "archive, original, captured_at, digest, family, state, reason, attempts"
_COPIES = f"""
    SELECT slug, payload, {_COPY} FROM captures JOIN charts ON charts.id = chart
    WHERE snapshot IS ?"""  # noqa: S608 - constants only
_NEARER = """
    (instr('planned archived-error unplayable refused same stored', {0}.state), {0}.attempts,
     coalesce({0}.reason, ''), {0}.snapshot IS NOT NULL, {0}.payload IS NOT NULL)"""
#: Of two results of one copy the one nearer to a snapshot stays, whichever is merged first.
_ADD_COPY = f"""
    INSERT INTO captures (chart, payload, snapshot, {_COPY})
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET state = excluded.state, reason = excluded.reason,
        attempts = excluded.attempts, snapshot = excluded.snapshot, payload = excluded.payload
    WHERE {_NEARER.format("excluded")} > {_NEARER.format("captures")}"""  # noqa: S608 - constants only
_QUERIES = "SELECT query, resume_key, finished_at FROM capture_queries"
#: Of two answers of an index the one that came to its end stays, the later one of two; of two that
#: did not, neither key says how far both came, and the question is put again from its beginning.
_ADD_QUERY = """
    INSERT INTO capture_queries (query, resume_key, finished_at) VALUES (?, ?, ?)
    ON CONFLICT DO UPDATE SET resume_key = NULL, finished_at = excluded.finished_at
    WHERE coalesce(excluded.finished_at, '') > coalesce(finished_at, '')
        OR (finished_at IS NULL AND resume_key <> coalesce(excluded.resume_key, ''))"""
_APPS = """
    SELECT id, store, store_id, name, developer, storefront, named_at FROM apps
    WHERE id > ? ORDER BY id LIMIT ?"""
_ADD_APP = """
    INSERT INTO apps (store, store_id, name, developer, storefront, named_at)
    VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (store_id, store) DO NOTHING"""
_APP = """
    SELECT id, name, developer, storefront, named_at FROM apps WHERE store = ? AND store_id = ?"""
_NAMES = """
    SELECT app, storefront, name, developer, first_at, last_at FROM names
    WHERE app IN (SELECT value FROM json_each(?))"""
_ADD_NAME = """
    INSERT INTO names (app, storefront, name, developer, first_at, last_at)
    VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET first_at = min(first_at, excluded.first_at),
                              last_at = max(last_at, excluded.last_at)
    WHERE excluded.first_at < first_at OR excluded.last_at > last_at"""
#: Of two storefronts the one that named the app first, and its newest name.
_FIRST_NAMED = """
    SELECT name, nullif(developer, ''), storefront, last_at FROM names
    WHERE app = ?1 AND storefront = (
        SELECT storefront FROM names WHERE app = ?1 AND storefront IN (?2, ?3)
        GROUP BY storefront ORDER BY min(first_at), storefront LIMIT 1)
    ORDER BY last_at DESC, first_at DESC, name, developer DESC LIMIT 1"""
_LOOKUPS = """
    SELECT app, storefront, asked_at FROM lookups
    WHERE app IN (SELECT value FROM json_each(?))"""
_ADD_LOOKUP = """
    INSERT INTO lookups (app, storefront, asked_at) VALUES (?, ?, ?)
    ON CONFLICT DO UPDATE SET asked_at = excluded.asked_at WHERE excluded.asked_at > asked_at"""
_EVENTS = """
    SELECT happened_at, title, store, store_id, slug, events.source
    FROM events LEFT JOIN apps ON apps.id = app LEFT JOIN charts ON charts.id = chart
    ORDER BY happened_at, title"""
_EVENT = _EVENTS.replace("ORDER BY happened_at, title", "WHERE happened_at = ? AND title = ?")


class Key(NamedTuple):
    """Whose times can interleave: the snapshots of one chart, source and scope."""

    slug: str
    source: str
    scope: str


class Named(NamedTuple):
    """An app's name, as its row in ``apps`` has it."""

    name: str | None
    developer: str | None
    storefront: str | None
    named_at: str | None


@dataclass(slots=True)
class Tally:
    """What a merge did. ``conflicts`` has a line for each thing that differs and was left."""

    merged: int = 0
    known: int = 0
    fetches: int = 0
    events: int = 0
    copies: int = 0
    conflicts: list[str] = field(default_factory=list)


class Remembering(Reader):
    """A database whose last few payloads are remembered, each under its SHA-256."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._bodies: dict[str, bytes] = {}

    def body(self, payload: int) -> bytes:
        """As ``Reader.body``, in one step where the payload before it is remembered."""
        row = self.row(_BODY, payload)
        if row is None:
            return super().body(payload)  # says that it is missing
        sha256, frame, base = row
        if sha256 in self._bodies:
            return self._bodies[sha256]
        known = self._bodies.get(base)
        body = super().body(payload) if known is None else expand(frame, sha256, known)
        if len(self._bodies) >= _REMEMBERED:
            self._bodies.pop(next(iter(self._bodies)))
        self._bodies[sha256] = body
        return body


class Target(Remembering, Store):
    """The database that is merged into."""

    packs = False


class Other(Remembering):
    """The database to copy from. Its snapshots have no names, which are copied by themselves."""

    def _entries(self, snapshot: int) -> Iterator[Entry]:
        return (Entry(*row) for row in self.rows(_RANKS + " ORDER BY rank", snapshot))


def keys_of(reader: Reader) -> list[Key]:
    """Every chart, source and scope with a snapshot."""
    return [Key(*row) for row in reader.rows(_SERIES)]


def times_of(reader: Reader, key: Key) -> set[str]:
    """When the snapshots of KEY were observed, as stored."""
    return {time for (time,) in reader.rows(_TIMES, *key)}


class Merging:
    """A merge of OTHER into STORE, or with DRY a trial that changes nothing."""

    def __init__(self, store: Target, other: Other, *, dry: bool = False) -> None:
        self._store = store
        self._other = other
        self._dry = dry
        self.tally = Tally()

    def run(self) -> Tally:
        """Copy everything: apps, names, snapshots chart by chart, other fetches, copies, events."""
        if not self._dry:
            in_batches(self._apps_after([0]))
        for slug, source in dict.fromkeys((key.slug, key.source) for key in keys_of(self._other)):
            self._each(self._other.rows(_SNAPSHOTS, slug, source), self._snapshot)
            if not self._dry:
                in_batches(partial(self._pack, Chart.parse(slug), source))
        if not self._dry:
            self._each(self._other.rows(_FETCHES, None), partial(self._fetch, None))
            self._each(self._other.rows(_COPIES, None), partial(self._copy, None))
        self._each(self._other.rows(_EVENTS), self._event)
        if not self._dry and not self.tally.conflicts:
            self._each(self._other.rows(_QUERIES), self._query)
        return self.tally

    def _each(self, rows: Sequence[Any], work: Callable[..., None]) -> None:
        """Call WORK with each of ROWS, some in a transaction at a time."""
        rest = iter(rows)

        def some(most: int) -> int:
            batch = list(islice(rest, most))
            with nullcontext() if self._dry or not batch else self._store.transaction():
                for row in batch:
                    work(*row)
            return len(batch)

        in_batches(some)

    # Apps and their names

    def _apps_after(self, last: list[int]) -> Callable[[int], int]:
        """Return what copies the other database's next apps, from LAST on, with their names."""

        def some(most: int) -> int:
            rows = self._other.rows(_APPS, last[0], most)
            if rows:
                last[0] = rows[-1][0]
                with self._store.transaction():
                    self._apps(rows)
            return len(rows)

        return some

    def _apps(self, rows: Sequence[Any]) -> None:
        known = {row[0]: self._store.row(_APP, *row[1:3]) for row in rows}
        self._store.connection.executemany(_ADD_APP, [row[1:] for row in rows])
        ours = {row[0]: self._store.row(_APP, *row[1:3])[0] for row in rows}
        listed = json.dumps(list(ours))
        for sql, add in ((_NAMES, _ADD_NAME), (_LOOKUPS, _ADD_LOOKUP)):
            theirs = self._other.rows(sql, listed)
            self._store.connection.executemany(add, [(ours[app], *rest) for app, *rest in theirs])
        for row in rows:
            if known[row[0]]:
                self._name(ours[row[0]], Named(*known[row[0]][1:]), Named(*row[3:]))

    def _name(self, app: int, ours: Named, theirs: Named) -> None:
        """Choose the name of an app that both databases have, alike from either side."""
        name = self._chosen(app, ours, theirs)
        if name != ours:
            sql = (
                "UPDATE apps SET name = ?, developer = ?, storefront = ?, named_at = ? WHERE id = ?"
            )
            self._store.connection.execute(sql, (*name, app))

    def _chosen(self, app: int, ours: Named, theirs: Named) -> Named:
        if ours.name is None and theirs.name is None:  # when it was first seen
            return min(ours, theirs, key=lambda name: (name.named_at or "", name.storefront or ""))
        if theirs.name is None or ours == theirs:
            return ours
        if ours.name is None:
            return theirs
        if ours.storefront == theirs.storefront:
            old, new = sorted(
                (ours, theirs), key=lambda name: (name.named_at or "", name.name or "")
            )
            return new._replace(developer=new.developer or old.developer)
        row = self._store.row(_FIRST_NAMED, app, ours.storefront, theirs.storefront)
        newest = Named(*row) if row else ours
        shown = ours if newest.storefront == ours.storefront else theirs
        return max(shown, newest, key=lambda name: name.named_at or "")

    # Snapshots, with their payloads and fetches

    def _snapshot(self, number: int, payload: int | None, named: int) -> None:
        try:
            snapshot = self._other.snapshot(number)
            receipt = self._payload(snapshot.chart, snapshot.source, payload)
        except (InvalidValue, StoreError) as error:
            self._leave(f"snapshot {number} of {self._other.path}: {error}")
            return
        try:
            ours = self._merged(snapshot, receipt, named)
        except Conflict as error:
            self._leave(str(error))
            return
        if not self._dry:
            for row in self._other.rows(_FETCHES, number):
                self._fetch(ours, *row)
            for row in self._other.rows(_COPIES, number):
                self._copy(ours, *row)

    def _leave(self, why: str) -> None:
        self.tally.conflicts.append(why)

    def _merged(self, snapshot: Snapshot, receipt: Payload | None, named: int) -> int:
        """Store SNAPSHOT, or see that it is stored; its row id. Raises ``Conflict``."""
        key = snapshot.chart.slug, snapshot.source, iso(snapshot.observed_at)
        ours = self._store.row(_OURS, *key)
        if ours is not None and snapshot.scope is Scope.WHOLE:
            self._compare(ours, snapshot, receipt)
            self.tally.known += 1
            if not self._dry:
                self._complete(ours, snapshot.chart, receipt, named)
            return int(ours[0])
        if self._dry:
            sparse = snapshot.scope is Scope.SPARSE
            outcome = self._store.would_save(snapshot) if sparse else Outcome.SAVED
        else:
            outcome = self._store.save(snapshot, payload=receipt)
        self.tally.known += outcome is Outcome.KNOWN
        self.tally.merged += outcome is Outcome.SAVED
        if self._dry:
            return 0
        (number, *_) = self._store.row(_OURS, *key)
        if not named:
            self._store.connection.execute("UPDATE snapshots SET named = 0 WHERE id = ?", (number,))
        return int(number)

    def _compare(self, ours: Any, snapshot: Snapshot, receipt: Payload | None) -> None:
        """Raise ``Conflict`` where the snapshot stored here differs from SNAPSHOT."""
        number, scope, provenance, published_at, sha256 = ours
        ranks = {(entry.rank, entry.app_id) for entry in snapshot.entries}
        if scope != snapshot.scope:
            how = f"as {scope}"
        elif set(self._store.rows(_RANKS, number)) != ranks:
            how = "with other ranks"
        elif provenance != snapshot.provenance:
            how = f"as {provenance}, not as {snapshot.provenance}"
        elif published_at != (snapshot.published_at and iso(snapshot.published_at)):
            how = "with another date of publication"
        elif sha256 and receipt and sha256 != receipt.sha256:
            how = "with another response"
        else:
            return
        raise Conflict(
            f"{snapshot.chart} of {iso(snapshot.observed_at)} from {snapshot.source} is stored "
            f"{how}; it was left as it is"
        )

    def _complete(self, ours: Any, chart: Chart, receipt: Payload | None, named: int) -> None:
        """Give a stored snapshot what it has only there: its payload, its names."""
        if receipt and not ours[4]:
            payload = self._store.payload_id(chart, receipt)
            sql = "UPDATE snapshots SET payload = ? WHERE id = ?"
            self._store.connection.execute(sql, (payload, ours[0]))
        if named:
            self._store.connection.execute(
                "UPDATE snapshots SET named = 1 WHERE id = ? AND NOT named", (ours[0],)
            )

    def _fetch(
        self, snapshot: int | None, slug: str, source: str, payload: int | None, *columns: Any
    ) -> None:
        chart = Chart.parse(slug)
        try:
            stored = self._stored(chart, source, payload)
        except StoreError as error:
            self._leave(f"fetch of {slug} at {columns[1]}: {error}")
            return
        row = (self._store.chart_id(chart), source, stored, snapshot, *columns)
        self.tally.fetches += self._store.connection.execute(_ADD_FETCH, row).rowcount

    def _copy(self, snapshot: int | None, slug: str, payload: int | None, *columns: Any) -> None:
        """A copy of a web archive: what its index lists, or what became of it."""
        chart = Chart.parse(slug)
        archive, original, captured_at, _, family, *_ = columns
        try:
            stored = self._stored(chart, family, payload)
        except StoreError as error:
            self._leave(f"{archive}'s copy of {original} of {captured_at}: {error}")
            return
        row = (self._store.chart_id(chart), stored, snapshot, *columns)
        self.tally.copies += self._store.connection.execute(_ADD_COPY, row).rowcount

    def _query(self, *columns: Any) -> None:
        """How far a question to an index was answered. The copies that it listed are here."""
        self._store.connection.execute(_ADD_QUERY, columns)

    def _stored(self, chart: Chart, source: str, payload: int | None) -> int | None:
        """The row id here of a payload of the other database."""
        receipt = self._payload(chart, source, payload)
        return self._store.payload_id(chart, receipt) if receipt else None

    def _payload(self, chart: Chart, source: str, payload: int | None) -> Payload | None:
        """A payload of the other database. Its address and time are in the rows of its fetches."""
        if payload is None:
            return None
        return Payload(chart, source, "", _NO_TIME, self._other.body(payload))

    # The rest

    def _event(self, happened_at: str, title: str, *rest: Any) -> None:
        ours = self._store.row(_EVENT, happened_at, title)
        if ours is not None:
            if tuple(ours[2:]) != rest:
                self._leave(
                    f"event {title!r} of {happened_at} is stored with another app, chart or "
                    "source; it was left as it is"
                )
            return
        self.tally.events += 1
        if self._dry:
            return
        store, store_id, slug, source = rest
        app = self._store.row(_APP, store, store_id) if store_id else [None]
        chart = self._store.chart_id(Chart.parse(slug)) if slug else None
        self._store.connection.execute(
            "INSERT INTO events (happened_at, title, app, chart, source) VALUES (?, ?, ?, ?, ?)",
            (happened_at, title, app[0], chart, source),
        )

    def _pack(self, chart: Chart, source: str, _: int) -> int:
        """Make the next block that is due."""
        with self._store.transaction():
            return int(pack(self._store.connection, self._store.chart_id(chart), source, "9999"))
