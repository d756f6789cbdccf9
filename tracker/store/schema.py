"""The database's tables and views, as numbered migrations. A column is a public interface.

Times are text, ``2026-08-17T04:50:46Z``, UTC. Local integer ids keep a stored rank small; what
stays the same in every database, so that two can be merged, are the natural keys: a chart's
slug, an app's store and store_id, a snapshot's chart, source and observed_at, a payload's sha256.
"""

from __future__ import annotations

from sqlite3 import IntegrityError

from sqlite_utils import Database, Migrations

from tracker.errors import echo
from tracker.store.files import APPLICATION_ID
from tracker.store.places import PLACES

#: The blocks of a chart and source from the one on that has this time, or would have it.
DROP = """
    DELETE FROM block_ranks WHERE block IN (
        SELECT id FROM blocks WHERE chart = {0}.chart AND source = {0}.source
        AND last_at >= {0}.observed_at);
    DELETE FROM blocks WHERE chart = {0}.chart AND source = {0}.source
    AND last_at >= {0}.observed_at;"""
DROP_OF_ENTRY = """
    DELETE FROM block_ranks WHERE block IN (
        SELECT blocks.id FROM snapshots JOIN blocks USING (chart, source)
        WHERE snapshots.id = {0}.snapshot AND last_at >= observed_at);
    DELETE FROM blocks WHERE id IN (
        SELECT blocks.id FROM snapshots JOIN blocks USING (chart, source)
        WHERE snapshots.id = {0}.snapshot AND last_at >= observed_at);"""


#: One more snapshot of a chart and source, or one less.
_COUNT = """
    INSERT INTO tallies VALUES ({0}.chart, {0}.source, 1)
    ON CONFLICT DO UPDATE SET snapshots = snapshots {1};"""

#: {0} and {1} are further conditions on the second and on the first snapshot.
CROSS_CHECKS = """
        SELECT charts.slug AS chart, first.source, first.observed_at,
               second.source AS other_source, second.observed_at AS other_observed_at,
               min(first.depth, second.depth) AS compared,
               (SELECT count(*)
                FROM entries AS here
                JOIN entries AS there ON there.snapshot = second.id AND there.app = here.app
                WHERE here.snapshot = first.id AND here.rank <= min(first.depth, second.depth)
                  AND there.rank <= min(first.depth, second.depth)) AS shared,
               (SELECT count(*)
                FROM entries AS here
                JOIN entries AS there ON there.snapshot = second.id AND there.app = here.app
                JOIN entries AS below ON below.snapshot = first.id AND below.rank > here.rank
                     AND below.rank <= min(first.depth, second.depth)
                JOIN entries AS under ON under.snapshot = second.id AND under.app = below.app
                WHERE here.snapshot = first.id AND here.rank < min(first.depth, second.depth)
                  AND under.rank > there.rank AND under.rank <= min(first.depth, second.depth)
               ) AS pairs_in_order,
               first.id AS snapshot, second.id AS other_snapshot
        FROM (SELECT id, chart, source, observed_at, depth,
                     (SELECT id
                      FROM (SELECT near.id, abs(julianday(near.observed_at)
                                                - julianday(snapshots.observed_at)) AS away
                            FROM snapshots AS near
                            WHERE near.chart = snapshots.chart AND near.source = 'web-charts'{0}
                              AND near.observed_at >= strftime(
                                  '%Y-%m-%dT%H:%M:%SZ', snapshots.observed_at, '-30 minutes')
                              AND near.observed_at <= strftime(
                                  '%Y-%m-%dT%H:%M:%SZ', snapshots.observed_at, '+30 minutes')
                            ORDER BY away LIMIT 1)) AS nearest
              FROM snapshots WHERE source <> 'web-charts'{1}) AS first
        JOIN charts ON charts.id = first.chart
        JOIN snapshots AS second ON second.id = first.nearest
        """
