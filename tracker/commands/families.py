"""The same apps on charts that differ in one part: in every storefront, ranking or genre."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from tracker.commands.common import apart_words
from tracker.errors import InvalidValue
from tracker.model import App, Chart, Provenance, Series
from tracker.settings import Settings

if TYPE_CHECKING:
    from tracker.plot.text.facets import Facet, Part
    from tracker.store import Reader


def series_of_family(
    reader: Reader,
    charts: Sequence[Chart],
    apps: Sequence[App],
    settings: Settings,
    *,
    source: str | None = None,
    provenances: Sequence[str] = (),
    since: datetime | None = None,
    until: datetime | None = None,
) -> Iterator[list[Series]]:
    """The series of APPS on each of CHARTS that was looked at then, by the chart's own source.

    That is SOURCE where it is named, else the first of the settings' order; a chart without it is
    left out.
    """
    if since and until and since >= until:
        raise InvalidValue("--since must be before --until")
    kinds = [Provenance(one) for one in provenances] or list(Provenance)
    for chart in charts:
        there = reader.sources_of(chart)
        order = [source] if source else [*settings.sources, *there]
        named = next((name for name in order if name in there), None)
        if named is None:
            continue
        series = reader.series(chart, named, apps, since=since, until=until, provenances=kinds)
        if series[0].timeline.times:
            yield series


def apart_in(
    reader: Reader,
    charts: Sequence[Chart],
    apps: Sequence[App],
    since: datetime | None,
    until: datetime | None,
) -> str:
    """Why the sparse snapshots of CHARTS give no series of APPS, chart by chart; may be empty."""
    told = [
        apart_words(reader, chart, source, apps, since, until)
        for chart in charts
        for source in reader.sources_of(chart)
    ]
    return "; ".join(words for words in told if words)


def facets_of(
    reader: Reader,
    apps: Sequence[App],
    chart: Chart,
    part: Part,
    settings: Settings,
    *,
    source: str | None = None,
    provenances: Sequence[str] = (),
    since: datetime | None = None,
    until: datetime | None = None,
) -> list[Facet]:
    """A facet for each chart that differs from CHART in nothing but its PART, CHART's own first.

    The others, by name: those of the database, and those that the settings watch and nobody has
    looked at yet.
    """
    from tracker.plot.text.facets import Facet, name_of
    from tracker.store.days import family
    from tracker.store.sparse import has_sparse

    seen = family(reader, chart, part)
    watched = [
        one for one in settings.charts if replace(chart, **{part: getattr(one, part)}) == one
    ]
    others = sorted({*seen, *watched} - {chart}, key=lambda one: name_of(one, part))
    found = {
        series[0].timeline.chart: tuple(series)
        for series in series_of_family(
            reader, seen, apps, settings, source=source, provenances=provenances,
            since=since, until=until,
        )
    }  # fmt: skip
    return [
        Facet(one, found.get(one, ()), known=one in seen, apart=has_sparse(reader, one))
        for one in (chart, *others)
    ]
