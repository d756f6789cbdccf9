"""Sizes of pictures, and what stands in them when room is scarce."""

from __future__ import annotations

import re
import struct

import pytest

from tests.support.lines import at, pair, series, walk
from tracker.errors import InvalidValue
from tracker.model import Provenance
from tracker.plot import SIZES, Note, draw, parse_size, render
from tracker.plot.curve.endlabels import end_labels
from tracker.plot.curve.layout import LEAST_RANKS, Layout, lay_out
from tracker.plot.scene import scene
from tracker.plot.style.size import LARGEST, NARROW, ROOMY, SMALL, SMALL_LINE, SMALLEST, zoom_of
from tracker.plot.style.typeset import short_name, upright, width

ALL = [*SIZES.values(), (320, 640), (480, 800), (1600, 900), (2000, 700), (700, 700)]


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("wide", (1200, 675)), ("square", (1080, 1080)), ("story", (1080, 1920)),
        ("640x480", (640, 480)),
    ],
)  # fmt: skip
def test_a_size_has_a_name_or_two_numbers(text: str, size: tuple[int, int]) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize(
    "text",
    ["", "huge", "640", "640x", "x480", "-640x480", "640x480x2", "6.4x480", "319x400", "400x3841",
     "99999x99999", "640 x 480", "٦٤٠x480", "1e3x500"],
)  # fmt: skip
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(InvalidValue, match="size|pixels large"):
        parse_size(text)


@pytest.mark.parametrize("size", [(10, 10), (SMALLEST - 1, 500), (500, LARGEST + 1)])
def test_a_picture_out_of_bounds_is_not_drawn(size: tuple[int, int]) -> None:
    with pytest.raises(InvalidValue, match="320x320 to 3840x3840"):
        draw(pair([3, 1], [1, 2]), size=size)


def test_a_picture_too_low_for_its_words_says_so() -> None:
    ranks = [(*walk(60, n), None) for n in range(7)]
    many = scene(series([f"Filler {n} with a long name" for n in range(7)], ranks))
    with pytest.raises(InvalidValue, match="more height with --size") as refused:
        lay_out(many, (320, 320))
    enough = parse_size(str(refused.value).split()[-1])
    assert lay_out(many, enough).ranks.high >= LEAST_RANKS


@pytest.mark.parametrize("kind", [Provenance.RECORDED, Provenance.IMPORTED])
@pytest.mark.parametrize("size", [(320, 320), (480, 320), (640, 360), (3840, 320)])
def test_a_small_picture_of_two_gives_up_words_and_never_its_curve(
    size: tuple[int, int], kind: Provenance
) -> None:
    drawn = pair((*walk(90, 1), None), (*walk(90, 2), None), kind=kind)
    found = lay_out(scene(drawn, notes=[Note(at(40), "A note")]), size)
    assert found.ranks.high >= LEAST_RANKS
    assert found.title
    assert found.subtitle
    assert ("Imported" in " ".join(found.subtitle)) == (kind is Provenance.IMPORTED)
    assert found.footing >= found.height + SMALL_LINE
    assert found.footing + len(found.footnote) * SMALL_LINE <= size[1] - found.top
    assert not found.lane or min(found.tracks.values()) > found.lane.top


@pytest.mark.parametrize("size", list(SIZES.values()))
def test_every_rendering_has_the_asked_size(size: tuple[int, int]) -> None:
    spec = draw(pair([3, 1, 1], [1, 2, 2]), size=size)
    assert struct.unpack(">II", render(spec, ".png")[16:24]) == (2 * size[0], 2 * size[1])
    tag = re.match(r"<svg[^>]*>", render(spec, ".svg").decode())
    assert tag
    assert f'width="{size[0]}"' in tag[0]
    assert f'height="{size[1]}"' in tag[0]


def test_on_a_phone_the_smallest_words_are_still_large_enough() -> None:
    for name in ("square", "story"):
        on_screen = SMALL * zoom_of(SIZES[name]) * 390 / SIZES[name][0]
        assert on_screen >= 9  # CSS pixels on a screen 390 of them wide


def laid_out(size: tuple[int, int], *names: str, notes: tuple[Note, ...] = ()) -> Layout:
    drawn = series(names, [walk(90, n) for n in range(len(names))])
    zoom = zoom_of(size)
    return lay_out(scene(drawn, notes=notes), (size[0] / zoom, size[1] / zoom))