OBSERVATIONS = """
        SELECT snapshots.observed_at, charts.slug AS chart, snapshots.source, entries.rank,
               apps.store_id AS app_id, apps.name, snapshots.depth, snapshots.provenance,
               entries.snapshot, snapshots.scope
        FROM entries
        JOIN snapshots ON snapshots.id = entries.snapshot
        JOIN charts ON charts.id = snapshots.chart
        JOIN apps ON apps.id = entries.app
        """
LATEST = """
        SELECT charts.slug AS chart, snapshots.source, snapshots.observed_at, entries.rank,
               apps.store_id AS app_id, apps.name, snapshots.depth, snapshots.provenance,
               snapshots.id AS snapshot
        FROM (SELECT chart, source, max(observed_at) AS observed_at
              FROM snapshots WHERE scope = 'whole' GROUP BY chart, source) AS newest
        JOIN snapshots USING (chart, source, observed_at)
        JOIN charts ON charts.id = snapshots.chart
        JOIN entries ON entries.snapshot = snapshots.id
        JOIN apps ON apps.id = entries.app
        """
#: The condition is true of every row. It lets SQLite begin with the snapshots, by time, wherever no
#: app is named; the likelihood, far too small, is what it needs to do so where nothing is sorted.
TIMED_OBSERVATIONS = f"{OBSERVATIONS}WHERE likelihood(snapshots.observed_at > '', 0.15)"
QUICK_LATEST = f"""{PLACES}
        SELECT charts.slug AS chart, snapshots.source, snapshots.observed_at, entries.rank,
               apps.store_id AS app_id, apps.name, snapshots.depth, snapshots.provenance,
               snapshots.id AS snapshot
        FROM places
        JOIN snapshots ON snapshots.id = (
            SELECT id FROM snapshots AS one
            WHERE one.chart = places.chart AND one.source = places.source AND one.scope = 'whole'
            ORDER BY one.observed_at DESC LIMIT 1)
        JOIN charts ON charts.id = snapshots.chart
        JOIN entries ON entries.snapshot = snapshots.id
        JOIN apps ON apps.id = entries.app
        """  # noqa: S608 - constants only
_HALF_AN_HOUR = """
                  AND {0}.observed_at >= strftime(
                      '%Y-%m-%dT%H:%M:%SZ', {1}.observed_at, '-30 minutes')
                  AND {0}.observed_at <= strftime(
                      '%Y-%m-%dT%H:%M:%SZ', {1}.observed_at, '+30 minutes')"""
#: As CROSS_CHECKS, but it begins with the snapshots of web-charts, which are the fewer.
QUICK_CROSS_CHECKS = f"""{PLACES}
        SELECT charts.slug AS chart, one.source, one.observed_at,
               other.source AS other_source, other.observed_at AS other_observed_at,
               min(one.depth, other.depth) AS compared,
               (SELECT count(*)
                FROM entries AS here
                JOIN entries AS there ON there.snapshot = other.id AND there.app = here.app
                WHERE here.snapshot = one.id AND here.rank <= min(one.depth, other.depth)
                  AND there.rank <= min(one.depth, other.depth)) AS shared,
               (SELECT count(*)
                FROM entries AS here
                JOIN entries AS there ON there.snapshot = other.id AND there.app = here.app
                JOIN entries AS below ON below.snapshot = one.id AND below.rank > here.rank
                     AND below.rank <= min(one.depth, other.depth)
                JOIN entries AS under ON under.snapshot = other.id AND under.app = below.app
                WHERE here.snapshot = one.id AND here.rank < min(one.depth, other.depth)
                  AND under.rank > there.rank AND under.rank <= min(one.depth, other.depth)
               ) AS pairs_in_order,
               one.id AS snapshot, other.id AS other_snapshot
        FROM places
        CROSS JOIN snapshots AS other ON other.chart = places.chart
             AND other.source = 'web-charts' AND other.scope = 'whole'
        CROSS JOIN snapshots AS one ON one.chart = places.chart
             AND one.source = places.source AND one.scope = 'whole'
             {_HALF_AN_HOUR.format("one", "other")}
        JOIN charts ON charts.id = places.chart
        WHERE places.source <> 'web-charts' AND other.id = (
            SELECT id FROM (
                SELECT near.id, abs(julianday(near.observed_at)
                                    - julianday(one.observed_at)) AS away
                FROM snapshots AS near
                WHERE near.chart = one.chart AND near.source = 'web-charts'
                  AND near.scope = 'whole'{_HALF_AN_HOUR.format("near", "one")}
                ORDER BY away LIMIT 1))
        """  # noqa: S608 - constants only

