"""The deliberate faults of ``tests/mutations.py`` in what reads a web archive."""

from __future__ import annotations

from tests.support.analysis_faults import Fault

RULES = ("tests/test_backfill.py",)
ORDER = ("tests/proof_backfill.py",)
INDEX = ("tests/test_backfill_index.py",)
CASES = ("tests/test_archived_sources.py",)
BESIDE = ("tests/test_backfill_beside.py",)

COMMANDS = ("tests/test_backfill_commands.py",)
GIT = ("tests/test_import_git.py",)
REPORTED = ("tests/test_import_reported.py",)


def _run(old: str, new: str, why: str, tests: tuple[str, ...] = RULES) -> Fault:
    return Fault("tracker/backfill/run.py", old, new, why, tests)


def _index(old: str, new: str, why: str, tests: tuple[str, ...] = RULES) -> Fault:
    return Fault("tracker/backfill/index.py", old, new, why, tests)


def _plan(old: str, new: str, why: str, tests: tuple[str, ...] = RULES) -> Fault:
    return Fault("tracker/backfill/plan.py", old, new, why, tests)


def _asking(old: str, new: str, why: str) -> Fault:
    return Fault("tracker/backfill/asking.py", old, new, why, RULES)


def _history(old: str, new: str, why: str) -> Fault:
    return Fault("tracker/imports/history.py", old, new, why, GIT)


def _copies(old: str, new: str, why: str, tests: tuple[str, ...] = CASES) -> Fault:
    return Fault("tracker/sources/archived.py", old, new, why, tests)


