"""Storefronts by day: what a day says, the picture's three states, and the command."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import vl_convert
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.shop import apptrack
from tests.support.vegalite import is_vega_lite
from tracker.analysis import overtakes
from tracker.analysis.days import DAY, WEEK, LeadDays, RankDays, lead_days, rank_days
from tracker.analysis.waves import Passing
from tracker.errors import InvalidValue, NothingToShow
from tracker.model import App, Chart, Entry, Provenance, Series, Snapshot, Timeline
from tracker.plot import headline
from tracker.plot.grid.heatmap import (
    CLASSES,
    RAMP,
    _classes,
    class_of,
    draw_heatmap,
    heatmap_headline,
    ordered,
)
from tracker.plot.grid.heatwave import draw_wave, wave_headline
from tracker.plot.grid.plan import FLAT, cell_days
from tracker.plot.grid.words import never_ranked_words
from tracker.plot.style.colours import ALIKE, THEMES, distance
from tracker.plot.style.size import SIZES
from tracker.store import Reader, Store
from tracker.store.charts import storefronts_of
from tracker.storefronts import NAMES

START = datetime(2025, 3, 7, tzinfo=UTC)  # two days before New York's clocks go forward
CHART = Chart.parse("us/iphone/top-free/apps")
DEEPSEEK = App("6737597349", "DeepSeek", "deepseek", "#4D6BFE")
CHATGPT = App("6448311069", "ChatGPT", "chatgpt", "#10A37F")
ZONES = [UTC, ZoneInfo("Asia/Tokyo"), ZoneInfo("America/New_York"), ZoneInfo("Pacific/Apia")]

#: Hours from START and what was seen then, of one or two apps.
Looks = Mapping[float, int | None]
Spec = dict[str, Any]


def line(hours: Sequence[float], front: str = "us", **more: Any) -> Timeline:
    many = len(hours)
    kinds = more.get("provenances", (Provenance.RECORDED,) * many)
    chart = Chart(front, "iphone", "top-free", "apps")
    times = tuple(START + timedelta(hours=hour) for hour in hours)
    return Timeline(chart, more.get("source", "apple-rss"), times, (100,) * many, tuple(kinds))


def series(looks: Looks, front: str = "us", app: App = DEEPSEEK, **more: Any) -> Series:
    return Series(line(list(looks), front, **more), app, tuple(looks.values()))


def pair(
    looks: Mapping[float, tuple[int | None, int | None]], front: str = "us"
) -> tuple[Series, Series]:
    return (
        series({hour: ranks[0] for hour, ranks in looks.items()}, front),
        series({hour: ranks[1] for hour, ranks in looks.items()}, front, CHATGPT),
    )


# What a day says


def day_of(time: datetime, zone: Any, span: int) -> date:
    """The slow reading: walk back to the day, or the Monday, that the clock on the wall shows."""
    wall = time.astimezone(zone)
    while span == WEEK and wall.strftime("%a") != "Mon":
        wall -= timedelta(days=1)
    return date(wall.year, wall.month, wall.day)


any_looks = st.dictionaries(
    st.integers(0, 400).map(float),
    st.one_of(st.none(), st.integers(1, 100)),
    min_size=1,
    max_size=40,
).map(lambda found: dict(sorted(found.items())))


@settings(deadline=None)
@given(any_looks, st.sampled_from(ZONES), st.sampled_from([DAY, WEEK]))
def test_a_day_has_the_best_of_its_own_looks(
    looks: dict[float, int | None], zone: Any, span: int
) -> None:
    told = rank_days(series(looks), zone, span)
    times = {START + timedelta(hours=hour): rank for hour, rank in looks.items()}
    assert [day.date for day in told.days] == sorted({day_of(time, zone, span) for time in times})
    for day in told.days:
        own = {time: rank for time, rank in times.items() if day_of(time, zone, span) == day.date}
        ranked = [rank for rank in own.values() if rank is not None]
        assert day.looks == len(own)
        assert day.ranked == len(ranked)
        assert day.best == (min(ranked) if ranked else None)
        first = min((time for time in own if own[time] == day.best), default=None)
        assert day.at == (first if ranked else max(own))


any_pairs = st.dictionaries(
    st.integers(0, 200).map(float),
    st.sampled_from([(1, 2), (2, 1), (3, None), (None, 3), (None, None), (5, 9), (9, 5)]),
    min_size=1,
    max_size=40,
).map(lambda found: dict(sorted(found.items())))


@settings(deadline=None)
@given(any_pairs, st.sampled_from(ZONES), st.sampled_from([DAY, WEEK]))
def test_a_day_belongs_to_who_was_ahead_at_its_last_determined_look(
    looks: dict[float, tuple[int | None, int | None]], zone: Any, span: int
) -> None:
    a, b = pair(looks)
    (told,) = lead_days([(a, b)], zone, span)
    for day in told.days:
        own = [
            (time, ranks)
            for hour, ranks in looks.items()
            if day_of(time := START + timedelta(hours=hour), zone, span) == day.date
        ]
        never = not any(a.ranks) or not any(b.ranks)
        determined = [(time, ranks) for time, ranks in own if ranks != (None, None) and not never]
        at, ranks = (determined or own)[-1]
        assert (day.looks, day.at) == (len(own), at)
        ahead = DEEPSEEK if (ranks[0] or 999) < (ranks[1] or 999) else CHATGPT
        assert day.leader == (ahead if determined else None)
    every = [change for day in told.days for change in day.changes]
    assert tuple(every) == overtakes(a, b)
    for day in told.days:
        assert all(day_of(change.by, zone, span) == day.date for change in day.changes)


def test_a_day_of_another_zone_begins_elsewhere() -> None:
    looks = series({10: 3, 20: 1})
    assert [day.best for day in rank_days(looks).days] == [1]
    tokyo = rank_days(looks, ZoneInfo("Asia/Tokyo")).days
    assert [(day.date.day, day.best) for day in tokyo] == [(7, 3), (8, 1)]


# The picture


def three() -> list[RankDays]:
    return [
        rank_days(series({0: 7, 24: 1, 72: None}, "us")),
        rank_days(series({0: None, 24: None, 72: None}, "nl")),
        rank_days(series({24: 40, 48: 3}, "de")),
    ]


def rows(spec: Spec, name: str) -> list[dict[str, Any]]:
    return list(spec["datasets"].get(name, ()))


def layers(spec: Spec, name: str) -> list[Spec]:
    return [layer for layer in spec["layer"] if layer["data"]["name"] == name]


def test_ranked_unranked_and_unobserved_are_drawn_and_named_apart() -> None:
    spec = draw_heatmap(DEEPSEEK, three())
    ranked = {(row["s"], row["c"]): row["r"] for row in rows(spec, "cells")}
    assert ranked == {("us", 0): 7, ("us", 1): 1, ("de", 1): 40, ("de", 2): 3}
    flat = {(row["s"], row["c"]) for row in rows(spec, "flat cells")}
    assert flat == {("us", 3), ("nl", 0), ("nl", 1), ("nl", 3)}
    days = 86_400_000
    first = int(START.timestamp()) * 1000
    blank = {
        (row["s"], (row["t"] - first) // days, (row["u"] - first) // days)
        for row in rows(spec, "unobserved runs")
    }
    assert blank == {("us", 2, 3), ("nl", 2, 3), ("de", 0, 1), ("de", 3, 4)}
    marks = {name: layers(spec, name)[-1]["mark"]["type"] for name in ("flat runs", "cells")}
    assert marks == {"flat runs": "rule", "cells": "rect"}
    # A day without data has dots and no fill.
    dots, clear = layers(spec, "unobserved runs")
    assert "strokeDash" in dots["mark"]
    assert clear["mark"]["fill"] == "transparent"
    names = [row["name"] for name in spec["datasets"] if "legend" in name
             for row in rows(spec, name)]  # fmt: skip
    assert names[-2:] == ["not in the top 100", "no data"]
    assert names[:3] == ["No. 1", "2–3", "4–5"]


def test_the_legend_ends_with_what_was_looked_at() -> None:
    assert [_classes(deepest)[-1] for deepest in (1, 2, 3, 4, 25, 100, 300)] == [
        "No. 1", "2", "2–3", "4", "21–25", "51–100", "101–300",
    ]  # fmt: skip


def test_a_rank_is_drawn_in_its_class_of_the_logarithmic_scale() -> None:
    assert [class_of(rank) for rank in (1, 2, 3, 4, 5, 6, 10, 11, 100, 101, 300)] == [
        0, 1, 1, 2, 2, 3, 3, 4, 6, 7, 7,
    ]  # fmt: skip
    spec = draw_heatmap(DEEPSEEK, three())
    for row in rows(spec, "cells"):
        assert row["k"] == class_of(row["r"])
    (cells,) = layers(spec, "cells")
    assert cells["encoding"]["fill"]["scale"]["range"] == list(RAMP["light"][:7])


@pytest.mark.parametrize("theme", list(THEMES))
def test_every_class_can_be_told_from_its_neighbours_and_from_the_other_states(theme: str) -> None:
    ramp = RAMP[theme]
    assert len(ramp) == len(CLASSES)
    for number, colour in enumerate(ramp):
        for other in (*ramp[number + 1 :], FLAT[theme], THEMES[theme].background):
            assert distance(colour, other) > ALIKE, (colour, other)


def test_rows_stand_by_peak_by_debut_or_by_name() -> None:
    found = [
        rank_days(series({0: 5, 24: 1}, "us")),
        rank_days(series({0: None, 24: None, 48: 1}, "de")),
        rank_days(series({0: None}, "ar")),
        rank_days(series({0: None, 24: 2}, "fr")),
    ]

    def names(sort: Any) -> list[str]:
        return [row.chart.storefront for row in ordered(found, sort)]

    assert names("peak") == ["us", "de", "fr", "ar"]
    # Of one week, and so on a phone of five years, it is the day that counts.
    weeks = [rank_days(series({72: 5, hour: 1}, code), span=WEEK) for code, hour in
             (("ar", 120), ("us", 100))]  # fmt: skip
    assert [row.chart.storefront for row in ordered(weeks)] == ["us", "ar"]
    assert names("first") == ["us", "fr", "de", "ar"]
    assert names("name") == ["ar", "fr", "de", "us"]


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


def test_a_wave_stands_in_the_order_of_the_first_confirmed_overtake() -> None:
    told = wave_rows()
    assert [row.chart.storefront for row in told] == ["de", "us", "cn", "fr", "nl"]
    assert told[3].passage.passing is Passing.UNCONFIRMED
    spec = draw_wave((DEEPSEEK, CHATGPT), told)
    (cells,) = layers(spec, "cells")
    assert cells["encoding"]["y"]["scale"]["domain"] == ["de", "us", "cn", "fr", "nl"]


def test_a_wave_tells_both_leaders_undetermined_and_unobserved_apart() -> None:
    spec = draw_wave((DEEPSEEK, CHATGPT), wave_rows())
    high = {(row["s"], row["c"]) for row in rows(spec, "cells")}
    low = {(row["s"], row["c"]) for row in rows(spec, "low cells")}
    assert ("us", 2) in high
    assert ("us", 1) in low
    assert [(row["s"], row["c"]) for row in rows(spec, "flat cells")] == [("nl", 3)]
    assert ("de", 3) not in high | low
    # Not by colour alone.
    assert layers(spec, "low cells")[0]["mark"]["height"]["band"] < 0.6
    changed = {(row["s"], row["c"], row["h"]) for row in rows(spec, "changes")}
    assert changed == {("us", 2, 1), ("de", 1, 1), ("fr", 0, 2)}


# Words


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (three(), "DeepSeek was seen at number one in 1 of 3 storefronts, 7–10 Mar 2025"),
        ([rank_days(series({0: 2}, "us")), rank_days(series({0: 2}, "de"))],
         "DeepSeek was seen as high as number 2 in both storefronts (United States and Germany), "
         "7 Mar 2025"),
        ([rank_days(series({0: 4, 24: 3}, "us"))],
         "DeepSeek was seen as high as number 3 in the United States storefront, 7–8 Mar 2025"),
        ([rank_days(series({0: None}, "us")), rank_days(series({0: None}, "de"))],
         "DeepSeek was never in the top 100 of 2 storefronts, 7 Mar 2025"),
        ([rank_days(series({0: 1, 24: 2, 30: 1, 48: 2}))],
         "DeepSeek was seen at number one on 2 of 3 days looked at in the United States "
         "storefront, 7–9 Mar 2025"),
        ([rank_days(series({0: 1, 240: 1}))],
         "DeepSeek was seen at number one on both days looked at in the United States "
         "storefront, 7–17 Mar 2025"),
        ([rank_days(series({0: 1}))],
         "DeepSeek was seen at number one in the United States storefront, 7 Mar 2025"),
        ([rank_days(series({0: 4, 1: 5}), span=WEEK)],
         "DeepSeek was seen at number 4 in the United States storefront, 7 Mar 2025"),
        ([rank_days(series({24 * day: 1 + (day > 0) for day in range(1000)}), span=WEEK)],
         "DeepSeek was seen at number one on 1 of 1,000 days looked at in the United States "
         "storefront, 7 Mar 2025 – 1 Dec 2027"),
    ],
)  # fmt: skip
def test_the_headline_of_a_heatmap(found: list[RankDays], expected: str) -> None:
    assert heatmap_headline(DEEPSEEK, found) == expected


def test_the_headline_of_a_wave() -> None:
    apps = (DEEPSEEK, CHATGPT)
    assert wave_headline(apps, wave_rows()) == (
        "DeepSeek passed ChatGPT in 2 of 5 storefronts, "
        "seen first in Germany between 7 Mar 2025 00:00 and 8 Mar 00:00 UTC; "
        "ahead in 3 of 5 at the last snapshot"
    )
    never = lead_days([pair({0: (2, 1), 24: (2, 1)}, front) for front in ("us", "de")])
    assert wave_headline(apps, never) == (
        "DeepSeek was ahead of ChatGPT in none of 2 storefronts at the last snapshot, "
        "with no confirmed overtake, 7–8 Mar 2025"
    )
    one = lead_days([pair({0: (2, 1)})])
    assert (
        wave_headline(apps, one) == "ChatGPT was ahead of DeepSeek at the one snapshot, 7 Mar 2025"
    )
    alone = lead_days([pair({0: (2, None)})])
    assert wave_headline(apps, alone) == (
        "DeepSeek was ranked and ChatGPT was not at the one snapshot, 7 Mar 2025"
    )


def test_a_wave_that_rolled_the_other_way_says_so() -> None:
    apps = (DEEPSEEK, CHATGPT)
    fronts = [
        pair({0: (1, 2), 24: (2, 1), 48: (2, 1)}, "us"),
        pair({0: (1, 2), 24: (1, 2), 48: (2, 1), 72: (2, 1)}, "de"),
        pair({0: (1, 2), 24: (1, 2)}, "jp"),
    ]
    rows = lead_days(fronts)
    assert wave_headline(apps, rows) == (
        "DeepSeek did not pass ChatGPT in any of 3 storefronts, ChatGPT passed DeepSeek in 2 of 3; "
        "DeepSeek ahead in 1 of 3 at the last snapshot, 7–10 Mar 2025"
    )
    assert "rows in the order of" not in json.dumps(draw_wave(apps, rows))
    assert "rows in the order of" in json.dumps(draw_wave(apps, wave_rows()))
    # A pass that was undone is not called none; to win the lead back is an overtake too.
    undone = lead_days([*fronts, pair({0: (2, 1), 1: (1, 2), 2: (2, 1), 24: (2, 1)}, "fr")])
    assert wave_headline(apps, undone).startswith(
        "DeepSeek has no confirmed overtake of ChatGPT in any of 4 storefronts, "
        "ChatGPT passed DeepSeek in 3 of 4; "
    )
    alone = lead_days([fronts[0], pair({0: (1, None)}, "fr")])
    assert wave_headline(apps, alone).startswith(
        "DeepSeek did not pass ChatGPT in the 1 storefront that ranked both, "
        "ChatGPT passed DeepSeek there; DeepSeek ahead in 0 of 1 at the last snapshot"
    )


def test_a_storefront_that_never_ranked_one_of_them_is_drawn_and_counted_apart() -> None:
    apps = (DEEPSEEK, CHATGPT)
    pairs = [
        pair({0: (2, 1), 24: (1, 2), 48: (1, 2)}, "us"), pair({0: (2, 1), 48: (2, 1)}, "de"),
        pair({0: (1, None)}, "jp"), pair({0: (None, 1)}, "fr"), pair({0: (None, None)}, "it"),
    ]  # fmt: skip
    rows = lead_days(pairs)
    assert wave_headline(apps, rows) == (
        "DeepSeek passed ChatGPT in 1 of 2 storefronts that ranked both, the United States, "
        "between 7 Mar 2025 00:00 and 8 Mar 00:00 UTC; ahead in 1 of 2 at the last snapshot"
    )
    assert never_ranked_words(rows) == (
        "Never ranked: DeepSeek in France; both in Italy; ChatGPT in Japan"
    )
    assert wave_headline(apps, rows[2:]) == (
        "No storefront of 3 ranked both DeepSeek and ChatGPT, 7 Mar 2025"
    )
    leaders = {row.chart.storefront: {day.leader for day in row.days} for row in rows}
    assert leaders["jp"] == leaders["fr"] == {None}
    drawn = json.dumps(draw_wave(apps, rows), ensure_ascii=False)
    assert "neither in the top 100, or one never ranked" in drawn
    assert '"ChatGPT never ranked"' in drawn
    assert "one never ranked" not in json.dumps(draw_wave(apps, rows[:2]))


@pytest.mark.parametrize(
    "looks",
    [
        {0: (2, 1), 24: (1, 2), 48: (1, 2), 72: (2, 1), 96: (2, 1), 120: (1, 2), 144: (1, 2)},
        {0: (2, 1), 24: (1, 2), 48: (1, 2), 72: (2, 1)},
        {0: (1, 2), 24: (1, 2)},
        {0: (None, None), 24: (None, None)},
    ],
)
def test_of_one_storefront_wave_and_curve_say_the_same(looks: Any) -> None:
    both = pair(looks)
    for confirm in (1, 2):
        rows = lead_days([both], confirm=confirm)
        told = wave_headline((DEEPSEEK, CHATGPT), rows, confirm=confirm)
        assert told == headline(both, confirm)


def test_a_week_tells_only_the_days_that_were_looked_at() -> None:
    """7 March 2025 is a Friday: its week began on the third, unseen."""
    looks = series({0: 5, 24: 1, 72: 1, 120: 2})
    spec = draw_heatmap(DEEPSEEK, [rank_days(looks, span=WEEK)], span=WEEK)
    assert spec["usermeta"]["title"].endswith(
        "number one on 2 of 4 days looked at in the United States storefront, 7–12 Mar 2025"
    )
    assert spec["title"]["subtitle"][1].endswith(", coverage 100%, on 66.6% of the days")
    told = [(row["r"], row["e"]) for row in rows(spec, "cells")]
    assert told == [(1, "2 of its 7 days, 7–8 Mar 2025"), (1, "2 of its 7 days, 10–12 Mar 2025")]
    assert "'Observed': datum.e" in layers(spec, "cells")[0]["encoding"]["tooltip"]["value"]["expr"]
    both = lead_days([pair({0: (1, 2), 24: (2, 1)})], span=WEEK)
    (cell,) = rows(draw_wave((DEEPSEEK, CHATGPT), both, span=WEEK), "low cells")
    assert cell["e"] == "2 of its 7 days, 7–8 Mar 2025"
    assert "e" not in rows(draw_heatmap(DEEPSEEK, three()), "cells")[0]


def test_beneath_the_rows_stands_what_a_cell_says_and_when_it_was_drawn() -> None:
    now = datetime(2025, 4, 1, 23, tzinfo=UTC)
    days = draw_heatmap(DEEPSEEK, three(), now=now, zone=ZoneInfo("Asia/Tokyo"))
    (foot,) = rows(days, "feet")
    assert foot["text"] == [
        "A cell is the best rank that a snapshot of its day showed. Drawn 2 Apr 2025."
    ]
    assert foot["y"] + 17 * len(foot["text"]) <= days["height"] + days["padding"]["bottom"]
    weeks = draw_wave((DEEPSEEK, CHATGPT), wave_rows(), span=WEEK, size=(320, 320))
    (foot,) = rows(weeks, "feet")
    assert " ".join(foot["text"]) == (
        "A cell shows who was ahead at the last snapshot of its week that found either app."
    )


def test_lines_break_no_date_and_begin_with_no_dot() -> None:
    long = [rank_days(series({0: 1, 24 * 60: 2}, code), span=WEEK) for code in ("us", "de", "fr")]
    for wide in range(320, 500, 10):
        title = draw_heatmap(DEEPSEEK, long, span=WEEK, size=(wide, 640))["title"]
        assert any("7 Mar – 6 May 2025" in line for line in title["text"]), title["text"]
        # Nor a number from what it counts.
        assert not any(line.startswith(("%", "deep")) for line in title["subtitle"])
        assert not any(line[0] in "·" or line[-1] in "·" for line in title["subtitle"])


def test_what_was_not_recorded_is_said() -> None:
    kinds = [Provenance.RECONSTRUCTED, Provenance.RECORDED]
    found = [rank_days(series({0: 3, 24: 1}, provenances=kinds))]
    spec = draw_heatmap(DEEPSEEK, found)
    assert heatmap_headline(DEEPSEEK, found).startswith("Reconstruction: DeepSeek was")
    assert spec["title"]["subtitle"][-1].startswith("In part reconstruction: played from")
    assert [row["p"] for row in rows(spec, "cells")] == ["reconstructed", "recorded"]
    all_of_it = [rank_days(series({0: 3}, provenances=[Provenance.IMPORTED]))]
    told = draw_heatmap(DEEPSEEK, all_of_it)["title"]["subtitle"][-1]
    assert told == "Imported from a file; not recorded by this program"


def test_the_subtitle_tells_source_zone_and_coverage() -> None:
    lines = draw_heatmap(DEEPSEEK, three(), zone=ZoneInfo("Asia/Tokyo"))["title"]["subtitle"]
    assert lines == [
        "iPhone · top free · apps, games not included · days in Asia/Tokyo · "
        "rows by best rank and the day it was reached",
        "Source: Apple's RSS feed (apple-rss), 3 storefronts, top 100, 2–3 snapshots each, "
        "at most 2 days apart, coverage 33.3% where known, on 66.6% of the days",
    ]
    mixed = [*three(), rank_days(series({0: 1}, "fr", source="web-charts"))]
    assert (
        "Sources: apple-rss for 3 storefronts, web-charts for 1, 4 storefronts, top 100, "
        "1–3 snapshots each" in (draw_heatmap(DEEPSEEK, mixed)["title"]["subtitle"][1])
    )


def test_days_too_narrow_are_weeks() -> None:
    assert [cell_days(days, SIZES["wide"]) for days in (1, 365, 502, 503, 1826)] == [1, 1, 1, 7, 7]
    # The sheet of a phone has 504 points.
    assert [cell_days(days, SIZES["story"]) for days in (169, 170)] == [1, 7]
    assert cell_days(30, (320, 320)) == 1
    years = rank_days(series({24 * n: 1 + n % 90 for n in range(800)}), span=WEEK)
    spec = draw_heatmap(DEEPSEEK, [years], span=WEEK)
    assert len(rows(spec, "cells")) == 115
    assert "weeks from Monday in UTC" in spec["title"]["subtitle"][0]
    (cells,) = layers(spec, "cells")
    (begin,) = (one for one in cells["transform"] if one["as"] == "t")
    first = datetime.fromtimestamp(int(begin["calculate"].split()[0]) / 1000, UTC)
    assert first.strftime("%a %H:%M") == "Mon 00:00"


# Files


def test_both_maps_are_valid_and_have_nothing_to_warn_of(
    capfd: pytest.CaptureFixture[str],
) -> None:
    nasty = App("6737597349", "</script><b>x")
    for spec in (
        draw_heatmap(nasty, three(), theme="dark"),
        draw_heatmap(DEEPSEEK, three()[:1], size=(400, 400)),
        draw_wave((DEEPSEEK, CHATGPT), wave_rows()),
    ):
        text = json.dumps(spec)
        assert is_vega_lite(json.loads(text))
        assert not is_vega_lite(json.loads(text.replace('"utc"', '"utd"')))
        svg = vl_convert.vegalite_to_svg(spec, show_warnings=True)
        assert "no data" in svg
        assert "<b>" not in svg
    assert capfd.readouterr().err == ""


def test_a_picture_grows_with_its_rows() -> None:
    many = [rank_days(series({0: 1, 24: 2}, code)) for code in NAMES]
    high = draw_heatmap(DEEPSEEK, many)["height"]
    assert high >= 11 * len(many)
    assert draw_heatmap(DEEPSEEK, many[:1])["height"] <= 30


@pytest.mark.parametrize("days", [1, 2, 3, 5])
def test_each_of_a_few_days_has_one_tick(days: int) -> None:
    spec = draw_heatmap(DEEPSEEK, [rank_days(series({24 * day: 1 for day in range(days)}))])
    (axis,) = [layer["encoding"]["x"]["axis"] for layer in spec["layer"]
               if layer["data"]["name"] == "cells"]  # fmt: skip
    assert len(axis["values"]) == days
    assert len({value // 86_400_000 for value in axis["values"]}) == days


@pytest.mark.parametrize("size", list(SIZES.values()))
def test_the_size_is_the_width_and_that_of_a_phone_has_larger_type(size: tuple[int, int]) -> None:
    codes = [
        "us",
        "de",
        "fr",
        "jp",
        "gb",
        "it",
        "es",
        "pt",
        "nl",
        "se",
        "no",
        "fi",
        "dk",
        "pl",
        "cz",
        "at",
        "ch",
        "be",
        "ie",
        "gr",
    ]
    twenty = [rank_days(series({0: 1, 24: 2}, code)) for code in codes]
    spec = draw_heatmap(DEEPSEEK, twenty, size=size)
    padding, told = spec["padding"], spec["usermeta"]
    wide = padding["left"] + spec["width"] + padding["right"]
    high = padding["top"] + spec["height"] + padding["bottom"]
    assert (told["zoom"] > 2) == (size[0] == 1080)
    assert told["size"][0] == size[0] == pytest.approx(wide * told["zoom"])
    assert told["size"][1] == pytest.approx(high * told["zoom"], abs=1)
    # Twenty storefronts are a story, and in a phone's 390 pixels their names can be read.
    if size == SIZES["story"]:
        assert told["size"][1] <= size[1]
        assert 12 * told["zoom"] * 390 / size[0] > 9


def test_nothing_and_nonsense_are_refused() -> None:
    with pytest.raises(NothingToShow):
        draw_heatmap(DEEPSEEK, [])
    with pytest.raises(InvalidValue, match="light, dark"):
        draw_heatmap(DEEPSEEK, three(), theme="sepia")
    with pytest.raises(InvalidValue, match="320"):
        draw_heatmap(DEEPSEEK, three(), size=(100, 400))


# The database and the command

DB = Path("data/apptrack.db")


def save(front: str, *charts: Sequence[str], source: str = "apple-rss", begin: int = 0) -> None:
    """One snapshot a day of a storefront; each is the app ids in their order."""
    DB.parent.mkdir(exist_ok=True)
    with Store(DB) as store:
        for day, ids in enumerate(charts, begin):
            entries = tuple(Entry(rank, one, f"App {one}") for rank, one in enumerate(ids, 1))
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


def test_the_command_draws_and_tells_the_headline() -> None:
    world()
    done = apptrack("heatmap", "deepseek")
    assert done.stdout.splitlines() == [
        "charts/heatmap-deepseek.html",
        "DeepSeek was seen at number one in 2 of 3 storefronts, 7–9 Mar 2025",
    ]
    assert done.stderr == ""
    page = Path("charts/heatmap-deepseek.html").read_text("utf-8")
    assert "<!doctype html>" in page[:20]
    sheets = re.findall(r'"from":(\d+),"most":(\d+)', page)
    assert sheets == [("1000", "1200"), ("650", "1014"), ("0", "488")]
    done = apptrack("heatmap", "--wave", "deepseek", "chatgpt", "-o", "w.svg", "--theme", "dark")
    assert done.stdout.splitlines()[1] == (
        "DeepSeek passed ChatGPT in 1 of 1 storefront that ranked both, "
        "the United States, between 7 Mar 2025 00:00 and 8 Mar 00:00 UTC; "
        "ahead in 1 of 1 at the last snapshot"
    )
    assert Path("w.svg").read_text("utf-8").startswith("<svg")


def test_a_zone_has_days_and_words_of_its_own() -> None:
    world()
    done = apptrack(
        "heatmap", "--wave", "deepseek", "chatgpt", "--tz", "America/New_York", "-o", "w.json"
    )
    between = "the United States, between 6 Mar 2025 19:00 and 7 Mar 19:00 UTC−5; "
    assert between in done.stdout.splitlines()[1]
    spec = json.loads(Path("w.json").read_text("utf-8"))
    assert "days in America/New_York" in spec["title"]["subtitle"][0]
    assert "United States passed by 2025-03-07" in spec["description"]
    (cells,) = layers(spec, "cells")
    assert "'Last snapshot (America/New_York)'" in cells["encoding"]["tooltip"]["value"]["expr"]
    # The day's own clock: a look at midnight of UTC is one of the evening before.
    assert {row["a"] for row in rows(spec, "cells")} == {19 * 60}
    # In New York the clocks were put forward on the 9th.
    march = [rank_days(series({0: 3, 47: 2, 72: 1}), ZoneInfo("America/New_York"))]
    found = draw_heatmap(DEEPSEEK, march, zone=ZoneInfo("America/New_York"))
    assert [row["a"] for row in rows(found, "cells")] == [19 * 60, 18 * 60, 20 * 60]
    assert (
        "' America/New_York'" in layers(found, "cells")[0]["encoding"]["tooltip"]["value"]["expr"]
    )


def test_each_storefront_has_its_own_first_source_and_json_no_unobserved_day() -> None:
    world()
    told = json.loads(apptrack("heatmap", "deepseek", "--json").stdout)
    days = [(row["storefront"], row["source"], row["day"], row["best_rank"]) for row in told]
    assert days == [
        ("de", "apple-rss", "2025-03-08", None),
        ("de", "apple-rss", "2025-03-09", None),
        ("jp", "itunes-rss", "2025-03-07", 1),
        ("us", "apple-rss", "2025-03-07", 2),
        ("us", "apple-rss", "2025-03-08", 1),
        ("us", "apple-rss", "2025-03-09", 1),
    ]
    assert not Path("charts").exists()
    one = json.loads(apptrack("heatmap", "deepseek", "--json", "--source", "web-charts").stdout)
    assert [(row["storefront"], row["state"]) for row in one] == [("jp", "unranked")]
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