migrations = Migrations("apptrack")


def _run(db: Database, *statements: str) -> None:
    for statement in statements:
        db.execute(statement)


@migrations(name="0001_tables")
def tables(db: Database) -> None:
    _run(
        db,
        f"PRAGMA application_id = {APPLICATION_ID}",
        # `name` and `developer` are those of `storefront` at `named_at`: names are localised and
        # change, so one storefront's are stored, and only its later ones replace them.
        """
        CREATE TABLE apps (
            id INTEGER PRIMARY KEY,
            store TEXT NOT NULL,
            store_id TEXT NOT NULL,
            name TEXT,
            developer TEXT,
            storefront TEXT,
            named_at TEXT,
            UNIQUE (store_id, store)
        )
        """,
        """
        CREATE TABLE charts (
            id INTEGER PRIMARY KEY,
            slug TEXT NOT NULL UNIQUE,
            storefront TEXT NOT NULL,
            device TEXT NOT NULL,
            ranking TEXT NOT NULL,
            genre TEXT NOT NULL
        )
        """,
        # `frame` is a zstandard frame that needs the bytes of `base`; `links` counts how many
        # payloads are between this one and one that is stored whole; `size` is in bytes, raw.
        """
        CREATE TABLE payloads (
            id INTEGER PRIMARY KEY,
            sha256 TEXT NOT NULL UNIQUE,
            size INTEGER NOT NULL,
            base INTEGER REFERENCES payloads (id),
            links INTEGER NOT NULL,
            frame BLOB NOT NULL
        )
        """,
        """
        CREATE TABLE snapshots (
            id INTEGER PRIMARY KEY,
            chart INTEGER NOT NULL REFERENCES charts (id),
            source TEXT NOT NULL,
            observed_at TEXT NOT NULL,
            published_at TEXT,
            depth INTEGER NOT NULL CHECK (depth > 0),
            provenance TEXT NOT NULL,
            payload INTEGER REFERENCES payloads (id),
            UNIQUE (chart, source, observed_at)
        )
        """,
        """
        CREATE TABLE entries (
            snapshot INTEGER NOT NULL REFERENCES snapshots (id),
            rank INTEGER NOT NULL CHECK (rank > 0),
            app INTEGER NOT NULL REFERENCES apps (id),
            PRIMARY KEY (snapshot, rank)
        ) WITHOUT ROWID
        """,
        # Without rowid an index carries the primary key: this one answers (app, snapshot) -> rank
        # by itself, and forbids an app twice in a snapshot.
        "CREATE UNIQUE INDEX entries_app ON entries (app, snapshot)",
        # `url` is the address that answered, after redirects; `seconds` how long it took.
        """
        CREATE TABLE fetches (
            id INTEGER PRIMARY KEY,
            chart INTEGER NOT NULL REFERENCES charts (id),
            source TEXT NOT NULL,
            url TEXT NOT NULL,
            started_at TEXT NOT NULL,
            seconds REAL NOT NULL,
            outcome TEXT NOT NULL,
            status INTEGER,
            error TEXT,
            etag TEXT,
            last_modified TEXT,
            payload INTEGER REFERENCES payloads (id),
            snapshot INTEGER REFERENCES snapshots (id)
        )
        """,
        "CREATE INDEX fetches_chart ON fetches (chart, source, started_at)",
        "CREATE INDEX fetches_snapshot ON fetches (snapshot) WHERE snapshot IS NOT NULL",
        "CREATE INDEX snapshots_payload ON snapshots (payload) WHERE payload IS NOT NULL",
        # Dated notes for plots: `source` is where the note comes from.
        """
        CREATE TABLE events (
            id INTEGER PRIMARY KEY,
            happened_at TEXT NOT NULL,
            title TEXT NOT NULL,
            app INTEGER REFERENCES apps (id),
            chart INTEGER REFERENCES charts (id),
            source TEXT,
            UNIQUE (happened_at, title)
        )
        """,
    )


