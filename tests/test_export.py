"""Raw rows out: every state apart, every text a text, each file whole or not there."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
import tracemalloc
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import tracker
from tests.support.stored import CHART, OTHER_CHART, SOURCE, at, change, entries, snapshot
from tracker.cli import main
from tracker.errors import ApptrackError
from tracker.exports import printable, write_excel
from tracker.model import Chart, Entry, Provenance, Scope, Snapshot, iso
from tracker.queries.charts import ChartPattern
from tracker.store import Store

ROOT = Path(__file__).parents[1]
RECORDING = ROOT / "data" / "sample" / "jp_iphone_top-free_finance_2025.csv.gz"
FINANCE = "jp/iphone/top-free/finance"
A, B, LATE = "1139755229", "1435783608", "6505085493"
needs_excel = pytest.mark.skipif(not find_spec("openpyxl"), reason="openpyxl is not installed")
SUFFIXES = ["csv", "jsonl", pytest.param("xlsx", marks=needs_excel)]
GAMES = Chart.parse("us/ipad/top-paid/games")
HOSTILE = {
    "101": "\x1b[31mRed\x07",
    "102": "=1+1",
    "103": "＝cmd|' /C calc'!A0",
    "104": "#N/A",
    "105": 'a "quoted", name\nof two lines',
    "106": "\u202egnp.exe",
    "107": " @SUM(A1)",
    "108": "0042",
}


def run(*args: str, db: Path | str = "some.db") -> Result:
    return CliRunner().invoke(main, [*args, "--db", str(db)])


def export(*args: str, db: Path | str = "some.db") -> Result:
    done = run("export", *args, db=db)
    assert done.exit_code == 0, done.output
    return done


def read_csv(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def sheet(path: str) -> list[list[Any]]:
    """The cells of a workbook, its heading first, as openpyxl reads them."""
    import openpyxl

    book = openpyxl.load_workbook(path)
    (page,) = book.worksheets
    return [list(row) for row in page.iter_rows()]


def refusal(done: Result) -> str:
    assert (done.exit_code, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    return line.removeprefix("apptrack: ")


def cell(value: object) -> str:
    """What stands in a CSV for a value of JSON."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def plain(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"name": " ".join(printable(row["name"]).split())}


