"""Parquet files asked by DuckDB: the answers of the database. ``proof_scale.py`` asks more."""

from __future__ import annotations

import shutil
import socket
import tempfile
from itertools import count
from pathlib import Path

import pytest

from tests.support.failing import FULL, Fault, failing
from tests.support.market import FOLDER, QUESTIONS, asked, bad, exported
from tests.support.shop import apptrack
from tests.support.stored import OTHER_CHART, snapshot
from tracker.errors import InvalidValue, StoreError
from tracker.scale import duck, engine, spark
from tracker.scale.engine import known_series, question
from tracker.store import Store
from tracker.store.extract import Extract


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return exported(tmp_path_factory.mktemp("scale"), 60)


@pytest.mark.parametrize("call", [QUESTIONS[0], ("standings", "--json")], ids=" ".join)
def test_the_answer_is_that_of_the_database(both: tuple[Path, Path], call: tuple[str, ...]) -> None:
    code, out = asked(call, "--db", both[0])
    assert code == 0
    assert asked(call, "--data", both[1]) == (code, out)


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("torn", "iphone-apps.parquet: damaged or incomplete"),
        ("twice", "should; remove one of them"),
    ],
)
def test_a_bad_folder_is_refused_in_a_line(what: str, words: str, both: tuple[Path, Path]) -> None:
    shutil.copytree(both[1], FOLDER)
    bad(what)
    said = apptrack("standings", "--data", FOLDER)
    assert (said.returncode, said.stdout) == (1, "")
    assert words in said.stderr
    assert said.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "decoy"),
    [("a*", "ab"), (".a?", ".ab"), ("a[1]", "a1"), ("a\\b", "ab"), ("{a,b}", "a")],
)
def test_a_name_is_no_pattern(name: str, decoy: str, both: tuple[Path, Path]) -> None:
    """A folder whose name, taken for a pattern, means another one, too."""
    shutil.copytree(both[1], name)
    exported(Path(), 20)
    FOLDER.rename(decoy)
    for call in (QUESTIONS[0], ("standings", "--json")):
        assert asked(call, "--data", name) == asked(call, "--db", both[0])


def test_a_name_that_duckdb_cannot_read_is_refused(both: tuple[Path, Path]) -> None:
    shutil.copytree(both[1], "a\\*")
    said = apptrack("standings", "--data", "a\\*")
    assert (said.returncode, said.stdout) == (1, "")
    assert "reads no path with a backslash and one of * ? [; rename the folder" in said.stderr


def test_nothing_is_left_behind(both: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    Path("temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", "temporary")
    asked(("standings",), "--data", both[1])
    assert list(Path("temporary").iterdir()) == []


def test_an_engine_that_does_not_open_leaves_nothing_behind(
    both: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", "temporary")
    monkeypatch.setattr(duck, "_megabytes", lambda size: "much")
    said = apptrack("standings", "--data", both[1])
    assert (said.returncode, said.stdout) == (1, "")
    assert said.stderr.startswith("apptrack: DuckDB: ")
    assert said.stderr.count("\n") == 1
    assert list(Path("temporary").iterdir()) == []


def test_a_full_disk_for_the_rows_of_a_question_is_said_whichever_write_finds_it(
    tmp_path: Path,
) -> None:
    told = 0
    for fatal in count(1, 12):
        fault = Fault("write", fatal, FULL)
        folder = tmp_path / f"apptrack-{fatal}"
        folder.mkdir()
        said = ""
        with failing(fault):
            try:
                with Extract(folder / "asked.db") as extract:
                    extract.add_apps([("app-store", "1", "One", None, None, None)])
            except StoreError as error:
                said = str(error)
        if not fault.struck:
            break
        words = f"no room in {tmp_path} for the rows of a question; free some space there"
        assert said.startswith(words) or not said  # what closes a file may fail unseen
        told += bool(said)
    assert told > 5


SILENT = "no Spark master answers there"


@pytest.mark.parametrize(
    ("master", "words"),
    [
        *((form, "Invalid --master") for form in ("", "nonsense", "local[0]", "local[x]", "Local")),
        *((form, "Invalid --master") for form in ("spark://a", "spark://a:1,b", "mesos://a:1")),
        ("yarn", "needs HADOOP_CONF_DIR"),
        ("spark://127.0.0.1:1", SILENT),
        ("spark://127.0.0.1:1,127.0.0.1:99999,[::1]:1", SILENT),
    ],
)
def test_a_master_that_spark_cannot_ask_is_refused_before_spark_starts(
    master: str, words: str
) -> None:
    with pytest.raises((InvalidValue, StoreError), match=words):
        spark.check_master(master)


@pytest.mark.parametrize(
    "master", ["local", "local[4]", "local[*]", "local[*,2]", "k8s://https://127.0.0.1:6443"]
)
def test_the_forms_of_a_master_are_those_of_spark(master: str) -> None:
    spark.check_master(master)


def test_of_several_masters_one_that_listens_is_enough() -> None:
    with socket.create_server(("127.0.0.1", 0)) as master:
        spark.check_master(f"spark://127.0.0.1:1,127.0.0.1:{master.getsockname()[1]}")


WINDOWS = ((), ("--until", "2026-01-02T12:00:00Z"), ("--since", "2026-01-03"))


@pytest.mark.parametrize("window", WINDOWS)
def test_an_alias_with_several_ids_means_the_one_that_is_ranked(window: tuple[str, ...]) -> None:
    """111 for two days and 222 from the third one on; only 222 in Japan, where 333 is not."""
    Path("apptrack.toml").write_text(
        '[[apps]]\nalias = "mine"\nid = ["111", "222"]\nname = "Mine"\n'
    )
    with Store(Path("some.db")) as store:
        for hour in range(0, 120, 6):
            ids = ["111" if hour < 48 else "222", "333"]
            store.save(snapshot(hour, ids if hour % 12 else ids[::-1]))
            store.save(snapshot(hour, ["222"], chart=OTHER_CHART))
    assert apptrack("export", "parquet", FOLDER, "--db", "some.db").returncode == 0
    call = ("overtakes", "mine", "333", "--on", "*/*/*/*", "--json", *window)
    from_database = apptrack(*call, "--db", "some.db")
    assert bool(window) is ("us/iphone" in from_database.stdout)
    from_files = apptrack(*call, "--data", FOLDER)
    assert (from_files.returncode, from_files.stdout) == (
        from_database.returncode,
        from_database.stdout,
    )
    # The database also says where else an app was ranked.
    said = [line.partition("; it was ranked")[0] for line in from_database.stderr.splitlines()]
    assert from_files.stderr.splitlines() == said


def test_an_engine_that_computes_otherwise_is_refused_by_name(
    both: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last lead of each pair is lost where lead() ends in 0 instead of NULL."""

    def wrong(name: str, **numbers: int) -> str:
        text = question(name, **numbers)
        return text.replace("LEAD(c.snapshot) OVER", "LEAD(c.snapshot, 1, 0) OVER")

    monkeypatch.setattr(engine, "question", wrong)
    said = apptrack("overtakes", "--all", "--data", both[1])
    assert said.returncode == 1
    assert said.stderr.startswith("apptrack: DuckDB ")
    assert "computes a known ledger wrongly" in said.stderr


def test_the_known_ledger_has_every_kind_and_status() -> None:
    from tracker.analysis import Kind, Status, overtakes_of_all

    known = overtakes_of_all(known_series())
    assert {overtake.kind for overtake in known} == set(Kind)
    assert {overtake.status for overtake in known} == set(Status)
    assert {overtake.gap for overtake in known} == {True, False}
