"""Rules: what is sent, what is held back, and that judging live and afterwards agree."""

from __future__ import annotations

import itertools
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.alerting import HOUR, RULES, A, B, C, crowned, live, rule, view
from tests.support.records import CHART, Observed, Record, at, records, seen, series
from tracker.alerts.facts import Alert, News, to_json
from tracker.alerts.messages import name_words, rule_words, text, title
from tracker.alerts.rules import Stale, judged
from tracker.alerts.transitions import Verdict, transitions
from tracker.analysis import Status, overtakes
from tracker.evidence import Event
from tracker.model import App
from tracker.settings import Rule

rules = st.sampled_from(sorted(RULES)).map(RULES.__getitem__)
crowds = records(2).filter(bool).map(crowned)


def all_of(rule: Rule, record: Record) -> list[tuple[Alert, Verdict]]:
    return judged(rule, view(rule, series(record)))


def sent(rule: Rule, record: Record) -> list[Alert]:
    return [alert for alert, verdict in all_of(rule, record) if verdict is Verdict.SENT]


def of_ranks(*ranks: tuple[int, ...], depth: int = 10) -> dict[int, Observed]:
    """A snapshot an hour, at the ranks of A, B and C."""
    return {hour: seen(depth, *rank) for hour, rank in enumerate(ranks)}


# Properties


@given(rules, crowds)
def test_a_rehearsal_reports_what_was_reported_live(rule: Rule, record: Record) -> None:
    assert sent(rule, record) == live(rule, record)


@given(rules, crowds)
def test_another_snapshot_never_unsends_nor_doubles(rule: Rule, record: Record) -> None:
    before: list[Alert] = []
    for end in range(1, len(record) + 1):
        hours = sorted(record)[:end]
        now = sent(rule, {hour: record[hour] for hour in hours})
        assert now[: len(before)] == before
        assert all(alert.confirmed_at == at(hours[-1]) for alert in now[len(before) :])
        before = now
    ids = [alert.id for alert in before]
    assert len(ids) == len(set(ids))


@given(st.sampled_from(["overtake", "overtake-1", "overtake-3"]), crowds)
def test_overtakes_are_those_of_the_ledger(name: str, record: Record) -> None:
    rule = RULES[name]
    first, second = (series(record)[app] for app in ((0, 1) if rule.app == A else (1, 0)))
    ledger = [
        overtake
        for overtake in overtakes(first, second, rule.confirm)
        if overtake.winner == first.app
    ]
    pairs = all_of(rule, record)
    status = {
        Verdict.SENT: Status.CONFIRMED, Verdict.BACK: Status.CONFIRMED,
        Verdict.FLIP: Status.FLIP, Verdict.PENDING: Status.PENDING,
    }  # fmt: skip
    assert [(overtake.after, overtake.by, overtake.status) for overtake in ledger] == [
        (alert.after, alert.by, status[verdict]) for alert, verdict in pairs
    ]
    for overtake, (alert, _) in zip(ledger, pairs, strict=True):
        assert Event.parse(alert.id) == Event(
            "apple-rss", CHART, overtake.by, overtake.winner.app_id, overtake.loser.app_id
        )
        ranks = [(standing.app, standing.before, standing.now) for standing in alert.standings]
        assert ranks == [
            (overtake.winner, overtake.winner_rank_before, overtake.winner_rank_after),
            (overtake.loser, overtake.loser_rank_before, overtake.loser_rank_after),
        ]


@given(st.lists(st.sampled_from(["a", "b", "c", None])), st.integers(1, 4))
def test_what_is_sent_alternates(states: list[str | None], confirm: int) -> None:
    result = [
        change.state for change in transitions(states, confirm) if change.verdict is Verdict.SENT
    ]
    assert all(first != two for first, two in itertools.pairwise(result))


