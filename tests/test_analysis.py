"""Analysis against the definitions: by example, by a slow reading of them, and on recordings."""

from __future__ import annotations

import csv
import gzip
import math
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracker.analysis import (
    Bounds,
    Coverage,
    Gap,
    Kind,
    LeadSpan,
    Overtake,
    Status,
    cadence,
    coverage,
    coverage_of,
    gaps,
    held,
    lead_spans,
    leaders,
    longest_normal_spacing,
    overtakes,
    stats,
    time_ahead,
)
from tracker.errors import InvalidValue
from tracker.model import App, Chart, Provenance, Series, Timeline, iso

SHARED = Path(__file__).parents[1] / ".." / "shared"
START = datetime(2025, 1, 20, tzinfo=UTC)
CHART = Chart.parse("us/iphone/top-free/apps")
A, B, C = App("6737597349", "DeepSeek"), App("6448311069", "ChatGPT"), App("100", "Filler 00")

Ranks = Sequence[int | None]


def timeline(hours: Sequence[float], depth: int = 100) -> Timeline:
    times = tuple(START + timedelta(hours=hour) for hour in hours)
    many = len(times)
    return Timeline(CHART, "apple-rss", times, (depth,) * many, (Provenance.RECORDED,) * many)


def hour(number: float) -> datetime:
    return START + timedelta(hours=number)


def pair(a: Ranks, b: Ranks, hours: Sequence[float] | None = None) -> tuple[Series, Series]:
    line = timeline(hours if hours is not None else range(len(a)))
    return Series(line, A, tuple(a)), Series(line, B, tuple(b))


def summary_of(overtakes: Sequence[Overtake]) -> list[tuple[str, Kind, Status]]:
    return [(change.winner.name, change.kind, change.status) for change in overtakes]


# Time


def test_a_gap_is_longer_than_one_and_a_half_times_the_third_quartile() -> None:
    # Nine spacings of an hour and one of 90 minutes: not longer, so no gap; one of 91 is.
    line = timeline([*range(10), 10.5])
    assert longest_normal_spacing(line) == 1.5 * 3_600
    assert gaps(line) == ()
    wide = timeline([*range(10), 9 + 91 / 60])
    assert gaps(wide) == (Gap(hour(9), hour(9 + 91 / 60)),)


@pytest.mark.parametrize(
    ("spacings", "place"),
    # n spacings of 1, 2, 3 … hours: floor(0.75 n) of them.
    [(2, 1), (3, 2), (4, 3), (5, 3), (6, 4), (7, 5), (8, 6), (10, 7), (11, 8), (12, 9)],
)
def test_the_normal_spacing_is_the_one_at_three_quarters_rounded_down(
    spacings: int, place: int
) -> None:
    line = timeline([*accumulate(range(spacings + 1))])
    assert longest_normal_spacing(line) == 1.5 * place * 3_600


def test_one_spacing_alone_is_a_gap_and_has_no_coverage() -> None:
    line = timeline([0, 5])
    assert gaps(line) == (Gap(hour(0), hour(5)),)
    assert coverage(line) is None
    assert coverage_of(line) == Coverage(2, 5 * 3_600, 5 * 3_600, None, 1)


@pytest.mark.parametrize("snapshots", [0, 1])
def test_below_two_snapshots_nothing_is_said_of_time(snapshots: int) -> None:
    line = timeline(range(snapshots))
    assert longest_normal_spacing(line) == 0
    assert gaps(line) == ()
    assert coverage(line) is None
    assert cadence(line) is None


def test_coverage_is_the_share_that_is_no_gap() -> None:
    line = timeline([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 20])
    assert coverage(line) == pytest.approx(0.5)
    assert cadence(line) == 3_600


def test_how_long_something_held_has_two_bounds() -> None:
    line = timeline([*range(10), 19])  # the last spacing is a gap of 10 hours
    holds = [False, True, True, True, *[False] * 5, True, True]
    # Whole at both ends: two hours. At either end: four around them, one more, and the gap.
    assert held(line, holds) == Bounds(2 * 3_600, (4 + 1 + 10) * 3_600)


# Overtakes


