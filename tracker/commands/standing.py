"""The command standings: the assistants on a chart at a moment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from tracker.analysis.moments import DAY, WEEK, Move, Movement
from tracker.commands.common import (
    db_option,
    json_option,
    open_to_read,
    print_json,
    rank_words,
    settings_of,
)
from tracker.commands.meant import catalog_of
from tracker.commands.moments import (
    Moment,
    look_json,
    look_words,
    moment_json,
    moment_of,
    moment_options,
    moment_words,
    move_json,
    moves_of,
    place_of,
)
from tracker.commands.plain import print_columns, print_lines
from tracker.commands.zones import tz_option
from tracker.model import App, Chart
from tracker.words import told_apart

if TYPE_CHECKING:
    from tracker.store import Reader

SPANS = {"day": DAY, "week": WEEK}


@dataclass(frozen=True, slots=True)
class Row:
    """An assistant in the standings."""

    app: App
    rank: int | None
    moves: Mapping[str, Movement | None]


def standings(reader: Reader, moment: Moment, apps: Iterable[App]) -> list[Row]:
    """Those of APPS that are ranked, by rank; then those that were in a look compared with."""
    from tracker.store.moments import ranks_in

    apps = list(apps)
    ranks = ranks_in(reader, moment.used, apps)
    rows = [
        Row(app, ranks.get((app.app_id, moment.look.number)), moves_of(reader, moment, app, ranks))
        for app in apps
    ]
    told = [row for row in rows if row.rank or any(row.moves.values())]
    return sorted(told, key=lambda row: (row.rank is None, row.rank or 0, row.app.name))


@click.command("standings")
@moment_options
@tz_option
@json_option
@db_option
@click.pass_context
def standings_command(
    context: click.Context,
    /,
    chart: Chart,
    at: datetime | None,
    source: str | None,
    provenances: tuple[str, ...],
    zone: ZoneInfo,
    as_json: bool,
    db: Path | None,
) -> None:
    """Rank the assistants on a chart at a moment, with movement over a day and a week.

    The newest snapshot by then is compared with the one nearest to a day (a week) before it, at
    most half of that off. An app unranked then is `new` where its present stay in the chart
    is the first that was seen, else `back`; one that `left` was looked for as deep as it stood;
    `undetermined`: one of the two snapshots is too shallow to tell. Never claims a rank for a time
    nobody looked: the age of what is compared is always told.
    """
    settings = settings_of(context, db)
    with open_to_read(settings) as reader:
        place = place_of(reader, chart, source, provenances, settings.sources)
        moment = moment_of(reader, place, at, SPANS)
        apps = told_apart({app.app_id: app for app in catalog_of(settings).apps[::-1]}.values())
        rows = standings(reader, moment, apps)
    if as_json:
        print_json(_json(moment, rows, len(apps)))
        return
    print_lines([*moment_words(moment, zone), *_compared_words(moment, zone), ""])
    if rows:
        spans = [f"over a {name} (places)" for name in SPANS]
        cells = [
            [rank_words(row.rank), row.app.name, *map(_cell, row.moves.values())] for row in rows
        ]
        print_columns(["rank", "app", *spans], cells)
        print_lines([""])
    if not any(row.rank for row in rows):
        print_lines(
            [f"no watched assistant is on {chart}; see 'apptrack brief' for an app's charts"]
        )
    out = len(apps) - sum(row.rank is not None for row in rows)
    print_lines(
        [f"{out} of {len(apps)} watched assistants are not among the first {moment.look.depth}"]
    )


def _compared_words(moment: Moment, zone: ZoneInfo) -> list[str]:
    return [
        f"a {name} before: {look_words(look, moment.look, zone)}"
        if look
        else f"a {name} before: no snapshot then"
        for name, look in moment.earlier.items()
    ]


def _cell(moved: Movement | None) -> str:
    if moved is None:
        return "unranked then"
    if moved.places:
        return f"{moved.places:+d}"
    if moved.then and moved.move in (Move.LEFT, Move.BEYOND):
        rank, depth = moved.then.rank, moved.then.depth
        return f"{moved.move} ({f'was {rank}' if rank else f'{depth} deep then'})"
    return str(moved.move)


def _json(moment: Moment, rows: Sequence[Row], watched: int) -> dict[str, Any]:
    return {
        **moment_json(moment),
        "compared_with": {
            name: look_json(look, moment.look) for name, look in moment.earlier.items()
        },
        "watched": watched,
        "not_in_chart": watched - sum(row.rank is not None for row in rows),
        "apps": [
            {
                "rank": row.rank,
                "app_id": row.app.app_id,
                "name": row.app.name,
                "alias": row.app.alias,
                **{name: move_json(moved) for name, moved in row.moves.items()},
            }
            for row in rows
        ],
    }
