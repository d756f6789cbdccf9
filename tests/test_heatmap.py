"""Storefronts by day: what a day says, the picture's three states, and the command."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.shop import apptrack
from tracker.analysis import overtakes
from tracker.analysis.days import DAY, WEEK, LeadDays, RankDays, lead_days, rank_days
from tracker.analysis.waves import Passing
from tracker.errors import InvalidValue, NothingToShow
from tracker.model import App, Chart, Entry, Provenance, Series, Snapshot, Timeline
from tracker.plot import SIZES, render, specification
from tracker.plot.compose import Plot
from tracker.plot.heatmap import (
    CLASSES,
    RAMPS,
    Grid,
    cell_days,
    class_names,
    class_of,
    heatmap,
    wave,
)
from tracker.plot.theme import ALIKE, THEMES, distance
from tracker.report.heatmap import heatmap_headline, ordered, wave_headline
from tracker.report.picture import headline
from tracker.store import Reader, Store
from tracker.store.charts import storefronts_of
from tracker.storefronts import NAMES

START = datetime(2025, 3, 7, tzinfo=UTC)  # two days before New York's clocks go forward
CHART = Chart.parse("us/iphone/top-free/apps")
DEEPSEEK = App("6737597349", "DeepSeek", "deepseek", "#4D6BFE")
CHATGPT = App("6448311069", "ChatGPT", "chatgpt", "#10A37F")
ZONES = [UTC, ZoneInfo("Asia/Tokyo"), ZoneInfo("America/New_York"), ZoneInfo("Pacific/Apia")]

#: Hours from START and what was seen then, of one or two apps.
ByHour = Mapping[float, int | None]
Spec = dict[str, Any]


def line(hours: Sequence[float], front: str = "us", **more: Any) -> Timeline:
    many = len(hours)
    kinds = more.get("provenances", (Provenance.RECORDED,) * many)
    chart = Chart(front, "iphone", "top-free", "apps")
    times = tuple(START + timedelta(hours=hour) for hour in hours)
    return Timeline(chart, more.get("source", "apple-rss"), times, (100,) * many, tuple(kinds))


def series(by_hour: ByHour, front: str = "us", app: App = DEEPSEEK, **more: Any) -> Series:
    return Series(line(list(by_hour), front, **more), app, tuple(by_hour.values()))


def pair(
    by_hour: Mapping[float, tuple[int | None, int | None]], front: str = "us"
) -> tuple[Series, Series]:
    return (
        series({hour: ranks[0] for hour, ranks in by_hour.items()}, front),
        series({hour: ranks[1] for hour, ranks in by_hour.items()}, front, CHATGPT),
    )


# What a day says


def day_of(time: datetime, zone: Any, span: int) -> date:
    """The slow reading: walk back to the day, or the Monday, that the clock on the wall shows."""
    wall = time.astimezone(zone)
    while span == WEEK and wall.strftime("%a") != "Mon":
        wall -= timedelta(days=1)
    return date(wall.year, wall.month, wall.day)


any_hours = st.dictionaries(
    st.integers(0, 400).map(float),
    st.one_of(st.none(), st.integers(1, 100)),
    min_size=1,
    max_size=40,
).map(lambda values: dict(sorted(values.items())))


@settings(deadline=None)
@given(any_hours, st.sampled_from(ZONES), st.sampled_from([DAY, WEEK]))
def test_a_day_has_the_best_of_its_own_snapshots(
    by_hour: dict[float, int | None], zone: Any, span: int
) -> None:
    by_day = rank_days(series(by_hour), zone, span)
    times = {START + timedelta(hours=hour): rank for hour, rank in by_hour.items()}
    assert [day.date for day in by_day.days] == sorted({day_of(time, zone, span) for time in times})
    for day in by_day.days:
        own = {time: rank for time, rank in times.items() if day_of(time, zone, span) == day.date}
        ranked = [rank for rank in own.values() if rank is not None]
        assert day.snapshots == len(own)
        assert day.ranked == len(ranked)
        assert day.best == (min(ranked) if ranked else None)
        first = min((time for time in own if own[time] == day.best), default=None)
        assert day.at == (first if ranked else max(own))


any_pairs = st.dictionaries(
    st.integers(0, 200).map(float),
    st.sampled_from([(1, 2), (2, 1), (3, None), (None, 3), (None, None), (5, 9), (9, 5)]),
    min_size=1,
    max_size=40,
).map(lambda values: dict(sorted(values.items())))


@settings(deadline=None)
@given(any_pairs, st.sampled_from(ZONES), st.sampled_from([DAY, WEEK]))
def test_a_day_belongs_to_who_was_ahead_at_its_last_determined_snapshot(
    by_hour: dict[float, tuple[int | None, int | None]], zone: Any, span: int
) -> None:
    a, b = pair(by_hour)
    (by_day,) = lead_days([(a, b)], zone, span)
    for day in by_day.days:
        own = [
            (time, ranks)
            for hour, ranks in by_hour.items()
            if day_of(time := START + timedelta(hours=hour), zone, span) == day.date
        ]
        never = not any(a.ranks) or not any(b.ranks)
        determined = [(time, ranks) for time, ranks in own if ranks != (None, None) and not never]
        at, ranks = (determined or own)[-1]
        assert (day.snapshots, day.at) == (len(own), at)
        ahead = DEEPSEEK if (ranks[0] or 999) < (ranks[1] or 999) else CHATGPT
        assert day.leader == (ahead if determined else None)
    every = [change for day in by_day.days for change in day.changes]
    assert tuple(every) == overtakes(a, b)
    for day in by_day.days:
        assert all(day_of(change.by, zone, span) == day.date for change in day.changes)


def test_a_day_of_another_zone_begins_elsewhere() -> None:
    by_hour = series({10: 3, 20: 1})
    assert [day.best for day in rank_days(by_hour).days] == [1]
    tokyo = rank_days(by_hour, ZoneInfo("Asia/Tokyo")).days
    assert [(day.date.day, day.best) for day in tokyo] == [(7, 3), (8, 1)]


# The picture


def three() -> list[RankDays]:
    return [
        rank_days(series({0: 7, 24: 1, 72: None}, "us")),
        rank_days(series({0: None, 24: None, 72: None}, "nl")),
        rank_days(series({24: 40, 48: 3}, "de")),
    ]


def grid(plot: Plot) -> Grid:
    (panel,) = plot.panels
    assert isinstance(panel, Grid)
    return panel


def runs(plot: Plot, name: str) -> set[tuple[str, int, int]]:
    """The first and the last day of each run of cells, as days of March 2025."""
    cells = set()
    for row in grid(plot).rows[name]:
        first, end = (datetime.fromtimestamp(row[key] / 1000, UTC) for key in ("time", "until"))
        assert first.hour == end.hour == 0
        cells.add((row["storefront"], first.day, (end - timedelta(days=1)).day))
    return cells


def key(plot: Plot) -> list[str]:
    return [item.text for item in grid(plot).key]


def test_ranked_unranked_and_unobserved_are_drawn_and_named_apart() -> None:
    plot = heatmap(DEEPSEEK, three())
    kinds = [(row["storefront"], row["kind"]) for row in grid(plot).rows["cells"]]
    assert kinds == [
        ("United States", "4–10"), ("United States", "No. 1"),
        ("Germany", "21–50"), ("Germany", "2–3"),
    ]  # fmt: skip
    assert runs(plot, "unranked") == {
        ("United States", 10, 10), ("Netherlands", 7, 8), ("Netherlands", 10, 10),
    }  # fmt: skip
    assert runs(plot, "missing") == {
        ("United States", 9, 9), ("Netherlands", 9, 9), ("Germany", 7, 7), ("Germany", 10, 10),
    }  # fmt: skip
    assert key(plot)[:2] == ["No. 1", "2–3"]
    assert key(plot)[-2:] == ["not in the top 100", "no data"]
    # What is not there is not explained.
    alone = heatmap(DEEPSEEK, [rank_days(series({0: 4, 24: 3}))])
    assert key(alone) == ["No. 1", "2–3", "4–10"]
    assert key(heatmap(DEEPSEEK, three()[1:2])) == ["not in the top 100", "no data"]


def test_neighbouring_days_of_one_class_are_one_rectangle_without_seams() -> None:
    plot = heatmap(DEEPSEEK, [rank_days(series({24 * day: 4 + day for day in range(6)}))])
    assert runs(plot, "cells") == {("United States", 7, 12)}


def test_a_week_is_shown_on_its_days_with_data_alone() -> None:
    """7 March 2025 is a Friday: its week began on the third, without data."""
    weeks = rank_days(series({0: 5, 24: 1, 72: 1, 120: 2}), span=WEEK)
    plot = heatmap(DEEPSEEK, [weeks], span=WEEK)
    assert runs(plot, "cells") == {("United States", 7, 8), ("United States", 10, 10),
                                   ("United States", 12, 12)}  # fmt: skip
    assert runs(plot, "missing") == {("United States", 9, 9), ("United States", 11, 11)}
    assert [row["seen"] for row in grid(plot).rows["days"]] == [2, 2]
    assert "the best rank of the week" in plot.words.footer[1]


def test_the_key_ends_with_the_largest_rank_observed() -> None:
    assert [class_names(deepest)[-1] for deepest in (1, 2, 3, 4, 25, 100, 300)] == [
        "No. 1", "2", "2–3", "4", "21–25", "51–100", "101–300",
    ]  # fmt: skip
    assert [class_of(rank) for rank in (1, 2, 3, 4, 10, 11, 100, 101, 300)] == [
        0, 1, 1, 2, 2, 3, 5, 6, 6,
    ]  # fmt: skip


@pytest.mark.parametrize("theme", list(THEMES))
def test_every_class_is_distinct_and_the_first_ones_most(theme: str) -> None:
    ramp, shades = RAMPS[theme], THEMES[theme]
    assert len(ramp) == len(CLASSES)
    for number, colour in enumerate(ramp):
        for other in (*ramp[number + 2 :], shades.shade, shades.background):
            assert distance(colour, other) > ALIKE, (colour, other)
    steps = [distance(colour, other) for colour, other in pairwise(ramp)]
    assert min(steps[:3]) > 0.125 > max(steps[3:])
    assert min(steps) > 0.075


def test_rows_are_in_the_order_of_peak_debut_or_name() -> None:
    storefronts = [
        rank_days(series({0: 5, 24: 1}, "us")),
        rank_days(series({0: None, 24: None, 48: 1}, "de")),
        rank_days(series({0: None}, "ar")),
        rank_days(series({0: None, 24: 2}, "fr")),
    ]

    def names(sort: Any) -> list[str]:
        return [row.chart.storefront for row in ordered(storefronts, sort)]

    assert names("peak") == ["us", "de", "fr", "ar"]
    # Of one week it is the day that counts.
    weeks = [rank_days(series({72: 5, hour: 1}, code), span=WEEK) for code, hour in
             (("ar", 120), ("us", 100))]  # fmt: skip
    assert [row.chart.storefront for row in ordered(weeks)] == ["us", "ar"]
    assert names("first") == ["us", "fr", "de", "ar"]
    assert names("name") == ["ar", "fr", "de", "us"]
    assert grid(heatmap(DEEPSEEK, storefronts)).names[0] == "United States"


def wave_rows() -> tuple[LeadDays, ...]:
    ahead, behind, nobody = (1, 2), (2, 1), (None, None)
    return lead_days(
        [
            pair({0: behind, 24: behind, 48: ahead, 72: ahead}, "us"),
            pair({0: behind, 24: ahead, 48: ahead, 96: ahead}, "de"),
            pair({0: behind, 24: behind, 72: nobody}, "nl"),
            pair({0: ahead, 24: ahead}, "cn"),
            pair({0: behind, 10: ahead, 20: behind, 48: behind}, "fr"),
        ]
    )


APPS = (DEEPSEEK, CHATGPT)


def test_a_wave_is_in_the_order_of_the_first_confirmed_overtake() -> None:
    leads = wave_rows()
    assert leads[3].passage.passing is Passing.UNCONFIRMED
    plot = wave(APPS, leads)
    assert grid(plot).names == ("Germany", "United States", "China", "France", "Netherlands")
    assert "in the order of the first confirmed overtake" in plot.words.footer[1]
    assert plot.words.changes[0] == (
        "Germany: DeepSeek passed ChatGPT, 7 Mar 00:00 – 8 Mar 2025 00:00"
    )


def test_leaders_undetermined_and_unobserved_days_of_a_wave_are_drawn_apart() -> None:
    plot = wave(APPS, wave_rows())
    assert ("United States", 9, 10) in runs(plot, "cells")
    # Not by colour alone: the second app's cells are lower.
    assert ("United States", 7, 8) in runs(plot, "low")
    assert runs(plot, "unranked") == {("Netherlands", 10, 10)}
    assert ("Germany", 10, 10) in runs(plot, "missing")
    changes = [(row["storefront"], row["front"]) for row in grid(plot).rows["changes"]]
    assert sorted(changes) == [("France", 0), ("France", 0), ("Germany", 1), ("United States", 1)]


def test_many_changes_in_one_place_are_one_dot_with_their_number() -> None:
    ranks: dict[float, tuple[int | None, int | None]] = {
        hour: ((1, 2) if hour % 4 else (2, 1)) for hour in range(0, 40, 2)
    }
    leads = lead_days([pair({**ranks, 24 * 90: (2, 1)}, "us"), pair({0: (2, 1)}, "de")])
    many = len(overtakes(*leads[0].pair)) - 1  # the last one is months later
    for size in (SIZES["wide"], (390, 844)):
        svg = render(specification(wave(APPS, leads).chart(size)), ".svg").decode()
        assert f">{many}</text>" in svg


def test_a_storefront_that_never_ranked_one_of_them_says_so() -> None:
    rows = lead_days([pair({0: (2, 1), 24: (1, 2), 48: (1, 2)}), pair({0: (1, None)}, "jp")])
    plot = wave(APPS, rows)
    assert grid(plot).rows["labels"] == [{"storefront": "Japan", "text": "ChatGPT never ranked"}]
    assert runs(plot, "unranked") == set()
    assert "Never ranked: ChatGPT in Japan." in plot.words.footer[1]


# Words


@pytest.mark.parametrize(
    ("storefronts", "expected"),
    [
        (three(), "DeepSeek was number one in 1 of 3 storefronts"),
        ([rank_days(series({0: 2}, "us")), rank_days(series({0: 2}, "de"))],
         "DeepSeek was as high as number 2 in both storefronts (United States and Germany)"),
        ([rank_days(series({0: 4, 24: 3}, "us"))],
         "DeepSeek was as high as number 3 in the United States storefront"),
        ([rank_days(series({0: None}, "us")), rank_days(series({0: None}, "de"))],
         "DeepSeek was never in the top 100 of 2 storefronts"),
        ([rank_days(series({0: 1, 24: 2, 30: 1, 48: 2}))],
         "DeepSeek was number one on 2 of 3 days with data in the United States storefront"),
        ([rank_days(series({24 * day: 1 + (day > 0) for day in range(1000)}), span=WEEK)],
         "DeepSeek was number one on 1 of 1,000 days with data in the United States storefront"),
    ],
)  # fmt: skip
def test_the_headline_of_a_heatmap(storefronts: list[RankDays], expected: str) -> None:
    assert heatmap_headline(DEEPSEEK, storefronts) == expected


Ranks = dict[float, tuple[int | None, int | None]]
BEHIND: Ranks = {0: (2, 1), 24: (2, 1)}
PASSES: Ranks = {0: (2, 1), 24: (1, 2), 48: (1, 2)}
PASSED: Ranks = {0: (1, 2), 24: (2, 1), 48: (2, 1)}


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ([pair(PASSES, "us"), pair({24: (2, 1), 48: (1, 2), 72: (1, 2)}, "jp"), pair(BEHIND, "de")],
         "DeepSeek passed ChatGPT in 2 of 3 storefronts, seen first in the United States "
         "on 7 or 8 March 2025"),
        ([pair(PASSES, "us"), pair({**PASSES, 72: (2, 1)}, "de")],
         "DeepSeek passed ChatGPT in both storefronts, Germany and the United States "
         "on 7 or 8 March 2025; ahead in 1 of 2 at the last snapshot"),
        ([pair(BEHIND, "us"), pair(BEHIND, "de")],
         "DeepSeek was ahead of ChatGPT in none of 2 storefronts at the last snapshot, "
         "with no confirmed overtake"),
        ([pair(PASSED, "us"), pair(PASSED, "de"), pair({0: (1, 2)}, "jp")],
         "ChatGPT passed DeepSeek in 2 of 3 storefronts; DeepSeek did not pass ChatGPT in any"),
        # A pass that was undone is not called none; to win the lead back is an overtake too.
        ([pair({0: (2, 1), 1: (1, 2), 2: (2, 1), 24: (2, 1)}, "us"), pair(PASSED, "de")],
         "ChatGPT passed DeepSeek in both storefronts; DeepSeek has no confirmed overtake of "
         "ChatGPT in any"),
        ([pair(PASSES, "us"), pair(BEHIND, "de"), pair({0: (1, None)}, "jp")],
         "DeepSeek passed ChatGPT in 1 of 2 storefronts that ranked both, the United States "
         "on 7 or 8 March 2025"),
        ([pair({0: (1, None)}, "jp"), pair({0: (None, None)}, "it")],
         "No storefront of 2 ranked both DeepSeek and ChatGPT"),
        ([pair({0: (2, 1)})], "ChatGPT was ahead of DeepSeek at the one snapshot"),
        ([pair({0: (2, None)})], "DeepSeek was ranked and ChatGPT was not at the one snapshot"),
    ],
)  # fmt: skip
def test_the_headline_of_a_wave(pairs: Any, expected: str) -> None:
    assert wave_headline(APPS, lead_days(pairs)) == expected


@pytest.mark.parametrize("by_hour", [{**PASSES, 72: (2, 1), 96: (2, 1)}, {0: (1, 2), 24: (1, 2)}])
def test_of_one_storefront_wave_and_curve_say_the_same(by_hour: Any) -> None:
    both = pair(by_hour)
    for confirm in (1, 2):
        rows = lead_days([both], confirm=confirm)
        assert wave_headline(APPS, rows, confirm=confirm) == headline(both, confirm)


def test_source_zone_coverage_credit_and_provenance_are_named() -> None:
    now = datetime(2025, 4, 1, 23, tzinfo=UTC)
    plot = heatmap(DEEPSEEK, three(), zone=ZoneInfo("Asia/Tokyo"), now=now, credit="The Daily")
    assert plot.words.subtitle[0].endswith("7–10\xa0Mar\xa02025, days in Asia/Tokyo")
    source, _, made = plot.words.footer
    assert "3 storefronts, top 100, 2–3 snapshots each" in source
    assert source.endswith("on 66.6% of the days.")
    assert made == "The Daily. Drawn 2 Apr 2025."
    kinds = [Provenance.RECONSTRUCTED, Provenance.RECORDED]
    mixed = heatmap(DEEPSEEK, [rank_days(series({0: 3, 24: 1}, provenances=kinds))])
    assert mixed.headline.startswith("Reconstruction: DeepSeek was")
    assert "In part reconstruction: played from" in mixed.words.footer[1]
    assert [row["data"] for row in grid(mixed).rows["days"]] == ["reconstructed", "recorded"]


# Sizes and files


def test_days_too_narrow_are_weeks() -> None:
    spans = {days: cell_days(days, SIZES["wide"]) for days in (1, 365, 572, 573, 1826)}
    assert spans == {1: DAY, 365: DAY, 572: DAY, 573: WEEK, 1826: WEEK}
    assert cell_days(30, (320, 320)) == DAY


def test_a_picture_grows_with_its_rows_and_names_storefronts_in_full() -> None:
    many = grid(heatmap(DEEPSEEK, [rank_days(series({0: 1, 24: 2}, code)) for code in NAMES]))
    assert many.height(1000) >= 13 * len(NAMES)
    assert set(many.names) == set(NAMES.values())
    few = grid(heatmap(DEEPSEEK, [rank_days(series({0: 1, 24: 2}, "vc"))]))
    assert few.height(1000) < 80
    # A long name has two lines where there is less room.
    assert few.margins(1144, 600).left > 150 > few.margins(362, 600).left


@pytest.mark.parametrize("days", [1, 2, 3, 5])
def test_each_of_a_few_days_has_one_tick(days: int) -> None:
    plot = heatmap(DEEPSEEK, [rank_days(series({24 * day: 1 for day in range(days)}))])
    ticks = grid(plot).view(1000, 100, THEMES["light"]).ticks
    assert [datetime.fromtimestamp(tick / 1000, UTC).hour for tick in ticks] == [12] * days


def test_nothing_and_nonsense_are_refused() -> None:
    with pytest.raises(NothingToShow):
        heatmap(DEEPSEEK, [])
    with pytest.raises(InvalidValue, match="light or dark"):
        heatmap(DEEPSEEK, three(), theme="sepia")
    with pytest.raises(InvalidValue, match="320"):
        heatmap(DEEPSEEK, three()).chart((100, 400))


# The database and the command

DB = Path("data/apptrack.db")


def save(front: str, *charts: Sequence[str], source: str = "apple-rss", begin: int = 0) -> None:
    """One snapshot a day of a storefront; each is the app ids in their order."""
    DB.parent.mkdir(exist_ok=True)
    with Store(DB) as store:
        for day, ids in enumerate(charts, begin):
            entries = tuple(
                Entry(rank, app_id, f"App {app_id}") for rank, app_id in enumerate(ids, 1)
            )
            chart = Chart(front, "iphone", "top-free", "apps")
            store.save(Snapshot(chart, source, START + timedelta(days=day), entries))


A, B = DEEPSEEK.app_id, CHATGPT.app_id


def world() -> None:
    save("us", [B, A], [A, B], [A, B])
    save("de", [B, "7"], ["7", B], begin=1)
    save("jp", ["7"], source="web-charts")
    save("jp", [A], source="itunes-rss")


def test_the_storefronts_are_those_of_the_database() -> None:
    world()
    with Reader(DB) as reader:
        charts = storefronts_of(reader, Chart.parse("fr/iphone/top-free/apps"))
        assert [chart.storefront for chart in charts] == ["de", "jp", "us"]
        assert storefronts_of(reader, Chart.parse("us/ipad/top-free/apps")) == []


def test_the_command_draws_and_prints_the_headline() -> None:
    world()
    done = apptrack("heatmap", "deepseek", "--credit", "The Daily")
    assert done.stdout.splitlines() == [
        "charts/heatmap-deepseek.html",
        "DeepSeek was number one in 2 of 3 storefronts",
    ]
    assert done.stderr == ""
    page = Path("charts/heatmap-deepseek.html").read_text("utf-8")
    assert "<!doctype html>" in page[:20]
    assert "The Daily." in page
    assert "apptrack heatmap deepseek --on us/iphone/top-free/apps --json" in page
    done = apptrack("heatmap", "--wave", "deepseek", "chatgpt", "-o", "w.svg", "--theme", "dark")
    assert done.stdout.splitlines()[1] == (
        "DeepSeek passed ChatGPT in 1 of 1 storefront that ranked both, the United States "
        "on 7 or 8 March 2025"
    )
    assert Path("w.svg").read_text("utf-8").startswith("<svg")


def test_a_zone_has_days_and_words_of_its_own() -> None:
    world()
    zone = "America/New_York"
    done = apptrack("heatmap", "--wave", "deepseek", "chatgpt", "--tz", zone, "-o", "w.json")
    assert "United States on 6 or 7 March 2025" in done.stdout.splitlines()[1]
    spec = json.loads(Path("w.json").read_text("utf-8"))
    assert f"days in {zone}" in spec["title"]["subtitle"][0]
    assert "United States passed by 7 Mar 2025" in spec["description"]
    # The day's own clock: a snapshot at midnight of UTC is one of the evening before.
    march = heatmap(
        DEEPSEEK, [rank_days(series({0: 3, 47: 2, 72: 1}), ZoneInfo(zone))], zone=ZoneInfo(zone)
    )
    at = [datetime.fromtimestamp(row["at"] / 1000, UTC) for row in grid(march).rows["days"]]
    # The clocks were put forward on the 9th.
    assert [(time.day, time.hour) for time in at] == [(6, 19), (8, 18), (9, 20)]


def test_each_storefront_has_its_own_first_source_and_json_no_unobserved_day() -> None:
    world()
    cells = json.loads(apptrack("heatmap", "deepseek", "--json").stdout)
    days = [(row["storefront"], row["source"], row["day"], row["best_rank"]) for row in cells]
    assert days == [
        ("de", "apple-rss", "2025-03-08", None),
        ("de", "apple-rss", "2025-03-09", None),
        ("jp", "itunes-rss", "2025-03-07", 1),
        ("us", "apple-rss", "2025-03-07", 2),
        ("us", "apple-rss", "2025-03-08", 1),
        ("us", "apple-rss", "2025-03-09", 1),
    ]
    assert not Path("charts").exists()
    other = json.loads(apptrack("heatmap", "deepseek", "--json", "--source", "web-charts").stdout)
    assert [(row["storefront"], row["state"]) for row in other] == [("jp", "unranked")]
    wave = json.loads(apptrack("heatmap", "--wave", "deepseek", "chatgpt", "--json").stdout)
    us = [(row["leader"], row["changes"]) for row in wave if row["storefront"] == "us"]
    assert us == [("ChatGPT", 0), ("DeepSeek", 1), ("DeepSeek", 0)]


def test_misuse_is_explained() -> None:
    world()
    for args, code, words in (
        (["deepseek", "chatgpt"], 2, "name one app, or two with --wave"),
        (["--wave", "deepseek"], 2, "name two apps"),
        (["deepseek", "-o", "x.gif"], 2, "should end in"),
        (["deepseek", "--on", "us/ipad/top-free/apps"], 1, "ipad/top-free/apps was never observed"),
        (["deepseek", "--since", "2026-01-01"], 1, "no storefront's"),
        (["deepseek", "--since", "2026-01-01", "--until", "2025-01-01"], 2, "before --until"),
    ):
        done = apptrack("heatmap", *args)
        assert (done.returncode, done.stdout) == (code, "")
        assert words in done.stderr
