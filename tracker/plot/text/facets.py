"""Small multiples: what each is of, and the words about all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Literal

from tracker.analysis import leaders, never_ranked
from tracker.errors import NothingToShow
from tracker.model import App, Chart, Provenance, Series, Timeline
from tracker.plot.scene import BRIEF, Note
from tracker.plot.style.typeset import inert, short_name, shorten, upright
from tracker.plot.text.several import seen_at, sources, watched
from tracker.plot.text.words import NOT_OBSERVED, day, days, drawn_words
from tracker.plot.times.zones import zone_words
from tracker.storefronts import storefront_name, within_sentence
from tracker.words import chart_words, unlike, warned

Part = Literal["storefront", "ranking", "genre"]
#: Where each part stands in the words for a chart.
_PLACE = {"storefront": 0, "ranking": 2, "genre": 3}


@dataclass(frozen=True, slots=True)
class Facet:
    """One chart; ``series`` are those of the apps drawn, empty where it was not observed.

    ``known``: whether it was observed at some other time, or by some other source; ``apart``:
    whether it has ranks of single apps then, in no snapshot of these all. ``notes`` are those that
    concern it.
    """

    chart: Chart
    series: tuple[Series, ...]
    known: bool = False
    notes: tuple[Note, ...] = ()
    apart: bool = False

    @property
    def observed(self) -> bool:
        return bool(self.series and self.series[0].timeline.times)

    @property
    def why_empty(self) -> str | None:
        """Why there is no curve in it; None where there is one."""
        if not self.observed and self.apart:
            return "no snapshot has these apps"
        if not self.observed:
            return "not observed then" if self.known else "never observed"
        if any(rank is not None for one in self.series for rank in one.ranks):
            return None
        looks = len(self.series[0].timeline.times)
        return f"never ranked, in {looks} snapshot{'s' * (looks != 1)}"


def name_of(chart: Chart, part: Part) -> str:
    """What a facet is called: ``Japan``, ``top free``, ``Productivity``."""
    if part == "storefront":
        return storefront_name(chart.storefront)
    return chart_words(chart).split(" · ")[_PLACE[part]].split(",")[0]


def brief(app: App) -> str:
    """The app's name, cut for a headline."""
    return upright(shorten(short_name(inert(app.name)), BRIEF, 1))


def briefs(apps: Sequence[App]) -> tuple[str, ...]:
    """The names of apps that are shown together, cut for a headline and told apart."""
    return unlike([brief(app) for app in apps], [app.app_id for app in apps])


def span_of(facets: Sequence[Facet]) -> tuple[datetime, datetime]:
    """From the first look at any chart to the last."""
    times = [time for one in facets if one.observed for time in one.series[0].timeline.times]
    if not times or min(times) == max(times):
        raise NothingToShow(
            "none of these charts was observed twice, and a curve needs two snapshots: "
            "'apptrack collect' takes the next ones"
        )
    return min(times), max(times)


def facet_headline(
    apps: Sequence[App], facets: Sequence[Facet], part: Part, zone: tzinfo = UTC
) -> str:
    """Who was ahead in how many of the charts at their last snapshot; of one app, how high it
    was.
    """
    first, last = span_of(facets)
    seen = [one for one in facets if one.observed]
    told = _one(apps[0], seen, part) if len(apps) == 1 else _several(apps, seen, part)
    told = f"{told}, {days(first, last, zone)}"
    kinds = {kind for one in seen for kind in one.series[0].timeline.provenances}
    return warned(told, kinds)


def _one(app: App, seen: Sequence[Facet], part: Part) -> str:
    peaks = [min(filter(None, one.series[0].ranks), default=None) for one in seen]
    ranked = [peak for peak in peaks if peak is not None]
    if not ranked:
        return f"{brief(app)} was never ranked in {_among(None, seen, part)}"
    best = min(ranked)
    there = _among(ranked.count(best), seen, part)
    return f"{brief(app)} {seen_at(best)} in {there}"


def _several(apps: Sequence[App], seen: Sequence[Facet], part: Part) -> str:
    # Where fewer than two were ever ranked nobody was ahead of anybody.
    compared = [one for one in seen if len(apps) - len(never_ranked(one.series)) > 1]
    both = "both" if len(apps) == 2 else "two of them"
    if not compared:
        names = " and ".join(briefs(apps)) if len(apps) == 2 else f"{len(apps)} apps"
        return f"{names}: {both} were never ranked in {_among(None, seen, part)}"
    that = f" that ranked {both}" if len(compared) < len(seen) else ""
    if that and len(compared) == 1:
        that = f", the one {part} of {len(seen)}{that},"
    wins = [0] * len(apps)
    for one in compared:
        lead = leaders(one.series)[-1]
        if lead is not None:
            wins[lead] += 1
    best = max(wins)
    ahead = [name for name, many in zip(briefs(apps), wins, strict=True) if many == best]
    if not best:
        there = _among(None, compared, part)
        return f"None of {len(apps)} apps was ranked at the last snapshot in {there}{that}"
    was, each = ("was", "") if len(ahead) == 1 else ("were", " each")
    there = _among(best, compared, part)
    return f"{' and '.join(ahead)} {was} ahead in {there}{that}{each} at the last snapshot"


def _among(many: int | None, seen: Sequence[Facet], part: Part) -> str:
    """``3 of 20 storefronts``, ``20 storefronts``; of one its name, ``the United States``."""
    if len(seen) == 1:
        chart = seen[0].chart
        if part == "storefront":
            return within_sentence(chart.storefront)
        return f"the {part} {name_of(chart, part)}"
    return f"{f'{many} of ' if many else ''}{len(seen)} {part}s"


def where(facets: Sequence[Facet], part: Part) -> str:
    words = chart_words(facets[0].chart).split(" · ")
    del words[_PLACE[part]]
    return f"{' · '.join(words)} · by {part}; each plot has its own chart’s ranks"


def timelines(facets: Sequence[Facet]) -> list[Timeline]:
    """Those of the charts that were observed."""
    return [one.series[0].timeline for one in facets if one.observed]


def how_seen(facets: Sequence[Facet], part: Part, zone: tzinfo) -> str:
    """Source, depth, coverage, and the clock."""
    lines = timelines(facets)
    return f"{sources(lines, part)}, {watched(lines, part)}, {zone_words(zone)}"


def came(facets: Sequence[Facet]) -> list[str]:
    told = drawn_words(_kinds(facets))
    return [told] if told else []


def footnote(facets: Sequence[Facet], now: datetime | None, zone: tzinfo) -> str:
    told = ["Steps: a rank holds until the next snapshot. Grey: no data."]
    # Where some ranks were observed the subtitle says it of the others.
    if not any(kind.observed for kind in _kinds(facets)):
        told.append(f"Dashed lines: {NOT_OBSERVED}.")
    return " ".join([*told, *([f"Drawn {day(now, zone)}."] if now else [])])


def _kinds(facets: Sequence[Facet]) -> set[Provenance]:
    return {kind for line in timelines(facets) for kind in line.provenances}


def last_words(facets: Sequence[Facet], part: Part) -> str:
    """Each chart's last snapshot, for those who do not see the picture."""
    told = []
    for facet in facets:
        if facet.why_empty:
            told.append(f"{name_of(facet.chart, part)}: {facet.why_empty}")
            continue
        names = briefs([one.app for one in facet.series])
        ranks = (
            f"{name} {one.ranks[-1] or 'unranked'}"
            for name, one in zip(names, facet.series, strict=True)
        )
        told.append(f"{name_of(facet.chart, part)}: {', '.join(ranks)}")
    return f"At the last snapshot {'; '.join(told)}."