@migrations(name="0002_views")
def views(db: Database) -> None:
    db.create_view(
        "observations",
        """
        SELECT snapshots.observed_at, charts.slug AS chart, snapshots.source, entries.rank,
               apps.store_id AS app_id, apps.name, snapshots.depth, snapshots.provenance,
               entries.snapshot
        FROM entries
        JOIN snapshots ON snapshots.id = entries.snapshot
        JOIN charts ON charts.id = snapshots.chart
        JOIN apps ON apps.id = entries.app
        """,
    )
    db.create_view(
        "latest",
        """
        SELECT charts.slug AS chart, snapshots.source, snapshots.observed_at, entries.rank,
               apps.store_id AS app_id, apps.name, snapshots.depth, snapshots.provenance,
               snapshots.id AS snapshot
        FROM (SELECT chart, source, max(observed_at) AS observed_at
              FROM snapshots GROUP BY chart, source) AS newest
        JOIN snapshots USING (chart, source, observed_at)
        JOIN charts ON charts.id = snapshots.chart
        JOIN entries ON entries.snapshot = snapshots.id
        JOIN apps ON apps.id = entries.app
        """,
    )
    db.create_view(
        "failures",
        """
        SELECT fetches.started_at, charts.slug AS chart, fetches.source, fetches.outcome,
               fetches.status, fetches.error, fetches.url, fetches.seconds, fetches.payload
        FROM fetches JOIN charts ON charts.id = fetches.chart
        WHERE fetches.outcome IN ('failed', 'refused', 'retried')
        """,
    )


@migrations(name="0003_outbox")
def outbox(db: Database) -> None:
    _run(
        db,
        # `event` is the alert's id in every database. `raised_at` is when the snapshot that caused
        # it was observed; no reference leads to that, so that a prune need not ask about alerts.
        """
        CREATE TABLE alerts (
            id INTEGER PRIMARY KEY,
            event TEXT NOT NULL UNIQUE,
            rule TEXT NOT NULL,
            chart INTEGER NOT NULL REFERENCES charts (id),
            source TEXT NOT NULL,
            raised_at TEXT NOT NULL,
            title TEXT NOT NULL,
            text TEXT NOT NULL,
            facts TEXT NOT NULL,
            picture INTEGER NOT NULL
        )
        """,
        # A target goes by a name that leads to no address.
        """
        CREATE TABLE deliveries (
            alert INTEGER NOT NULL REFERENCES alerts (id),
            target TEXT NOT NULL,
            attempts INTEGER NOT NULL,
            next_at TEXT,
            error TEXT,
            message TEXT,
            delivered_at TEXT,
            PRIMARY KEY (alert, target)
        ) WITHOUT ROWID
        """,
        "CREATE INDEX deliveries_waiting ON deliveries (target, alert) WHERE delivered_at IS NULL",
    )


@migrations(name="0004_cross_checks")
def cross_checks(db: Database) -> None:
    # A snapshot and the web page's nearest snapshot of the same chart within half an hour. Of
    # the first `compared` ranks of both: how many apps are `shared`, and how many pairs of those
    # are in the same order in both.
    db.create_view("cross_checks", CROSS_CHECKS.format("", ""))


