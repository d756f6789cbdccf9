"""What people call a chart, a source and a provenance."""

from __future__ import annotations

from collections.abc import Collection

from tracker.model import Chart, Provenance
from tracker.storefronts import storefront_name

SOURCES = {
    "apple-rss": "Apple's RSS feed",
    "itunes-rss": "legacy iTunes feed",
    "web-charts": "App Store web page",
    "itunes-rss-derived": "derived from the legacy iTunes feed by leaving games out",
}
_GENRES = {
    "all": "all genres, games included",
    "apps": "apps, games not included",
    "photo-video": "Photo & Video",
    "food-drink": "Food & Drink",
    "health-fitness": "Health & Fitness",
    "graphics-design": "Graphics & Design",
}
_DEVICES = {"iphone": "iPhone", "ipad": "iPad", "mac": "Mac"}
PROVENANCES = {
    Provenance.ARCHIVED: "from copies kept by a web archive; not recorded by this program",
    Provenance.IMPORTED: "imported from a file; not recorded by this program",
    Provenance.REPORTED: "ranks as the press reported them; not a recording",
    Provenance.RECONSTRUCTED: (
        "reconstruction: played from a script between dated facts; not a recording"
    ),
    Provenance.SIMULATED: "simulation: made up by a random generator; no store ever showed it",
}
#: What a headline begins with, for it will be quoted without the rest of the picture.
_WARNINGS = {Provenance.SIMULATED: "Simulation", Provenance.RECONSTRUCTED: "Reconstruction"}


def warned(sentence: str, provenances: Collection[Provenance]) -> str:
    """SENTENCE as a headline: one that nobody observed begins with the word for what it is."""
    for kind, word in _WARNINGS.items():
        if kind in provenances:
            return f"{word}: {sentence}"
    return sentence


def chart_words(chart: Chart) -> str:
    """``App Store, Japan · iPhone · top free · apps, games not included``."""
    genre = _GENRES.get(chart.genre) or _genre_words(chart.genre)
    ranking = chart.ranking.replace("-", " ")
    where = f"App Store, {storefront_name(chart.storefront)}"
    return f"{where} · {_DEVICES[chart.device]} · {ranking} · {genre}"


def _genre_words(genre: str) -> str:
    """``Social Networking``; of a kind of games ``Role-Playing Games``."""
    kind = genre.removeprefix("games-")
    return f"{kind.title()} Games" if kind != genre else genre.replace("-", " ").title()
