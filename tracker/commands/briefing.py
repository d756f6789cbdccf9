"""The command brief: sentences that can be printed, each computed, each with its caveat."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from tracker.analysis import never_ranked
from tracker.analysis.moments import DAY, LATELY, MONTH, WEEK, reach, standing_wins
from tracker.commands.common import (
    db_option,
    json_option,
    open_to_read,
    print_json,
    settings_of,
)
from tracker.commands.completing import complete_apps
from tracker.commands.meant import catalog_of, find_app, ranked_on
from tracker.commands.moments import (
    Moment,
    moment_of,
    moment_options,
    moves_of,
    observed,
    place_of,
)
from tracker.commands.plain import print_lines
from tracker.commands.rivals import confirm_option
from tracker.commands.sentences import (
    Sentence,
    before_sentence,
    never_sentence,
    none_passed_sentence,
    passed_sentence,
    rank_sentence,
    reach_sentence,
)
from tracker.commands.zones import tz_option
from tracker.model import App, Chart
from tracker.settings import Settings
from tracker.words import told_apart

if TYPE_CHECKING:
    from tracker.store import Reader
    from tracker.store.moments import Place

SPANS = {"day": DAY, "week": WEEK, "month": MONTH}


@dataclass(frozen=True, slots=True)
class _Told:
    """How it is to be told: the OTHERS it may have passed, CONFIRM snapshots, in which ZONE.

    UNSEEN are the storefronts that the settings watch and nobody has looked at.
    """

    others: Sequence[App]
    unseen: Sequence[str]
    confirm: int
    zone: ZoneInfo


@click.command("brief")
@click.argument("app", metavar="APP", shell_complete=complete_apps)
@moment_options
@confirm_option
@tz_option
@json_option
@db_option
@click.pass_context
def brief_command(
    context: click.Context,
    /,
    app: str,
    chart: Chart,
    at: datetime | None,
    source: str | None,
    provenances: tuple[str, ...],
    confirm: int,
    zone: ZoneInfo,
    as_json: bool,
    db: Path | None,
) -> None:
    """Write sentences on an app that can be printed, each with its caveat.

    Its rank; in how many storefronts it is at number one and in the top ten; where it was a day, a
    week and a month (30 d) before; whom it passed in 7 days. The moment is the newest snapshot of
    that chart in any storefront, or --at. A storefront counts where its newest snapshot is at most
    36 h older than the moment. Never claims more than was looked at: who looked elsewhere, or
    between two snapshots, may know better.
    """
    settings = settings_of(context, db)
    with open_to_read(settings) as reader:
        catalog = catalog_of(settings, reader)
        until = at or reader.newest(chart)
        pick = ranked_on(reader, chart, until - MONTH if until else None, until)
        meant = find_app(catalog, app, pick)
        place = place_of(reader, chart, source, provenances, settings.sources, meant.app_id)
        places = [place, *_siblings(reader, place, source, settings)]
        moment = moment_of(reader, place, at or _newest(reader, places), SPANS)
        others = {one.app_id: one for one in (meant, *catalog.apps)[::-1]}
        apps = {one.app_id: one for one in told_apart(others.values())}
        meant = apps[meant.app_id]
        unseen = [] if at else _unseen(settings, places)
        how = _Told(list(apps.values()), unseen, confirm, zone)
        told = list(_sentences(reader, meant, moment, places, how))
    if as_json:
        print_json([one.to_json() for one in told])
        return
    for one in told:
        print_lines([one.text, f"    {one.caveat}"])
    print_lines([f"Times are in {zone.key}."])


def _siblings(
    reader: Reader, place: Place, source: str | None, settings: Settings
) -> Iterator[Place]:
    """The same list in the other storefronts, each by one source."""
    from tracker.store.moments import observed_charts, sources_with

    for chart in observed_charts(reader):
        if chart == place.chart or replace(chart, storefront=place.chart.storefront) != place.chart:
            continue
        there = sources_with(reader, chart, place.app_id)
        chosen = [
            one for one in ([source] if source else [*settings.sources, *there]) if one in there
        ]
        if chosen:
            yield replace(place, chart=chart, source=chosen[0])


def _unseen(settings: Settings, places: Sequence[Place]) -> list[str]:
    """The storefronts in which the settings watch the same list, and that were never looked at."""
    seen = {place.chart for place in places}
    own = places[0].chart.storefront
    return [
        chart.storefront
        for chart in sorted(set(settings.charts) - seen)
        if replace(chart, storefront=own) == places[0].chart
    ]


def _newest(reader: Reader, places: Iterable[Place]) -> datetime | None:
    from tracker.store.moments import newest_look

    looks = [newest_look(reader, place, None, None) for place in places]
    return max((look.observed_at for look in looks if look), default=None)


def _sentences(
    reader: Reader, app: App, moment: Moment, places: Sequence[Place], told: _Told
) -> Iterator[Sentence]:
    """All that can be said of APP; PLACES are the storefronts watched."""
    from tracker.store.moments import last_ranked, ranks_in, timeline_of

    place, until = moment.place, moment.vantage.asked
    ranks = ranks_in(reader, moment.used, [app])
    rank = ranks.get((app.app_id, moment.look.number))
    last = last_ranked(reader, place, app, until)
    line = timeline_of(place, moment.window)
    yield rank_sentence(app, moment, line, rank, last, told.zone)
    if last is None:
        yield never_sentence(app, place, until, _seen(reader, app, place, until), told.zone)
    yield _reach(reader, app, places, until, told)
    if last is None:
        return
    for name, moved in moves_of(reader, moment, app, ranks).items():
        yield before_sentence(name, moment, moved, told.zone)
    if rank is not None:
        yield from _passed(reader, app, moment, told)


def _seen(reader: Reader, app: App, place: Place, until: datetime) -> list[tuple[Place, datetime]]:
    """When APP was last ranked on each other chart and by each other source."""
    from tracker.store.moments import last_ranked, observed_charts, sources_at

    places = [
        replace(place, chart=chart, source=source)
        for chart in observed_charts(reader)
        for source in sources_at(reader, chart)
        if (chart, source) != (place.chart, place.source)
    ]
    last = [(one, last_ranked(reader, one, app, until)) for one in places]
    return [(one, time) for one, time in last if time]


def _reach(
    reader: Reader, app: App, places: Iterable[Place], at: datetime, told: _Told
) -> Sentence:
    from tracker.store.moments import newest_look, ranks_in

    looks = [(place, newest_look(reader, place, None, at)) for place in places]
    found = [(place, look) for place, look in looks if look]
    ranks = ranks_in(reader, [look for _, look in found], [app])
    seen = [(place.chart.storefront, observed(look, app, ranks)) for place, look in found]
    counted = [(place, look) for place, look in found if look.observed_at >= at - LATELY]
    return reach_sentence(app, reach(seen, at), at, counted, told.unseen, told.zone)


def _passed(reader: Reader, app: App, moment: Moment, told: _Told) -> Iterator[Sentence]:
    from tracker.store.moments import pairs_in, timeline_of

    since = moment.look.observed_at - WEEK
    # One look before the week: what was passed by the week's first look was passed after that one.
    start = max(0, sum(look.observed_at < since for look in moment.window) - 1)
    others = [other for other in told.others if other.app_id != app.app_id]
    looks = moment.window[start:]
    pairs = pairs_in(reader, moment.place, looks, app, others)
    won = standing_wins(pairs, since, told.confirm)
    for one, line in won:
        yield passed_sentence(one, line, told.zone)
    if not won:
        compared = sum(not never_ranked(pair) for pair in pairs)
        line = timeline_of(moment.place, looks)
        yield none_passed_sentence(compared, line, told.zone)
