"""Deliberate faults in how the database is opened, written and pruned."""

from __future__ import annotations

from functools import partial

from tests.support.analysis_faults import Fault

PRUNE = ("tests/test_prune.py",)
INCOMING = ("tests/test_incoming.py", "tests/proof_imports.py")
READING = ("tests/test_read_only.py",)
PLACE = ("tests/test_place.py",)
HELD = ("tests/test_held.py",)

_upkeep = partial(Fault, "tracker/store/prune.py", tests=PRUNE)
_incoming = partial(Fault, "tracker/store/incoming.py", tests=INCOMING)
_database = partial(Fault, "tracker/store/database.py", tests=READING)
_place = partial(Fault, "tracker/store/files.py", tests=PLACE)
_held = partial(Fault, "tracker/held.py", tests=HELD)
_checksums = partial(Fault, "tracker/store/checksums.py", tests=("tests/test_checksums.py",))
_merging = partial(
    Fault, "tracker/store/merging.py", tests=("tests/test_merge_copies.py", "tests/proof_merge.py")
)
_collect = partial(Fault, "tracker/collect.py", tests=HELD)

STORE_FAULTS = (
    _merging(
        "if not self._dry and not self.tally.conflicts:",
        "if not self._dry:",
        "a copy that a merge left is never asked for again",
    ),
    _merging(
        "self._each(self._other.rows(_COPIES, None), partial(self._copy, None))",
        "pass",
        "copies without a snapshot are left behind",
    ),
    _merging(
        "instr('planned archived-error unplayable refused same stored', {0}.state)",
        "instr('planned stored same refused unplayable archived-error', {0}.state)",
        "a copy that is stored is taken for one that is refused",
    ),
    _upkeep(
        "SELECT payload FROM snapshots WHERE observed_at >= :payloads AND payload NOTNULL",
        "SELECT payload FROM snapshots WHERE observed_at > :payloads AND payload NOTNULL",
        "a payload used at exactly the limit is pruned",
    ),
    _upkeep(
        "AND started_at < :failed",
        "AND started_at <= :failed",
        "a fetch that failed at exactly the limit is pruned",
    ),
    _upkeep(
        "AND started_at < :refused",
        "AND started_at <= :refused",
        "an answer refused at exactly the limit is pruned",
    ),
    _upkeep(
        "SELECT max(links) FROM temp.going",
        "SELECT min(links) FROM temp.going",
        "payloads are pruned before those that lean on them",
    ),
    _upkeep(
        "SELECT payload, max(observed_at) FROM snapshots WHERE payload NOTNULL",
        "SELECT payload, min(observed_at) FROM snapshots WHERE payload NOTNULL",
        "the newest payload of a chart is pruned",
    ),
    _incoming(
        "return int(copied < many)",
        "return int(2 * copied < many)",
        "the end of a file is left out",
    ),
    _incoming(
        "known = self._db.execute(_MEANWHILE).fetchall()",
        "known: list[tuple[int]] = []",
        "what another one stored meanwhile is stored twice",
    ),
    _incoming(
        "        if lock is not None:\n            sweep(store, seconds=_SWEEPING)",
        "        sweep(store, seconds=_SWEEPING)",
        "a file on its way in is swept away",
    ),
    _incoming(
        "    AND main.apps.named_at < new.last_at",
        "    AND false",
        "a later name in the storefront of a known one is lost",
    ),
    _incoming(
        "            in_batches(partial(self._pack_one, chart, source))",
        "            self._pack_one(chart, source, 1)",
        "an import leaves blocks that are due",
    ),
    Fault(
        "tracker/store/writing.py",
        "return (self.newest_row() or 0) + 1",
        "return None",
        "row ids of a file on its way in are given away",
        INCOMING,
    ),
    Fault(
        "tracker/store/reading.py",
        "if self._unchanged and state_of(self.path) != self._unchanged:",
        "if self._unchanged and not state_of(self.path):",
        "an answer is of two times",
        READING,
    ),
    _database(
        "    _refuse_unread_log(path)\n",
        "",
        "the newest part of a file is passed over",
    ),
    _database(
        "        if missing:\n",
        "        if len(missing) > len(MIGRATIONS):\n",
        "an older file is read as if it were today's",
    ),
    _database(
        '_opened(path, "mode=ro"), False',
        '_opened(path, "mode=rw"), False',
        "a reader can write",
    ),
    _place(
        "Path(os.path.realpath(database, strict=False))",
        "Path(os.path.abspath(database))",
        "two daemons by two names",
    ),
    _place("len(point) >= len(longest)", "len(point) > len(longest)", "an earlier mount counts"),
    _place("if names > 1:", "if names > 2:", "a hard-linked file is collected into"),
    _held(
        "return sorted(path for path in self.folder.iterdir() if path.name.endswith(_ENDING))",
        "return sorted(self.folder.glob('*' + _ENDING))[::-1]",
        "what is held is stored the newest first",
    ),
    _held("len(files) >= MOST_FILES", "len(files) > MOST_FILES", "one more is held than may be"),
    _collect(
        "if fetch.outcome is not Outcome.UNCHANGED or fetch.payload:",
        "if fetch.outcome is not Outcome.RETRIED:",
        "a held answer vouches for bytes that came after it",
    ),
    _collect(
        "if not self.store.has_fetch(fetch):",
        "if self.store.path:",
        "what was stored before a kill is stored twice",
    ),
    Fault(
        "tracker/store/writing.py",
        "row[1] >= LONGEST_CHAIN",
        "row[1] > LONGEST_CHAIN",
        "a chain of payloads is one too long",
        ("tests/test_receipts.py", "tests/test_prune.py"),
    ),
    *(
        Fault("tracker/store/schema.py", old, new, why, ("tests/test_quick_queries.py",))
        for old, new, why in (
            (
                '"CREATE UNIQUE INDEX apps_store_id',
                '"CREATE INDEX apps_store_id',
                "the ranks of an app are searched for in the whole chart",
            ),
            (
                "likelihood(snapshots.observed_at > '', 0.15)",
                "likelihood(snapshots.observed_at > '', 0.9)",
                "all ranks are sorted to show the newest",
            ),
        )
    ),
    Fault(
        "tracker/store/schema.py",
        "    if twice:\n",
        "    if False:\n",
        "the app id that is in both stores is not named",
        ("tests/test_store_file.py",),
    ),
    Fault(
        "tracker/store/snapshots.py",
        " INDEXED BY snapshots_sparse",
        "",
        "each snapshot of a chart is asked whether it is sparse",
        ("tests/test_quick_queries.py",),
    ),
    Fault(
        "tracker/ids.py",
        '        (r"0+", "it is zero"),\n',
        "",
        "0 is an app id",
        ("tests/test_ids.py",),
    ),
    Fault(
        "tracker/browse/gate.py",
        "(name in names and port.isdecimal())",
        "port.isdecimal()",
        "a page under another name is answered",
        ("tests/test_browse_guard.py",),
    ),
    Fault(
        "tracker/store/snapshots.py",
        "in ((lately, until), (None, lately)):",
        "in ((lately, until),):",
        "a stay of more than a month ago is forgotten",
        ("tests/test_moments.py",),
    ),
    Fault(
        "tracker/store/snapshots.py",
        "    if has_sparse(reader, place.chart, place.source):\n        others",
        "    if False:\n        others",
        "a stay in a sparse snapshot is forgotten",
        ("tests/test_moments.py", "tests/test_movers.py", "tests/test_sparse_commands.py"),
    ),
    Fault(
        "tracker/store/reading.py",
        "if not dates.keys() >= set(line.times):",
        "if False:",
        "a date that an index lost was never published",
        ("tests/test_checksums.py",),
    ),
    Fault(
        "tracker/store/completing.py",
        "    if seconds is None:\n        _make_blocks",
        "    if seconds:\n        _make_blocks",
        "migrate makes no blocks",
        ("tests/test_checksums.py",),
    ),
    _checksums(
        "checksum >> 32 == _of_row(row)",
        "True",
        "a damaged row of a snapshot is not noticed",
    ),
    _checksums(
        'checksum & _ENTRIES_BITS == _of_entries(text or "")',
        "True",
        "damaged entries are not noticed",
    ),
    _checksums(
        "if row and row[0] != (row[1] or 0):",
        "if row and row[0] > (row[1] or 0):",
        "a lost snapshot is not missed",
    ),
    _checksums(
        'if slug != "/".join(map(str, parts)):',
        "if not slug:",
        "a chart that contradicts its parts is read",
    ),
    _checksums(
        'if missing != "[]" and connection.execute(sql, (missing,)).fetchone():',
        "if missing == sql:",
        "an app that its index has lost counts as never seen",
    ),
    Fault(
        "tracker/store/completing.py",
        "if end and time.monotonic() > end:",
        "if end and time.monotonic() < end:",
        "checksums are computed for longer than allowed",
        tests=("tests/test_checksums.py",),
    ),
    Fault(
        "tracker/store/blocks.py",
        'if owner != struct.pack("<Q", app):',
        "if not owner:",
        "a block's ranks of another app are read",
        tests=("tests/test_checksums.py",),
    ),
    _collect(
        "over = (end and time.monotonic() > end) or (stop and stop.is_set())",
        "over = None",
        "a pass stores all that waits, however long that takes",
    ),
)
