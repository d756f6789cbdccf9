"""Colours that can be told apart and read, by every eye and in both themes; fonts and sizes."""

from __future__ import annotations

from itertools import combinations

import pytest

from tests.support.lines import DEEPSEEK
from tracker.catalog import Catalog
from tracker.errors import InvalidValue
from tracker.model import App
from tracker.plot import SIZES, parse_size
from tracker.plot.glyphs import legible, legible_words
from tracker.plot.theme import (
    ALIKE,
    BLINDNESS,
    CONTRAST,
    LARGEST,
    THEMES,
    colours_of,
    contrast,
    distance,
)


@pytest.mark.parametrize("theme", list(THEMES))
def test_twelve_apps_have_twelve_readable_colours(theme: str) -> None:
    apps = [App(str(n), "Filler", None, "#FF0000" if n < 3 else None) for n in range(12)]
    colours = colours_of(apps, THEMES[theme])
    assert len(set(colours)) == 12
    assert all(contrast(colour, THEMES[theme].background) >= CONTRAST for colour in colours)


@pytest.mark.parametrize("theme", list(THEMES))
@pytest.mark.parametrize("kind", list(BLINDNESS))
def test_colours_of_a_pair_are_two_to_every_eye(theme: str, kind: str) -> None:
    apps = [*Catalog().apps, *(App(str(n), "Filler") for n in range(4))]
    for pair_ in combinations(apps, 2):
        first, other = colours_of(pair_, THEMES[theme])
        assert distance(first, other) > ALIKE
        assert distance(first, other, kind) >= ALIKE / (3 if kind == "tritan" else 1.5)


def test_blindness_makes_alike_what_it_should() -> None:
    # Red and green of one lightness, to eyes without middle cones.
    assert distance("#C2577C", "#0B8F6A") > 0.2
    assert distance("#C2577C", "#0B8F6A", "deutan") < 0.05
    for kind in BLINDNESS:
        assert distance("#000000", "#FFFFFF", kind) == pytest.approx(1, abs=0.01)


def test_colours_do_not_depend_on_the_order_of_names() -> None:
    own = App("1500855883", "Filler")
    assert colours_of([own, App("2", "B")], THEMES["light"]) == list(
        reversed(colours_of([App("2", "B"), own], THEMES["light"]))
    )


def test_two_apps_of_one_colour_get_two() -> None:
    first, other = colours_of([DEEPSEEK, App("1", "Filler", None, "#4D6BFF")], THEMES["light"])
    assert first == "#4D6BFE"
    assert distance(first, other) > ALIKE


def test_a_pale_colour_is_made_readable() -> None:
    (colour,) = colours_of([App("1", "Filler", None, "#FFF3A0")], THEMES["light"])
    assert colour != "#FFF3A0"
    assert contrast(colour, "#FFFFFF") >= CONTRAST


def test_a_name_that_no_font_can_write_is_not_drawn_as_boxes() -> None:
    # No font has letters for what is for private use.
    boxes = "\U000f0000\U000f0001\U000f0002"
    assert legible(App("5", boxes, "poe")).name == "poe"
    assert legible(App("5", boxes)).name == "app 5"
    assert legible(App("5", f"{boxes} AI")).name == "app 5"
    assert legible(App("5", f"Filler ({boxes}) {boxes}")).name == "Filler"
    plain = App("5", "Söns – “Ünd” & Co. 5")
    assert legible(plain) is plain
    assert legible_words(f"{boxes} A strike  {boxes}") == "A strike"
    assert legible_words(boxes) == "?"


def test_what_is_left_of_a_name_has_no_holes() -> None:
    assert legible_words("Fire \U0010ffff\ufe0f \u200d again") == "Fire again"


@pytest.mark.parametrize(
    ("text", "size"), [*SIZES.items(), ("1600x900", (1600, 900)), ("320x320", (320, 320))]
)
def test_a_size_has_a_name_or_two_numbers(text: str, size: tuple[int, int]) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["huge", "10x10", f"{LARGEST + 1}x400", "1e3x900", "٣٢٠x٣٢٠", ""])
def test_an_invalid_size_is_refused(text: str) -> None:
    with pytest.raises(InvalidValue, match="Invalid size"):
        parse_size(text)
