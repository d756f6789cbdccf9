"""The endpoints that have charts, one file each. A new source is one file and one line here.

A source is pure: ``url`` makes an address, ``parse`` reads bytes; neither opens anything.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from tracker.errors import UnknownName
from tracker.model import Chart, Payload, Snapshot
from tracker.sources import (
    apple_rss,
    google_play,
    itunes_derived,
    itunes_rss,
    web_charts,
)
from tracker.sources.parsing import clean
from tracker.sources.source import Source

__all__ = [
    "CROSS_CHECKED",
    "DEFAULT_SOURCES",
    "SOURCES",
    "Source",
    "clean",
    "parser_of",
    "second_for",
    "source_for",
]

#: In order of preference.
SOURCES: Mapping[str, Source] = {
    source.name: source
    for source in (
        apple_rss.SOURCE,
        itunes_rss.SOURCE,
        web_charts.SOURCE,
        itunes_derived.SOURCE,
        google_play.SOURCE,
    )
}
#: Those in use unless the settings name others: the endpoints that are documented or public pages.
DEFAULT_SOURCES = tuple(name for name, source in SOURCES.items() if not source.private)

#: Sources of the same charts: both leave games out of ``apps``. The genres of itunes-rss
#: hold an app under its first genre only, which is not known of the web pages.
CROSS_CHECKED = (apple_rss.SOURCE.name, web_charts.SOURCE.name)


def parser_of(name: str) -> Callable[[Payload], Snapshot] | None:
    """What reads the payloads of the source NAME, archived ones included; None for neither."""
    if name in SOURCES:
        return SOURCES[name].parse
    from tracker.sources import archived

    return archived.PARSERS.get(name)


def source_for(chart: Chart, order: Sequence[str] = DEFAULT_SOURCES) -> Source:
    """The first source of ORDER that carries CHART; a series comes from one source."""
    for name in order:
        if SOURCES[name].carries(chart):
            return SOURCES[name]
    elsewhere = [source for source in SOURCES.values() if source.carries(chart)]
    mend = f"; {elsewhere[0].name} does, add it to 'sources'" if elsewhere else ""
    if elsewhere and elsewhere[0].private:
        mend += " (its endpoint is undocumented: see docs/google-play.md)"
    raise UnknownName(f"no source in use ({', '.join(order)}) carries {chart}{mend}")


def second_for(chart: Chart, order: Sequence[str] = DEFAULT_SOURCES) -> Source | None:
    """The other of the two sources of the same charts; None where it does not have CHART."""
    first = source_for(chart, order).name
    for name in CROSS_CHECKED:
        if first in CROSS_CHECKED and name != first and name in order:
            return SOURCES[name] if SOURCES[name].carries(chart) else None
    return None
