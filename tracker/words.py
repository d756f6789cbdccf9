"""Names of charts, sources and provenances for people; formats of durations and coverage."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from tracker.analysis import Coverage
from tracker.model import App, Chart, Provenance
from tracker.storefronts import storefront_name
from tracker.stores import PLAY, STORES

SOURCES = {
    "apple-rss": "Apple's RSS feed",
    "itunes-rss": "legacy iTunes feed",
    "web-charts": "App Store web page",
    "itunes-rss-derived": "derived from the legacy iTunes feed by leaving games out",
    "google-play": "Google Play's own pages, the country as asked for",
    "archived-apple-rss": "archived copies of Apple's RSS feed",
    "archived-itunes-rss": "archived copies of the legacy iTunes feed",
    "archived-itunes-page": "archived copies of Apple's page of iTunes charts",
    "archived-rss-v1": "archived copies of Apple's RSS feed, version 1",
    "archived-web-charts": "archived copies of the App Store web page",
    "git-by-storefront": "charts by storefront from a git history",
    "reported": "press reports",
}
#: Who states the ranks of a source, where its name does not say so.
_SPEAKERS = {"reported": "the press"}
_GENRES = {
    "all": "all genres, games included",
    "apps": "apps, games not included",
    "photo-video": "Photo & Video",
    "food-drink": "Food & Drink",
    "health-fitness": "Health & Fitness",
    "graphics-design": "Graphics & Design",
}
#: That Google Play's chart of apps leaves games out is likely and not proved.
_PLAY_GENRES = {"apps": "apps", "games": "games"}
_DEVICES = {"iphone": "iPhone", "ipad": "iPad", "mac": "Mac", "android": "Android"}
PROVENANCES = {
    Provenance.ARCHIVED: "from the copies of a web archive; not recorded by this program",
    Provenance.IMPORTED: "imported from a file; not recorded by this program",
    Provenance.REPORTED: "ranks as the press reported them; not a recording",
    Provenance.RECONSTRUCTED: (
        "reconstruction: played from a script between dated facts; not a recording"
    ),
    Provenance.SIMULATED: "simulation: made up by a random generator; no store ever showed it",
}
#: Of snapshots that have ranks of some apps only.
SINGLE_APPS = "ranks of single apps, no whole charts"
#: How a headline begins: it is quoted without the rest of the picture.
_WARNINGS = {
    Provenance.SIMULATED: "Simulation",
    Provenance.RECONSTRUCTED: "Reconstruction",
    Provenance.REPORTED: "As reported",
}


def speaker(source: str) -> str:
    """Who states the ranks of SOURCE: its own name, or ``the press``."""
    return _SPEAKERS.get(source, source)


def warned(sentence: str, provenances: Collection[Provenance]) -> str:
    """SENTENCE as a headline; one about simulated or reconstructed ranks says so first."""
    for kind, word in _WARNINGS.items():
        if kind in provenances:
            return f"{word}: {sentence}"
    return sentence


def unlike(names: Sequence[str], app_ids: Sequence[str]) -> tuple[str, ...]:
    """NAMES, with the app's id behind each that another app has too, in whatever case."""
    kinds = [" ".join(name.split()).casefold() for name in names]
    return tuple(
        name if kinds.count(kind) == 1 or f"({app_id})" in name else f"{name} ({app_id})"
        for name, kind, app_id in zip(names, kinds, app_ids, strict=True)
    )


def with_distinct_names(apps: Iterable[App]) -> list[App]:
    """APPS that are shown together, with the id behind each name that another of them has too."""
    apps = list(apps)
    names = unlike([app.name for app in apps], [app.app_id for app in apps])
    return [replace(app, name=name) for app, name in zip(apps, names, strict=True)]


def chart_words(chart: Chart) -> str:
    """``App Store, Japan · iPhone · top free · apps, games not included``."""
    genre = _GENRES.get(chart.genre) or _genre_words(chart.genre)
    if chart.store == PLAY:
        genre = _PLAY_GENRES.get(chart.genre, genre)
    ranking = chart.ranking.replace("-", " ")
    where = f"{STORES[chart.store]}, {storefront_name(chart.storefront)}"
    return f"{where} · {device_words(chart)} · {ranking} · {genre}"


def device_words(chart: Chart) -> str:
    """``iPhone``, ``Android``."""
    return _DEVICES[chart.device]


def unproved_words(chart: Chart) -> str | None:
    """What no response of CHART's store states, though the chart's name does; None for nothing."""
    if chart.store != PLAY:
        return None
    words = "Google Play's answers do not state the country: it is as asked for"
    if chart.genre == "apps":
        words += "; whether its chart of apps leaves games out is not known"
    return words


def capitalized(words: str) -> str:
    """WORDS with a capital letter first and the rest as it is; nothing for nothing."""
    return words[:1].upper() + words[1:]


