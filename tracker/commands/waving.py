"""The command wave: one app passing another, storefront after storefront."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from tracker.analysis.waves import Passing, Shore, wave
from tracker.commands.common import (
    CHART,
    DEFAULT_CHART,
    TIME,
    csv_option,
    db_option,
    json_option,
    open_to_read,
    print_json,
    print_table,
    printable,
    say,
    say_unranked,
    settings_of,
)
from tracker.commands.completing import complete_apps
from tracker.commands.families import apart_in
from tracker.commands.meant import catalog_of, find_apps, ranked_on
from tracker.commands.nothing import kind_of, nothing_in_any
from tracker.commands.plain import csv_cell, print_csv
from tracker.commands.rivals import confirm_option
from tracker.commands.zones import shown, tz_option
from tracker.errors import InvalidValue, NothingToShow
from tracker.evidence import event_of
from tracker.model import App, Chart, Series, iso
from tracker.settings import Settings
from tracker.words import PROVENANCES

if TYPE_CHECKING:
    from tracker.store import Reader


@click.command("wave")
@click.argument("a", metavar="A", shell_complete=complete_apps)
@click.argument("b", metavar="B", shell_complete=complete_apps)
@click.option(
    "--on",
    "chart",
    type=CHART,
    default=DEFAULT_CHART,
    show_default=True,
    help="The device, ranking and genre; every storefront of them is told.",
)
@click.option(
    "--since", type=TIME, help="From this time on: 2026-08-17 (UTC) or 2026-08-17T04:50:46Z."
)
@click.option("--until", type=TIME, help="Up to this time.")
@confirm_option
@tz_option
@json_option
@csv_option
@db_option
@click.pass_context
def wave_command(
    context: click.Context,
    /,
    a: str,
    b: str,
    chart: Chart,
    since: datetime | None,
    until: datetime | None,
    confirm: int,
    zone: ZoneInfo,
    as_json: bool,
    as_csv: bool,
    db: Path | None,
) -> None:
    """List the storefronts in the order in which one app passed another.

    Of each storefront the first confirmed overtake of B by A, by one source, the first in the
    settings' order; then those where A was ahead from the first look, has passed without being
    confirmed, or has not passed; then those where one of them was never ranked, which count in no
    share. Ordered by the time by which it had happened. Never claims an order between intervals
    that overlap: `surely after the ones above` says where there is one.
    """
    if as_json and as_csv:
        raise click.UsageError("choose one of --json and --csv")
    if since and until and since >= until:
        raise InvalidValue("--since must be before --until")
    from tracker.store.days import storefronts_of

    settings = settings_of(context, db)
    with open_to_read(settings) as reader:
        pick = ranked_on(reader, chart, since, until, "storefront")
        apps = find_apps(catalog_of(settings, reader), (a, b), pick)
        if len(apps) < 2:
            raise click.UsageError("name two apps")
        pairs = list(_pairs(reader, chart, apps, settings, since, until))
        paired = {one.timeline.chart for one, _ in pairs}
        missing = [one for one in storefronts_of(reader, chart) if one not in paired]
        apart = apart_in(reader, missing, apps, since, until)
        if not pairs:
            raise NothingToShow(apart or nothing_in_any(reader, chart, None, (), since, until))
        say_unranked(reader, pairs)
    if apart:
        say(apart)
    shores = wave(pairs, confirm)
    if as_json:
        print_json([_row(one, apps) for one in shores])
    elif as_csv:
        _print_csv([_row(one, apps) for one in shores])
    else:
        _print(shores, apps, zone)


def _pairs(
    reader: Reader,
    chart: Chart,
    apps: Sequence[App],
    settings: Settings,
    since: datetime | None,
    until: datetime | None,
) -> Iterator[tuple[Series, Series]]:
    """The two series of every storefront that was observed in that time."""
    from tracker.store.moments import observed_charts, sources_at

    for one in observed_charts(reader):
        if replace(one, storefront=chart.storefront) != chart:
            continue
        there = sources_at(reader, one)
        source = next((name for name in settings.sources if name in there), there[0])
        first, second = reader.series(one, source, apps, since=since, until=until)
        if first.timeline.times:
            yield first, second


def _row(one: Shore, apps: Sequence[App]) -> dict[str, Any]:
    line, told = one.timeline, one.overtake
    event = told.to_json() if told else {}
    keys = (
        "after", "by", "kind", "status", "gap", "winner_rank_before", "winner_rank_after",
        "loser_rank_before", "loser_rank_after", "held_seconds",
    )  # fmt: skip
    return {
        "storefront": line.chart.storefront,
        "chart": line.chart.slug,
        "source": line.source,
        "a_id": apps[0].app_id,
        "b_id": apps[1].app_id,
        "passing": one.passing.value,
        "never_ranked": [app.app_id for app in one.never_ranked],
        "surely_after": one.surely_after,
        "id": str(event_of(line, told)) if told else None,
        **{key: event.get(key) for key in keys},
        "a_ahead_at_first": one.ahead_at_first,
        "a_ahead_at_last": one.ahead_at_last,
        "snapshots": len(line.times),
        "first_look": iso(line.times[0]),
        "last_look": iso(line.times[-1]),
        "provenances": sorted({kind.value for kind in line.provenances}),
    }


def _print_csv(rows: Sequence[dict[str, Any]]) -> None:
    lists = ("never_ranked", "provenances")
    told = (row | {name: " ".join(row[name]) for name in lists} for row in rows)
    print_csv(list(rows[0]), (map(csv_cell, row.values()) for row in told))


def _print(shores: Sequence[Shore], apps: Sequence[App], zone: ZoneInfo) -> None:
    a, b = (app.name for app in apps)
    columns = (
        "storefront", "what is known", "after", "by", "surely after the ones above", "kind",
        "ahead at the last look", "source",
    )  # fmt: skip
    title = f"{a} passing {b}, {kind_of(shores[0].chart)}, times in {zone.key}"
    print_table(f"{title}\n{_tally(shores)}", columns, [_cells(one, a, b, zone) for one in shores])
    kinds = {kind for one in shores for kind in one.timeline.provenances}
    for kind in PROVENANCES:
        if kind in kinds:
            fronts = [one.chart.storefront for one in shores if kind in one.timeline.provenances]
            say(printable(f"{', '.join(fronts)}: {PROVENANCES[kind]}"))


def _tally(shores: Sequence[Shore]) -> str:
    """``passed in 1 of 2 storefronts that ranked both; never ranked: B in jp, A and B in fr``."""
    both = [one for one in shores if not one.never_ranked]
    passed = sum(one.passing is Passing.PASSED for one in both)
    words = "no storefront ranked both"
    if both:
        plural = "s" * (len(both) != 1)
        words = f"passed in {passed} of {len(both)} storefront{plural} that ranked both"
    never: dict[str, list[str]] = {}
    for one in shores:
        if one.never_ranked:
            names = " and ".join(app.name for app in one.never_ranked)
            never.setdefault(names, []).append(one.chart.storefront)
    apart = [f"{names} in {', '.join(fronts)}" for names, fronts in never.items()]
    return f"{words}; never ranked: {'; '.join(apart)}" if apart else words


def _cells(one: Shore, a: str, b: str, zone: ZoneInfo) -> Sequence[str]:
    told = one.overtake
    surely = {True: "yes", False: "no", None: ""}[one.surely_after]
    last = {True: a, False: b, None: ""}[one.ahead_at_last]
    known = (
        f"{one.passing}: {told.status}"
        if told and one.passing is not Passing.PASSED
        else str(one.passing)
    )
    if one.never_ranked:
        known += f": {' and '.join(app.name for app in one.never_ranked)}"
    if one.passing is Passing.PASSED and one.ahead_at_first:
        known += ", and ahead at the first look"
    if told is None:
        return one.chart.storefront, known, "", "", "", "", last, one.timeline.source
    kind = f"{told.kind}, across a gap" if told.gap else str(told.kind)
    after, by = shown(told.after, zone), shown(told.by, zone)
    return one.chart.storefront, known, after, by, surely, kind, last, one.timeline.source
