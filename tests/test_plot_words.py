"""The words of a picture that are computed from when it was looked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tracker.model import App, Chart, Provenance, Series, Timeline
from tracker.plot import headline
from tracker.plot.text.words import cadence_words

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