@given(crowds)
def test_a_peak_is_never_beaten_by_an_earlier_snapshot(record: Record) -> None:
    for alert in sent(RULES["peak"], record):
        rank = alert.standings[0].now
        assert rank is not None
        earlier = [record[hour][1][0] for hour in record if at(hour) < alert.by]
        assert min(item for item in earlier if item is not None) == alert.best
        assert alert.best is not None
        assert alert.best > rank


# Cases


def test_a_flip_and_the_way_back_are_held_back() -> None:
    ranks = [(2, 1, 9), (1, 2, 9), (2, 1, 9), (2, 1, 9), (1, 2, 9), (1, 2, 9), (2, 1, 9), (1, 2, 9)]
    pairs = all_of(RULES["overtake"], of_ranks(*ranks, (1, 2, 9)))
    assert [(alert.by, verdict.value) for alert, verdict in pairs] == [
        (at(1), "flip"), (at(4), "sent"), (at(7), "back"),
    ]  # fmt: skip
    pairs = all_of(RULES["overtake"], of_ranks(*ranks))
    assert [verdict.value for _, verdict in pairs] == ["flip", "sent", "pending"]


def test_a_shallow_snapshot_neither_enters_nor_leaves_the_top() -> None:
    record = of_ranks((3, 9), (3, 9)) | {2: seen(2, 3, 9), 3: seen(2, 3, 9), 4: seen(10, 3, 9)}
    assert all_of(RULES["top"], record) == []
    record |= {hour: seen(10, 11, 9) for hour in (5, 6)}
    (alert,) = sent(RULES["top"], record)
    assert (alert.news, alert.after, alert.by) == (News.LEAVES, at(4), at(5))
    assert alert.id.endswith(";1;leaves-top-4")
    assert (alert.standings[0].before, alert.standings[0].now) == (3, None)


def test_a_peak_that_is_beaten_at_once_gives_way_to_the_better_one() -> None:
    pairs = all_of(RULES["peak"], of_ranks((9, 20), (7, 20), (5, 20), (6, 20), (5, 20)))
    assert [(alert.standings[0].now, alert.best, verdict.value) for alert, verdict in pairs] == [
        (7, 9, "flip"), (5, 7, "sent"),
    ]  # fmt: skip
    held = (
        "Held back for 2 snapshots, of which none showed a better rank, the last at 2026-08-17T03"
    )
    assert held in text(pairs[1][0])


def test_the_first_rank_of_all_is_no_peak() -> None:
    assert all_of(RULES["peak"], of_ranks((20, 1), (3, 1), (3, 1), (4, 1))) == []


def test_a_peak_may_have_to_be_good_enough() -> None:
    record = of_ranks((12, 1), (9, 1), (9, 1), (9, 1), (8, 1), (8, 1), (8, 1), depth=20)
    assert [alert.standings[0].now for alert in sent(RULES["peak-3"], record)] == [8]


def test_a_new_number_one_names_the_one_before() -> None:
    record = of_ranks((1, 2, 3), (2, 1, 3), (1, 2, 3), (2, 3, 1), (2, 3, 1))
    (alert,) = sent(RULES["number-one"], record)
    assert [(standing.app, standing.before, standing.now) for standing in alert.standings] == [
        (C, 3, 1),
        (A, 1, 2),
    ]
    assert sent(RULES["number-one-of"], record) == []


def test_a_move_is_reported_once_against_the_snapshot_it_was_widest_to() -> None:
    record = of_ranks(*[(10, 1)] * 3, (8, 1), *[(5, 1)] * 6)
    pairs = all_of(RULES["move"], record)
    assert [(alert.news, alert.after, alert.by) for alert, _ in pairs] == [(News.UP, at(2), at(4))]
    assert title(pairs[0][0]).startswith("A rose by 5 ranks · App Store, United States")
    assert pairs[0][0].id.endswith(";1;up-3-in-10800s")