@migrations(name="0005_blocks")
def blocks(db: Database) -> None:
    _run(
        db,
        # What ``tracker/store/blocks.py`` makes of snapshots. `looks` has the times, depths and
        # provenances as three lists of JSON; `ranks` beside them, as `code` says: B one byte each,
        # H two, Q eight, the smallest first. Both are compressed by zlib.
        """
        CREATE TABLE blocks (
            id INTEGER PRIMARY KEY,
            chart INTEGER NOT NULL REFERENCES charts (id),
            source TEXT NOT NULL,
            first_at TEXT NOT NULL,
            last_at TEXT NOT NULL,
            looks BLOB NOT NULL,
            code TEXT NOT NULL,
            UNIQUE (chart, source, last_at)
        )
        """,
        """
        CREATE TABLE block_ranks (
            block INTEGER NOT NULL REFERENCES blocks (id),
            app INTEGER NOT NULL REFERENCES apps (id),
            ranks BLOB NOT NULL,
            PRIMARY KEY (block, app)
        ) WITHOUT ROWID
        """,
        f"""CREATE TRIGGER snapshot_added AFTER INSERT ON snapshots
            WHEN EXISTS (SELECT 1 FROM blocks WHERE chart = NEW.chart AND source = NEW.source
                         AND last_at >= NEW.observed_at)
            BEGIN {DROP.format("NEW")} END""",  # noqa: S608 - constants only
        f"""CREATE TRIGGER snapshot_changed
            AFTER UPDATE OF id, chart, source, observed_at, depth, provenance ON snapshots
            BEGIN {DROP.format("OLD")} {DROP.format("NEW")} END""",
        f"""CREATE TRIGGER snapshot_removed AFTER DELETE ON snapshots
            BEGIN {DROP.format("OLD")} END""",
        # None for an entry that is added: it comes with its snapshot.
        f"""CREATE TRIGGER entry_changed AFTER UPDATE ON entries
            BEGIN {DROP_OF_ENTRY.format("OLD")} {DROP_OF_ENTRY.format("NEW")} END""",
        f"""CREATE TRIGGER entry_removed AFTER DELETE ON entries
            BEGIN {DROP_OF_ENTRY.format("OLD")} END""",
    )


@migrations(name="0006_names")
def names(db: Database) -> None:
    _run(
        db,
        # Every name a storefront gave an app, with the developer beside it ('' where the source
        # gives none). `first_at` is when it was first observed. `last_at` is when it was last
        # observed, written at most once a day: the name may have been observed for up to 24 hours
        # after it. An app may have two names at a time, from two sources.
        """
        CREATE TABLE names (
            app INTEGER NOT NULL REFERENCES apps (id),
            storefront TEXT NOT NULL,
            name TEXT NOT NULL,
            developer TEXT NOT NULL,
            first_at TEXT NOT NULL,
            last_at TEXT NOT NULL CHECK (last_at >= first_at),
            PRIMARY KEY (app, storefront, name, developer)
        ) WITHOUT ROWID
        """,
        # All that is known without reading every payload again.
        """
        INSERT INTO names
        SELECT id, storefront, name, coalesce(developer, ''), named_at, named_at
        FROM apps WHERE name NOTNULL AND storefront NOTNULL AND named_at NOTNULL
        """,
        # 1 where the names a snapshot gives are in `names`; 0 where it is older than that table.
        "ALTER TABLE snapshots ADD COLUMN named INTEGER NOT NULL DEFAULT 0",
    )


