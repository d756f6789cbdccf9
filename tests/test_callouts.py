"""Captions above a plot: words that never cover each other, or marks that are listed."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.lines import at, pair
from tests.support.plots import layers, rows, words
from tracker.plot import Note, draw, saved, specification
from tracker.plot.bump import bump
from tracker.plot.callouts import APART, MOST, WIDTHS, place
from tracker.plot.compose import Plot
from tracker.plot.curve import curve
from tracker.plot.rows import Row, letters
from tracker.plot.theme import SMALL, SMALL_LINE
from tracker.plot.typeset import width

SPAN, WIDE = (0, 1_000), 1_000.0


def band(time: int, number: int) -> Row:
    return {
        "time": time, "until": time + 5, "app": "A", "text": "A passes B",
        "when": "26 Jan, 15:00–16:00", "mark": str(number),
    }  # fmt: skip


def note(time: int, text: str, number: int) -> Row:
    return {"time": time, "text": text, "mark": letters(number)}


@settings(max_examples=120, deadline=None)
@given(
    st.lists(st.integers(0, 990), max_size=4), st.lists(st.integers(0, 1_000), max_size=4),
    st.sampled_from([300.0, 700.0, 1_000.0]), st.sampled_from([80.0, 160.0, 400.0]),
)  # fmt: skip
def test_words_never_cover_each_other_and_no_line_crosses_them(
    bands: list[int], notes: list[int], wide: float, most: float
) -> None:
    given = [band(time, n) for n, time in enumerate(sorted(bands), 1)]
    dated = [note(time, "A strike of the developers", n) for n, time in enumerate(sorted(notes), 1)]
    placed_texts = place(given, dated, SPAN, wide, 100, most)
    texts = [row for row in placed_texts.rows if row["align"] != "center"]
    boxes = [box(row, wide) for row in texts]
    for (a, b), (first, other) in zip(combinations(boxes, 2), combinations(texts, 2), strict=True):
        assert a[2] <= b[3] or b[2] <= a[3] or a[1] <= b[0] or b[1] <= a[0], (first, other)
    assert placed_texts.above <= most or not placed_texts.rows
    # Everything has words or a mark, of which some may be left out where they would collide.
    marked = {row["mark"] for row in placed_texts.marked}
    assert len(texts) + len(marked) >= len(given) + len(set(notes)) or len(given) > MOST
    xs = [row["time"] / 1_000 * wide for row in placed_texts.rows if row["fits"] <= wide]
    assert all(b - a >= APART for a, b in pairwise(xs))


def box(row: Row, wide: float) -> tuple[float, float, float, float]:
    """Left, right, bottom and top of the words of ROW, in points above the plot."""
    lines = row["text"].split("\n")
    long = max(width(line, SMALL, bold=bool(row["app"])) for line in lines)
    x = row["time"] / 1_000 * wide
    left = x if row["align"] == "left" else x - long
    return left, left + long, row["rise"] - len(lines) * SMALL_LINE, row["rise"]


def texts(spec: object) -> str:
    return words(spec)  # type: ignore[arg-type]


def listed(notes: Sequence[Note]) -> str:
    return texts(specification(draw(pair([3, 1, 1] + [1] * 40, [2] * 43), notes=notes)))


def test_an_overtake_has_its_exact_interval_in_words() -> None:
    said = listed([Note(at(30), "A strike")])
    assert "DeepSeek passes ChatGPT\n26 Jan, 00:00–01:00" in said
    assert "A strike" in said
    assert "A A strike" not in said


def test_many_notes_have_letters_and_are_listed_below_those_of_overtakes_are_numbers() -> None:
    notes = [Note(at(n), f"Something happened, number {n}") for n in range(40)]
    said = listed(notes)
    assert "A Something" in said
    assert "AN Something" in said  # cut, but there
    assert re.search(r"DeepSeek \w+ ChatGPT\n26 Jan, 00:00–01:00", said)
    few = texts(
        specification(draw(pair([3, 1, 1] + [1] * 40, [2] * 43), notes=notes, size=(400, 800)))
    )
    assert "… and more: 40 in all" in few


def test_a_page_shows_of_crowded_marks_as_many_as_find_room() -> None:
    placed = place(
        [], [note(25 * n, "A note", n + 1) for n in range(40)], SPAN, WIDE, 0, 200, live=True
    )
    for wide in WIDTHS:
        xs = [row["time"] / 1_000 * wide for row in placed.rows if row["fits"] <= wide]
        assert all(b - a >= APART for a, b in pairwise(xs))
        assert len(xs) >= min(40, wide / APART / 3)


def test_of_very_many_overtakes_none_has_words() -> None:
    said = texts(specification(draw(pair([1, 3] * 30, [2] * 60))))
    assert "26 Jan, " not in said
    assert "59 changes of the lead" in said


def svg_words(plot: Plot, size: tuple[int, int]) -> list[str]:
    """The words of a rendered picture: what its reader sees."""
    return re.findall(r"<text[^>]*>([^<]+)</text>", saved(plot, ".svg", size=size).decode())


@pytest.mark.parametrize("size", [(1200, 675), (1600, 900), (1601, 900), (1280, 720), (1700, 900)])
def test_what_the_list_refers_to_by_number_has_its_number_above_the_plot(
    size: tuple[int, int],
) -> None:
    turns = [1 + (hour // 24) % 2 for hour in range(24 * 9)]
    plot = curve(pair(turns, [3 - rank for rank in turns]))
    seen = svg_words(plot, size)
    assert any(word.startswith("1 ") for word in seen)  # the list
    assert [str(number) for number in range(1, 9) if str(number) not in seen] == []


@pytest.mark.parametrize("style", [bump, curve])
def test_a_note_has_its_letter_and_its_words_or_no_line(style: Callable[..., Plot]) -> None:
    notes = [Note(at(2), "An early note"), Note(at(7), "A late note")]
    for size in ((1200, 675), (1080, 1920), (1080, 1080)):
        spec = specification(style(pair([1, 2] * 6, [2, 1] * 6), notes=notes).chart(size))
        drawn = [layer for layer in layers(spec) if "notes" in str(layer.get("data"))]
        assert bool(drawn) == ("An early note" in words(spec))
        assert bool(drawn) == bool(rows(spec, "callouts"))
