"""Fewer points, the same picture: rendered both ways and compared pixel by pixel."""

from __future__ import annotations

import io
import random
from dataclasses import replace
from datetime import timedelta

import pytest
from PIL import Image, ImageChops

from tests.support.lines import CHART, START, timeline
from tracker.model import App, Provenance, Series, Timeline
from tracker.plot import draw, render
from tracker.plot.curve.layout import lay_out
from tracker.plot.curve.rows import line_name, line_rows
from tracker.plot.scene import scene

#: In points; pictures are written at two pixels to the point.
WIDE, SMALL = (1200, 675), (420, 480)


def restless(many: int, seed: int, calm: float) -> tuple[int, ...]:
    """Ranks of which the share CALM stay as they were at each snapshot."""
    chance, rank, found = random.Random(seed), 20, []
    for _ in range(many):
        if chance.random() > calm:
            rank = max(1, min(100, rank + chance.choice((-9, -3, -1, 1, 3, 9))))
        found.append(rank)
    return tuple(found)


def every(minutes: int, many: int) -> Timeline:
    times = tuple(START + timedelta(minutes=minutes * number) for number in range(many))
    kinds = (Provenance.RECORDED,) * many
    return Timeline(CHART, "apple-rss", times, (100,) * many, kinds)


def differing(one: bytes, other: bytes) -> float:
    """The share of pixels that are not the very same."""
    pictures = [Image.open(io.BytesIO(png)).convert("RGB") for png in (one, other)]
    difference = ImageChops.difference(*pictures)
    channels = [channel.point(bool) for channel in difference.split()]
    unlike = ImageChops.lighter(ImageChops.lighter(*channels[:2]), channels[2])
    return sum(unlike.histogram()[1:]) / (unlike.width * unlike.height)


def both(series: list[Series], size: tuple[int, int]) -> tuple[bytes, bytes, int, int]:
    """The reduced and the full picture, and how many points each has."""
    spec = draw(series, size=size)
    placed = lay_out(scene(series), size)
    reduced = {line_name(one): spec["datasets"][line_name(one)] for one in series}
    full = {
        line_name(one): line_rows(replace(placed, columns=10**9), strokes)
        for one, strokes in zip(series, placed.scene.strokes, strict=True)
    }
    few = render(spec, ".png")
    spec["datasets"] |= full
    many = render(spec, ".png")
    return few, many, sum(map(len, reduced.values())), sum(map(len, full.values()))


@pytest.mark.parametrize(
    ("minutes", "many", "calm", "size"),
    [(60, 43_800, 0.9, WIDE), (60, 20_000, 0.9, SMALL), (1, 30_000, 0.8, SMALL)],
)
def test_the_reduced_picture_is_the_full_one(
    minutes: int, many: int, calm: float, size: tuple[int, int]
) -> None:
    line = every(minutes, many)
    series = [
        Series(line, App(str(seed), f"Filler {seed}"), restless(many, seed, calm))
        for seed in (1, 2)
    ]
    few, whole, points, all_points = both(series, size)
    assert points <= all_points
    assert differing(few, whole) < 0.001


def test_that_comparison_would_see_a_lost_spike() -> None:
    many = 3_000
    ranks = [50] * many
    ranks[1_500] = 1
    line = timeline(range(many))
    spiked, flat = (
        render(draw([Series(line, App("1", "Filler"), tuple(one))]), ".png")
        for one in (ranks, [50] * 1_500 + [49] + [50] * (many - 1_501))
    )
    assert differing(spiked, flat) > 0.0001
