"""A small market as a database and as Parquet files, and what can be wrong with such a folder."""

from __future__ import annotations

import shutil
from pathlib import Path
from random import Random

from tests.support.shop import apptrack
from tests.support.stored import CHART, OTHER_CHART, snapshot
from tracker.catalog import assistants
from tracker.model import Entry, Provenance, Scope
from tracker.store import Store

FOLDER = Path("data")
FREE = "us/iphone/top-free/apps"
WATCHED = ((CHART, "apple-rss"), (CHART, "itunes-rss"), (OTHER_CHART, "apple-rss"))
QUESTIONS: tuple[tuple[str, ...], ...] = (
    ("overtakes", "--all", "--on", "*/*/*/*", "--json"),
    ("overtakes", "--all", "--on", "*/*/*/*", "--csv", "--confirm", "3"),
    ("overtakes", "chatgpt", "deepseek", "claude", "--on", "*/*/*/*"),
    ("overtakes", "chatgpt", "deepseek", "--since", "2026-01-02", "--until", "2026-01-05"),
    ("stats", "chatgpt", "deepseek", "--on", "*/*/*/*", "--json"),
    ("stats", "chatgpt", "--provenance", "imported"),
    ("wave", "chatgpt", "deepseek", "--json"),
    ("top", FREE, "-n", "100", "--json"),
    ("top", FREE, "--at", "2026-01-04T05:30:00Z"),
    ("top", FREE, "--provenance", "imported", "--json"),
    ("standings", "--json"),
    ("standings", "--at", "2026-01-03", "--source", "itunes-rss"),
)


def market(path: Path, hours: int = 200) -> None:
    """Assistants among others on two charts, from two sources; short, sparse and missing ones."""
    dice = Random(7)
    ids = [app.app.app_id for app in assistants()][:8]
    everyone = [*ids, *map(str, range(1, 13))]
    with Store(path) as store:
        for chart, source in WATCHED:
            order = everyone.copy()
            for hour in range(hours):
                for _ in range(4):
                    place = dice.randrange(len(order) - 1)
                    order[place], order[place + 1] = order[place + 1], order[place]
                if dice.random() < 0.15:
                    continue
                kind = dice.choice((Provenance.RECORDED, Provenance.RECORDED, Provenance.IMPORTED))
                some = order[: dice.choice((12, 12, 12, 6))]
                store.save(snapshot(hour, some, chart=chart, source=source, provenance=kind))
        for hour in range(0, hours, 9):
            some = dice.sample(ids, 2)
            pair = tuple(
                Entry(rank, app_id)
                for rank, app_id in zip((3, 30), dice.sample(ids, 2), strict=True)
            )
            store.save(snapshot(hour + 0.5, chart=OTHER_CHART, entries=pair, scope=Scope.SPARSE))


def exported(folder: Path, hours: int = 200) -> tuple[Path, Path]:
    """A market's database and its Parquet files in FOLDER."""
    market(folder / "some.db", hours)
    said = apptrack("export", "parquet", folder / "data", "--db", folder / "some.db")
    assert said.returncode == 0, said.stderr
    return folder / "some.db", folder / "data"


def asked(call: tuple[str, ...], *where: object) -> tuple[int, str]:
    said = apptrack(*call, *where)
    return said.returncode, said.stdout


def one_file(kind: str) -> Path:
    return next((FOLDER / kind).rglob("*.parquet"))


def bad(what: str) -> None:  # noqa: C901 - a list of cases
    """Do to the folder what WHAT says."""
    if what == "no marker":
        (FOLDER / "apptrack.json").unlink()
    elif what == "newer":
        (FOLDER / "apptrack.json").write_text('{"format": 2, "database": "x"}')
    elif what == "torn":
        file = one_file("entries")
        file.write_bytes(file.read_bytes()[:-20])
    elif what.startswith("damaged"):  # within, so that its footer is whole
        file = next(FOLDER.glob(what.removeprefix("damaged ")))
        content = file.read_bytes()
        file.write_bytes(content[:4] + bytes(255 - byte for byte in content[4:150]) + content[150:])
    elif what == "another rank":
        import pyarrow
        from pyarrow import parquet

        file = next(FOLDER.glob("entries/*us/*/*/*"))
        held = parquet.ParquetFile(file)
        rows = held.read()
        ranks = [3 - rank if rank < 3 else rank for rank in rows["rank"].to_pylist()]
        rows = rows.set_column(3, "rank", pyarrow.array(ranks, pyarrow.int32()))
        parquet.write_table(rows.replace_schema_metadata(held.metadata.metadata), file)
    elif what == "no apps":
        from pyarrow import parquet

        file = FOLDER / "apps.parquet"
        parquet.write_table(parquet.read_table(file).slice(9), file)
    elif what == "missing":
        one_file("entries").unlink()
    elif what == "twice":
        file = one_file("snapshots")
        for kind in ("snapshots", "entries"):
            source = FOLDER / kind / file.relative_to(FOLDER / "snapshots")
            copy = Path(str(source).replace("month=2026-01", "month=2020-01"))
            copy.parent.mkdir()
            shutil.copy(source, copy)
    elif what == "short":
        from pyarrow import parquet

        file = one_file("entries")
        table = parquet.ParquetFile(file)
        cut = table.read().slice(0, 5).replace_schema_metadata(table.metadata.metadata)
        parquet.write_table(cut, file)
    elif what.startswith("foreign"):
        below = FOLDER / (what.removeprefix("foreign").strip() or "snapshots")
        shutil.copy(one_file("entries"), below / "mine.parquet")
    elif what == "no us":
        shutil.rmtree(FOLDER / "snapshots" / "storefront=us")
    elif what == "no snapshots":
        one_file("snapshots").unlink()
    elif what == "other entries":
        file = one_file("entries")
        shutil.copytree(file.parent, file.parent.with_name("month=2020-01"))
    elif what == "not a file":
        file = one_file("entries")
        file.unlink()
        file.mkdir()
    elif what == "locked":
        (FOLDER / "snapshots" / "storefront=us").chmod(0)
    elif what == "locked file":
        one_file("entries").chmod(0)
    elif what == "loop":
        (FOLDER / "snapshots" / "storefront=us" / "up").symlink_to("..")
    elif what == "empty":
        shutil.rmtree(FOLDER / "snapshots")
    elif what == "gone":
        shutil.rmtree(FOLDER)
