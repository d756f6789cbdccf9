"""Captions above a plot: words that never cover each other, or numbers that are listed."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.lines import at, pair
from tests.support.plots import words
from tracker.plot import Note, draw, specification
from tracker.plot.callouts import MOST, place
from tracker.plot.rows import Row
from tracker.plot.theme import SMALL, SMALL_LINE
from tracker.plot.typeset import width

SPAN, WIDE = (0, 1_000), 1_000.0


def band(time: int, number: int) -> Row:
    return {
        "time": time, "until": time + 5, "app": "A", "text": "A passes B",
        "when": "26 Jan, 15:00–16:00", "number": number,
    }  # fmt: skip


def note(time: int, text: str, number: int) -> Row:
    return {"time": time, "text": text, "number": number}


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
    # Everything has words or a number, of which some may be left out where they would collide.
    numbered = {(row["text"], row["number"]) for row in placed_texts.numbered}
    assert len(texts) + len(numbered) >= len(given) + len(set(notes)) or len(given) > MOST


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
    assert "1\u00a0A strike" not in said


def test_of_many_notes_each_has_a_number_and_they_are_listed_below() -> None:
    said = listed([Note(at(n), f"Something happened, number {n}") for n in range(40)])
    assert "1\u00a0Something happened, number 0" in said
    assert "… and more: 40 in all" in said
    assert "DeepSeek passes ChatGPT\n26 Jan, 00:00–01:00" in said


def test_of_very_many_overtakes_none_has_words() -> None:
    said = texts(specification(draw(pair([1, 3] * 30, [2] * 60))))
    assert "passes" not in said
    assert "59 changes of the lead" in said