def test_a_pass_is_the_interval_between_two_snapshots() -> None:
    (change,) = overtakes(*pair([5, 3, 1, 1], [1, 2, 2, 2]))
    assert change.to_json() == {
        "id": "apple-rss:us/iphone/top-free/apps@2025-01-20T02:00:00Z,6737597349,6448311069",
        "winner_id": "6737597349",
        "loser_id": "6448311069",
        "after": "2025-01-20T01:00:00Z",
        "by": "2025-01-20T02:00:00Z",
        "kind": "pass",
        "status": "confirmed",
        "gap": False,
        "winner_rank_before": 3,
        "winner_rank_after": 1,
        "loser_rank_before": 2,
        "loser_rank_after": 2,
        "held_seconds": 3_600,
        "depth_before": 100,
        "depth_after": 100,
        "provenance_before": "recorded",
        "provenance_after": "recorded",
        "winner": "DeepSeek",
        "loser": "ChatGPT",
        "chart": "us/iphone/top-free/apps",
        "source": "apple-rss",
    }
    assert change.held_until == hour(3)


@pytest.mark.parametrize(
    ("a", "b", "kind"),
    [
        ([9, 1], [2, 2], Kind.PASS),
        ([None, 1], [2, 2], Kind.ENTRY),
        ([9, 9], [2, None], Kind.EXIT),
        ([None, 1], [2, None], Kind.EXCHANGE),
    ],
)
def test_the_kind_shows_who_was_unranked(a: Ranks, b: Ranks, kind: Kind) -> None:
    assert summary_of(overtakes(*pair(a, b))) == [("DeepSeek", kind, Status.PENDING)]


def test_snapshots_that_rank_neither_are_passed_over() -> None:
    (change,) = overtakes(*pair([5, None, None, 1, 1], [1, None, None, 2, 2]))
    assert (change.after, change.by, change.kind) == (hour(0), hour(3), Kind.PASS)


def test_a_lead_lost_too_soon_is_a_flip_and_a_new_one_is_pending() -> None:
    changes = overtakes(*pair([2, 1, 3, 3, 1], [1, 2, 2, 2, 2]))
    assert summary_of(changes) == [
        ("DeepSeek", Kind.PASS, Status.FLIP),
        ("ChatGPT", Kind.PASS, Status.CONFIRMED),
        ("DeepSeek", Kind.PASS, Status.PENDING),
    ]


def test_the_number_of_confirming_snapshots_is_a_parameter() -> None:
    series = pair([2, 1, 1, 3, 3, 3], [1, 2, 2, 2, 2, 2])
    assert [c.status for c in overtakes(*series, confirm=1)] == [Status.CONFIRMED] * 2
    assert [c.status for c in overtakes(*series, confirm=3)] == [Status.FLIP, Status.CONFIRMED]
    assert [c.status for c in overtakes(*series, confirm=4)] == [Status.FLIP, Status.PENDING]
    with pytest.raises(InvalidValue):
        overtakes(*series, confirm=0)


def test_a_gap_within_the_interval_is_reported_also_next_to_undetermined_snapshots() -> None:
    hours = [*range(12), 22, 23]
    a = [5] * 10 + [None, None, None, 1]
    b = [2] * 10 + [None, None, None, 2]
    (change,) = overtakes(*pair(a, b, hours))
    assert (change.after, change.by, change.gap) == (hour(9), hour(23), True)
    (before,) = overtakes(*pair([5] * 11 + [1] * 3, [2] * 14, hours))
    assert before.gap is False


def test_series_of_two_timelines_are_not_compared() -> None:
    a, _ = pair([1, 1], [2, 2])
    other = Series(timeline([0, 2]), B, (2, 2))
    for ask in (overtakes, time_ahead):
        with pytest.raises(InvalidValue):
            ask(a, other)


# Leads


def test_a_lead_holds_until_the_next_snapshot_and_never_over_a_gap() -> None:
    hours = [*range(11), 30, 31, 32]
    a = [1] * 5 + [3] * 6 + [3, None, None]
    b = [2] * 5 + [2] * 6 + [2, None, None]
    assert lead_spans(pair(a, b, hours)) == (
        LeadSpan(hour(0), hour(5), A),
        LeadSpan(hour(5), hour(10), B),
        LeadSpan(hour(30), hour(31), B),
        LeadSpan(hour(31), hour(32), None),
    )


def test_of_three_apps_the_best_rank_leads() -> None:
    line = timeline(range(3))
    series = [
        Series(line, app, ranks)
        for app, ranks in ((A, (3, None, None)), (B, (2, 5, None)), (C, (1, 9, None)))
    ]
    assert leaders(series) == [2, 1, None]


def test_time_ahead_has_two_bounds() -> None:
    a, b = pair([1, 1, 3, 3], [2, 2, 2, 2])
    assert time_ahead(a, b) == Bounds(3_600, 2 * 3_600)
    assert time_ahead(b, a) == Bounds(3_600, 2 * 3_600)


# Figures