def test_a_move_out_of_the_chart_has_a_lower_bound() -> None:
    (alert,) = sent(RULES["move"], of_ranks((5, 1), (5, 1), (12, 1), (12, 1)))
    assert (alert.news, alert.standings[0].now) == (News.DOWN, None)
    assert "fell by at least 3 ranks" in title(alert)
    assert "A (1): rank 5 before, unranked among 10 after." in text(alert)


def test_a_snapshot_too_shallow_to_bound_a_move_makes_none() -> None:
    record = {0: seen(2, 9, 1), 1: seen(10, 9, 1), 2: seen(10, 9, 1), 3: seen(2, 9, 1)}
    assert all_of(RULES["move"], record) == all_of(RULES["move-1"], record) == []


def test_no_move_is_reported_across_a_time_longer_than_the_rules() -> None:
    record = {0: seen(10, 9, 1), 5: seen(10, 2, 1), 6: seen(10, 2, 1), 7: seen(10, 2, 1)}
    assert all_of(RULES["move"], record) == []


def test_a_stale_chart_is_known_by_its_last_success() -> None:
    tested = rule("stale", after=2 * HOUR)
    times = [at(0), at(1), at(4), at(6)]
    alerts = Stale(tested).alerts(CHART, "apple-rss", times, at(9))
    assert [(alert.news, alert.after, alert.by) for alert in alerts] == [
        (News.STALE, at(1), at(3)), (News.AGAIN, at(1), at(4)), (News.STALE, at(6), at(8)),
    ]  # fmt: skip
    assert [alert.id.partition("@")[2] for alert in alerts[:2]] == [
        "2026-08-17T01:00:00Z;stale-7200s", "2026-08-17T04:00:00Z;again-7200s",
    ]  # fmt: skip
    assert Stale(tested).alerts(CHART, "apple-rss", times, at(8)) == alerts[:2]
    assert Stale(tested).alerts(CHART, "apple-rss", times[:2], at(3)) == []
    assert title(alerts[1]).startswith("Observed again · App Store, United States")
    assert text(alerts[1]).splitlines() == [
        "us/iphone/top-free/apps (apple-rss) was stored again at 2026-08-17T04:00:00Z, for the "
        "first time after 2026-08-17T01:00:00Z: 3.0 h later.",
        "What its ranks were in between stays unobserved.",
        "id: apple-rss:us/iphone/top-free/apps@2026-08-17T04:00:00Z;again-7200s",
        "proof: apptrack cite 'apple-rss:us/iphone/top-free/apps@2026-08-17T04:00:00Z'",
    ]


def test_a_move_is_reported_against_a_snapshot_exactly_that_long_ago_and_no_older_one() -> None:
    tested = rule("move", app=A, ranks=3, within=3 * HOUR, confirm=1)

    def moved(hour: int, rank: int) -> list[Alert]:
        return sent(tested, {0: seen(10, 8, 1), 1: seen(10, 8, 1), hour: seen(10, rank, 1)})

    (alert,) = moved(4, 5)
    assert (alert.news, alert.after, alert.by) == (News.UP, at(1), at(4))
    assert moved(5, 5) == []
    assert moved(4, 6) == []


def test_the_last_rank_of_the_top_is_inside_and_a_snapshot_of_just_the_top_shows_who_left() -> None:
    tested = rule("top", app=A, top=4, confirm=1)

    def news(*snapshots: Observed) -> list[News]:
        return [alert.news for alert in sent(tested, dict(enumerate(snapshots)))]

    assert news(seen(10, 5, 1), seen(10, 4, 1)) == [News.ENTERS]
    assert news(seen(10, 4, 1), seen(10, 5, 1)) == [News.LEAVES]
    assert news(seen(10, 3, 1), seen(4, 5, 1)) == [News.LEAVES]
    assert news(seen(10, 3, 1), seen(3, 5, 1)) == []