@pytest.fixture(scope="module")
def finance(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("export") / "finance.db"
    assert run("import", str(RECORDING), db=path).exit_code == 0
    return path


@pytest.fixture
def some() -> None:
    """Hours 0 to 4 and, after a gap, 20 to 22; app 3 leaves at hour 2; hour 23 is sparse."""
    with Store(Path("some.db")) as store:
        for hour in (0, 1, 2, 3, 4, 20, 21, 22):
            apps = (1, 2, 3) if hour < 2 else (2, 1, 4)
            store.save(snapshot(hour, apps, published_at=at(hour - 1) if hour == 1 else None))
        sparse = (Entry(150, "3", "Filler 3"),)
        store.save(snapshot(23, entries=sparse, scope=Scope.SPARSE))
        store.save(snapshot(0, (1, 2, 3), chart=OTHER_CHART))
        store.save(snapshot(0, (7, 8), chart=GAMES))


def test_the_three_states_are_never_mixed(some: None) -> None:
    rows = read_csv(export("series", "3").stdout)
    cells = [(row["observed_at"][11:13], row["state"], row["rank"], row["depth"]) for row in rows]
    assert cells == [
        ("00", "ranked", "3", "3"), ("01", "ranked", "3", "3"), ("02", "unranked", "", "3"),
        ("03", "unranked", "", "3"), ("04", "unranked", "", "3"), ("20", "unranked", "", "3"),
        ("21", "unranked", "", "3"), ("22", "unranked", "", "3"), ("23", "ranked", "150", ""),
    ]  # fmt: skip
    assert [row["scope"] for row in rows] == ["whole"] * 8 + ["sparse"]
    assert [row["observed_at"][11:13] for row in rows if row["gap_before"] == "true"] == ["20"]
    assert [row["published_at"] for row in rows if row["published_at"]] == [iso(at(0))]
    assert {(row["chart"], row["source"], row["provenance"]) for row in rows} == {
        (str(CHART), SOURCE, "recorded")
    }


def test_the_rows_are_those_of_the_public_series(finance: Path) -> None:
    rows = read_csv(export("series", A, LATE, "--on", FINANCE, db=finance).stdout)
    with tracker.open(finance) as database:
        each = database.series(A, LATE, on=FINANCE)
    expected = [
        (series.app.app_id, iso(observation.observed_at), observation.rank)
        for series in each
        for observation in series
    ]
    assert len(rows) == 120
    assert expected == [
        (row["app_id"], row["observed_at"], int(row["rank"]) if row["rank"] else None)
        for row in rows
    ]


def test_whole_charts_come_back_as_they_were(finance: Path) -> None:
    done = export("charts", "--on", FINANCE, "-o", "whole.csv", db=finance)
    assert done.stdout == "whole.csv: 6,000 rows\n"
    assert run("import", "whole.csv").exit_code == 0
    with tracker.open(finance) as before, tracker.open("some.db") as after:
        # A space of another width, as in a Japanese name, is a plain one in a CSV.
        exported, imported = ([plain(row) for row in database.entries(on=FINANCE)]
                              for database in (before, after))  # fmt: skip
        assert exported == imported
        assert before.series(A, LATE, on=FINANCE) == after.series(A, LATE, on=FINANCE)
        assert before.overtakes(A, B, on=FINANCE) == after.overtakes(A, B, on=FINANCE)


def test_the_ranks_of_one_app_come_back_as_sparse_snapshots(finance: Path) -> None:
    export("series", LATE, "--on", FINANCE, "--ranked", "-o", "one.csv", db=finance)
    assert "has no rank" not in (done := run("import", "--sparse", "one.csv")).output
    assert done.exit_code == 0, done.output
    with tracker.open(finance) as before, tracker.open("some.db") as after:
        (whole,), (single,) = (database.series(LATE, on=FINANCE) for database in (before, after))
    ranked = [
        (observation.observed_at, observation.rank)
        for observation in whole
        if observation.rank is not None
    ]
    assert 0 < len(ranked) < 60
    assert [(observation.observed_at, observation.rank) for observation in single] == ranked


def test_unranked_rows_are_refused_as_sparse_ranks(finance: Path) -> None:
    export("series", LATE, "--on", FINANCE, "-o", "one.csv", db=finance)
    assert "line 2: has no rank" in refusal(run("import", "--sparse", "one.csv"))


def test_whole_charts_leave_out_ranks_of_single_apps_and_say_so(some: None) -> None:
    done = export("charts")
    assert {row["scope"] for row in read_csv(done.stdout)} == {"whole"}
    assert len(read_csv(done.stdout)) == 8 * 3
    assert done.stderr == (
        f"left out of {CHART}: ranks of single apps, no whole charts; "
        "'apptrack export series' has them\n"
    )


@needs_excel
def test_each_format_has_the_same_rows(some: None) -> None:
    for suffix in ("csv", "jsonl", "xlsx"):
        done = export("series", "3", "1", "-o", f"out/rows.{suffix}")
        assert done.stdout == f"out/rows.{suffix}: 16 rows\n"
    lines = Path("out/rows.jsonl").read_text("utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    with tracker.open("some.db") as database:
        assert rows == [*database.observations("3", "1")]
    assert rows[2]["rank"] is None
    assert rows[5]["gap_before"] is True
    assert export("series", "3", "1", "--format", "jsonl").stdout.splitlines() == lines
    text = Path("out/rows.csv").read_text("utf-8")
    assert export("series", "3", "1").stdout == text
    as_text = [{name: cell(value) for name, value in row.items()} for row in rows]
    assert read_csv(text) == as_text
    head, *cells = sheet("out/rows.xlsx")
    assert [cell.value for cell in head] == list(rows[0])
    assert [[cell.value for cell in row] for row in cells] == [[*row.values()] for row in rows]
    assert {path.name for path in Path("out").iterdir()} == {"rows.csv", "rows.jsonl", "rows.xlsx"}


@needs_excel
def test_every_text_is_a_text_and_no_formula() -> None:
    with Store(Path("some.db")) as store:
        for hour in range(3):
            order = [*HOSTILE] if hour % 2 else [*HOSTILE][::-1]
            store.save(Snapshot(CHART, SOURCE, at(hour), entries(order, HOSTILE)))
    export("charts", "-o", "x.xlsx")
    head, *cells = sheet("x.xlsx")
    columns = [cell.value for cell in head]
    assert len(cells) == 3 * len(HOSTILE)
    for row in cells:
        for name, cell in zip(columns, row, strict=True):
            number = name in ("depth", "rank")
            assert cell.data_type == ("b" if name == "gap_before" else "n" if number else "s") or (
                cell.value is None
            ), (name, cell.value)
    names = {row[columns.index("app_id")].value: row[columns.index("name")] for row in cells}
    assert names["102"].value == "=1+1"
    assert names["102"].quotePrefix
    assert not names["108"].quotePrefix
    assert names["104"].value == "#N/A"
    assert names["105"].value == 'a "quoted", name of two lines'
    assert names["101"].value == " [31mRed "
    text = export("charts").stdout
    assert not set(text) & {"\x1b", "\x07", "\u202e"}
    by_id = {row["app_id"]: row["name"] for row in read_csv(text)}
    assert [by_id[text] for text in ("102", "103", "107")] == [
        "'=1+1", "'＝cmd|' /C calc'!A0", "' @SUM(A1)",
    ]  # fmt: skip
    lines = export("charts", "--format", "jsonl").stdout
    assert not set(lines) & {"\x1b", "\u202e"}
    assert {row["app_id"]: row["name"] for row in map(json.loads, lines.splitlines())} == HOSTILE
    export("overtakes", *HOSTILE, "-o", "o.xlsx")
    assert {cell.data_type for row in sheet("o.xlsx") for cell in row} <= {"s", "n", "b"}


def test_overtakes_are_those_of_the_command(finance: Path) -> None:
    asked = [A, B, "--on", FINANCE]
    text = export("overtakes", *asked, db=finance).stdout
    assert text == run("overtakes", *asked, "--csv", db=finance).stdout
    assert len(text.splitlines()) > 1
    lines = export("overtakes", *asked, "--format", "jsonl", db=finance).stdout.splitlines()
    assert [*map(json.loads, lines)] == json.loads(
        run("overtakes", *asked, "--json", db=finance).stdout
    )
    empty = export("overtakes", A, LATE, "--on", FINANCE, "--until", "2025-08-13", db=finance)
    assert empty.stdout.splitlines() == text.splitlines()[:1]
    for wrong in ([], [A, "--all"]):
        assert run("export", "overtakes", *wrong, db=finance).exit_code == 2


def test_charts_are_chosen_by_pattern_and_by_group(some: None) -> None:
    def charts(*on: str) -> list[str]:
        rows = read_csv(export("charts", *(word for text in on for word in ("--on", text))).stdout)
        return list(dict.fromkeys(row["chart"] for row in rows))

    assert charts("*/iphone/top-free/apps") == [str(OTHER_CHART), str(CHART)]
    assert charts("g7/*/*/*") == [str(OTHER_CHART), str(GAMES), str(CHART)]
    assert charts("us/*/*/6014") == [str(GAMES)]
    assert charts(str(CHART), "*/*/*/apps", str(CHART)) == [str(CHART), str(OTHER_CHART)]
    assert charts() == [str(CHART)]
    assert "no chart with snapshots is */mac/*/*; choose with --on: jp/" in refusal(
        run("export", "charts", "--on", "*/mac/*/*")
    )
    assert "de/iphone/top-free/apps was never observed" in refusal(
        run("export", "charts", "--on", "*/*/*/*", "--on", "de/iphone/top-free/apps")
    )
    for wrong in ("*/iphne/top-free/apps", "xx/*/*/*", "*", "*/*/*/appz", "g7/*/*", ""):
        done = run("export", "charts", "--on", wrong)
        assert (done.exit_code, done.stdout) == (2, ""), wrong
        assert "Invalid value for '--on'" in done.stderr


def test_a_pattern_means_what_it_says() -> None:
    every = [CHART, OTHER_CHART, GAMES]
    assert [chart for chart in every if ChartPattern.parse(" US/*/*/* ").matches(chart)] == [
        CHART,
        GAMES,
    ]
    assert ChartPattern.parse(str(CHART)).chart == CHART
    assert ChartPattern.parse("*/iphone/top-free/apps").chart is None


def test_a_chart_without_an_answer_is_left_out_and_reported(some: None) -> None:
    done = export("series", "1", "--on", "*/*/*/*", "--since", iso(at(10)))
    assert {row["chart"] for row in read_csv(done.stdout)} == {str(CHART)}
    assert done.stderr.startswith(f"left out: {OTHER_CHART} was not observed from 2026-01-01T10")
    assert str(GAMES) in done.stderr
    line = refusal(run("export", "series", "1", "--on", "*/*/*/*", "--since", "2026-02-01"))
    assert line.count("was not observed") == 3
    ledger = export("overtakes", "1", "2", "--on", "*/*/*/*")
    assert [row["chart"] for row in read_csv(ledger.stdout)] == [str(CHART)]
    assert f"on {GAMES} in these snapshots" in ledger.stderr
    other = run("export", "series", "1", "--on", "*/*/*/*", "--source", "itunes-rss")
    assert "has no snapshots from 'itunes-rss'" in refusal(other)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_file_that_is_there_is_overwritten_with_force_only(some: None, suffix: str) -> None:
    file = Path(f"rows.{suffix}")
    file.write_text("mine", "utf-8")
    line = refusal(run("export", "series", "1", "-o", str(file)))
    assert line == f"{file}: is there already; use --force to overwrite it"
    assert file.read_text("utf-8") == "mine"
    export("series", "1", "-o", str(file), "--force")
    assert file.stat().st_size > 100
    Path(f"link.{suffix}").symlink_to("nowhere")
    assert "is there already" in refusal(run("export", "series", "1", "-o", f"link.{suffix}"))


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_what_has_no_answer_leaves_no_file(some: None, suffix: str) -> None:
    before = {*Path().iterdir()}
    for wrong in (["gork"], ["1", "--since", "2030-01-01"], ["1", "--on", "de/mac/top-free/all"]):
        refusal(run("export", "series", *wrong, "-o", f"new/rows.{suffix}"))
    assert {*Path().iterdir()} - before <= {Path("some.db-wal"), Path("some.db-shm")}


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_damage_on_the_way_leaves_no_file(some: None, suffix: str) -> None:
    change(Path("some.db"), "DELETE FROM entries WHERE snapshot = 6 AND rank = 2")
    done = run("export", "charts", "-o", f"rows.{suffix}")
    assert (done.exit_code, done.stdout) == (1, "")
    line = done.stderr.splitlines()[-1]
    assert line.startswith("apptrack: some.db: snapshot 6: ")
    assert line.endswith("run 'apptrack verify'")
    assert not [path for path in Path().iterdir() if "rows" in path.name]


def test_a_place_that_cannot_be_written_is_one_line(some: None) -> None:
    Path("plain").write_text("", "utf-8")
    line = refusal(run("export", "series", "1", "-o", "plain/rows.csv"))
    assert line.startswith("plain/rows.csv: cannot be written: ")
    for wrong in (["-o", "rows.ods"], ["-o", "rows"], ["-o", "x.csv", "--format", "csv"]):
        done = run("export", "series", "1", *wrong)
        assert (done.exit_code, done.stdout) == (2, ""), wrong
    assert not Path("x.csv").exists()


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_disk_that_takes_no_more_leaves_no_file(finance: Path, suffix: str) -> None:
    """The system itself refuses what makes a file longer than 40,000 bytes."""
    code = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000)); "
        "from tracker.cli import main; main(sys.argv[1:])"
    )
    asked = ["export", "charts", "--on", FINANCE, "--db", str(finance), "-o", f"rows.{suffix}"]
    done = subprocess.run(
        [sys.executable, "-c", code, *asked], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"apptrack: rows.{suffix}: cannot be written: File too large\n"
    assert not [path for path in Path().iterdir() if "rows" in path.name]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full")
def test_stdout_that_takes_nothing_is_one_line(finance: Path) -> None:
    asked = ["export", "series", A, "--on", FINANCE, "--db", str(finance)]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "tracker", *asked],
            stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.endswith("cannot be written: No space left on device\n")
    assert done.stderr.count("\n") == 1