def test_the_figures_of_an_app_never_ranked() -> None:
    figures = stats(Series(timeline(range(3)), A, (None, None, None)))
    assert figures.to_json() == {
        "app_id": "6737597349",
        "snapshots": 3,
        "longest_spacing_seconds": 3_600,
        "ranked": 0,
        "peak_rank": None,
        "peak_at": None,
        "at_1_seconds_lower": 0,
        "at_1_seconds_upper": 0,
        "median_rank": None,
        "volatility_per_day": None,
        "gaps": 0,
        "coverage": 1.0,
        "top_10_seconds_lower": 0,
        "top_10_seconds_upper": 0,
        "on_chart_seconds_lower": 0,
        "on_chart_seconds_upper": 0,
        "days_ranked": 0,
        "debut_after": None,
        "debut_by": None,
        "drop_outs": [],
        "name": "DeepSeek",
        "chart": "us/iphone/top-free/apps",
        "source": "apple-rss",
    }


@pytest.mark.parametrize("ranks", [(), (1,), (None,)])
def test_the_figures_of_one_snapshot_or_none(ranks: tuple[int | None, ...]) -> None:
    figures = stats(Series(timeline(range(len(ranks))), A, ranks))
    assert (figures.observed.share, figures.volatility_per_day) == (None, None)
    assert figures.at_1 == Bounds(0, 0)
    assert figures.median_rank == (ranks[0] if ranks else None)


def test_the_peak_is_at_its_first_snapshot() -> None:
    figures = stats(Series(timeline(range(4)), A, (9, 2, None, 2)))
    assert (figures.peak_rank, figures.peak_at) == (2, hour(1))


def test_the_median_is_the_lower_one_and_unranked_is_worse_than_any_rank() -> None:
    line = timeline(range(4))
    assert stats(Series(line, A, (4, 8, None, None))).median_rank == 8
    assert stats(Series(line, A, (4, None, None, None))).median_rank is None


def test_volatility_is_the_way_on_the_logarithmic_axis_per_day() -> None:
    figures = stats(Series(timeline([0, 12, 24]), A, (2, 4, 2)))
    assert figures.volatility_per_day == pytest.approx(2 * math.log(2))


def test_what_happened_within_a_gap_is_no_volatility() -> None:
    hours = [*range(11), 30]
    figures = stats(Series(timeline(hours), A, (*[2] * 11, 90)))
    assert figures.volatility_per_day == 0


def test_an_id_that_is_a_package_name_stays_text() -> None:
    series = Series(timeline(range(2)), App("com.openai.chat", "ChatGPT"), (1, 1))
    assert stats(series).to_json()["app_id"] == "com.openai.chat"


# The definitions, read slowly


def slow_overtakes(a: Series, b: Series, confirm: int) -> list[dict[str, Any]]:
    """Word for word: look at every pair of determined snapshots that follow each other."""
    times = a.timeline.times
    rank = {"a": a.ranks, "b": b.ranks}
    app = {"a": a.app, "b": b.app}

    def ahead(index: int) -> str | None:
        ours, theirs = rank["a"][index], rank["b"][index]
        if ours is None and theirs is None:
            return None
        if theirs is None or (ours is not None and ours < theirs):
            return "a"
        return "b"

    spaces = sorted((later - earlier).total_seconds() for earlier, later in pairwise(times))
    normal = 1.5 * spaces[math.floor(len(spaces) * 0.75) - 1] if len(spaces) > 1 else 0
    determined = [index for index in range(len(times)) if ahead(index)]
    result = []
    for place in range(1, len(determined)):
        before, after = determined[place - 1], determined[place]
        winner, loser = ahead(after), ahead(before)
        assert winner is not None
        assert loser is not None
        if winner == loser:
            continue
        lead = [after]
        for index in determined[place + 1 :]:
            if ahead(index) != winner:
                break
            lead.append(index)
        lost = place + len(lead) < len(determined)
        entered, left = rank[winner][before] is None, rank[loser][after] is None
        inner = pairwise(times[before : after + 1])
        result.append(
            {
                "id": f"{a.timeline.source}:{a.timeline.chart}@{iso(times[after])},"
                f"{app[winner].app_id},{app[loser].app_id}",
                "winner_id": app[winner].app_id,
                "loser_id": app[loser].app_id,
                "after": iso(times[before]),
                "by": iso(times[after]),
                "kind": {
                    (False, False): "pass",
                    (True, False): "entry",
                    (False, True): "exit",
                    (True, True): "exchange",
                }[entered, left],
                "status": "confirmed" if len(lead) >= confirm else "flip" if lost else "pending",
                "gap": any((later - first).total_seconds() > normal for first, later in inner),
                "winner_rank_before": rank[winner][before],
                "winner_rank_after": rank[winner][after],
                "loser_rank_before": rank[loser][before],
                "loser_rank_after": rank[loser][after],
                "held_seconds": int((times[lead[-1]] - times[after]).total_seconds()),
                "depth_before": a.timeline.depths[before],
                "depth_after": a.timeline.depths[after],
                "provenance_before": a.timeline.provenances[before].value,
                "provenance_after": a.timeline.provenances[after].value,
                "winner": app[winner].name,
                "loser": app[loser].name,
                "chart": str(a.timeline.chart),
                "source": a.timeline.source,
            }
        )
    return result


