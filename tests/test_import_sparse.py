"""Importing the history of single apps: files whose charts are not whole, with --sparse."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.support.stored import CHART, at, snapshot, stored
from tracker.cli import main
from tracker.model import Entry, Provenance, Scope, Snapshot, iso
from tracker.store import Reader, Store
from tracker.verify import verify

DEEPSEEK, CHATGPT = "6737597349", "6448311069"
SOURCE = "my-tool"
HEADER = "observed_at,chart,rank,app_id"
DB = Path("some.db")


def row(hour: float, rank: object, app_id: str, *more: str) -> str:
    return ",".join((iso(at(hour)), str(CHART), str(rank), app_id, *more))


def write(name: str, rows: Sequence[str], header: str = HEADER) -> str:
    Path(name).write_text("\n".join([header, *rows, ""]), "utf-8")
    return name


def run(*args: str) -> Result:
    return CliRunner().invoke(main, ["import", *args, "--db", str(DB)])


def sparse(*files: str) -> Result:
    return run("--sparse", "--source", SOURCE, *files)


def refusal(done: Result) -> str:
    """The one line with which a file is refused."""
    assert (done.exit_code, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    return line.removeprefix("apptrack: ")


def some(hour: float, ranks: Mapping[str, int]) -> Snapshot:
    rows = sorted((rank, app) for app, rank in ranks.items())
    entries = tuple(Entry(rank, app) for rank, app in rows)
    return Snapshot(
        CHART, SOURCE, at(hour), entries, provenance=Provenance.IMPORTED, scope=Scope.SPARSE
    )


def test_the_history_of_an_app_becomes_sparse_snapshots() -> None:
    file = write("d.csv", [row(24 * day, 30 - day, DEEPSEEK) for day in range(3)])
    done = sparse(file)
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout == (
        "d.csv: 3 snapshots of single apps imported, 0 known already; 2026-01-01T00:00:00Z to "
        "2026-01-03T00:00:00Z; us/iphone/top-free/apps from my-tool; 0 repeat the one before, "
        "rank for rank\n"
    )
    with Reader(DB) as reader:
        assert stored(reader) == [some(24 * day, {DEEPSEEK: 30 - day}) for day in range(3)]
        assert verify(reader).findings == ()
    assert "0 snapshots of single apps imported, 3 known already" in sparse(file).stdout
    (document,) = json.loads(sparse("--json", file).stdout)
    assert (document["sparse"], document["already_stored"]) == (True, 3)


def test_a_file_for_each_app_makes_snapshots_of_both() -> None:
    ours = write("d.csv", [row(24 * day, 30 - 10 * day, DEEPSEEK) for day in range(3)])
    theirs = write("c.csv", [row(24 * day, 15, CHATGPT) for day in range(3)])
    done = sparse(ours, theirs)
    assert done.exit_code == 0
    with Reader(DB) as reader:
        assert stored(reader) == [
            some(24 * day, {DEEPSEEK: 30 - 10 * day, CHATGPT: 15}) for day in range(3)
        ]
    passed = CliRunner().invoke(
        main, ["overtakes", "deepseek", "chatgpt", "--json", "--db", str(DB)]
    )
    assert [row["by"] for row in json.loads(passed.stdout)] == ["2026-01-03T00:00:00Z"]


def test_columns_source_and_name_are_read_where_they_are() -> None:
    rows = [row(0, 7, DEEPSEEK, "DeepSeek", "apple-rss"), row(0, 9, CHATGPT, "", "apple-rss")]
    file = write("a.csv", rows, f"{HEADER},Name,SOURCE")
    assert run("--sparse", file).exit_code == 0
    with Reader(DB) as reader:
        (snapshot,) = stored(reader)
        assert snapshot.source == "apple-rss"
        assert [entry.name for entry in snapshot.entries] == ["DeepSeek", None]
    assert refusal(sparse(file)) == "a.csv: has a column source: leave out --source"


@pytest.mark.parametrize(
    ("rows", "line"),
    [
        (
            [row(0, 7, DEEPSEEK), row(1, "", DEEPSEEK)],
            "line 3: has no rank; that an app was unranked cannot be imported with --sparse, for "
            "how many ranks were checked is not known: delete the row",
        ),
        (
            [row(0, 7, DEEPSEEK), row(0, 7, CHATGPT)],
            f"lines 2-3: rank 7 is {DEEPSEEK} on line 2 and {CHATGPT} on line 3",
        ),
        (
            [row(0, 7, DEEPSEEK), row(0, 8, DEEPSEEK)],
            f"lines 2-3: a snapshot of {CHART} has an app twice: {DEEPSEEK}",
        ),
        (
            [row(0, 0, DEEPSEEK)],
            "line 2: Invalid rank '0': use a whole number from 1 up; an app that is not ranked has "
            "no row",
        ),
        ([], "has no rows"),
    ],
)
def test_what_cannot_be_true_is_refused_by_line(rows: list[str], line: str) -> None:
    write("a.csv", [row(-1, 5, "77")])
    assert sparse("a.csv").exit_code == 0
    assert refusal(sparse(write("b.csv", rows))) == f"b.csv: {line}"
    with Reader(DB) as reader:
        assert stored(reader) == [some(-1, {"77": 5})]


def test_without_the_option_charts_must_be_whole_and_the_line_names_it() -> None:
    rows = [row(0, 7, DEEPSEEK, SOURCE, "DeepSeek")]
    file = write("a.csv", rows, f"{HEADER},source,name")
    assert refusal(run(file)) == (
        f"a.csv: line 2: a snapshot of {CHART} has rank 7 where 1 belongs; ranks of single apps, "
        "no whole charts, are imported with --sparse"
    )
    assert refusal(run(write("b.csv", [row(0, 7, DEEPSEEK)]))).endswith(
        "ranks of single apps need no source and no name: --sparse --source NAME"
    )
    assert refusal(run("--sparse", "b.csv")).endswith(
        "ranks of single apps need no source: --sparse --source NAME"
    )
    twice = [row(0, 1, DEEPSEEK, SOURCE, ""), row(0, 2, DEEPSEEK, SOURCE, "")]
    assert refusal(run(write("c.csv", twice, f"{HEADER},source,name"))).endswith(
        f"has an app twice: {DEEPSEEK}"
    )


@pytest.mark.parametrize(
    "args",
    [
        ("--source", SOURCE, "a.csv"),
        ("--sparse", "--payload", "apple-rss", "--chart", str(CHART), "--at", iso(at(0)), "a.csv"),
    ],
)
def test_options_that_do_not_go_together_are_refused(args: Sequence[str]) -> None:
    write("a.csv", [row(0, 7, DEEPSEEK)])
    done = run(*args)
    assert (done.exit_code, DB.exists()) == (2, False)
    assert "--sparse" in done.stderr


def test_beside_a_whole_chart_of_that_instant_it_is_a_conflict() -> None:
    whole = snapshot(1, [CHATGPT, DEEPSEEK], source=SOURCE)
    with Store(DB) as store:
        store.save(whole)
    file = write("a.csv", [row(0, 7, DEEPSEEK), row(1, 2, DEEPSEEK)])
    assert refusal(sparse(file)) == (
        f"a.csv: line 3: {CHART} of 2026-01-01T01:00:00Z from my-tool is stored already as a whole "
        "chart (recorded); it was left as it is"
    )
    with Reader(DB) as reader:
        assert stored(reader) == [whole]
    assert sparse(write("b.csv", [row(2, 7, DEEPSEEK)])).exit_code == 0
    rows = [row(2, 1, DEEPSEEK, SOURCE, "DeepSeek")]
    assert "is stored already as ranks of single apps" in refusal(
        run(write("c.csv", rows, f"{HEADER},source,name"))
    )


def test_ranks_that_differ_from_those_stored_are_a_conflict() -> None:
    assert sparse(write("a.csv", [row(0, 7, DEEPSEEK)])).exit_code == 0
    for name, rows in (("b.csv", [row(0, 8, DEEPSEEK)]), ("c.csv", [row(0, 7, CHATGPT)])):
        assert "is stored already with other ranks" in refusal(sparse(write(name, rows)))
    with Reader(DB) as reader:
        assert stored(reader) == [some(0, {DEEPSEEK: 7})]
