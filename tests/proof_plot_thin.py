"""Fewer points, the same picture: rendered both ways and compared pixel by pixel."""

from __future__ import annotations

import io
import random
from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops

from tests.support.lines import CHART, START, at, timeline
from tests.support.plots import rows
from tracker.model import App, Provenance, Series, Timeline
from tracker.plot import draw, render, specification
from tracker.plot import rows as rows_module
from tracker.plot.thin import ENOUGH, Point, thin

#: In points; pictures are written at two pixels to the point.
WIDE, SMALL = (1200, 675), (420, 480)


def restless(many: int, seed: int, calm: float) -> tuple[int, ...]:
    """Ranks of which the share CALM stay as they were at each snapshot."""
    chance, rank, ranks = random.Random(seed), 20, []
    for _ in range(many):
        if chance.random() > calm:
            rank = max(1, min(100, rank + chance.choice((-9, -3, -1, 1, 3, 9))))
        ranks.append(rank)
    return tuple(ranks)


def every(minutes: int, many: int) -> Timeline:
    times = tuple(START + timedelta(minutes=minutes * number) for number in range(many))
    kinds = (Provenance.RECORDED,) * many
    return Timeline(CHART, "apple-rss", times, (100,) * many, kinds)


def differing(first: bytes, other: bytes) -> float:
    """The share of pixels that are not the very same."""
    pictures = [Image.open(io.BytesIO(png)).convert("RGB") for png in (first, other)]
    difference = ImageChops.difference(*pictures)
    channels = [channel.point(bool) for channel in difference.split()]
    unlike = ImageChops.lighter(ImageChops.lighter(*channels[:2]), channels[2])
    return sum(unlike.histogram()[1:]) / (unlike.width * unlike.height)


@pytest.mark.parametrize(
    ("minutes", "many", "calm", "size"), [(60, 43_800, 0.9, WIDE), (1, 30_000, 0.8, SMALL)]
)
def test_the_reduced_picture_is_the_full_one(
    monkeypatch: pytest.MonkeyPatch, minutes: int, many: int, calm: float, size: tuple[int, int]
) -> None:
    line = every(minutes, many)
    lines = [
        Series(line, App(str(seed), f"Filler {seed}"), restless(many, seed, calm))
        for seed in (1, 2)
    ]
    few = specification(draw(lines, size=size))
    monkeypatch.setattr(rows_module, "thin", lambda points, *_: points)
    whole = specification(draw(lines, size=size))
    assert len(rows(few, "steps")) <= len(rows(whole, "steps"))
    assert differing(render(few, ".png"), render(whole, ".png")) < 0.001


def test_that_comparison_would_see_a_lost_spike() -> None:
    many = 3_000
    ranks = [50] * many
    ranks[1_500] = 1
    line = timeline(range(many))
    spiked, flat = (
        render(specification(draw([Series(line, App("1", "Filler"), tuple(values))])), ".png")
        for values in (ranks, [50] * 1_500 + [1] + [50] * (many - 1_501 - 400) + [1] * 400)
    )
    assert differing(spiked, flat) > 0.0001


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 9), min_size=2, max_size=60), st.integers(1, 12))
def test_thinning_keeps_what_a_column_of_pixels_shows(ranks: list[int], columns: int) -> None:
    points: list[Point] = [(at(n), rank) for n, rank in enumerate(ranks)]
    first, last = points[0][0], points[-1][0]
    kept = thin(points, first, last, columns)
    assert set(kept) <= set(points)
    span = (last - first).total_seconds()

    def shown(some: Sequence[Point]) -> dict[int, tuple[int, ...]]:
        columns_of: dict[int, list[int]] = {}
        for time, rank in some:
            column = int((time - first).total_seconds() / span * columns)
            columns_of.setdefault(column, []).append(rank or 0)
        return {n: (seen[0], seen[-1], min(seen), max(seen)) for n, seen in columns_of.items()}

    assert shown(kept) == shown(points)


def test_years_of_hours_are_thinned_and_a_month_is_not() -> None:
    many = 24 * 365 * 5
    ranks = tuple(1 + (n * n) % 97 for n in range(many))
    years = specification(draw([Series(timeline(range(many)), App("1", "F"), ranks)]))
    assert len(rows(years, "steps")) < 42_000
    month = [Series(timeline(range(720)), App("1", "F"), ranks[:720])]
    assert sum(row["snapshot"] for row in rows(specification(draw(month)), "steps")) == 720
    assert ENOUGH > 720
