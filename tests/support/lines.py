"""Series for tests of pictures: an hour between snapshots, ranks as given."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from tracker.model import App, Chart, Provenance, Series, Timeline

START = datetime(2025, 1, 26, tzinfo=UTC)
CHART = Chart.parse("us/iphone/top-free/apps")
DEEPSEEK = App("6737597349", "DeepSeek", "deepseek", "#4D6BFE")
CHATGPT = App("6448311069", "ChatGPT", "chatgpt", "#10A37F")

Ranks = Sequence[int | None]


def at(hour: float) -> datetime:
    return START + timedelta(hours=hour)


def timeline(
    hours: Sequence[float], kind: Provenance = Provenance.RECORDED, depth: int = 100
) -> Timeline:
    many = len(hours)
    times = tuple(map(at, hours))
    return Timeline(CHART, "apple-rss", times, (depth,) * many, (kind,) * many)


def pair(
    a: Ranks,
    b: Ranks,
    hours: Sequence[float] | None = None,
    kind: Provenance = Provenance.RECORDED,
) -> list[Series]:
    """DeepSeek with the ranks A and ChatGPT with B."""
    line = timeline(hours if hours is not None else range(len(a)), kind)
    return [Series(line, DEEPSEEK, tuple(a)), Series(line, CHATGPT, tuple(b))]


def series(names: Sequence[str], ranks: Sequence[Ranks]) -> list[Series]:
    """One app of each name, with ids from 1 up."""
    line = timeline(range(len(ranks[0])))
    return [
        Series(line, App(str(number), name), tuple(numbers))
        for number, (name, numbers) in enumerate(zip(names, ranks, strict=True), 1)
    ]


def walk(many: int, seed: int, start: int = 20, deepest: int = 100) -> tuple[int, ...]:
    """Ranks that move now and then, the same for a SEED."""
    chance, rank, result = random.Random(seed), start, []
    for _ in range(many):
        if chance.random() < 0.3:
            rank = max(1, min(deepest, rank + chance.choice((-3, -1, 1, 3))))
        result.append(rank)
    return tuple(result)
