"""The words of a picture that are computed from when it was looked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tracker.model import App, Chart, Provenance, Series, Timeline
from tracker.plot import headline
from tracker.plot.scene import Note, scene
from tracker.plot.text.words import cadence_words, footnote, short_subtitle_of, subtitle_of

BEGIN = datetime(2026, 7, 1, tzinfo=UTC)


def line(*hours: float, provenance: Provenance = Provenance.RECORDED) -> Timeline:
    times = tuple(BEGIN + timedelta(hours=hour) for hour in hours)
    chart = Chart.parse("us/iphone/top-free/apps")
    many = len(times)
    return Timeline(chart, "apple-rss", times, (100,) * many, (provenance,) * many)


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        (range(48), "looked at about every hour"),
        ([24 * day + hour for day in range(30) for hour in (0, 3)], "looked at about twice a day"),
        ([24 * day for day in range(9)], "looked at about every day"),
        ([240 * part + hour for part in range(9) for hour in (0, 1)], "looked at 18 times"),
        ([0], "looked at once"),
        ([0, 1], "looked at twice"),
    ],
)
def test_the_cadence_is_told_as_it_was(hours: list[float], words: str) -> None:
    assert cadence_words(line(*hours)) == words


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
        "coverage 100\u00a0% · 2 changes, all confirmed · "
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
    own, other = pair(ranks, [None, None, 4, 4], Provenance.IMPORTED)
    drawn = scene([own, other], notes=notes)
    told = footnote(drawn, brief=brief)
    assert "pright lines: notes, not from the chart." in told
    assert "not recorded here." in told
    assert "Dotted: none of them ranked." in told
    assert "Dotted" not in footnote(drawn, brief=brief, dotted=False)
    # Told beneath, they say so themselves.
    assert "pright lines" not in footnote(drawn, brief=brief, numbered=True)
    recorded = footnote(scene(pair([3, 4], [1, 2], Provenance.RECORDED)), brief=brief)
    assert not [word for word in ("notes", "Dashed", "Dotted", "grey") if word in recorded]
    behind = footnote(scene([own], context=[other]), brief=brief)
    assert "rey lines: the highest other app." in behind