@migrations(name="0007_scope")
def scope(db: Database) -> None:
    _run(
        db,
        # A sparse snapshot has the ranks of some apps; `depth` is then the largest of them.
        """
        ALTER TABLE snapshots ADD COLUMN scope TEXT NOT NULL DEFAULT 'whole'
        CHECK (scope IN ('whole', 'sparse'))
        """,
        """
        CREATE INDEX snapshots_sparse ON snapshots (chart, source, observed_at)
        WHERE scope = 'sparse'
        """,
        # Blocks are made of whole snapshots; a sparse one contradicts none of them.
        "DROP TRIGGER snapshot_added",
        f"""CREATE TRIGGER snapshot_added AFTER INSERT ON snapshots
            WHEN NEW.scope = 'whole'
            AND EXISTS (SELECT 1 FROM blocks WHERE chart = NEW.chart AND source = NEW.source
                        AND last_at >= NEW.observed_at)
            BEGIN {DROP.format("NEW")} END""",  # noqa: S608 - constants only
        "DROP TRIGGER snapshot_changed",
        f"""CREATE TRIGGER snapshot_changed
            AFTER UPDATE OF id, chart, source, observed_at, depth, provenance, scope ON snapshots
            WHEN OLD.scope = 'whole' OR NEW.scope = 'whole'
            BEGIN {DROP.format("OLD")} {DROP.format("NEW")} END""",
        "DROP TRIGGER snapshot_removed",
        f"""CREATE TRIGGER snapshot_removed AFTER DELETE ON snapshots
            WHEN OLD.scope = 'whole'
            BEGIN {DROP.format("OLD")} END""",
    )
    whole = " AND near.scope = 'whole'", " AND scope = 'whole'"
    db.create_view("cross_checks", CROSS_CHECKS.format(*whole), replace=True)
    db.create_view("observations", OBSERVATIONS, replace=True)
    db.create_view("latest", LATEST, replace=True)


@migrations(name="0008_served_at")
def served_at(db: Database) -> None:
    # The HTTP Date of the response: the store's clock, beside `started_at` by this machine's.
    _run(db, "ALTER TABLE fetches ADD COLUMN served_at TEXT")


@migrations(name="0009_incoming")
def incoming(db: Database) -> None:
    _run(
        db,
        # A file on its way in (``tracker/store/incoming.py``): the row ids of its snapshots, whose
        # entries are there before them, and of the apps added for it. Empty at other times.
        """
        CREATE TABLE incoming (
            id INTEGER PRIMARY KEY, first_snapshot INTEGER NOT NULL, last_snapshot INTEGER NOT NULL,
            first_app INTEGER NOT NULL, last_app INTEGER NOT NULL
        )
        """,
        # Which rows use a payload, so that a prune can check a few of them at a time.
        "CREATE INDEX fetches_payload ON fetches (payload) WHERE payload IS NOT NULL",
        "CREATE INDEX payloads_base ON payloads (base) WHERE base IS NOT NULL",
    )


@migrations(name="0010_lookups")
def lookups(db: Database) -> None:
    # When an app without a name was last looked up in a storefront, found or not.
    _run(
        db,
        "CREATE TABLE lookups (app INTEGER NOT NULL REFERENCES apps (id), storefront TEXT NOT NULL,"
        " asked_at TEXT NOT NULL, PRIMARY KEY (app, storefront)) WITHOUT ROWID",
    )


@migrations(name="0011_captures")
def captures(db: Database) -> None:
    _run(
        db,
        # Copies of charts in a web archive, as its index lists them, and what became of each.
        # `captured_at` is when the copy was made, `digest` the SHA-1 of its bytes in base32.
        """
        CREATE TABLE captures (
            id INTEGER PRIMARY KEY,
            archive TEXT NOT NULL,
            original TEXT NOT NULL,
            captured_at TEXT NOT NULL,
            digest TEXT NOT NULL,
            family TEXT NOT NULL,
            chart INTEGER NOT NULL REFERENCES charts (id),
            state TEXT NOT NULL CHECK (state IN (
                'planned', 'stored', 'same', 'refused', 'unplayable', 'archived-error')),
            reason TEXT,
            attempts INTEGER NOT NULL DEFAULT 0,
            snapshot INTEGER REFERENCES snapshots (id) ON DELETE SET NULL,
            payload INTEGER REFERENCES payloads (id) ON DELETE SET NULL,
            UNIQUE (archive, original, captured_at, digest)
        )
        """,
        "CREATE INDEX captures_chart ON captures (chart, family, captured_at)",
        "CREATE INDEX captures_snapshot ON captures (snapshot) WHERE snapshot IS NOT NULL",
        "CREATE INDEX captures_payload ON captures (payload) WHERE payload IS NOT NULL",
        # Questions to the index. `resume_key` is the archive's own text, by which it goes on.
        """
        CREATE TABLE capture_queries (
            query TEXT PRIMARY KEY,
            resume_key TEXT,
            finished_at TEXT
        ) WITHOUT ROWID
        """,
    )


