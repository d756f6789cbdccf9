"""The words of a picture: a story in one line, exact intervals, and only what is there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.support.lines import CHATGPT, DEEPSEEK, Ranks, at, pair, series, timeline
from tracker.analysis import coverage_of
from tracker.errors import NothingToShow
from tracker.model import App, Chart, Provenance, Series, Timeline
from tracker.plot import Note, draw, headline
from tracker.report.dates import between, days, interval, lasting, on_days
from tracker.report.naming import brief, briefs, cut, isolated, one_line, short_name
from tracker.report.picture import (
    MOST_DESCRIBED,
    description_of,
    footer_of,
    method_words,
    source_words,
    subtitle_of,
)
from tracker.report.scene import left_for_good, scene
from tracker.words import at_most, coverage_words, percent

BEGIN = datetime(2026, 7, 1, tzinfo=UTC)
DAY = "on 26 January 2025"


def line(*hours: float, provenance: Provenance = Provenance.RECORDED) -> Timeline:
    times = tuple(BEGIN + timedelta(hours=hour) for hour in hours)
    chart = Chart.parse("us/iphone/top-free/apps")
    many = len(times)
    return Timeline(chart, "apple-rss", times, (100,) * many, (provenance,) * many)


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        (range(48), "48 snapshots, at most 1 h apart, coverage 100%"),
        ([24 * day + hour for day in range(30) for hour in range(8)],
         "240 snapshots, at most 17 h apart, coverage 29.8% (29 gaps)"),
        ([0, 1, 2, 3.01], "4 snapshots, at most 61 min apart, coverage 100%"),
        ([0, 1, 2, 90], "4 snapshots, at most 3.7 days apart, coverage 2.2% (1 gap)"),
        ([0], "1 snapshot"),
        ([0, 1], "2 snapshots, 1 h apart"),
    ],
)  # fmt: skip
def test_coverage_is_shown_with_the_snapshots_and_the_longest_spacing(
    hours: list[float], words: str
) -> None:
    assert coverage_words(coverage_of(line(*hours))) == words
    if len(hours) > 1:
        assert words.split(", ", 1)[1] in source_words(line(*hours))


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(40, "40 s"), (120, "2 min"), (3_600, "1 h"), (3_630, "61 min"), (7_200, "2 h"),
     (77_000, "21.4 h"), (86_404, "24.1 h"), (5 * 86_400, "5 days"), (5 * 86_400 + 1, "5.1 days")],
)  # fmt: skip
def test_at_most_is_never_less_than_it_was(seconds: float, words: str) -> None:
    assert at_most(seconds) == words


def test_a_share_is_rounded_down_so_that_100_means_all() -> None:
    assert [percent(share) for share in (1.0, 0.9999, 0.29874, 0.0)] == [
        "100%",
        "99.9%",
        "29.8%",
        "0%",
    ]


@pytest.mark.parametrize("provenance", list(Provenance))
def test_a_headline_says_what_no_store_showed(provenance: Provenance) -> None:
    app_line = Series(line(0, 1, 2, provenance=provenance), App("1", "Filler 1"), (3, 2, 1))
    word = {
        Provenance.SIMULATED: "Simulation: ",
        Provenance.RECONSTRUCTED: "Reconstruction: ",
        Provenance.REPORTED: "As reported: ",
    }
    assert headline([app_line]).startswith(word.get(provenance, "Filler"))


# Headlines


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ([3, 1, 1], [1, 2, 2], f"DeepSeek took number one from ChatGPT {DAY}"),
        ([9, 4, 4], [5, 5, 5], f"DeepSeek overtook ChatGPT {DAY}"),
        ([None, 4, 4], [5, 5, 5], f"DeepSeek entered the chart ahead of ChatGPT {DAY}"),
        ([5, 5, 5], [4, None, None], f"ChatGPT left the chart {DAY}, leaving DeepSeek ahead"),
        ([None, 4, 4], [5, None, None],
         f"DeepSeek entered the chart as ChatGPT left it {DAY}"),
        ([9, 9, 4], [5, 5, 5],
         f"DeepSeek passed ChatGPT {DAY}; too early to tell whether it lasts"),
        ([9, 4, 9, 9], [5] * 4, f"DeepSeek passed ChatGPT briefly {DAY}"),
        ([3, 1, 1, 3, 3], [1, 2, 2, 1, 1],
         f"DeepSeek knocked ChatGPT off number one {DAY}; ChatGPT came back"),
        ([3, 1, 1, 3, 3] * 2, [1, 2, 2, 1, 1] * 2,
         f"DeepSeek knocked ChatGPT off number one twice {DAY}; ChatGPT came back each time"),
        ([9, 4, 4, 9, 9, 4, 4], [5] * 7,
         f"DeepSeek and ChatGPT swapped the lead three times {DAY}; "
         "DeepSeek has led since 26 Jan 2025"),
        ([9, 9], [5, 5], "ChatGPT was ahead of DeepSeek at every snapshot"),
        ([None, None, None], [5, None, 5],
         "ChatGPT was ranked at 2 of 3 snapshots, DeepSeek never"),
        ([None, None, None, 7], [5, None, 5, 5],
         "ChatGPT was ahead of DeepSeek at 3 of the 3 snapshots with either"),
        ([None, None], [None, None], "Neither DeepSeek nor ChatGPT was ever in the top 100"),
    ],
)  # fmt: skip
def test_the_headline_is_the_story_of_the_ledger(a: Ranks, b: Ranks, expected: str) -> None:
    assert headline(pair(a, b)) == expected


def test_the_headline_of_more_than_two_apps_names_who_took_the_lead() -> None:
    top = [1, 2, 2, 1, 1, 2, 2, 1, 1]
    b, c = [5, 1, 1, 5, 5, 5, 5, 5, 5], [9, 9, 9, 9, 9, 1, 1, 9, 9]
    assert headline(series(["Top", "B", "C"], [top, b, c])) == (
        "B and C knocked Top off number one on 26 January 2025; it came back each time"
    )
    moved = headline(series(["A", "B", "C"], [[1, 1, 3, 3, 4, 4], [2] * 6, [5, 5, 5, 5, 1, 1]]))
    assert moved == (
        f"The lead changed hands twice among 3 apps, both {DAY}; C has led since 26 Jan 2025"
    )


def test_a_change_across_a_gap_says_so() -> None:
    hours = [*range(12), 60, 61, 62, 63]
    text = headline(pair([5] * 12 + [2] * 4, [3] * 16, hours))
    assert text.endswith(" between 26 and 28 January 2025, across a gap without data")


@pytest.mark.parametrize(
    ("ranks", "expected"),
    [
        ((3, 1, 2), f"DeepSeek reached number one {DAY}"),
        ((1, 1, 1), "DeepSeek was number one at every snapshot"),
        ((60, 60, None), "DeepSeek was number 60 at 2 of 3 snapshots"),
        ((7, 8, 9), "DeepSeek was highest at the first snapshot, number 7"),
        ((9, 7, None), "DeepSeek peaked at number 7 on 26 Jan 2025"),
        ((9, None, None), f"DeepSeek left the chart {DAY}, from number 9"),
        # It sank out of the chart.
        ((99, None, None), "DeepSeek was highest at the first snapshot, number 99"),
        ((None, None, None), "DeepSeek was never in the top 100"),
    ],
)
def test_the_headline_of_one_app(ranks: tuple[int | None, ...], expected: str) -> None:
    assert headline([Series(timeline(range(3)), DEEPSEEK, ranks)]) == expected


def test_fewer_than_two_snapshots_are_nothing_to_show() -> None:
    for many in (0, 1):
        app_line = Series(timeline(range(many)), DEEPSEEK, (1,) * many)
        with pytest.raises(NothingToShow, match="needs two.*apptrack collect"):
            draw([app_line])
    with pytest.raises(NothingToShow):
        draw([])


@pytest.mark.parametrize(
    ("ranks", "rank"), [((3, None, None), 3), ((3, None), None), ((3, None, 4), None), ((3,), None)]
)
def test_an_app_has_left_when_two_snapshots_miss_it(
    ranks: tuple[int | None, ...], rank: int | None
) -> None:
    leaving = left_for_good(Series(timeline(range(len(ranks))), DEEPSEEK, ranks))
    assert (leaving.rank if leaving else None) == rank


# Below the headline


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        ([Provenance.RECORDED] * 3, None),
        ([Provenance.RECONSTRUCTED] * 3,
         "Reconstruction: played from a script between dated facts; not a recording."),
        ([Provenance.IMPORTED] * 3, "Imported from a file; not recorded by this program."),
        ([Provenance.REPORTED, *[Provenance.RECORDED] * 2],
         "Dashed: ranks as the press reported them; not a recording."),
        ([Provenance.IMPORTED, *[Provenance.RECORDED] * 2],
         "In part imported from a file; not recorded by this program."),
    ],
)  # fmt: skip
def test_subtitle_and_footer_say_where_ranks_come_from(
    kinds: list[Provenance], expected: str | None
) -> None:
    whole = timeline(range(3))
    seen = Timeline(whole.chart, whole.source, whole.times, whole.depths, tuple(kinds))
    drawing = scene([Series(seen, DEEPSEEK, (3,) * 3), Series(seen, CHATGPT, (1, 2, 2))])
    assert subtitle_of(drawing).replace("\u00a0", " ") == (
        "App Store, United States · iPhone · top free · apps, games not included · 26 Jan 2025, UTC"
    )
    source = footer_of(drawing)[0]
    assert source.startswith("Source: Apple's RSS feed (apple-rss), top 100. 3 snapshots")
    assert source.endswith(expected or "coverage 100%.")


def test_only_what_is_there_is_explained() -> None:
    assert method_words(scene(pair([1] * 3, [2] * 3))) == "A rank holds until the next snapshot."
    # Of two snapshots the spacing is a gap: nothing is known between them.
    points = "Points are snapshots; between them there is no data."
    assert method_words(scene(pair([1, 1], [2, 2]))) == points
    flip = method_words(scene(pair([9, 4, 9, 9, None], [5] * 5)))
    for words in ("Unranked: not in the top 100.", "2 changes of the lead", "A band", "Faint"):
        assert words in flip
    assert "A band" not in method_words(scene(pair([1, 3] * 30, [2] * 60)))
    dated = footer_of(scene(pair([1, 1], [2, 2])), now=BEGIN, credit="Chart: A. Analyst")
    assert dated[-1] == "Chart: A. Analyst. Drawn 1 Jul 2026."


def test_the_description_has_every_change_leaving_and_note() -> None:
    drawing = scene(pair([3, 1, 1, None, None], [2] * 5), notes=[Note(at(1), "A strike")])
    text = description_of(drawing)
    for words in (
        "DeepSeek passes ChatGPT between 26 Jan 2025 00:00 and 01:00 UTC",
        "DeepSeek left the chart between 26 Jan 2025 02:00 and 03:00 UTC, after number 1",
        "26 Jan 2025, A strike", "At the last snapshot DeepSeek is unranked, ChatGPT is number 2",
    ):  # fmt: skip
        assert words in text
    many = description_of(scene(pair([1, 3] * 20, [2] * 40)))
    assert f"the last {MOST_DESCRIBED} of 39" in many


# Dates and names


@pytest.mark.parametrize(
    ("after", "by", "sentence", "caption", "story"),
    [
        (8, 9, "between 26 Jan 2025 08:00 and 09:00 UTC", "26 Jan 2025, 08:00–09:00", DAY),
        (20, 26, "between 26 Jan 2025 20:00 and 27 Jan 02:00 UTC",
         "26 Jan 20:00 – 27 Jan 2025 02:00", "on 26 or 27 January 2025"),
        (8, 80, "between 26 and 29 Jan 2025", "26–29 Jan 2025", "between 26 and 29 January 2025"),
        (8, 200, "between 26 Jan and 3 Feb 2025", "26 Jan – 3 Feb 2025",
         "between January and February 2025"),
        (8, 8.01, "between 26 Jan 2025 08:00:00 and 08:00:36 UTC",
         "26 Jan 2025, 08:00:00–08:00:36", DAY),
    ],
)  # fmt: skip
def test_an_interval_in_words(
    after: float, by: float, sentence: str, caption: str, story: str
) -> None:
    ends = at(after), at(by)
    assert between(*ends, UTC) == sentence
    assert interval(*ends, UTC) == caption
    assert on_days([ends], UTC) == story


def test_years_are_shown_where_they_change() -> None:
    eve = datetime(2024, 12, 31, 22, tzinfo=UTC)
    later = eve + timedelta(hours=5)
    assert between(eve, later, UTC) == "between 31 Dec 2024 22:00 and 1 Jan 2025 03:00 UTC"
    assert interval(eve, later, UTC) == "31 Dec 2024 22:00 – 1 Jan 2025 03:00"
    assert days(eve, later, UTC) == "31 Dec 2024 – 1 Jan 2025"


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(40, "40 seconds"), (60, "1 minute"), (3_540, "1 hour"), (5_400, "90 minutes"),
     (86_399, "1 day"), (72_000, "20 hours"), (259_200, "3 days")],
)  # fmt: skip
def test_a_duration_in_words(seconds: float, expected: str) -> None:
    assert lasting(seconds) == expected


@pytest.mark.parametrize(
    ("name", "short"),
    [("CapCut: Photo & Video Editor", "CapCut"), ("Maps - Transit", "Maps"),
     ("PayPay-ペイペイ", "PayPay"), ("Re:Zero", "Re:Zero"), ("X", "X"), ("A: B", "A: B")],
)  # fmt: skip
def test_what_people_call_an_app(name: str, short: str) -> None:
    assert short_name(name) == short


def test_names_are_short_distinct_and_turn_no_letters_around() -> None:
    assert briefs([App("1", "Maps - Transit"), App("2", "Maps - Hiking")]) == (
        "Maps - Transit", "Maps - Hiking",
    )  # fmt: skip
    assert briefs([App("1", "Same"), App("2", "same ")]) == ("Same (1)", "same (2)")
    assert one_line("a\n\u202eb\u2066") == "a b"
    arabic = "تطبيق الطقس"
    assert isolated(arabic) == f"{arabic}\u200e"
    assert cut("A rather long name of an app", 14) == "A rather long…"
    assert cut("抖音精选视频平台", 9) == "抖音精选…"
    assert len(brief(App("1", "x" * 200))) <= 26


def test_an_app_whose_name_is_only_spaces_has_its_id_for_a_name() -> None:
    assert briefs([App("1", " \u2003 "), App("2", "ChatGPT")]) == ("app 1", "ChatGPT")
