"""The command stats: an app's figures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from tracker.analysis import Bounds, Debut, Stats, stats
from tracker.commands.common import (
    db_option,
    duration_words,
    json_option,
    open_to_read,
    print_json,
    print_table,
    printable,
    say,
    series_of,
    series_options,
    settings_of,
)
from tracker.commands.completing import complete_apps
from tracker.commands.meant import catalog_of, find_apps, ranked_on
from tracker.commands.nothing import never_ranked_words
from tracker.commands.zones import heading, shown, tz_option
from tracker.model import Chart, Series
from tracker.words import at_most, share_words


@click.command("stats")
@click.argument("apps", nargs=-1, required=True, metavar="APP...", shell_complete=complete_apps)
@series_options
@tz_option
@json_option
@db_option
@click.pass_context
def stats_command(
    context: click.Context,
    /,
    apps: tuple[str, ...],
    zone: ZoneInfo,
    as_json: bool,
    db: Path | None,
    **chosen: Any,
) -> None:
    """Tell an app's peak, its time at number one, its gaps and coverage.

    Durations are given from below and from above. Never claims a rank between two snapshots.
    """
    series = _series(context, apps, db, **chosen)
    figures = [stats(one) for one in series]
    line = series[0].timeline
    place = {"chart": line.chart.slug, "source": line.source}
    if as_json:
        told = [{**one.to_json(), "name": one.app.name, **place} for one in figures]
        print_json(told[0] if len(told) == 1 else told)
        return
    print_table(
        heading(line, zone),
        ("", *(one.app.name for one in figures)),
        zip(_LABELS, *(_figures(one, zone) for one in figures), strict=True),
    )


_LABELS = (
    "snapshots (ranked in)", "first in the chart", "peak", "first at peak",
    "time at number one", "time in the top ten", "time on the chart", "days (UTC) seen on it",
    "drop-outs", "median rank", "volatility, |ln(rank ratio)| a day", "longest spacing",
    "coverage",
)  # fmt: skip


def _figures(one: Stats, zone: ZoneInfo) -> Sequence[str]:
    spacing = one.observed.longest_spacing
    return (
        f"{one.observed.snapshots} ({one.ranked})",
        _debut(one.debut, zone),
        "never ranked" if one.peak_rank is None else str(one.peak_rank),
        "" if one.peak_at is None else shown(one.peak_at, zone),
        *(_bounds(bounds) for bounds in (one.at_1, one.top_10, one.on_chart)),
        str(one.days_ranked),
        str(len(one.drop_outs)),
        _median(one),
        "not known" if one.volatility_per_day is None else f"{one.volatility_per_day:.4f}",
        "" if spacing is None else at_most(spacing),
        share_words(one.observed).removeprefix("coverage "),
    )


def _median(one: Stats) -> str:
    if one.median_rank is not None:
        return str(one.median_rank)
    # The lower of two medians is a ranked look's, where half of the looks found it.
    missing = 2 * one.ranked < one.observed.snapshots
    return "unranked" if missing else "not known: some snapshots are too shallow"


def _bounds(bounds: Bounds) -> str:
    return f"{duration_words(bounds.lower)} to {duration_words(bounds.upper)}"


def _debut(debut: Debut | None, zone: ZoneInfo) -> str:
    if debut is None:
        return "never seen"
    after = f"after {shown(debut.after, zone)}, " if debut.after else "at the first look, "
    return f"{after}by {shown(debut.by, zone)}"


def _series(
    context: click.Context, texts: Sequence[str], db: Path | None, chart: Chart, **chosen: Any
) -> list[Series]:
    settings = settings_of(context, db)
    with open_to_read(settings) as reader:
        pick = ranked_on(reader, chart, chosen["since"], chosen["until"])
        apps = find_apps(catalog_of(settings, reader), texts, pick)
        series = series_of(reader, apps, chart=chart, settings=settings, **chosen)
        for one in series:
            if not any(one.ranks):
                say(printable(never_ranked_words(reader, one.app, f"on {chart}", [chart])))
        return series
