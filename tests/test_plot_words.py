"""The words of a picture that are computed from when it was looked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tracker.analysis import coverage_of
from tracker.model import App, Chart, Provenance, Series, Timeline
from tracker.plot import headline
from tracker.plot.scene import Note, scene
from tracker.plot.text.words import footnote, short_subtitle_of, subtitle_of
from tracker.words import at_most, coverage_words, percent

BEGIN = datetime(2026, 7, 1, tzinfo=UTC)


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
        drawn = scene([Series(line(*hours), App("1", "A"), (1,) * len(hours))])
        assert words in subtitle_of(drawn)[1]


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
def test_a_reconstruction_is_called_one_in_the_headline_itself(provenance: Provenance) -> None:
    series = Series(line(0, 1, 2, provenance=provenance), App("1", "Filler 1"), (3, 2, 1))
    said = headline([series]).startswith("Reconstruction: ")
    assert said == (provenance is Provenance.RECONSTRUCTED)


def pair(a: list[int | None], b: list[int | None], provenance: Provenance) -> list[Series]:
    looks = line(*range(len(a)), provenance=provenance)
    return [Series(looks, App(name, name), tuple(ranks)) for name, ranks in (("1", a), ("2", b))]


def test_short_words_keep_what_was_confirmed_and_say_once_what_the_headline_says() -> None:
    drawn = scene(pair([3, 1, 1, 3, 3], [2] * 5, Provenance.RECONSTRUCTED))
    (short,) = short_subtitle_of(drawn)
    assert short.endswith(
        "coverage 100% · 2 changes, all confirmed · "
        "Played from a script between dated facts; not a recording"
    )
    *_, last = subtitle_of(drawn)
    assert last.startswith("2 changes of the lead among these, all confirmed · Reconstruction: ")


def test_the_lead_is_that_among_the_apps_drawn_and_said_to_be_once() -> None:
    told = {}
    for ranks in ([9, 4, 4], [9, 1, 1]):
        drawn = scene(pair(list(ranks), [5] * 3, Provenance.RECORDED))
        told[ranks[1]] = footnote(drawn, brief=True)
    assert told[4] == "Bands: when the lead among these changed hands."
    assert told[1] == "Bands: when the lead changed hands."


@pytest.mark.parametrize("brief", [True, False])
def test_every_mark_that_is_there_is_explained(brief: bool) -> None:
    notes = [Note(BEGIN + timedelta(hours=1), "A note")]
    ranks: list[int | None] = [None, None, 3, 3]
    own, other = pair(ranks, [None, None, 4, 4], Provenance.REPORTED)
    drawn = scene([own, other], notes=notes)
    told = footnote(drawn, brief=brief)
    assert "pright lines: notes, not from the chart." in told
    assert "not observed in the store." in told
    assert "Dotted: none of them ranked." in told
    assert "Dotted" not in footnote(drawn, brief=brief, dotted=False)
    # Told beneath, they say so themselves.
    assert "pright lines" not in footnote(drawn, brief=brief, numbered=True)
    recorded = footnote(scene(pair([3, 4], [1, 2], Provenance.RECORDED)), brief=brief)
    assert not [word for word in ("notes", "Dashed", "Dotted", "grey") if word in recorded]
    behind = footnote(scene([own], context=[other]), brief=brief)
    assert "rey lines: the highest other app." in behind
