"""Commands about pairs of apps: overtakes, versus."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from tracker.analysis import Bounds, Kind, Overtake, Status, never_ranked, overtakes_of_all
from tracker.analysis.rivalry import SETTLED, Rivalry, rivalry
from tracker.commands.common import (
    Told,
    csv_option,
    db_option,
    duration_words,
    json_option,
    json_text,
    open_to_read,
    print_json,
    print_table,
    printable,
    say,
    say_unranked,
    series_of,
    series_options,
    settings_of,
)
from tracker.commands.completing import complete_apps
from tracker.commands.meant import catalog_of, find_apps, ranked_on
from tracker.commands.plain import csv_cell, print_csv
from tracker.commands.zones import heading, shown, tz_option
from tracker.errors import NothingToShow
from tracker.model import App, Chart, Series, Timeline
from tracker.settings import Settings, parse_duration
from tracker.words import SINGLE_APPS, told_apart

confirm_option = click.option(
    "--confirm",
    type=click.IntRange(min=1),
    default=2,
    show_default=True,
    help="Snapshots in a row that confirm a new lead.",
)


@click.command("overtakes")
@click.argument("apps", nargs=-1, metavar="APP APP...", shell_complete=complete_apps)
@click.option("--all", "everyone", is_flag=True, help="Every pair of assistants on the chart.")
@series_options
@confirm_option
@click.option(
    "--kind",
    "kinds",
    multiple=True,
    type=click.Choice([one.value for one in Kind]),
    help="Only overtakes of this kind (may be repeated).",
)
@click.option(
    "--status",
    "statuses",
    multiple=True,
    type=click.Choice([one.value for one in Status]),
    help="Only overtakes of this status (may be repeated).",
)
@tz_option
@json_option
@csv_option
@db_option
@click.pass_context
def overtakes_command(
    context: click.Context,
    /,
    apps: tuple[str, ...],
    everyone: bool,
    confirm: int,
    kinds: tuple[str, ...],
    statuses: tuple[str, ...],
    zone: ZoneInfo,
    as_json: bool,
    as_csv: bool,
    db: Path | None,
    **chosen: Any,
) -> None:
    """List who passed whom, in which interval, and how sure that is.

    Two or more apps, by alias, app id or name; every pair is compared. Never claims an instant:
    an overtake happened after one snapshot and by another.
    """
    if everyone == bool(apps):
        raise click.UsageError("name two apps at least, or --all")
    if as_json and as_csv:
        raise click.UsageError("choose one of --json and --csv")
    settings = settings_of(context, db)
    series = _everyone(settings, **chosen) if everyone else _named(settings, apps, **chosen)
    comparable = len(series) - len(never_ranked(series)) > 1
    found = overtakes_of_all(series, confirm)
    if kinds or statuses:
        found = [
            one
            for one in found
            if one.kind in (kinds or Kind) and one.status in (statuses or Status)
        ]
    line = series[0].timeline
    if as_json:
        _print_json(_row(line, one) for one in found)
    elif as_csv:
        print_csv(_ROW, _csv_rows(line, found))
    else:
        _print_ledger(heading(line, zone), [_cells(one, zone) for one in found], comparable)


def _named(settings: Settings, texts: Sequence[str], **chosen: Any) -> list[Series]:
    with open_to_read(settings) as reader:
        pick = ranked_on(reader, chosen["chart"], chosen["since"], chosen["until"])
        apps = find_apps(catalog_of(settings, reader), texts, pick)
        if len(apps) < 2:
            raise click.UsageError("name two apps at least, or --all")
        series = series_of(reader, apps, settings=settings, **chosen)
        say_unranked(reader, [series])
        return series


def _everyone(settings: Settings, chart: Chart, **chosen: Any) -> list[Series]:
    """The assistants that were ranked in these whole snapshots."""
    from tracker.store.sparse import has_sparse

    with open_to_read(settings) as reader:
        apps = told_apart(catalog_of(settings, reader).apps)
        every = series_of(reader, apps, chart=chart, settings=settings, sparse=False, **chosen)
        if has_sparse(reader, chart, every[0].timeline.source):
            say(f"left out: {SINGLE_APPS}; name apps to compare them there too")
    seen = [one for one in every if any(one.ranks)]
    if len(seen) < 2:
        some = f"of the assistants only {seen[0].app.name}" if seen else "none of the assistants"
        raise NothingToShow(f"{some} was ranked on {chart} in these snapshots")
    return seen


def _row(line: Timeline, one: Overtake) -> dict[str, Any]:
    facts = one.to_json()
    pair = f"{one.winner.app_id},{one.loser.app_id}"
    return {
        # As ``evidence.Event`` writes it, at a fifth of the time.
        "id": f"{line.source}:{line.chart}@{facts['by']},{pair}",
        **facts,
        "winner": one.winner.name,
        "loser": one.loser.name,
        "chart": line.chart.slug,
        "source": line.source,
    }


def _print_json(rows: Iterable[dict[str, Any]]) -> None:
    """A list of objects, one on each line; five years of every pair are 30,000 of them."""
    between = "[\n "
    for row in rows:
        click.echo(f"{between}{json_text(row)}", nl=False)
        between = ",\n "
    click.echo("\n]" if between.startswith(",") else "[]")


_ROW = (
    "id", "winner_id", "loser_id", "after", "by", "kind", "status", "gap", "winner_rank_before",
    "winner_rank_after", "loser_rank_before", "loser_rank_after", "held_seconds", "depth_before",
    "depth_after", "provenance_before", "provenance_after", "winner", "loser", "chart", "source",
)  # fmt: skip


def _csv_rows(line: Timeline, found: Iterable[Overtake]) -> Iterator[Iterable[object]]:
    """The values of ``_row``, of which only an app's id and name are a stranger's word."""
    safe = cache(csv_cell)
    for one in found:
        row = _row(line, one)
        row["id"] = csv_cell(row["id"])
        for name in ("winner_id", "loser_id", "winner", "loser"):
            row[name] = safe(row[name])
        row["gap"] = "true" if one.gap else "false"
        yield row.values()


#: A table with more rows than this is not laid out by rich.
_LONG = 200
_COLUMNS = ("after", "by", "winner", "loser", "ranks", "kind", "status", "held")


def _cells(one: Overtake, zone: ZoneInfo) -> Sequence[str]:
    ranks = f"{_ranks(one, one.winner_rank_before, one.winner_rank_after)} against " + _ranks(
        one, one.loser_rank_before, one.loser_rank_after
    )
    status = f"{one.status}, across a gap" if one.gap else str(one.status)
    return (
        shown(one.after, zone), shown(one.by, zone), _name(one.winner), _name(one.loser), ranks,
        str(one.kind), status, duration_words(one.held_seconds),
    )  # fmt: skip


def _ranks(one: Overtake, before: int | None, after: int | None) -> str:
    """From which rank to which; of an app that was not there, among how many it was looked for."""
    return f"{_rank(before, one.depth_before)}→{_rank(after, one.depth_after)}"


def _rank(rank: int | None, depth: int | None) -> str:
    return f"unranked of {depth}" if rank is None else str(rank)


def _name(app: App) -> str:
    return app.name if app.name.isprintable() else printable(app.name)


def _print_ledger(title: str, rows: Sequence[Sequence[str]], comparable: bool) -> None:
    """A table. One that is piped, or long, is plain lines: rich takes half a second a thousand."""
    if not rows:
        why = "none of them passed another" if comparable else "only one of them was ever ranked"
        click.echo(f"{title}\n\nno overtake: {why} in these snapshots")
        return
    if sys.stdout.isatty() and len(rows) <= _LONG:
        print_table(title, _COLUMNS, rows)
        return
    from rich.cells import cell_len

    wide = [max(map(cell_len, column)) for column in zip(_COLUMNS, *rows, strict=True)]
    rule = ["─" * width for width in wide]
    click.echo(f"\n{title}\n")
    for row in (_COLUMNS, rule, *rows):
        cells = [
            cell + " " * (width - cell_len(cell)) for cell, width in zip(row, wide, strict=True)
        ]
        click.echo("  " + "   ".join(cells).rstrip())
    click.echo()


@click.command("versus")
@click.argument("a", metavar="A", shell_complete=complete_apps)
@click.argument("b", metavar="B", shell_complete=complete_apps)
@series_options
@confirm_option
@click.option(
    "--settled",
    type=Told("duration", parse_duration),
    default=SETTLED,
    show_default="7d",
    help="How long an unbroken lead must have stood to be called settled.",
)
@tz_option
@json_option
@db_option
@click.pass_context
def versus_command(
    context: click.Context,
    /,
    a: str,
    b: str,
    confirm: int,
    settled: timedelta,
    zone: ZoneInfo,
    as_json: bool,
    db: Path | None,
    **chosen: Any,
) -> None:
    """Sum up two apps: who is ahead, since when, by how much, how contested.

    Shares of time are given from below and from above. Never claims who is ahead where neither is
    in the chart, nor of an app whose rival was never ranked there.
    """
    series = _named(settings_of(context, db), (a, b), **chosen)
    told = rivalry(series[0], series[1], confirm, settled)
    line = series[0].timeline
    if as_json:
        print_json({**told.to_json(), "chart": line.chart.slug, "source": line.source})
        return
    rows = _sums(told, settled, zone) if not told.never_ranked else list(_apart(series))
    print_table(heading(line, zone), ("", ""), rows)


def _apart(series: Sequence[Series]) -> Iterator[tuple[str, str]]:
    """What is said of two apps that cannot be compared, for no snapshot has one of them."""
    for one in series:
        ranked = sum(rank is not None for rank in one.ranks)
        words = f"ranked in {ranked} of {len(one.ranks)} snapshots" if ranked else "never ranked"
        yield one.app.name, words
    yield "ahead", "not compared: both must have been ranked"


def _sums(told: Rivalry, settled: timedelta, zone: ZoneInfo) -> list[tuple[str, str]]:
    rows = [
        ("ahead at the last look", _now_words(told, zone)),
        ("since", _since_words(told, zone)),
        ("margin", _margin_words(told)),
    ]
    shares = told.shares()
    for app, share in zip((told.a, told.b), shares or (), strict=False):
        rows.append((f"{app.name} ahead", _share_words(share)))
    rows.append(("lead changes", f"{told.changes}, {told.confirmed} of them confirmed"))
    if told.longest:
        held = duration_words(told.longest.seconds)
        lead = f"{told.longest.leader.name}, {held} from its first look to its last"
        rows.append(("longest lead", lead))
    days = duration_words(settled.total_seconds())
    rows.append(("standing", f"settled: unbroken for {days}" if told.settled else "contested"))
    return rows


def _now_words(told: Rivalry, zone: ZoneInfo) -> str:
    if told.now is None:
        return "undetermined: no look found either app"
    if told.undetermined_since:
        seen = shown(told.undetermined_since, zone)
        return f"undetermined; at {seen} it was {told.now.leader.name}"
    return f"{told.now.leader.name}, at {shown(told.looked_at, zone)}"


def _since_words(told: Rivalry, zone: ZoneInfo) -> str:
    if told.now is None:
        return ""
    if told.last is None:
        return f"the first look that shows either, at {shown(told.now.first, zone)}, or before"
    after, by = shown(told.last.after, zone), shown(told.last.by, zone)
    return f"after {after} and by {by} ({told.last.status})"


def _margin_words(told: Rivalry) -> str:
    if told.now is None:
        return "not known: neither was ranked"
    if told.margin is None or told.log_margin is None:
        return "not known: one of them is unranked"
    places = f"{told.margin} place{'s' * (told.margin != 1)}"
    return f"{places}, ln(rank ratio) {told.log_margin:.3f}"


def _share_words(share: Bounds) -> str:
    return f"{share.lower:.1%} to {share.upper:.1%} of the time from first to last look"
