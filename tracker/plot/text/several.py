"""Words about several charts at once: how many, from where, and how well they were watched."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from tracker.analysis import coverage_of
from tracker.model import Timeline
from tracker.plot.text.words import top_words
from tracker.words import SOURCES, coverages_words


def share(many: int, every: int, noun: str) -> str:
    """``18 of 20 storefronts``, ``none of 5 storefronts``, ``all 20 …``, ``both …``; EVERY > 1."""
    if many == every:
        return f"both {noun}s" if every == 2 else f"all {every:,} {noun}s"
    return f"{f'{many:,}' if many else 'none'} of {every:,} {noun}s"


def sources(lines: Sequence[Timeline], noun: str) -> str:
    """``Source: …``; of several, how many charts each tells of."""
    counts = Counter(line.source for line in lines)
    if len(counts) == 1:
        source = lines[0].source
        return f"Source: {SOURCES[source]} ({source})" if source in SOURCES else f"Source: {source}"
    (first, many), *others = counts.most_common()
    each = [f"{first} for {many} {noun}{'s' * (many > 1)}", *(f"{n} for {m}" for n, m in others)]
    return f"Sources: {', '.join(each)}"


def watched(lines: Sequence[Timeline], noun: str) -> str:
    """``20 storefronts, top 100, 480–500 snapshots each, at most 26 h apart, coverage 89–100%``."""
    number = f"{len(lines)} {noun}s, " if len(lines) > 1 else ""
    return f"{number}{top_words(*lines)}, {coverages_words([coverage_of(line) for line in lines])}"


def seen_at(best: int) -> str:
    """What a best rank says: not that it was reached, for it may have been held before any look."""
    return "was seen at number one" if best == 1 else f"was seen as high as number {best}"