@pytest.mark.parametrize("size", ALL)
def test_words_stay_within_the_picture_and_the_plot_is_most_of_it(size: tuple[int, int]) -> None:
    found = laid_out(size, "Filler: the one with the long title", "豆包 - 抖音旗下 AI 智能助手")
    wide = found.left + found.width + found.right
    assert wide * zoom_of(size) == pytest.approx(size[0])
    for line in found.title:
        assert found.type.pad * 2 + width(line, found.type.title, bold=True) <= wide
    for line in found.subtitle:
        assert found.type.pad * 2 + width(line, found.type.subtitle) <= wide
        assert line == line.strip(" ·")
    for label in end_labels(found):
        ends = found.left + found.width + 12 + width(label.text, found.type.label, bold=True)
        assert ends <= wide
    assert found.width > 0.4 * wide
    assert found.ranks.bottom - found.ranks.top > 0.2 * (found.top + found.height + found.bottom)


def test_names_are_what_people_call_apps_and_a_narrow_sheet_has_a_short_subtitle() -> None:
    wide, story = (
        laid_out(SIZES[name], "CapCut: Photo & Video", "Twitch: Live Streaming")
        for name in ("wide", "square")
    )
    assert (wide.type, story.type) == (ROOMY, NARROW)
    for found in (wide, story):
        assert [one.name for one in end_labels(found)] == ["CapCut", "Twitch"]
    assert "coverage 100%" in " ".join(story.subtitle)
    assert any(line.startswith("Source:") for line in wide.subtitle)


def test_on_a_square_with_notes_the_plot_is_more_than_a_third() -> None:
    notes = tuple(Note(at(20 + 20 * n), "Something of some length that happened") for n in range(3))
    size, names = SIZES["square"], ("Filler 1", "Filler 2")
    side = size[0] / zoom_of(size)
    own: list[int | None] = [None, 9, *[1] * 88]
    for told in ((), notes):
        found = lay_out(scene(series(names, [own, [2] * 90]), notes=told), (side, side))
        assert found.foot - found.ranks.top > side / 3
        assert bool(found.numbers) == bool(told)
    assert found.strip is None
    # Where there are too many changes for words the strip alone tells them all.
    ranks = [[1 + n // 2 % 2 for n in range(90)], [2 - n // 2 % 2 for n in range(90)]]
    often = scene(series(names, ranks), notes=notes)
    assert lay_out(often, (side, side)).strip is not None


def test_where_ranks_come_from_is_said_at_every_size() -> None:
    drawn = pair([3, 1, 1], [1, 2, 2], kind=Provenance.IMPORTED)
    for size in ALL:
        zoom = zoom_of(size)
        found = lay_out(scene(drawn), (size[0] / zoom, size[1] / zoom))
        assert "Imported from a file" in " ".join(found.subtitle)


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("CapCut: Photo & Video Editor", "CapCut"),
        ("AI Video - AI Generator", "AI Video"),
        ("PayPay-ペイペイ", "PayPay"),
        ("楽天ペイ-楽天ポイントカードも", "楽天ペイ"),
        ("Maps｜地図", "Maps"),
        ("Spider-Man", "Spider-Man"),
        ("DeepSeek", "DeepSeek"),
        ("Re:Zero Game", "Re:Zero Game"),
        ('=HYPERLINK("http://x")', '=HYPERLINK("http://x")'),
        (": odd", ": odd"),
        ("X: the app", "X: the app"),
    ],
)
def test_what_people_call_an_app(name: str, short: str) -> None:
    assert short_name(name) == short


def test_a_name_turns_no_letters_around() -> None:
    (one,) = scene(series(["\u202eevil\u202c \n me"], [(1, 2, 3)])).labels
    assert one == "evil me"


def test_short_names_that_are_alike_are_not_used() -> None:
    drawn = scene(series(["Maps: east", "Maps: west", "Other: a"], [(1,) * 3, (2,) * 3, (3,) * 3]))
    assert drawn.briefs == ("Maps: east", "Maps: west", "Other")


def test_a_cut_name_from_right_to_left_keeps_its_rank_behind_it() -> None:
    long = "مساعد الذكاء الاصطناعي " * 4
    (label,) = end_labels(laid_out(SIZES["square"], long))
    assert label.name.endswith("…\u200f\u200e")  # the ellipsis belongs to what is before it
    assert upright(label.name) == label.name