@st.composite
def two_series(draw: st.DrawFn) -> tuple[Series, Series]:
    """Two apps that never share a rank, now and then unranked, with gaps between the snapshots."""
    waits = draw(st.lists(st.sampled_from([1, 1, 1, 1, 2, 7]), max_size=25))
    hours = [0, *(sum(waits[: n + 1]) for n in range(len(waits)))]
    ranks = st.one_of(st.none(), st.integers(1, 4))
    both = draw(
        st.lists(
            st.tuples(ranks, ranks).filter(lambda two: two == (None, None) or two[0] != two[1]),
            min_size=len(hours),
            max_size=len(hours),
        )
    )
    return pair([a for a, _ in both], [b for _, b in both], hours)


@settings(max_examples=75, deadline=None)
@given(two_series(), st.integers(1, 4))
def test_overtakes_are_what_the_definition_says(two: tuple[Series, Series], confirm: int) -> None:
    assert [c.to_json() for c in overtakes(*two, confirm)] == slow_overtakes(*two, confirm)


@settings(max_examples=40, deadline=None)
@given(two_series())
def test_the_order_of_the_two_apps_does_not_matter(two: tuple[Series, Series]) -> None:
    a, b = two
    assert overtakes(a, b) == overtakes(b, a)
    assert lead_spans((a, b)) == lead_spans((b, a))


@settings(max_examples=40, deadline=None)
@given(two_series())
def test_spans_and_gaps_together_are_the_whole_time(two: tuple[Series, Series]) -> None:
    line = two[0].timeline
    parts = sorted(
        [(span.start, span.end) for span in lead_spans(two)]
        + [(gap.start, gap.end) for gap in gaps(line)]
    )
    assert [start for start, _ in parts[1:]] == [end for _, end in parts[:-1]]
    if parts:
        assert (parts[0][0], parts[-1][1]) == (line.times[0], line.times[-1])


@settings(max_examples=40, deadline=None)
@given(two_series())
def test_bounds_hold_and_changes_alternate(two: tuple[Series, Series]) -> None:
    ahead = time_ahead(*two)
    assert 0 <= ahead.lower <= ahead.upper
    winners = [change.winner for change in overtakes(*two)]
    assert all(app != next_one for app, next_one in pairwise(winners))


# Recordings of real charts, where they are present


def recorded(path: Path, ids: Sequence[str]) -> list[Series]:
    if not path.exists():
        pytest.skip("the recordings are not here")
    with gzip.open(path, "rt", newline="", encoding="utf-8") as file:
        rows = list(_rows(csv.DictReader(file)))
    charts: dict[datetime, dict[str, int]] = {}
    for time, rank, app_id in rows:
        charts.setdefault(time, {})[app_id] = rank
    times = tuple(sorted(charts))
    depths = tuple(max(charts[time].values()) for time in times)
    line = Timeline(CHART, "itunes-rss", times, depths, (Provenance.IMPORTED,) * len(times))
    return [
        Series(line, App(app_id, app_id), tuple(charts[time].get(app_id) for time in times))
        for app_id in ids
    ]


def _rows(rows: csv.DictReader[str]) -> Iterator[tuple[datetime, int, str]]:
    for row in rows:
        yield datetime.fromisoformat(row["observed_at"]), int(row["rank"]), row["app_id"]


JP = "jp_iphone_top-free_finance_2025.csv.gz"
SAMPLE = Path(__file__).parents[1] / "data" / "sample"


@pytest.mark.parametrize(
    ("a", "b", "changes"),
    [
        ("1139755229", "1435783608", 9),  # Rakuten Pay and PayPay
        ("1549123889", "1482354577", 8),
        ("6505085493", "283646709", 2),  # one of them comes into the chart in between
    ],
)
def test_a_cut_of_a_recorded_chart_is_read_as_the_definition_says(
    a: str, b: str, changes: int
) -> None:
    series, other = recorded(SAMPLE / JP, [a, b])
    assert len(series.timeline.times) == 60
    rows = [change.to_json() for change in overtakes(series, other)]
    assert rows == slow_overtakes(series, other, 2)
    assert len(rows) == changes
