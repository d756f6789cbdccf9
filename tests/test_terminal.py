"""The curve as text: real ranks, nothing where there was no data, no name that drives a
terminal.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracker.errors import NothingToShow
from tracker.model import App, Chart, Provenance, Series, Timeline
from tracker.plot.terminal import LETTER_APART, NUMBERS, draw_terminal
from tracker.report.picture import headline

START = datetime(2025, 1, 26, tzinfo=UTC)
CHART = Chart.parse("us/iphone/top-free/apps")
Ranks = Sequence[int | None]
SIZE = (100, 30)


@pytest.fixture(autouse=True)
def _plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever this machine's own terminal wants."""
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)


def several(
    *ranks: Ranks, hours: Sequence[float] | None = None, names: Sequence[str] = ("Aa", "Bb", "Cc"),
    provenance: Provenance = Provenance.RECORDED,
) -> list[Series]:  # fmt: skip
    at = hours or range(len(ranks[0]))
    times = tuple(START + timedelta(hours=hour) for hour in at)
    many = len(times)
    line = Timeline(CHART, "apple-rss", times, (100,) * many, (provenance,) * many)
    return [
        Series(line, App(str(number), name), tuple(row))
        for number, (name, row) in enumerate(zip(names, ranks, strict=False), 1)
    ]


def rows(text: str) -> list[str]:
    """The rows of the plot: those with an axis on their left."""
    return [line for line in text.split("\n") if re.match(r".{9}[┤│]", line)]


def test_headline_and_subtitle_are_printed() -> None:
    series = several([3, 1, 1], [2, 2, 2])
    lines = draw_terminal(series, SIZE).split("\n")
    assert lines[0] == headline(series)
    assert lines[1].startswith("App Store, United States · iPhone · top free · apps")
    assert any("top 100. 3 snapshots, at most 1 h apart, coverage 100%" in line for line in lines)
    imported = several([3, 1], [2, 2], provenance=Provenance.IMPORTED)
    assert "Imported from a file; not recorded" in draw_terminal(imported, SIZE)


def test_ranks_are_real_with_number_one_on_top() -> None:
    plot = rows(draw_terminal(several([60, 50, 1], [70, 70, 70]), SIZE))
    numbers = [row[:NUMBERS].strip() for row in plot if row[NUMBERS] == "┤"]
    assert numbers[0] == "No. 1"
    shown = [int(number) for number in numbers[1:]]
    assert shown == sorted(shown)
    assert {2, 5, 10, 20, 50} <= set(shown)
    assert plot[0].endswith("A Aa #1")
    assert plot[-1].rstrip().endswith("B Bb #70")


def test_unranked_has_a_row_of_its_own_and_unobserved_nothing() -> None:
    hours = [*range(12), 40, 41, 42]
    text = draw_terminal(several([5] * 12 + [None] * 3, [1] * 15, hours=hours), SIZE)
    plot = rows(text)
    (lane,) = (row for row in plot if row.startswith("unranked"))
    assert lane.endswith("A Aa unranked")
    tables = [
        {column for column, letter in enumerate(row[:-22]) if column > 9 and letter != " "}
        for row in plot
    ]
    axis = next(line for line in text.split("\n") if "└" in line)
    blank = {column for column in range(10, len(axis)) if axis[column] == " "}
    assert len(blank) > 20
    assert all(not columns & blank for columns in tables)
    ahead = next(line for line in text.split("\n") if line.strip().startswith("ahead"))
    assert set(ahead[min(blank) : max(blank)]) == {" "}


