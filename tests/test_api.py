"""The public API: docs/python.md runs as it stands, and the command line says the same."""

from __future__ import annotations

import doctest
import inspect
import json
import math
import re
import sys
from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest
from click.testing import CliRunner

import tracker
from tracker.cli import main
from tracker.plot.theme import THEMES
from tracker.results import Rows, Table

ROOT = Path(__file__).parents[1]
RECORDING = ROOT / "data" / "sample" / "jp_iphone_top-free_finance_2025.csv.gz"
CHART = "jp/iphone/top-free/finance"
A, B = "1139755229", "1435783608"
SETTINGS = ROOT / "data" / "sample" / "apptrack.toml"


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


#: Attributes of ``Database`` that serve the command line; docs/python.md says so.
UNPROMISED = {"catalog", "meant", "reader", "selection", "settings", "zone"}


def public() -> Iterator[tuple[str, Callable[..., object]]]:
    """The public classes and functions, and the methods of those classes, by name."""
    for name in tracker.__all__:
        thing = getattr(tracker, name)
        if callable(thing):
            yield name, thing
        for method, value in vars(thing).items() if inspect.isclass(thing) else ():
            if inspect.isfunction(value) and not method.startswith("_"):
                yield f"{name}.{method}", value


def test_every_public_name_has_a_docstring_and_its_examples_are_true(finance: Path) -> None:
    Path("finance.db").symlink_to(finance)
    finder = doctest.DocTestFinder(recurse=False)
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    said: list[str] = []
    without = []
    with tracker.open(finance, settings=SETTINGS) as database:
        names = {**vars(tracker), "tracker": tracker, "database": database, "chart": CHART}
        names |= {name: getattr(tracker, name) for name in ("Chart", "Rows")}
        for name, thing in public():
            text = inspect.getdoc(thing) or ""
            assert text.split("\n\n")[0].endswith("."), f"{name}: {text}"
            tests = finder.find(thing, name, globs=names)
            for test in tests:
                runner.run(test, out=said.append)
            if name.startswith("Database.") and not any(test.examples for test in tests):
                without.append(name.removeprefix("Database."))
    assert not said, "".join(said)
    assert sorted(without) == ["close", "meant", "selection"]


def test_every_method_of_a_database_is_in_the_docs() -> None:
    text = (ROOT / "docs" / "python.md").read_text("utf-8")
    names = [name for name in vars(tracker.Database) if not name.startswith("_")]
    assert [name for name in names if not re.search(rf"[.`]{name}[(`]", text)] == []
    assert {name for name in UNPROMISED if f"`{name}`" not in text} == set()


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
    import pandas

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


@pytest.mark.parametrize(
    ("ask", "rows"),
    [
        (lambda db: db.overtakes(A, B, on=CHART), 9),
        (lambda db: db.stats(A, B, on=CHART), 2),
        (lambda db: db.top(CHART, most=5), 5),
        (lambda db: db.movers(CHART), 93),
        (lambda db: db.brief(A, CHART), 6),
        (lambda db: db.wave(A, B, CHART), 1),
        (lambda db: db.series("6505085493", on=CHART)[0], 60),
    ],
)
def test_an_answer_is_a_table_of_pandas_and_of_polars(
    finance: Path, ask: object, rows: int
) -> None:
    import pandas

    with tracker.open(finance) as database:
        assert callable(ask)
        answer = ask(database)
    assert isinstance(answer, Table)
    dicts = answer.to_dicts()
    for frame in (answer.to_pandas(), answer.to_polars()):
        assert len(frame) == len(dicts) == rows
        assert list(frame.columns) == list(dicts[0])
    for name in ("rank", "winner_rank_before", "median_rank"):
        if name in dicts[0]:
            expected = [row[name] for row in dicts]
            assert answer.to_polars()[name].to_list() == expected
            column = answer.to_pandas()[name]
            assert [None if pandas.isna(rank) else rank for rank in column] == expected


