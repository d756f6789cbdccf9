"""The public API: docs/python.md runs as it stands, and the command line says the same."""

from __future__ import annotations

import doctest
import json
from pathlib import Path

import pandas
import pytest
from click.testing import CliRunner

import tracker
from tracker.cli import main
from tracker.results import Rows

ROOT = Path(__file__).parents[1]
RECORDING = ROOT / "data" / "sample" / "jp_iphone_top-free_finance_2025.csv.gz"
CHART = "jp/iphone/top-free/finance"
A, B = "1139755229", "1435783608"


@pytest.fixture(scope="module")
def finance(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("api") / "finance.db"
    done = CliRunner().invoke(main, ["import", str(RECORDING), "--db", str(path)])
    assert done.exit_code == 0, done.output
    return path


def test_every_example_of_the_page_is_true(finance: Path) -> None:
    Path("finance.db").symlink_to(finance)
    text = (ROOT / "docs" / "python.md").read_text("utf-8")
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    test = doctest.DocTestParser().get_doctest(text, {}, "python.md", None, 0)
    assert len(test.examples) > 20
    said: list[str] = []
    doctest.DocTestRunner(optionflags=flags).run(test, out=said.append)
    assert not said, "".join(said)


def test_every_public_name_is_there_and_no_other() -> None:
    for name in tracker.__all__:
        assert getattr(tracker, name) is not None
    assert dir(tracker) == sorted(tracker.__all__)
    with pytest.raises(AttributeError, match="no attribute 'shut'"):
        tracker.shut  # noqa: B018


@pytest.mark.parametrize(
    ("ask", "command"),
    [
        (lambda db: db.overtakes(A, B, on=CHART).to_dicts(), ["overtakes", A, B, "--on", CHART]),
        (lambda db: db.stats(A, B, on=CHART).to_dicts(), ["stats", A, B, "--on", CHART]),
        (lambda db: [db.versus(A, B, CHART).to_json()], ["versus", A, B, "--on", CHART]),
        (lambda db: [db.top(CHART, most=5).to_json()], ["top", CHART, "-n", "5"]),
        (lambda db: [db.movers(CHART, over="week").to_json()], ["movers", CHART, "--over", "week"]),
        (lambda db: [db.standings(on=CHART).to_json()], ["standings", "--on", CHART]),
        (lambda db: db.brief(A, CHART).to_dicts(), ["brief", A, "--on", CHART]),
        (lambda db: db.wave(A, B, CHART).to_dicts(), ["wave", A, B, "--on", CHART]),
    ],
)
def test_the_command_line_says_the_same(finance: Path, ask: object, command: list[str]) -> None:
    done = CliRunner().invoke(main, [*command, "--json", "--db", str(finance)])
    assert done.exit_code == 0, done.output
    with tracker.open(finance) as database:
        assert callable(ask)
        assert json.loads(done.stdout) == json.loads(json.dumps(ask(database)))


def test_an_answer_is_a_sequence_and_a_table(finance: Path) -> None:
    with tracker.open(finance) as database:
        rows = database.overtakes(A, B, on=CHART)
        frame = rows.to_pandas()
        movers = database.movers(CHART)
    assert next(iter(rows)) is rows[0]
    assert isinstance(rows[:2], Rows)
    assert len(rows[:2]) == 2
    assert list(frame["id"]) == [overtake.id for overtake in rows]
    assert rows._repr_html_().count("<tr>") == len(rows) + 1
    left = movers.to_pandas().query("move == 'left'")
    assert left["rank"].isna().all()
    assert isinstance(frame, pandas.DataFrame)
    assert repr(Rows([])) == "<no rows>"


def test_names_of_strangers_are_no_markup(finance: Path) -> None:
    with tracker.open(finance) as database:
        (row,) = database.stats(A, on=CHART)
        name = row.app.name
        html = database.stats(A, on=CHART)._repr_html_()
    assert name in html
    assert "<script" not in Rows([_Bad()])._repr_html_()


class _Bad:
    def to_json(self) -> dict[str, object]:
        return {"name": "<script>alert(1)</script>"}


def test_reading_never_writes(finance: Path) -> None:
    before = finance.read_bytes()
    with tracker.open(finance) as database:
        database.top(CHART)
        database.plot(A, B, on=CHART)
    assert finance.read_bytes() == before
    with pytest.raises(tracker.NothingToShow, match="no database"):
        tracker.open("nowhere.db")
    assert not Path("nowhere.db").exists()


def test_a_picture_is_saved_and_shown(finance: Path) -> None:
    with tracker.open(finance) as database:
        picture = database.plot(A, B, on=CHART, since="2025-09-01")
        assert picture.save("curve.svg").read_text("utf-8").startswith("<svg")
        assert json.loads(picture.save("curve.json").read_text("utf-8"))["title"]
        with pytest.raises(tracker.InvalidValue, match=r"should end in \.html"):
            picture.save("curve.gif")
    import altair

    # What a notebook shows is Altair's own affair: a script in HTML, or Vega-Lite.
    with altair.renderers.enable("mimetype"):
        bundle, _ = picture._repr_mimebundle_()
    (spec,) = (data for kind, data in bundle.items() if "vegalite" in kind)
    assert spec == picture.spec
    assert picture.headline in repr(picture)
    assert (picture.to_altair() & picture.to_altair()).to_dict()["vconcat"]
