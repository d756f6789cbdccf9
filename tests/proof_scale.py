"""Every question to Parquet files, every bad folder: what takes longer than ``test_scale.py``."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from pathlib import Path

import pytest

from benchmarks.fiveyears import make
from benchmarks.scale import scale
from tests.support.market import FOLDER, QUESTIONS, asked, bad, exported
from tests.support.shop import apptrack
from tests.support.stored import entries, snapshot
from tracker.parquet.export import export
from tracker.parquet.places import Folder
from tracker.scale.duck import Duck
from tracker.settings import DuckdbSettings
from tracker.store import Reader, Store

NOBODY = 65534
SAMPLE = Path(__file__).parents[1] / "data" / "sample"


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return exported(tmp_path_factory.mktemp("scale"))


@pytest.mark.parametrize("call", QUESTIONS, ids=" ".join)
def test_the_answer_is_that_of_the_database(both: tuple[Path, Path], call: tuple[str, ...]) -> None:
    code, out = asked(call, "--db", both[0])
    assert code == 0
    assert asked(call, "--data", both[1]) == (code, out)


def test_the_sample_and_invented_months_have_the_same_overtakes(tmp_path: Path) -> None:
    shutil.copy(SAMPLE / "apptrack.toml", "apptrack.toml")
    for file in SAMPLE.glob("*.csv.gz"):
        assert apptrack("import", file, "--db", "sample.db").returncode == 0
    make(Path("months.db"), 0.1, 2)
    for db in ("sample.db", "months.db"):
        shutil.rmtree(FOLDER, ignore_errors=True)
        assert apptrack("export", "parquet", FOLDER, "--db", db).returncode == 0
        pair = ("rakuten-pay", "paypay") if db == "sample.db" else ("--all",)
        call = ("overtakes", *pair, "--on", "*/*/*/*", "--json")
        code, out = asked(call, "--db", db)
        assert asked(call, "--data", FOLDER) == (code, out)
        assert len(json.loads(out)) > (5 if db == "sample.db" else 300)


def test_duckdb_has_limits(tmp_path: Path) -> None:
    sql = "SELECT name, value FROM duckdb_settings()"
    with Duck(DuckdbSettings()) as opened:
        rows = dict(opened.rows(sql))
        assert rows["max_temp_directory_size"].startswith("1.8 GiB")
        assert rows["temp_directory"].startswith(tempfile.gettempdir() + "/apptrack-duckdb-")
        assert "GiB" in rows["memory_limit"]
    with Duck(DuckdbSettings(512_000_000, 64_000_000)) as opened:
        rows = dict(opened.rows(sql))
        assert (rows["memory_limit"], rows["max_temp_directory_size"]) == ("488.2 MiB", "61.0 MiB")


def test_too_little_memory_is_said_in_a_line(both: tuple[Path, Path]) -> None:
    said = apptrack("overtakes", "--all", "--data", both[1], APPTRACK_DUCKDB_MEMORY="1MB")
    assert (said.returncode, said.stdout) == (1, "")
    assert said.stderr == (
        "apptrack: DuckDB needs more than 1MB of memory and 2000MB of disk for this; "
        "ask about fewer charts, or set duckdb.memory and duckdb.spill\n"
    )


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("gone", "data: there is no such folder; run 'apptrack export parquet data'"),
        ("no marker", "data: not a folder of 'apptrack export parquet'"),
        ("newer", "data has format 2, this apptrack has 1; upgrade apptrack"),
        ("torn", "iphone-apps.parquet: damaged or incomplete"),
        ("damaged names.parquet", "names.parquet: damaged or incomplete"),
        ("damaged entries/*us/*/*/*", "iphone-apps.parquet: damaged or incomplete"),
        ("another rank", "(its bytes are not those that were written)"),
        ("missing", "iphone-apps.parquet: damaged or incomplete"),
        ("twice", "should; remove one of them"),
        ("short", "has 5 ranks and its snapshots have"),
        ("foreign", "mine.parquet: not a file of 'apptrack export parquet'; remove it"),
        ("foreign entries", "mine.parquet: not a file of 'apptrack export parquet'; remove it"),
        ("no us", "/iphone-apps.parquet: is missing, and its entries are there; run 'apptrack"),
        ("no snapshots", "-apps.parquet: is missing, and its entries are there; run 'apptrack"),
        ("other entries", "should; remove one of them"),
        ("not a file", "iphone-apps.parquet: damaged or incomplete"),
        ("locked", "data/snapshots/storefront=us: cannot be read: Permission denied"),
        ("locked file", "iphone-apps.parquet: cannot be read: Permission denied"),
        ("loop", "data/snapshots/storefront=us/up: is "),
        ("empty", "data has no snapshots; run 'apptrack export parquet' again"),
    ],
)
@pytest.mark.parametrize("call", [QUESTIONS[0], ("standings",)])
def test_a_bad_folder_is_refused_in_a_line(
    what: str, words: str, call: tuple[str, ...], both: tuple[Path, Path]
) -> None:
    shutil.copytree(both[1], FOLDER)
    bad(what)
    Path().chmod(0o755)
    user = os.geteuid()
    try:
        os.seteuid(NOBODY if what.startswith("locked") and user == 0 else user)
        said = apptrack(*call, "--data", FOLDER)
    finally:
        os.seteuid(user)
        for path in FOLDER.rglob("storefront=us"):
            path.chmod(0o755)
    assert (said.returncode, said.stdout) == (1, "")
    assert words in said.stderr
    assert said.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("call", "code", "words"),
    [
        (("standings", "--master", "spark://host:1"), 2, "--engine and --master go with --data"),
        (("standings", "--engine", "spark"), 2, "--engine and --master go with --data"),
        (("standings", "--engine", "duckdb"), 2, "--engine and --master go with --data"),
        (("standings", "--master", ""), 2, "--engine and --master go with --data"),
        (("standings", "--data", "DATA", "--master", ""), 2, "--engine spark"),
        (("standings", "--data", ".", "--db", "x.db"), 2, "choose one of --db and --data"),
        (("stats", "nosuchapp", "--data", "DATA"), 1, "nosuchapp"),
        (("overtakes", "chatgpt", "chatgpt", "--data", "DATA"), 2, "name two apps at least"),
        (("standings", "--on", "fr/iphone/top-free/apps", "--data", "DATA"), 1, "choose with --on"),
        (("standings", "--data", "DATA", "--master", "spark://127.0.0.1:1"), 2, "--engine spark"),
    ],
)
def test_what_cannot_be_asked_is_refused(
    call: tuple[str, ...], code: int, words: str, both: tuple[Path, Path]
) -> None:
    said = apptrack(*(str(both[1]) if word == "DATA" else word for word in call))
    assert (said.returncode, said.stdout) == (code, "")
    assert words in said.stderr


@pytest.mark.parametrize("name", ["duckdb", "pyspark"])
def test_a_missing_extra_is_named(
    name: str, both: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, name, None)
    engine_name = "spark" if name == "pyspark" else name
    said = apptrack("standings", "--data", both[1], "--engine", engine_name)
    assert said.returncode == 1
    assert f"pip install 'apptrack[{engine_name}]'" in said.stderr


def test_the_benchmark_measures_and_compares(tmp_path: Path) -> None:
    figures = scale((0.01,), 2, tmp_path)
    units = ["bytes", "MB", "s", "rows", *("s", "s", "MB") * 2]
    assert [figure.unit for figure in figures[: len(units)]] == units
    assert all(figure.value > 0 for figure in figures)


@pytest.mark.parametrize(
    "what",
    [
        "damaged names.parquet",
        "damaged apps.parquet",
        "damaged entries/*us/*/*/*",
        "another rank",
        "no apps",
    ],
)
def test_a_full_export_repairs(what: str, both: tuple[Path, Path]) -> None:
    """What ``--data`` refuses in a line with this advice."""
    shutil.copytree(both[1], FOLDER)
    bad(what)
    said = apptrack("standings", "--on", "*/*/*/*", "--data", FOLDER)
    assert "run 'apptrack export parquet --full' again\n" in said.stderr
    assert (said.returncode, said.stderr.count("\n")) == (1, 1)
    export = apptrack("export", "parquet", FOLDER, "--full", "--json", "--db", both[0])
    assert json.loads(export.stdout)["written"] == ("apps" not in what and "names" not in what)
    for file in both[1].rglob("*.parquet"):
        assert (FOLDER / file.relative_to(both[1])).read_bytes() == file.read_bytes()


def test_links_are_followed(both: tuple[Path, Path]) -> None:
    """By whoever writes and by whoever reads."""
    shutil.copytree(both[1], FOLDER)
    for kind in ("entries", "snapshots"):
        us = FOLDER / kind / "storefront=us"
        shutil.move(us, kind)
        us.symlink_to(Path(kind).absolute())
    said = apptrack("export", "parquet", FOLDER, "--full", "--json", "--db", both[0])
    assert (json.loads(said.stdout)["written"], said.stderr) == (0, "")
    assert asked(QUESTIONS[0], "--data", FOLDER) == asked(QUESTIONS[0], "--db", both[0])


def test_a_rank_costs_little() -> None:
    """A month of hours of a chart of 100, of which about a quarter changes."""
    with Store(Path("month.db")) as store:
        order = list(range(1, 101))
        for hour in range(400):
            place = hour % 99
            order[place], order[place + 1] = order[place + 1], order[place]
            store.save(snapshot(hour, entries=entries(order)))
    with Reader(Path("month.db")) as reader:
        done = export(reader, Folder(FOLDER), reader.charts())
    assert done.size / done.ranks < 1.1
