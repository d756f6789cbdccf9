"""Messages where there is no data: why, and where there is some."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from tracker.errors import NothingToShow
from tracker.model import App, Chart, Provenance, Series, iso
from tracker.stores import IN_SENTENCE

if TYPE_CHECKING:
    from tracker.store import Reader

_MOST = 8


def never_observed(reader: Reader, chart: Chart) -> str:
    """CHART has no snapshot at all; which charts have."""
    charts = [str(chart) for chart in reader.charts()]
    if not charts:
        return no_snapshots(reader, chart)
    listed = ", ".join(charts[:_MOST]) + (", …" if len(charts) > _MOST else "")
    return (
        f"{chart} was never observed; run 'apptrack collect {chart}', or choose with --on: {listed}"
    )


def no_snapshots(reader: Reader, chart: Chart) -> str:
    return f"{reader.path} has no snapshots yet; run 'apptrack collect {chart}'"


def never_observed_anywhere(reader: Reader, chart: Chart) -> str:
    """No storefront has a snapshot of the device, ranking and genre of CHART; which ones have."""
    kinds = dict.fromkeys(kind_of(chart) for chart in reader.charts())
    if not kinds:
        return no_snapshots(reader, chart)
    listed = ", ".join(list(kinds)[:_MOST]) + (", …" if len(kinds) > _MOST else "")
    return (
        f"{kind_of(chart)} was never observed in any storefront; "
        f"run 'apptrack collect {chart}', or choose with --on: {listed}"
    )


def kind_of(chart: Chart) -> str:
    """``iphone/top-free/apps``: a chart without its storefront."""
    return f"{chart.device}/{chart.ranking}/{chart.genre}"


def not_observed_then(
    reader: Reader,
    what: str,
    charts: Sequence[Chart],
    source: str | None,
    provenances: Sequence[str],
    since: datetime | None,
    until: datetime | None,
) -> str:
    """WHAT, that CHARTS have no snapshot; from when to when, and when the nearest ones are."""
    from tracker.store.snapshots import nearest_snapshots

    kinds = tuple(Provenance(provenance) for provenance in provenances) or tuple(Provenance)
    nearest = nearest_snapshots(reader, charts, source, kinds, since, until)
    if not nearest.any:
        ways = f" with provenance {' or '.join(provenances)}" if provenances else ""
        return f"{what}{ways}{f' from {source}' if source else ''}; there are other snapshots"
    near = [
        *([f"the last snapshot before is of {iso(nearest.before)}"] if nearest.before else []),
        *([f"the first snapshot after is of {iso(nearest.after)}"] if nearest.after else []),
    ]
    return f"{what} {window_words(since, until)}: {', '.join(near)}"


def window_words(since: datetime | None, until: datetime | None) -> str:
    """``from 2026-07-01T00:00:00Z on``."""
    if since and until:
        return f"between {iso(since)} and {iso(until)}"
    if since:
        return f"from {iso(since)} on"
    return f"up to {iso(until)}" if until else "at any time"


def nothing_in_any(
    reader: Reader,
    chart: Chart,
    source: str | None,
    provenances: Sequence[str],
    since: datetime | None,
    until: datetime | None,
) -> str:
    """Why no storefront has a snapshot of the device, ranking and genre of CHART then."""
    charts = [other for other in reader.charts() if chart.differs_only_in("storefront", other)]
    if not charts:
        return never_observed_anywhere(reader, chart)
    what = f"no storefront's {kind_of(chart)} was observed"
    return not_observed_then(reader, what, charts, source, provenances, since, until)


def never_ranked_words(reader: Reader, app: App, where: str, besides: Sequence[Chart]) -> str:
    """APP was not ranked WHERE; on which charts other than BESIDES it was."""
    elsewhere = dict.fromkeys(seen.chart for seen in reader.seen(app.app_id))
    charts = [str(chart) for chart in elsewhere if chart not in besides]
    known = "" if app.app_id in app.name else f" ({app.app_id})"
    words = f"{app.name}{known} was not ranked {where} in these snapshots"
    if not reader.complete:
        return words
    if not charts:
        return f"{words}, nor seen on any other chart of {IN_SENTENCE[besides[0].store]}"
    more = ", …" if len(charts) > _MOST else ""
    return f"{words}; it was ranked on {', '.join(charts[:_MOST])}{more} (choose with --on)"


def few_ranked_words(chart: Chart, ranked: Sequence[App]) -> str:
    """None of the assistants, or RANKED only, was on CHART, so that nothing can be compared."""
    who = f"of the assistants only {ranked[0].name}" if ranked else "none of the assistants"
    return f"{who} was ranked on {chart} in these snapshots"


def where_words(charts: Sequence[Chart]) -> str:
    """``on us/iphone/top-free/apps``, ``in 20 storefronts' iphone/top-free/apps``."""
    if len(charts) == 1:
        return f"on {charts[0]}"
    return f"in {len(charts)} storefronts' {kind_of(charts[0])}"


def unranked_lines(reader: Reader, every: Sequence[Sequence[Series]]) -> list[str]:
    """A line for each app that is ranked in none of EVERY chart's series, which are parallel.

    Raises ``NothingToShow`` where that is true of all apps.
    """
    charts = [series[0].timeline.chart for series in every]
    where, columns = where_words(charts), list(zip(*every, strict=True))
    never = [
        column[0].app
        for column in columns
        if not any(any(app_series.ranks) for app_series in column)
    ]
    lines = [never_ranked_words(reader, app, where, charts) for app in never]
    if len(never) == len(columns):
        raise NothingToShow("; ".join(lines))
    return lines


def unranked_words(reader: Reader, series: Sequence[Series]) -> list[str]:
    """A line for each app that none of these snapshots of one chart ranks."""
    chart = series[0].timeline.chart
    return [
        never_ranked_words(reader, one_series.app, f"on {chart}", [chart])
        for one_series in series
        if not any(one_series.ranks)
    ]
