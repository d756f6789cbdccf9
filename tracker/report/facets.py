"""Small multiples: what each is of, and the sentences about all of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Literal

from tracker.analysis import coverage_of, gaps, leaders, never_ranked
from tracker.errors import NothingToShow
from tracker.model import App, Chart, Provenance, Series, Timeline
from tracker.report.dates import day, days, zone_words
from tracker.report.naming import brief, briefs
from tracker.report.picture import provenance_words, top_words
from tracker.report.scene import Note
from tracker.storefronts import storefront_name, within_sentence
from tracker.stores import STORES
from tracker.words import SOURCES, chart_words, coverages_words, device_words, warned

Part = Literal["storefront", "device", "ranking", "genre"]
#: Where each part stands in the words for a chart.
_PLACE = {"storefront": 0, "device": 1, "ranking": 2, "genre": 3}


@dataclass(frozen=True, slots=True)
class Facet:
    """One chart; ``series`` are those of the apps drawn, empty where it was not observed.

    ``known``: whether it was observed at some other time, or by some other source; ``apart``:
    whether it has ranks of single apps then, in no snapshot of these all. ``notes`` concern it.
    ``missing``: one of the apps has no id in the chart's store.
    """

    chart: Chart
    series: tuple[Series, ...]
    known: bool = False
    notes: tuple[Note, ...] = ()
    apart: bool = False
    missing: bool = False

    @property
    def observed(self) -> bool:
        return bool(self.series and self.series[0].timeline.times)

    @property
    def why_empty(self) -> str | None:
        """Why there is no curve of it; None where there is one."""
        if self.missing:
            return "an app has no id there"
        if not self.observed and self.apart:
            return "no snapshot has these apps"
        if not self.observed:
            return "not observed then" if self.known else "never observed"
        many = len(self.series[0].timeline.times)
        if not any(any(series.ranks) for series in self.series):
            return f"never ranked, in {many} snapshot{'s' * (many != 1)}"
        return "one snapshot" if many == 1 else None


def name_of(chart: Chart, part: Part) -> str:
    """What a facet is called: ``Japan``, ``top free``, ``Productivity``."""
    if part == "storefront":
        return storefront_name(chart.storefront)
    if part == "device":
        return f"{device_words(chart)} ({STORES[chart.store]})"
    return chart_words(chart).split(" · ")[_PLACE[part]].split(",")[0]


def span_of(facets: Sequence[Facet]) -> tuple[datetime, datetime]:
    """From the first snapshot of any chart to the last."""
    times = [time for facet in facets if facet.observed for time in facet.series[0].timeline.times]
    if not times or min(times) == max(times):
        raise NothingToShow(
            "none of these charts was observed twice, and a curve needs two snapshots: "
            "'apptrack collect' records the next ones"
        )
    return min(times), max(times)


def facet_headline(apps: Sequence[App], facets: Sequence[Facet], part: Part) -> str:
    """Who was ahead in how many of the charts at their last snapshot; of one app its best rank."""
    seen = [facet for facet in facets if facet.observed]
    text = _single(apps[0], seen, part) if len(apps) == 1 else _several(apps, seen, part)
    return warned(text, _kinds(seen))


def _single(app: App, seen: Sequence[Facet], part: Part) -> str:
    peaks = [min(filter(None, facet.series[0].ranks), default=None) for facet in seen]
    ranked = [peak for peak in peaks if peak is not None]
    if not ranked:
        return f"{brief(app)} was never ranked {_among(None, seen, part)}"
    best = min(ranked)
    return f"{brief(app)} {best_words(best)} {_among(ranked.count(best), seen, part)}"


def best_words(best: int) -> str:
    """What a best rank says; it may have been held before the window."""
    return "was number one" if best == 1 else f"was as high as number {best}"


def _several(apps: Sequence[App], seen: Sequence[Facet], part: Part) -> str:
    # Where fewer than two were ever ranked none can be ahead.
    compared = [facet for facet in seen if len(apps) - len(never_ranked(facet.series)) > 1]
    both = "both" if len(apps) == 2 else "two of them"
    if not compared:
        names = " and ".join(briefs(apps)) if len(apps) == 2 else f"{len(apps)} apps"
        return f"{names}: {both} were never ranked {_among(None, seen, part)}"
    that = f" that ranked {both}" if len(compared) < len(seen) else ""
    if that and len(compared) == 1:
        that = f", the only {part} of {len(seen)}{that},"
    wins = [0] * len(apps)
    for facet in compared:
        lead = leaders(facet.series)[-1]
        if lead is not None:
            wins[lead] += 1
    best = max(wins)
    ahead = [name for name, many in zip(briefs(apps), wins, strict=True) if many == best]
    if not best:
        there = _among(None, compared, part)
        return f"None of {len(apps)} apps was ranked at the last snapshot {there}{that}"
    verb, each = ("was", "") if len(ahead) == 1 else ("were", " each")
    there = _among(best, compared, part)
    return f"{' and '.join(ahead)} {verb} ahead {there}{that}{each} at the last snapshot"


def _among(many: int | None, seen: Sequence[Facet], part: Part) -> str:
    """``in 3 of 20 storefronts``, ``on 2 devices``; of a single chart its name."""
    if len(seen) == 1:
        chart = seen[0].chart
        if part == "storefront":
            return f"in {within_sentence(chart.storefront)}"
        if part == "device":
            return f"on {name_of(chart, part)}"
        return f"in the {part} {name_of(chart, part)}"
    where = "on" if part == "device" else "in"
    return f"{where} {f'{many} of ' if many else ''}{len(seen)} {part}s"


def subtitle(facets: Sequence[Facet], part: Part, zone: tzinfo) -> str:
    """What the charts have in common, and the days."""
    words = chart_words(facets[0].chart).split(" · ")
    if part == "device":  # of two stores
        words[0], words[-1] = storefront_name(facets[0].chart.storefront), words[-1].split(",")[0]
    del words[_PLACE[part]]
    when = days(*span_of(facets), zone).replace(" ", "\u00a0")
    return f"{' · '.join(words)} · by {part} · {when}, {zone_words(zone)}"


def footer(
    facets: Sequence[Facet],
    part: Part,
    *,
    now: datetime | None,
    zone: tzinfo = UTC,
    credit: str | None = None,
) -> tuple[str, ...]:
    """Source and method; which charts are not drawn, and why; who made it, and when."""
    lines = timelines(facets)
    empty: dict[str, list[str]] = {}
    for facet in facets:
        if facet.why_empty:
            empty.setdefault(facet.why_empty, []).append(name_of(facet.chart, part))
    left_out = "; ".join(f"{', '.join(names)} ({why})" for why, names in empty.items())
    # Between single points nothing is shaded.
    shaded = any(0 < len(gaps(line)) < len(line.times) - 1 for line in lines)
    parts = [
        f"{sources(lines, part)}, {watched(lines, part)}.",
        f"Not drawn: {left_out}." if left_out else "",
        "Each plot has its own chart’s ranks; a rank holds until the next snapshot. "
        f"{'Shaded: no data. ' * shaded}{provenance_words(_kinds(facets))}".strip(),
        " ".join(
            [
                *([f"{credit.strip()}."] if credit and credit.strip() else []),
                *([f"Drawn {day(now, zone)}."] if now else []),
            ]
        ),
    ]
    return tuple(filter(None, parts))


def timelines(facets: Sequence[Facet]) -> list[Timeline]:
    """Those of the charts that were observed."""
    return [facet.series[0].timeline for facet in facets if facet.observed]


def _kinds(facets: Sequence[Facet]) -> set[Provenance]:
    return {kind for line in timelines(facets) for kind in line.provenances}


def sources(lines: Sequence[Timeline], noun: str) -> str:
    """``Source: …``; of several, how many charts each has."""
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


def last_words(facets: Sequence[Facet], part: Part) -> str:
    """Each chart's last snapshot, for those who do not see the picture."""
    parts = []
    for facet in facets:
        if facet.why_empty:
            parts.append(f"{name_of(facet.chart, part)}: {facet.why_empty}")
            continue
        names = briefs([series.app for series in facet.series])
        ranks = (
            f"{name} {series.ranks[-1] or 'unranked'}"
            for name, series in zip(names, facet.series, strict=True)
        )
        parts.append(f"{name_of(facet.chart, part)}: {', '.join(ranks)}")
    return f"At the last snapshot {'; '.join(parts)}."