def test_a_reader_that_has_enough_ends_it_quietly(finance: Path) -> None:
    asked = ["export", "charts", "--on", FINANCE, "--db", str(finance)]
    with subprocess.Popen(
        [sys.executable, "-m", "tracker", *asked],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdout
        assert process.stderr
        assert process.stdout.readline().startswith("observed_at,")
        process.stdout.close()
        assert process.stderr.read() == ""


def test_without_the_extra_a_workbook_is_one_line(some: None) -> None:
    """An interpreter in which no package of that name can be imported."""
    code = (
        "import sys; sys.modules['openpyxl'] = None; "
        "from tracker.cli import main; main(sys.argv[1:])"
    )
    asked = ["export", "series", "1", "--db", "some.db", "-o", "rows.xlsx"]
    done = subprocess.run(
        [sys.executable, "-c", code, *asked], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "apptrack: a .xlsx file needs the extra 'excel': pip install 'apptrack[excel]'\n"
    )
    assert not Path("rows.xlsx").exists()


@needs_excel
def test_more_rows_than_a_sheet_holds_are_refused() -> None:
    rows = [{"rank": number} for number in range(5)]
    assert write_excel(rows[:4], ["rank"], Path("full.xlsx"), most=5) == 4
    with pytest.raises(ApptrackError, match=r"more than 4 rows, .*: write a \.csv"):
        write_excel(rows, ["rank"], Path("over.xlsx"), most=5)
    assert not Path("over.xlsx").exists()


def test_rows_are_streamed(finance: Path) -> None:
    """The peak of memory is a few snapshots, not the whole chart."""

    def peak(*, whole: bool) -> int:
        with tracker.open(finance) as database:
            tracemalloc.start()
            rows = database.entries(on=FINANCE)
            many = len([*rows]) if whole else sum(1 for _ in rows)
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        assert many == 6000
        return peak

    peak(whole=False)  # what is imported on the way does not count
    assert peak(whole=False) * 5 < peak(whole=True)


def test_provenance_and_window_choose_the_snapshots(some: None) -> None:
    with Store(Path("some.db")) as store:
        store.save(snapshot(30, (1,), provenance=Provenance.IMPORTED))
    rows = read_csv(export("charts", "--provenance", "imported").stdout)
    assert [row["observed_at"] for row in rows] == [iso(at(30))]
    window = ["--since", iso(at(3)), "--until", iso(at(20))]
    rows = read_csv(export("series", "1", *window).stdout)
    assert [row["observed_at"] for row in rows] == [iso(at(hour)) for hour in (3, 4, 20)]


def test_what_is_so_of_every_chart_is_reported_once(some: None) -> None:
    with Store(Path("some.db")) as store:
        for chart in (CHART, OTHER_CHART):
            store.save(snapshot(0, (3, 2, 1), chart=chart, source="itunes-rss"))
    done = export("series", "1", "--on", "*/iphone/top-free/apps")
    assert {row["source"] for row in read_csv(done.stdout)} == {SOURCE}
    assert done.stderr.splitlines() == [
        f"series from {SOURCE}; also there: itunes-rss (choose with --source)"
    ]


def test_overtakes_and_stats_take_several_charts_too(some: None) -> None:
    on = ["--on", "*/iphone/top-free/apps"]
    rows = json.loads(run("stats", "1", *on, "--json").stdout)
    assert [row["chart"] for row in rows] == [str(OTHER_CHART), str(CHART)]
    (only,) = json.loads(run("stats", "1", "--on", "us/*/top-free/*", "--json").stdout)
    assert only == json.loads(run("stats", "1", "--json").stdout)
    tables = run("stats", "1", *on).stdout
    assert tables.count("peak") == 2 * run("stats", "1").stdout.count("peak") > 0
    for form in ("--json", "--csv"):
        text, several = (run("overtakes", "1", "2", *more, form).stdout for more in ([], on))
        assert text == several != ""
    ledgers = run("overtakes", "1", "2", *on).stdout
    assert "no overtake: none of them passed another" in ledgers
    assert f"{OTHER_CHART}, {SOURCE}, 1 snapshot," in ledgers
    assert f"{CHART}, {SOURCE}, 8 snapshots," in ledgers
    for form in ("--json", "--csv"):
        refusal(run("overtakes", "1", "2", "--on", "*/mac/*/*", form))