def test_an_unranked_rank_is_null_and_a_whole_number_stays_whole(finance: Path) -> None:
    import polars

    with tracker.open(finance) as database:
        movers = database.movers(CHART)
    assert None in [mover.rank for mover in movers]
    frame = movers.to_polars()
    assert isinstance(frame, polars.DataFrame)
    assert frame["rank"].dtype == polars.Int64
    assert frame["rank"].null_count() == sum(mover.rank is None for mover in movers)


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_without_the_library_the_line_says_what_to_install(
    library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(tracker.MissingExtra, match=f"pip install {library}"):
        getattr(Rows([]), f"to_{library}")()


def test_a_series_shows_itself_as_a_table(finance: Path) -> None:
    with tracker.open(finance) as database:
        [series] = database.series("6505085493", on=CHART, until="2025-08-13")
    assert repr(series).splitlines()[1] == "2025-08-11T22:10:20Z        100    imported"
    assert series._repr_html_().count("<tr>") == 1 + 3


def test_an_option_that_is_not_one_is_refused(finance: Path) -> None:
    with tracker.open(finance) as database, pytest.raises(TypeError, match="'sinc'"):
        database.stats(A, on=CHART, sinc="7d")  # type: ignore[call-arg]


def test_values_of_other_types_are_read_as_their_text_or_refused_by_name(finance: Path) -> None:
    with tracker.open(finance) as database:
        by_id = database.series(int(B), on=CHART, until=date(2025, 8, 13))
        assert by_id == database.series(B, on=CHART, until="2025-08-13")
        refused: dict[str, Callable[[], object]] = {
            "['PayPay', 'd Barai']": lambda: database.series(cast(Any, ["PayPay", "d Barai"])),
            "'5'": lambda: database.series(B, on=cast(Any, 5)),
            "'7'": lambda: database.standings(on=CHART, at=cast(Any, 7)),
            "one app": lambda: database.stats(on=CHART),
        }
        for words, question in refused.items():
            with pytest.raises(tracker.ApptrackError, match=re.escape(words)):
                question()


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
    # Two sizes have places of their own.
    both = (picture.to_altair() | picture.to_altair((500, 400))).to_dict()["datasets"]
    assert len({row["x"] for name, data in both.items() if "ends" in name for row in data}) == 2


def test_a_picture_is_a_chart_of_altair_that_composes(finance: Path) -> None:
    import altair

    with tracker.open(finance) as database:
        chart = database.plot(A, B, on=CHART, since="2025-09-01").to_altair((900, 500))
    assert isinstance(chart, altair.LayerChart)
    alone, both = chart.to_dict(), (chart | chart).to_dict()  # which validates
    assert alone["usermeta"]["size"] == [900, 500]
    assert [part["width"] for part in both["hconcat"]] == [alone["width"]] * 2
    assert not {"padding", "autosize", "background"} & set(both["hconcat"][0])
    rule = altair.Chart({"values": [{"at": "2025-09-20"}]}).mark_rule().encode(x="at:T")
    assert len((chart + rule).to_dict()["layer"]) == len(alone["layer"]) + 1


def test_a_picture_is_saved_in_a_theme_and_a_size(finance: Path) -> None:
    with tracker.open(finance) as database:
        picture = database.plot(A, B, on=CHART, since="2025-09-01", theme="dark")
    assert picture.spec["background"] == THEMES["dark"].background
    light = json.loads(picture.save("c.json", theme="light", size="square").read_text("utf-8"))
    assert light["background"] == THEMES["light"].background
    assert light["usermeta"]["size"] == [1080, 1080]
    with pytest.raises(tracker.InvalidValue, match="light or dark"):
        picture.save("c.svg", theme="sepia")
    with pytest.raises(tracker.InvalidValue, match="Invalid size"):
        picture.save("c.svg", size="huge")


SIZES = [
    (math.nan, 400), (400, math.nan), (math.inf, 400), (0, 0), (-5, "a"), (900.5, 400),
    (10**9, 400), (900, 500, 1), (900,), (), 5, None, math.nan,
]  # fmt: skip


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_a_size_that_no_picture_has_is_refused(size: Any, finance: Path) -> None:
    with tracker.open(finance) as database:
        picture = database.plot(A, B, on=CHART, since="2025-09-01")
    for use in (picture.to_altair, partial(picture.save, Path("c.svg"))):
        with pytest.raises(tracker.InvalidValue, match="Invalid size"):
            use(size=size)
    assert not Path("c.svg").exists()


LONE = "\ud800"
#: What no text, number or list that a question takes can be.
ODD: tuple[Any, ...] = (LONE, 5, 2.5, b"x", ["us"], object())
ASKED: dict[str, Callable[[tracker.Database, Any], object]] = {
    "name": lambda db, odd: db.stats(odd, on=CHART),
    "chart": lambda db, odd: db.stats(A, on=odd),
    "charts": lambda db, odd: list(db.observations(A, on=odd)),
    "since": lambda db, odd: db.stats(A, on=CHART, since=odd),
    "at": lambda db, odd: db.top(CHART, at=odd),
    "source": lambda db, odd: db.stats(A, on=CHART, source=odd),
    "provenances": lambda db, odd: db.stats(A, on=CHART, provenances=odd),
    "provenances of a moment": lambda db, odd: db.top(CHART, provenances=odd),
    "store": lambda db, odd: db.app(A, odd),
    "store of all": lambda db, odd: db.apps(store=odd),
    "span": lambda db, odd: db.movers(CHART, over=odd),
    "theme": lambda db, odd: db.plot(A, B, on=CHART, theme=odd),
    "theme of a file": lambda db, odd: db.plot(A, B, on=CHART).save("c.svg", theme=odd),
    "file": lambda db, odd: db.plot(A, B, on=CHART).save(odd),
    "settled": lambda db, odd: db.versus(A, B, CHART, settled=odd),
    "zone": lambda db, odd: tracker.open(db.settings.db, zone=odd),
    "path": lambda db, odd: tracker.open(odd),
    "settings": lambda db, odd: tracker.open(db.settings.db, settings=odd),
}
COUNTED: dict[str, Callable[[tracker.Database, Any], object]] = {
    "most": lambda db, odd: db.top(CHART, most=odd),
    "overtakes": lambda db, odd: db.overtakes(A, B, on=CHART, confirm=odd),
    "versus": lambda db, odd: db.versus(A, B, CHART, confirm=odd),
    "wave": lambda db, odd: db.wave(A, B, CHART, confirm=odd),
    "brief": lambda db, odd: db.brief(A, CHART, confirm=odd),
    "week": lambda db, odd: db.week(A, on=CHART, confirm=odd),
}


@pytest.mark.parametrize("what", ASKED)
def test_an_odd_value_is_an_expected_error(finance: Path, what: str) -> None:
    with tracker.open(finance, settings=SETTINGS) as database:
        for odd in ODD:
            with pytest.raises(tracker.ApptrackError):
                ASKED[what](database, odd)


@pytest.mark.parametrize("what", COUNTED)
def test_a_number_that_counts_nothing_is_refused(finance: Path, what: str) -> None:
    with tracker.open(finance, settings=SETTINGS) as database:
        values: tuple[Any, ...] = ("2", 2.5, 1.0, -1, math.nan, [], LONE)
        for odd in values:
            with pytest.raises(tracker.InvalidValue):
                COUNTED[what](database, odd)


def test_an_argument_that_is_no_text_is_one_line(finance: Path) -> None:
    done = CliRunner().invoke(main, ["stats", "\udcff", "--db", str(finance)])
    assert done.exit_code == 2
    assert done.output.startswith(r"apptrack: Invalid text '\udcff'")
    assert done.output.count("\n") == 1
