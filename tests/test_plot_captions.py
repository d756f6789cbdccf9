"""Words above the plot and beneath it: all changes or the chief alone, and every note."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.lines import Ranks, at, pair, series, walk
from tracker.analysis import Overtake
from tracker.errors import InvalidValue
from tracker.plot import SIZES, Note, draw
from tracker.plot.curve.layout import LEAST_RANKS, Layout, lay_out
from tracker.plot.curve.rows import datasets
from tracker.plot.scene import scene
from tracker.plot.style.size import SMALL, SMALL_LINE, zoom_of
from tracker.plot.style.typeset import cut, evenly, width, wrap
from tracker.plot.text.captions import Caption
from tracker.plot.text.flags import Flag, pack
from tracker.plot.text.headline import chief_change
from tracker.plot.text.numbers import listed

WIDE, SQUARE, STORY = SIZES["wide"], SIZES["square"], SIZES["story"]
HEADING = "Notes, not from the chart:"
ALL = [*SIZES.values(), (480, 800), (1600, 900), (700, 700)]


def laid_out(
    size: tuple[int, int], ranks: Sequence[Ranks], notes: Sequence[tuple[int, str]] = ()
) -> Layout:
    drawn = series([f"Filler {n}" for n in range(1, len(ranks) + 1)], ranks)
    told = [Note(at(hour), title) for hour, title in notes]
    zoom = zoom_of(size)
    return lay_out(scene(drawn, notes=told), (size[0] / zoom, size[1] / zoom))


def changes(found: Layout) -> list[Caption]:
    return [one for one in found.words if not isinstance(one.about, Note)]


def abouts(found: Layout) -> list[tuple[Overtake, ...]]:
    return [one.about for one in found.words if not isinstance(one.about, Note)]


def noted(found: Layout) -> list[Caption]:
    return [one for one in found.words if isinstance(one.about, Note)]


def box(found: Caption) -> tuple[float, float]:
    bold = not isinstance(found.about, Note)
    wide = max(width(line, SMALL, bold=bold) for line in found.lines)
    left = found.x - wide * {"left": 0, "right": 1, "center": 0.5}[found.align]
    return left, left + wide


def led(*stays: int) -> list[int]:
    """Ranks beside another app that stays second: ahead and behind in turn, for so many
    snapshots.
    """
    return [3 - 2 * (number % 2) for number, stay in enumerate(stays) for _ in range(stay)]


def second(ranks: Ranks) -> list[int]:
    return [2] * len(ranks)


# Changes


def test_every_change_has_words_and_one_undone_at_once_is_told_with_its_undoing() -> None:
    ranks = led(80, 3, 100, 20, 60)
    found = laid_out(WIDE, [ranks, second(ranks)])
    assert [one.text for one in changes(found)] == [
        "Filler 1 passes Filler 2, and back",
        "Filler 1 passes Filler 2",
        "Filler 2 passes Filler 1",
    ]
    first = changes(found)[0]
    assert first.about == found.scene.changes[:2]
    # Both bands rise to their words.
    rows = datasets(found, {"1": "#4D6BFE", "2": "#10A37F"})["confirmed changes"]
    assert [row["y"] for row in rows[:2]] == [first.foot + 2] * 2
    assert rows[2]["y"] != rows[0]["y"]


def test_a_lead_too_brief_to_count_is_told_once_over_both_of_its_bands() -> None:
    ranks = led(80, 1, 100)
    found = laid_out(WIDE, [ranks, second(ranks)])
    assert [one.text for one in changes(found)] == ["Filler 1 passes Filler 2, briefly"]
    assert abouts(found) == [found.scene.changes]


@pytest.mark.parametrize(
    ("stays", "told"),
    [
        ((80, 2, 2, 200), ["1 passes 2, and back", "1 passes 2"]),
        ((80, 1, 1, 1, 200), ["1 passes 2, and back, twice"]),
        ((80, 2, 2, 2, 200, 60, 60), ["1 passes 2, and back, twice", "1 passes 2", "2 passes 1"]),
        ((80, 2, 2, 2, 2, 200, 60, 60), ["1 passes 2 three times", "2 passes 1", "1 passes 2"]),
    ],
)
def test_a_lead_that_goes_to_and_fro_is_told_by_what_comes_of_it(
    stays: Sequence[int], told: list[str]
) -> None:
    ranks = led(*stays)
    found = laid_out(WIDE, [ranks, second(ranks)])
    assert [one.text.replace("Filler ", "") for one in changes(found)] == told
    assert sum(map(len, abouts(found))) == len(found.scene.changes)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(1, 40), min_size=1, max_size=14), st.sampled_from(ALL))
def test_no_picture_takes_sides(stays: list[int], size: tuple[int, int]) -> None:
    ranks = led(*stays, 3)
    found = laid_out(size, [ranks, second(ranks)])
    told = Counter(change for about in abouts(found) for change in about)
    chief = chief_change(found.scene.changes)
    assert told in (Counter(found.scene.changes), Counter([chief] if chief else []))
    if len(found.scene.changes) <= 3 and size == STORY:
        assert told == Counter(found.scene.changes)


def test_among_many_changes_only_the_one_of_the_headline_has_words() -> None:
    ranks = led(*[9] * 30)
    found = laid_out(WIDE, [ranks, second(ranks)])
    assert abouts(found) == [(chief_change(found.scene.changes),)]


def test_a_narrow_sheet_has_more_rows_and_lines_where_it_is_tall() -> None:
    ranks = led(30, 10, 30, 10, 40)
    square, story = (laid_out(size, [ranks, second(ranks)]) for size in (SQUARE, STORY))
    assert story.ranks.top > square.ranks.top
    assert sum(map(len, abouts(story))) == 4
    assert {len(one.lines) for one in changes(story)} <= {1, 2}


# Notes


def test_a_long_note_has_lines_and_a_longer_one_a_number() -> None:
    ranks = [walk(90, 0)]
    (note,) = noted(
        laid_out(STORY, ranks, [(40, "A court lets all of the developers link to where they like")])
    )
    assert note.lines == ("A court lets all of the developers", "link to where they like")
    told = "A court orders the store to let developers link to their own pages " * 2
    found = laid_out(STORY, ranks, [(20, told), (70, "A strike")])
    assert noted(found) == []
    assert [(one.text, one.at) for one in found.numbers] == [("1", at(20)), ("2", at(70))]
    (heading, *lines) = found.footnote
    assert heading == HEADING
    assert " ".join(lines).startswith(f"1 {told.strip()} (26 Jan) 2 A strike (28 Jan) ")


@pytest.mark.parametrize("size", list(SIZES.values()))
def test_notes_in_many_scripts_all_have_words(size: tuple[int, int]) -> None:
    titles = ["抖音旗下智能助手发布新版本", "تحديث كبير", "Party 🎉", "A price change", "Outage"]
    found = laid_out(size, [walk(90, 0)], [(10 + 16 * n, title) for n, title in enumerate(titles)])
    above = {one.text.replace("\n", "").replace("\u200e", "") for one in noted(found)}
    beneath = "".join(found.footnote).replace("\u200e", "")
    assert all(title in above or title in beneath for title in titles)


def test_in_a_page_of_notes_each_line_has_a_number_and_what_finds_no_room_is_counted() -> None:
    found = laid_out(WIDE, [walk(90, 0)], [(n, f"Note with some words {n}") for n in range(90)])
    last = 0
    for one in found.numbers:
        first, *rest = map(int, one.text.split("–"))
        assert first == last + 1
        last = (rest or [first])[0]
    assert last == 90
    extents = [(found.x(one.at), width(one.text, SMALL)) for one in found.numbers]
    assert all(b - wide / 2 > a + w / 2 for (a, w), (b, wide) in pairwise(extents))
    assert "more" in " ".join(found.footnote)


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 12), st.integers(1, 4), st.sampled_from([*ALL, (320, 480), (500, 400)]))
def test_no_note_leaves_too_little_of_a_picture(
    many: int, apps: int, size: tuple[int, int]
) -> None:
    ranks = [[*walk(88, n), None, None] for n in range(apps)]
    try:
        laid_out(size, ranks)
    except InvalidValue:
        return
    found = laid_out(size, ranks, [(n * 7, "A note of some length " * 4) for n in range(many)])
    assert found.ranks.bottom - found.ranks.top >= LEAST_RANKS
    assert found.footing + len(found.footnote) * SMALL_LINE <= found.height + found.bottom
    assert bool(found.numbers) == any(line.startswith("Notes,") for line in found.footnote)


def test_the_numbers_are_drawn_beneath_the_lines() -> None:
    told = [Note(at(n), "A note of a length that is beyond all measure " * 3) for n in (3, 8)]
    spec = draw(pair([3] * 11, [4] * 11), notes=told)
    rows, lines = spec["datasets"]["note numbers"], spec["datasets"]["notes"]
    assert [row["text"] for row in rows] == ["1", "2"]
    for row, line in zip(rows, lines, strict=True):
        assert row["t"] == line["t"]
        assert line["y2"] < row["y"] < spec["height"]
    assert sum(layer["data"]["name"] == "note numbers" for layer in spec["layer"]) == 1


def test_a_note_within_a_band_has_its_words_beside_it() -> None:
    drawn = pair([3] * 20 + [1] * 20, [2] * 40)
    found = lay_out(scene(drawn, notes=[Note(at(20), "A note")]), (1200, 675))
    (change,), (note,) = changes(found), noted(found)
    left, right = box(note)
    assert right <= found.x(at(19)) or left >= found.x(at(20))
    assert abs(found.x(note.at) - note.x) < 0.1
    assert change.at in (at(19), at(20))


@pytest.mark.parametrize("size", [(1200, 675), (480, 800)])
def test_a_note_in_a_wide_band_has_its_words_at_its_line_or_a_number(
    size: tuple[int, int],
) -> None:
    drawn = pair([3] * 3 + [1] * 3, [2] * 6)
    found = lay_out(scene(drawn, notes=[Note(at(2.6), "A note")]), size)
    assert [one.at for one in noted(found) or found.numbers] == [at(2.6)]
    assert bool(noted(found)) == (size == (1200, 675))


# Their places


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.integers(5, 40), max_size=5),
    st.lists(
        st.tuples(st.integers(0, 89), st.text("abc möß豆", min_size=1, max_size=60)), max_size=12
    ),
    st.sampled_from(list(SIZES.values())),
)  # fmt: skip
def test_words_never_cover_each_other_nor_leave_the_sheet(
    stays: list[int], told: list[tuple[int, str]], size: tuple[int, int]
) -> None:
    ranks = led(*stays, 90)
    found = laid_out(size, [ranks, second(ranks)], told)
    boxes = [
        (one.y + line * SMALL_LINE, *box(one))
        for one in found.words
        for line in range(len(one.lines))
    ]
    for row in {y for y, *_ in boxes}:
        ordered = sorted((left, right) for y, left, right in boxes if y == row)
        assert all(left >= before for (_, before), (left, _) in pairwise(ordered))
    assert all(left >= -1 and right <= found.width + 1 for _, left, right in boxes)
    assert all(SMALL_LINE / 2 <= y < found.ranks.top for y, *_ in boxes)
    assert len(noted(found)) in (0, len(found.scene.notes))


@given(
    st.lists(st.tuples(st.floats(20, 300), st.floats(0, 900), st.floats(0, 60)), max_size=15),
)
def test_flags_that_are_packed_keep_clear(wanted: list[tuple[float, float, float]]) -> None:
    flags = [Flag(((1, wide), (2, wide * 0.6)), left, left + more) for wide, left, more in wanted]
    placed = []
    for flag, place in zip(flags, pack(flags, 960, 4) or (), strict=False):
        wide = dict(flag.widths)[place.lines]
        left = place.x - wide * {"left": 0, "right": 1, "center": 0.5}[place.align]
        placed += [(place.row + line, left, left + wide) for line in range(place.lines)]
    for row, left, right in placed:
        assert 0 <= row < 4
        assert left >= -1e-6
        assert right <= 960 + 1e-6
        others = [box for box in placed if box != (row, left, right) and box[0] == row]
        assert all(other_right <= left or right <= other for _, other, other_right in others)


def test_words_fly_in_rows_where_changes_are_close() -> None:
    flags = [Flag(((1, 120),), left, left + 4) for left in (400, 380, 360)]
    assert [place.row for place in pack(flags, 1000, 3) or ()] == [0, 1, 2]
    assert pack(flags, 1000, 1) is None


@given(st.text("ab 豆包「」。ー", max_size=40), st.integers(1, 3))
def test_words_in_lines_are_the_same_words(text: str, many: int) -> None:
    lines = evenly(text, many, SMALL)
    assert len(lines) <= many
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_chinese_and_japanese_break_between_letters_but_not_before_a_full_stop() -> None:
    lines = wrap("抖音旗下智能助手发布新版本。支持更多语言", 13.5 * 1.05 * SMALL, SMALL)
    assert lines == ["抖音旗下智能助手发布新版", "本。支持更多语言"]
    assert evenly("iAEON（アイイオン） passes", 2, SMALL) == ["iAEON（アイイオン）", "passes"]


def test_lines_run_from_left_to_right_and_a_cut_ends_with_a_word() -> None:
    assert wrap("שלום passes עולם עולם עולם", 100, SMALL)[1].startswith("\u200e")
    assert cut("Name of something long", 17) == "Name of something…"
    assert cut("Name of something long", 10) == "Name of…"
    assert cut("Spectacular", 6) == "Specta…"


@pytest.mark.parametrize(
    ("hour", "zone", "drawn"),
    [
        (48, "America/Los_Angeles", 56),
        (48, "Asia/Tokyo", 39),
        (48, "UTC", 48),
        (50, "Asia/Tokyo", 50),
    ],
)
def test_a_note_of_a_day_is_of_that_day_in_every_zone(hour: int, zone: str, drawn: int) -> None:
    told = [Note(at(hour), "A release")]
    (note,) = scene(pair([3] * 90, [4] * 90), notes=told, zone=ZoneInfo(zone)).notes
    assert note.at == at(drawn)


def test_notes_beneath_tell_their_day_in_the_zone_and_lose_it_before_their_words() -> None:
    noon = datetime(2025, 12, 31, 20, tzinfo=UTC)
    notes = [Note(noon, "A ban"), Note(noon - timedelta(days=9), "A release")]
    tokyo = listed(notes, "Foot.", 900, 9, 9, ZoneInfo("Asia/Tokyo"))
    assert tokyo == [
        HEADING, "1\u00a0A ban (1\u00a0Jan\u00a02026)", "2\u00a0A release (23\u00a0Dec\u00a02025)",
        "Foot.",
    ]  # fmt: skip
    (row,) = listed(notes, "", 900, 1, 0, UTC)
    assert row == f"{HEADING} 1\u00a0A ban (31\u00a0Dec)\u00a0· 2\u00a0A release (22\u00a0Dec). "
    apart = listed([*notes, Note(noon, "تحديث"), Note(noon, "A ban")], "Foot.", 900, 9, 0, UTC)
    assert [line.strip("\u200e")[0] for line in apart] == ["N", "3", "4", "F"]
    long = listed([Note(noon, "A ban of a length")] * 9, "Foot.", 250, 3, 0, UTC)
    assert "more. Foot." in long[-1]
    cut_off = listed([Note(noon, "A ban of a " + "great " * 9)], "Foot.", 430, 1, 0, UTC)
    assert cut_off[0].endswith("… Foot.")
    short = listed(notes, "Foot.", 390, 1, 0, UTC)
    assert short == ["Notes, not from the chart: 1\u00a0A ban\u00a0· 2\u00a0A release. Foot."]