def test_who_was_ahead_is_shown_by_letter() -> None:
    text = draw_terminal(several([3] * 10 + [1] * 10, [2] * 20), SIZE)
    ahead = next(line for line in text.split("\n") if line.strip().startswith("ahead"))
    assert re.fullmatch(r"   ahead  B+A+", ahead)
    # A lead of one snapshot in three hundred is seen too.
    brief = draw_terminal(several([3] * 150 + [1] + [3] * 150, [2] * 301), SIZE)
    ahead = next(line for line in brief.split("\n") if line.strip().startswith("ahead"))
    assert re.fullmatch(r"   ahead  B+A{1,2}B+", ahead)
    neither = several([None] * 10 + [1] * 10, [None] * 19 + [2])
    nobody = draw_terminal(neither, SIZE)
    assert "ahead  ·····" in nobody
    assert nobody.endswith("·: none of them ranked.")
    assert "·:" not in text
    never = draw_terminal(several([None] * 10 + [1] * 10, [None] * 20), SIZE)
    assert "ahead" not in never
    assert "ahead" not in draw_terminal(several([3, 1]), SIZE)


def test_each_line_carries_its_letter() -> None:
    plot = "\n".join(row[10:] for row in rows(draw_terminal(several([9] * 40, [2] * 40), SIZE)))
    curves = re.sub(r" [AB] (Aa|Bb) #\d+", "", plot)
    assert curves.count("A") > 3
    assert curves.count("B") > 3


NASTY = "\x1b[31mred\x07\u202e 豆包\n\ttail"


def test_a_name_drives_no_terminal() -> None:
    text = draw_terminal(several([2, 1, 1], [1, 2, 2], names=[NASTY, "ثرثار"]), SIZE)
    assert "\x1b" not in text
    letters = {unicodedata.category(letter) for letter in text} - {"Cc"}
    assert "Cf" not in letters
    assert {letter for letter in text if not letter.isprintable()} == {"\n"}


def test_colours_are_there_for_a_terminal_and_not_where_they_are_unwanted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    series = several([2, 1, 1], [1, 2, 2])
    plain = draw_terminal(series, SIZE)
    assert "\x1b" not in plain
    monkeypatch.setenv("FORCE_COLOR", "1")
    coloured = draw_terminal(series, SIZE)
    assert "\x1b[94m" in coloured
    # Coloured or not, the same letters.
    strip = [line.rstrip() for line in re.sub(r"\x1b\[\d*m", "", coloured).split("\n")]
    assert strip == [line.rstrip() for line in plain.split("\n")]
    monkeypatch.setenv("NO_COLOR", "1")
    assert draw_terminal(series, SIZE) == plain


def columns(text: str) -> int:
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    return len(text) + wide


any_ranks = st.lists(st.one_of(st.none(), st.integers(1, 100)), min_size=6, max_size=6)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(any_ranks, min_size=1, max_size=3),
    st.tuples(st.integers(40, 160), st.integers(10, 50)),
    st.text(min_size=1, max_size=60).filter(str.strip),
)
def test_it_fits_every_terminal(table: list[Ranks], size: tuple[int, int], name: str) -> None:
    hours = [0, 1, 2, 3, 10, 11]
    text = draw_terminal(several(*table, hours=hours, names=[name, "Bb", "Cc"]), size)
    assert all(columns(line) <= size[0] for line in text.split("\n"))
    assert len(rows(text)) >= 8
    if size[1] >= 30:
        assert len(text.split("\n")) < size[1]


def test_a_hundred_apps_and_one_snapshot() -> None:
    names = [f"App {number}" for number in range(40)]
    table = [[number + 1, 40 - number] for number in range(40)]
    text = draw_terminal(several(*table, names=names), (120, 24))
    assert all(f"App {number} #" in text for number in range(40))
    with pytest.raises(NothingToShow):
        draw_terminal(several([1]), SIZE)


def test_letters_do_not_bury_a_curve_of_many_strokes() -> None:
    ranks: Ranks = ([5] * 3 + [None] * 3) * 60
    plot = rows(draw_terminal(several(ranks, names=["Bb"]), SIZE))
    wide = max(len(row) for row in plot) - NUMBERS
    assert 3 < sum(row[10:].count("A") for row in plot) <= wide / LETTER_APART + 1


def test_a_terminal_too_narrow_for_a_curve_says_so() -> None:
    with pytest.raises(NothingToShow, match="39 columns wide .* takes 40"):
        draw_terminal(several([3, 1], [2, 2]), (39, 24))