BACKFILL_FAULTS = (
    _run("    if reply.memento is None:\n", "    if False:\n", "a page of the archive's is a copy"),
    _run("> NEAR:", "> 400 * 86400 * NEAR:", "a copy of another date passes for the one asked for"),
    _run(
        "    if reply.status != 200:\n", "    if False:\n", "a copy of an error page is a chart's"
    ),
    _run(
        "    if snapshot.observed_at > now:\n",
        "    if False:\n",
        "a copy from the future is stored",
    ),
    _run(
        "if not FAMILIES[capture.family].dated and",
        "if not FAMILIES[capture.family].dated or",
        "the same bytes are asked for again",
    ),
    _run(
        "    if twin is None:\n        return None\n",
        "    return None\n",
        "the same bytes are two observations",
    ),
    _run("replace(snapshot, provenance=Provenance.ARCHIVED)", "snapshot", "a copy is recorded"),
    _run("if ran.requests == most:", "if False:", "a run has no end"),
    _run(
        "            if _host(capture) in ran.excluded:\n                continue\n",
        "",
        "an excluded site is asked for again and again",
    ),
    _index(
        "sorted({row for row in parsed if row})",
        "[row for row in parsed if row]",
        "a row of the index counts as often as it comes",
        INDEX,
    ),
    _index(
        "    if tuple(header) != _COLUMNS:\n", "    if False:\n", "an index without names is read"
    ),
    _index(
        "    if not text.strip():\n        raise FetchError",
        "    if not text.strip():\n        return Page((), 0, None)\n        raise FetchError",
        "an empty answer means that there are no copies",
    ),
    _plan(
        "if page.resume_key in keys and page.resume_key is not None:",
        "if False:",
        "pages of an index go in a circle",
    ),
    _plan(
        "return -limit, capture.captured_at",
        "return 0, capture.captured_at",
        "the first copy of an hour is planned, however few ranks it has",
    ),
    _plan(
        "    for rival in rivals:\n        if rival.state is State.PLANNED:\n",
        "    for rival in rivals:\n        if False:\n",
        "what is planned depends on the order of rows",
        ORDER,
    ),
    _plan("if final and not again:", "if not again:", "recent weeks are asked for once"),
    _asking(
        "if reply.memento is None and reply.status == 429:",
        "if reply.status == 429:",
        "an archived 429 stops the run",
    ),
    _asking(
        "            if reply.refused:\n                return None\n",
        "",
        "a refused connection is tried again",
    ),
    _asking(
        "return reply.memento is None and reply.status >= 500",
        "return False",
        "trouble of the archive's is not tried again",
    ),
    Fault(
        "tracker/fetch/archive.py",
        "        if not body.startswith(GZIP):\n",
        "        if True:\n",
        "a body that is packed without a word is refused",
        RULES,
    ),
    _copies("    if age < -EARLY:\n", "    if False:\n", "a body later than its copy is read"),
    _copies("    if age > STALE:\n", "    if False:\n", "a body days older than its copy is read"),
    _copies(
        "    if age <= FRESH:\n        return published_at, None\n",
        "",
        "every copy of a feed is called stale",
    ),
    _copies(
        "return replace(snapshot, observed_at=at, ",
        "return replace(snapshot, ",
        "a copy's ranks were observed when it was made, whatever it says",
    ),
    _copies(
        "if family_found is None or family_found[1].chart != payload.chart:",
        "if family_found is None:",
        "a copy of another ranking's page is read",
    ),
    _copies('_NO_SITES = ("la", "gb")', '_NO_SITES = ("gb",)', "Latin America is Laos"),
    _copies(
        "depth=(100, 100)",
        "depth=(LEAST, 100)",
        "a page that was cut is a short chart",
    ),
    Fault(
        "tracker/sources/archived_itunes_page.py",
        "    if stated and (rank is None or int(rank[1]) != place):\n",
        "    if False:\n",
        "a rank missing on the old page lifts everyone below",
        CASES,
    ),
    Fault(
        "tracker/sources/archived_itunes_page.py",
        'if "apps" in match[1].split() and',
        "if",
        "songs are apps",
        CASES,
    ),
    Fault(
        "tracker/sources/archived_itunes_xml.py",
        "self._depth > _DEEPEST",
        "False",
        "XML is nested without a bound",
        CASES,
    ),
    Fault(
        "tracker/sources/archived_rss_v1.py",
        '        same("genre", match[5], chart.genre)\n',
        "",
        "the feed of games is that of all apps",
        CASES,
    ),
    _plan(
        "            planned.excluded.append(host)\n",
        "            raise\n",
        "one excluded site hides every other",
        COMMANDS,
    ),
    _plan(
        "if query.finished_at or again:",
        "if query.finished_at:",
        "a key that the archive forgot is used for ever",
        COMMANDS,
    ),
    Fault(
        "tracker/commands/backfill.py",
        "128 + signals[0] if signals else STOPPED",
        "STOPPED",
        "a loop that repeats after status 3 cannot be interrupted",
        COMMANDS,
    ),
    Fault(
        "tracker/backfill/saved.py",
        "if row.state not in (State.STORED, State.SAME):",
        "if row.state is State.PLANNED:",
        "a copy that was refused stays refused, though a person saved it whole",
        COMMANDS,
    ),
    Fault(
        "tracker/fetch/archive.py",
        "if whole and damaged.again:",
        "if False:",
        "a copy that is damaged in the archive is asked for in every run",
        RULES,
    ),
    _history(
        "if (version.blob, version.day) in seen:", "if False:", "a renamed file is observed twice"
    ),
    _history(
        "if (version.blob, version.day) in seen:",
        "if any(version.blob == blob for blob, _ in seen):",
        "a chart that stood still for a day was not observed",
    ),
    _history(
        "abs(version.at - version.written) > _AT_ONCE",
        "False",
        "a rebase moves the charts of a month into one minute",
    ),
    _history("mode in _FILES and", "", "a link is a chart"),
    _history('== b"true":', '== b"maybe":', "a shallow clone dates every file by its first commit"),
    _history('if name[:4] != "GIT_"', "", "within a hook another repository is read"),
    Fault(
        "tracker/imports/reported.py",
        "        if note is None or (note.app_id, note.chart, note.source) == mine:\n",
        "        if True:\n",
        "two reports under one headline lose a publication",
        REPORTED,
    ),
    Fault(
        "tracker/report/picture.py",
        '    if not names:\n        return ""\n    more',
        '    return ""\n    more',
        "a picture of reports is silent on who reported them",
        REPORTED,
    ),
    Fault(
        "tracker/verify.py",
        "    if parsed.observed_at != stored.observed_at:\n",
        "    if False:\n",
        "a copy may be stored under any time",
        BESIDE,
    ),
    Fault(
        "tracker/store/payloads.py",
        "return Provenance.ARCHIVED if archived else Provenance.RECORDED",
        "return Provenance.RECORDED",
        "a copy that is read again is recorded",
        BESIDE,
    ),
)