@migrations(name="0012_quick_views")
def quick_views(db: Database) -> None:
    # The same columns and rows as before, in milliseconds where there are years of snapshots.
    db.create_view("latest", QUICK_LATEST, replace=True)
    db.create_view("cross_checks", QUICK_CROSS_CHECKS, replace=True)


@migrations(name="0013_checksums")
def checksums(db: Database) -> None:
    # `checksum` is what ``tracker/store/checksums.py`` computes of a snapshot; NULL where that was
    # not done yet. It is done in short transactions after the migrations. `tallies` counts the
    # snapshots of each chart and source.
    unchecked = "UPDATE snapshots SET checksum = NULL WHERE id = {0}.snapshot;".format
    _run(
        db,
        "ALTER TABLE snapshots ADD COLUMN checksum INTEGER",
        "CREATE INDEX snapshots_unchecked ON snapshots (id) WHERE checksum IS NULL",
        """
        CREATE TABLE tallies (
            chart INTEGER NOT NULL REFERENCES charts (id), source TEXT NOT NULL,
            snapshots INTEGER NOT NULL, PRIMARY KEY (chart, source)
        ) WITHOUT ROWID
        """,
        """
        INSERT INTO tallies SELECT chart, source, count(*) FROM snapshots GROUP BY chart, source
        """,
        f"""CREATE TRIGGER snapshot_counted AFTER INSERT ON snapshots
            BEGIN {_COUNT.format("NEW", "+ 1")} END""",
        f"""CREATE TRIGGER snapshot_uncounted AFTER DELETE ON snapshots
            BEGIN {_COUNT.format("OLD", "- 1")} END""",
        f"""CREATE TRIGGER snapshot_moved AFTER UPDATE OF chart, source ON snapshots
            BEGIN {_COUNT.format("OLD", "- 1")} {_COUNT.format("NEW", "+ 1")} END""",
        """
        CREATE TRIGGER snapshot_unchecked AFTER UPDATE OF
            id, chart, source, observed_at, published_at, depth, provenance, scope ON snapshots
        BEGIN UPDATE snapshots SET checksum = NULL WHERE id = NEW.id; END
        """,
        "DROP TRIGGER entry_changed",
        f"""CREATE TRIGGER entry_changed AFTER UPDATE ON entries
            BEGIN {DROP_OF_ENTRY.format("OLD")} {DROP_OF_ENTRY.format("NEW")}
            {unchecked("OLD")} {unchecked("NEW")} END""",
        "DROP TRIGGER entry_removed",
        f"""CREATE TRIGGER entry_removed AFTER DELETE ON entries
            BEGIN {DROP_OF_ENTRY.format("OLD")} {unchecked("OLD")} END""",
        # Blocks say now which apps, which chart and which block before them they are of.
        "DELETE FROM block_ranks",
        "DELETE FROM blocks",
    )


@migrations(name="0014_by_time")
def by_time(db: Database) -> None:
    # For those who filter and sort millions of ranks: SQLite goes from an app id to its one app and
    # on to its ranks, and finds snapshots in order of time, of one chart and of all.
    twice = db.execute("SELECT store_id FROM apps GROUP BY store_id HAVING count(*) > 1").fetchone()
    if twice:
        # No id has the form of both stores (``tracker/ids.py``).
        raise IntegrityError(f"the app id {echo(twice[0])} is in two rows of apps; delete one")
    _run(
        db,
        "CREATE UNIQUE INDEX apps_store_id ON apps (store_id)",
        "CREATE INDEX snapshots_chart ON snapshots (chart, observed_at)",
        "CREATE INDEX snapshots_observed_at ON snapshots (observed_at)",
        "CREATE INDEX fetches_started_at ON fetches (started_at)",
    )
    db.create_view("observations", TIMED_OBSERVATIONS, replace=True)