def charts_words(charts: Sequence[Chart]) -> str:
    """The first of CHARTS, and how many there are besides; ``*`` may stand for many."""
    more = len(charts) - 3
    return ", ".join(map(str, charts[:3])) + (f", and {more} more" if more > 0 else "")


def _genre_words(genre: str) -> str:
    """``Social Networking``; of a kind of games ``Role-Playing Games``."""
    kind = genre.removeprefix("games-")
    return f"{kind.title()} Games" if kind != genre else genre.replace("-", " ").title()


def at_most(seconds: float) -> str:
    """SECONDS rounded up, so that "at most" holds: ``40 s``, ``61 min``, ``21.4 h``, ``3 days``."""
    for unit, size, least in (("days", 86_400, 172_800), ("h", 3_600, 7_200)):
        if seconds >= least:
            return f"{math.ceil(seconds / size * 10 - 1e-6) / 10:g} {unit}"
    if seconds == 3_600:
        return "1 h"
    return f"{math.ceil(seconds / 60)} min" if seconds >= 120 else f"{math.ceil(seconds)} s"


def percent(share: float) -> str:
    """SHARE, 0 to 1, rounded down to a tenth, so that ``100%`` means all of it."""
    return f"{math.floor(share * 1000 + 1e-6) / 10:g}%"


def counted(number: int, noun: str) -> str:
    """``1 gap``, ``2,000 gaps``."""
    return f"{number:,} {noun}{'s' * (number != 1)}"


def snapshots_words(observed: Coverage, *, span: bool = False) -> str:
    """``61 snapshots, at most 21.4 h apart``; with SPAN ``61 snapshots in 30 days, at most …``."""
    words = counted(observed.snapshots, "snapshot")
    if observed.longest_spacing is None:
        return words
    if span:
        words += f" in {_roughly(observed.seconds)}"
    most = at_most(observed.longest_spacing)
    return f"{words}, {'at most ' * (observed.snapshots > 2)}{most} apart"


def coverage_words(observed: Coverage, *, span: bool = False) -> str:
    """``61 snapshots, at most 21.4 h apart, coverage 97.3% (2 gaps)``.

    Coverage is never shown alone: a share says nothing without the number of snapshots and the
    longest time between two.
    """
    words = snapshots_words(observed, span=span)
    return words if observed.share is None else f"{words}, {share_words(observed)}"


def window_words(observed: Coverage) -> str:
    """Of a window up to now: ``24 snapshots, at most 65 min without one, coverage 97.9%``."""
    assert observed.longest_spacing is not None
    most = f"at most {at_most(observed.longest_spacing)} without one"
    return f"{counted(observed.snapshots, 'snapshot')}, {most}, {share_words(observed)}"


def share_words(observed: Coverage) -> str:
    """``coverage 97.3% (2 gaps)``; ``coverage not known`` below three snapshots."""
    if observed.share is None:
        return "coverage not known"
    gaps = f" ({counted(observed.gaps, 'gap')})" if observed.gaps else ""
    return f"coverage {percent(observed.share)}{gaps}"


def coverages_words(charts: Sequence[Coverage]) -> str:
    """The same of several charts: ``480–500 snapshots each, at most 3 days apart, coverage …``."""
    if len(charts) == 1:
        return coverage_words(charts[0])
    words = _range([coverage.snapshots for coverage in charts])
    words = f"{words} snapshot{'s' * (words != '1')} each"
    spacings = [
        coverage.longest_spacing for coverage in charts if coverage.longest_spacing is not None
    ]
    if spacings:
        words += f", at most {at_most(max(spacings))} apart"
    shares = [coverage.share for coverage in charts if coverage.share is not None]
    if not shares:
        return words
    least, most = percent(min(shares)), percent(max(shares))
    some = " where known" * (len(shares) < len(charts))
    return f"{words}, coverage {most if least == most else f'{least[:-1]}–{most}'}{some}"


def _range(numbers: Sequence[int]) -> str:
    least, most = min(numbers), max(numbers)
    return f"{most:,}" if least == most else f"{least:,}–{most:,}"


def _roughly(seconds: float) -> str:
    """``30 days``, ``9 h``: a span to the nearest whole, for orientation."""
    for unit, size in (("days", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 1.95 * size:
            return f"{round(seconds / size)} {unit}"
    return f"{round(seconds)} s"


def rank_words(rank: int | None) -> str:
    """``3``; ``unranked`` for None."""
    return "unranked" if rank is None else str(rank)


def rank_phrase(rank: int | None) -> str:
    """``rank 3``; ``unranked`` for None."""
    return "unranked" if rank is None else f"rank {rank}"


def duration_words(seconds: float) -> str:
    """``7.1 d``, ``2.9 h``, ``25 min``, ``90 s``; ``0.0 h`` for none."""
    if seconds >= 2 * 86_400:
        return f"{seconds / 86_400:.1f} d"
    if seconds >= 2 * 3600 or not seconds:
        return f"{seconds / 3600:.1f} h"
    return f"{seconds / 60:.0f} min" if seconds >= 120 else f"{seconds:.0f} s"