def test_a_rise_from_outside_a_snapshot_counts_from_the_rank_after_its_last() -> None:
    tested = rule("move", app=A, ranks=3, within=3 * HOUR, confirm=1)
    still = {0: seen(10, 11, 1), 1: seen(10, 10, 1)}
    assert [alert.news for alert in sent(tested, still | {2: seen(10, 8, 1)})] == [News.UP]
    assert sent(tested, still | {2: seen(10, 9, 1)}) == []


# Words


def test_a_message_names_interval_ranks_chart_watch_and_provenance() -> None:
    record = of_ranks(*[(2, 1, 9)] * 4, (1, 2, 9)) | {9: seen(10, 1, 2, 9)}
    (alert,) = sent(RULES["overtake"], record)
    assert title(alert) == (
        "A passed B · App Store, United States · iPhone · top free · apps, games not included"
    )
    assert text(alert).splitlines() == [
        "On us/iphone/top-free/apps, after 2026-08-17T03:00:00Z and by 2026-08-17T04:00:00Z.",
        "A (1): rank 2 before, rank 1 after.",
        "B (2): rank 1 before, rank 2 after.",
        "Held back until 2 snapshots in a row agreed, the last at 2026-08-17T09:00:00Z.",
        "Source apple-rss, 10 entries; in the 30 days before: 6 snapshots, at most 5 h apart, "
        "coverage 44.4% (1 gap).",
        "Provenance: in part imported from a file; not recorded by this program.",
        "id: apple-rss:us/iphone/top-free/apps@2026-08-17T04:00:00Z,1,2",
        "proof: apptrack cite 'apple-rss:us/iphone/top-free/apps@2026-08-17T04:00:00Z,1,2'",
    ]
    facts = to_json(alert)
    assert (facts["after"], facts["by"]) == ("2026-08-17T03:00:00Z", "2026-08-17T04:00:00Z")
    assert (facts["coverage"], facts["snapshots"], facts["gaps"]) == (0.4444, 6, 1)
    assert facts["longest_spacing_seconds"] == 5 * 3_600


def test_a_gap_within_the_interval_is_reported() -> None:
    record = {hour: seen(10, 2, 1, 9) for hour in range(12)} | {
        hour: seen(10, 1, 2, 9) for hour in (20, 21)
    }
    (alert,) = sent(RULES["overtake"], record)
    assert alert.gap
    assert "across a gap without data" in text(alert)


def test_names_of_strangers_drive_nothing() -> None:
    bad = App(
        "1", "\x1b[31m@channel\u202e\n<!here> [b](https://c) `d` *e* <b>f</b> \\g" + "x" * 200
    )
    tested = rule("overtake", app=bad, over=B)
    record = of_ranks((2, 1), (1, 2), (1, 2))
    from dataclasses import replace

    seen_view = view(RULES["overtake"], series(record))
    seen_view = replace(
        seen_view, series=(replace(seen_view.series[0], app=bad), seen_view.series[1])
    )
    ((alert, _),) = judged(tested, seen_view)
    for words in (title(alert), *text(alert).splitlines()):
        assert words.isprintable()
        assert not set("@<>[]`*\\") & set(words.partition("proof: ")[0].partition("id: ")[0])
        assert "://" not in words
        assert len(words) < 200


def test_a_name_of_sixty_letters_is_whole_and_a_longer_one_is_cut() -> None:
    assert name_words(App("1", "x" * 60)) == "x" * 60
    assert name_words(App("1", "x" * 61)) == "x" * 59 + "…"


@pytest.mark.parametrize(
    ("tested", "words"),
    [
        (RULES["overtake"], "A overtakes B"),
        (RULES["top"], "A enters or leaves the top 4"),
        (RULES["peak-3"], "A has a new peak of rank 8 or better"),
        (RULES["number-one"], "any app is new at number one"),
        (RULES["move"], "A moves by 3 ranks or more within 3 h"),
        (rule("stale", after=timedelta(minutes=90)), "nothing stored for longer than 90 min"),
    ],
)
def test_a_rule_in_words(tested: Rule, words: str) -> None:
    assert rule_words(tested) == words
