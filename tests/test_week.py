"""The weekly report, and one pass from Python."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import tracker
from tests.support.shop import CHART as SHOP_CHART
from tests.support.shop import Shop, environment, ranked
from tests.support.stored import CHART, SOURCE, at, entries
from tracker.cli import main
from tracker.loopback.server import LoopbackStore
from tracker.model import Provenance, Snapshot
from tracker.store import Reader, Store

DB = Path("week.db")
TRAP = "A | <script>alert(1)</script> *b* [x](y)"


@pytest.fixture(autouse=True)
def _stored() -> None:
    """A snapshot a day for ten days; on day 8 app 2 passes app 1, on day 2 app 1 passed app 2."""
    with Store(DB) as store:
        for day in range(10):
            order = [2, 1, 3] if day < 2 or day >= 8 else [1, 2, 3]
            order = order[:2] if day == 5 else order
            rows = entries(order, {"2": TRAP})
            provenance = Provenance.IMPORTED if day < 9 else Provenance.RECORDED
            store.save(Snapshot(CHART, SOURCE, at(24 * day), rows, provenance=provenance))


def brief(*args: str) -> Result:
    return CliRunner().invoke(main, ["brief", *args, "--db", str(DB)])


def test_a_week_has_ranks_moves_overtakes_coverage_and_provenance() -> None:
    with tracker.open(DB) as database:
        week = database.week("1", "2", "3")
    assert [(row.app.app_id, row.rank) for row in week.standings] == [("2", 1), ("1", 2), ("3", 3)]
    assert [overtake.by for overtake in week.overtakes] == [at(24 * 8)]  # not that of day 2
    assert (week.observed.snapshots, week.observed.gaps) == (8, 0)
    text = brief("1", "2", "3", "--week").stdout
    for heading in ("# Week to 2026-01-10: App Store", "## Ranks", "## Moves", "## Overtakes"):
        assert heading in text
    assert "imported from a file; not recorded by this program" in text
    assert "8 snapshots, at most 24 h apart, coverage 100%" in text
    assert "| 3 | Filler 3 | same | same | 3 | unranked |" in text
    assert "2026-01-08T00:00:00Z | 2026-01-09T00:00:00Z | A \\| \\<script" in text


class Tags(HTMLParser):
    """The tags of a page, in order, and whether each that is opened is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_a_week_is_written_as_a_page_or_markdown_and_names_are_no_markup() -> None:
    assert brief("1", "2", "--week", "-o", "week.html").stdout == "week.html\n"
    assert brief("1", "2", "--week", "-o", "week.md").stdout == "week.md\n"
    page, tags = Path("week.html").read_text("utf-8"), Tags()
    tags.feed(page)
    assert tags.open == []
    assert "script" not in tags.seen
    assert "A | &lt;script&gt;alert(1)" in page
    lines = [line for line in Path("week.md").read_text("utf-8").splitlines() if line[:1] == "|"]
    columns = {len(re.findall(r"(?<!\\)\|", line)) for line in lines[:4]}
    assert columns == {7}


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["1", "--week", "-o", "week.txt"], "FILE ends in .md or .html"),
        (["1", "-o", "week.md"], "-o is for --week"),
        (["1", "--week", "--json"], "--json is for the sentences"),
        (["1", "2"], "name one app, or use --week"),
        ([], "name one app, or use --week"),
    ],
)
def test_what_does_not_go_with_a_week_is_refused(args: list[str], words: str) -> None:
    done = brief(*args)
    assert (done.exit_code, done.stdout) == (2, "")
    assert words in done.output
    assert not list(Path().glob("week.[th]*"))


def test_one_pass_from_python(monkeypatch: pytest.MonkeyPatch) -> None:
    import tracker.collect  # the module of that name is not what the package has

    with LoopbackStore(Shop({SHOP_CHART: ranked(1, 2)})) as store:
        for name, value in environment(store.base).items():
            monkeypatch.setenv(name, value)
        seen: list[str] = []
        report = tracker.collect(
            str(SHOP_CHART), path="pass.db", on_result=lambda result: seen.append(result.outcome)
        )
    assert (report.asked, report.failed, seen) == (1, 0, ["saved"])
    with Reader(Path("pass.db")) as reader:
        assert reader.charts() == [SHOP_CHART]
    with pytest.raises(tracker.InvalidValue):
        tracker.collect("nowhere/iphone/top-free/apps", path="pass.db")
