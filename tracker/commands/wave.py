"""The command wave: one app passing another, storefront after storefront."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from tracker.analysis.waves import Passage
from tracker.commands.completion import complete_apps
from tracker.commands.context import Where, open_either
from tracker.commands.options import (
    confirm_option,
    data_options,
    on_option,
    table_options,
    tz_option,
    window_options,
)
from tracker.commands.output import Table, print_table, say
from tracker.exports import printable
from tracker.model import Chart
from tracker.queries.no_data import kind_of
from tracker.report.wave import wave_cells, wave_words
from tracker.words import PROVENANCES

if TYPE_CHECKING:
    pass


@click.command("wave")
@click.argument("a", metavar="A", shell_complete=complete_apps)
@click.argument("b", metavar="B", shell_complete=complete_apps)
@on_option
@window_options
@confirm_option
@tz_option
@table_options
@data_options
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
    table: Table,
    where: Where,
) -> None:
    """List the storefronts in the order in which one app passed another.

    Shows the first confirmed overtake of B by A in each storefront, in the order of the snapshots
    by which it had happened. Below are the storefronts where A was ahead from the first snapshot,
    passed B without being confirmed, or did not pass it; last those where one of the two was never
    ranked, which count in no share. Each storefront has one source. Intervals that overlap have no
    order: `surely after the ones above` shows where there is one.
    """
    with open_either(
        context, where, (a, b), lambda asked: asked.fill_series((a, b), asked.alike(chart))
    ) as database:
        passages = database.wave(a, b, chart, since=since, until=until, confirm=confirm)
    if table.for_programs:
        table.write(passage.to_json() for passage in table.pick(passages))
    else:
        _print(list(passages), list(table.pick(passages)), table, zone)


def _print(
    passages: Sequence[Passage], picked: Sequence[Passage], table: Table, zone: ZoneInfo
) -> None:
    a, b = passages[0].a.name, passages[0].b.name
    columns = (
        "storefront", "what is known", "after", "by", "surely after the ones above", "kind",
        "ahead at the last snapshot", "source",
    )  # fmt: skip
    title = f"{a} passing {b}, {kind_of(passages[0].chart)}, times in {zone.key}"
    print_table(
        "" if table.quiet else f"{title}\n{wave_words(passages)}",
        columns,
        [wave_cells(passage, a, b, zone) for passage in picked],
    )
    if table.quiet:
        return
    kinds = {kind for passage in passages for kind in passage.timeline.provenances}
    for kind in PROVENANCES:
        if kind in kinds:
            fronts = [
                passage.chart.storefront
                for passage in passages
                if kind in passage.timeline.provenances
            ]
            say(printable(f"{', '.join(fronts)}: {PROVENANCES[kind]}"))
