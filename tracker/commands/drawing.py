"""Commands that make pictures: chart, demo."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tracker.commands.common import (
    Told,
    catalog_of,
    db_option,
    find_apps,
    open_to_read,
    printable,
    say,
    series_of,
    series_options,
    settings_of,
)
from tracker.commands.noting import read_events
from tracker.errors import ApptrackError, NothingToShow
from tracker.model import App, Chart, Series

if TYPE_CHECKING:
    from tracker.collect import Result
    from tracker.demo.play import Played
    from tracker.plot import Note
    from tracker.store import Reader

CHARTS = Path("charts")


def _size(text: str) -> tuple[int, int]:
    from tracker.plot.size import parse_size

    return parse_size(text)


SIZE = Told("size", _size)


@click.command("chart")
@click.argument("apps", nargs=-1, required=True, metavar="APP...")
@series_options
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A .html, .png, .svg or .json file.  [default: charts/APPS.html]",
)
@click.option("--theme", type=click.Choice(["light", "dark"]), default="light", show_default=True)
@click.option(
    "--size",
    type=SIZE,
    default="wide",
    show_default=True,
    help="wide, square or story (larger type, for phones), or pixels as 1600x900.",
)
@click.option(
    "--events",
    "events_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A CSV file of dated notes to mark, happened_at,title,source; beside those kept.",
)
@click.option(
    "--context",
    "others",
    type=click.IntRange(0, 50),
    default=0,
    show_default=True,
    help="Draw that many other apps of the chart behind, in grey: those that stood highest.",
)
@click.option("--table", is_flag=True, help="Put the data as a table beneath a .html picture.")
@db_option
@click.pass_context
def chart_command(
    context: click.Context,
    /,
    apps: tuple[str, ...],
    output: Path | None,
    theme: str,
    size: tuple[int, int],
    events_file: Path | None,
    others: int,
    table: bool,
    db: Path | None,
    chart: Chart,
    **chosen: Any,
) -> None:
    """Draw the ranks of apps over time, and who overtook whom.

    APP is an alias, an app id or a name. Prints the file's path and the headline. Never draws a
    rank nobody saw: no line where the chart was not looked at, and none where an app was unranked.
    """
    from tracker.plot import SUFFIXES

    if output and output.suffix.lower() not in SUFFIXES:
        raise click.UsageError(f"'{output}' should end in {', '.join(SUFFIXES)}")
    if table and output and output.suffix.lower() != ".html":
        raise click.UsageError("--table goes with a .html file")
    told = read_events(events_file) if events_file else []
    settings = settings_of(context, db)
    with open_to_read(settings) as reader:
        meant = find_apps(catalog_of(settings, reader), apps)
        series = series_of(reader, meant, chart=chart, settings=settings, **chosen)
        _refuse_unseen(reader, series)
        behind = _company(reader, series, others)
        notes = [*_kept_notes(reader, series), *told]
    where = output or CHARTS / f"{_file_name(meant)}.html"
    _draw(series, [where], notes=notes, context=behind, theme=theme, size=size, table=table)


def _company(reader: Reader, series: Sequence[Series], most: int) -> list[Series]:
    """The series of the other apps that stood highest on the same snapshots."""
    if not most:
        return []
    from tracker.store.company import company

    line = series[0].timeline
    apps = company(reader, line, [one.app.app_id for one in series], most)
    return reader.series(
        line.chart, line.source, apps, since=line.times[0], until=line.times[-1],
        provenances=sorted(set(line.provenances)),
    )  # fmt: skip


def _kept_notes(reader: Reader, series: Sequence[Series]) -> list[Note]:
    """The notes in the database that a plot of SERIES concerns."""
    from tracker.plot import Note
    from tracker.store.notes import notes_for

    ids = [one.app.app_id for one in series]
    return [
        Note(note.happened_at, note.title, note.source)
        for note in notes_for(reader, series[0].timeline.chart, ids)
    ]


def _refuse_unseen(reader: Reader, series: Sequence[Series]) -> None:
    """Say which apps were never ranked in these snapshots; raise where none was."""
    line = series[0].timeline
    unseen = [one.app for one in series if all(rank is None for rank in one.ranks)]
    told = [_never_seen(reader, app, line.chart) for app in unseen]
    if len(unseen) == len(series):
        raise NothingToShow("; ".join(told))
    for words in told:
        say(words)


def _never_seen(reader: Reader, app: App, chart: Chart) -> str:
    elsewhere = dict.fromkeys(str(seen.chart) for seen in reader.seen(app.app_id))
    elsewhere.pop(str(chart), None)
    words = f"{printable(app.name)} ({app.app_id}) was not ranked on {chart} in these snapshots"
    if not elsewhere:
        return f"{words}, nor seen on any other chart"
    return f"{words}; it was seen on {', '.join(list(elsewhere)[:6])} (choose with --on)"


def _file_name(apps: Sequence[App]) -> str:
    names = [app.alias or re.sub(r"[^A-Za-z0-9]+", "-", app.app_id) for app in apps]
    return "-".join(names)[:100]


def _draw(
    series: Sequence[Series], outputs: Sequence[Path], *, table: bool = False, **chosen: Any
) -> None:
    """Write the picture of SERIES to each of OUTPUTS; print the paths and the headline."""
    from tracker.plot import data_table, draw, render
    from tracker.plot.render import title

    beneath = data_table(series) if table else ""
    for output in outputs:
        suffix = output.suffix.lower()
        # What a pointer does needs a page.
        spec = draw(series, now=datetime.now(UTC), interactive=suffix == ".html", **chosen)
        _write(output, render(spec, suffix, table=beneath))
        click.echo(str(output))
    click.echo(printable(title(spec)))


def _write(path: Path, content: bytes) -> None:
    """Put CONTENT at PATH, whole or not at all."""
    part = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            part.write_bytes(content)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise ApptrackError(f"{path}: cannot be written: {error.strerror}") from None


@click.command("demo")
@click.option(
    "--db",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("data/demo.db"),
    show_default=True,
    help="The database to make; an earlier demo's is replaced.",
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=CHARTS,
    show_default=True,
    help="The folder for the pictures.",
)
def demo_command(db: Path, out: Path) -> None:
    """Play January 2025 from a loopback store, collect it and draw it.

    The days DeepSeek passed ChatGPT, as far as the press dated them; all ranks between those
    facts are reconstructed, and database, picture and output say so. Needs no network: the real
    scheduler reads a store on 127.0.0.1 over HTTP. Never claims to be a recording.
    """
    from tracker.demo import play

    rough = play.fresh(db)
    say("playing 22 to 28 January 2025 on 127.0.0.1, an hour every 0.06 s; a reconstruction")
    try:
        played = play.play(rough, _Bar().tell)
        rough.replace(db)
    finally:
        play.discard(rough)
    _tell_played(played, db)
    series, notes = _demo_series(db)
    _draw(series, [out / "demo.html", out / "demo.png"], notes=notes)


class _Bar:
    """The play's days as they pass, on a terminal."""

    def __init__(self) -> None:
        self._day = ""

    def tell(self, result: Result) -> None:
        day = f"{result.at:%-d %B}"
        if day != self._day:
            self._day = day
            say(f"  {day}")


def _tell_played(played: Played, db: Path) -> None:
    from tracker.demo.script import facts

    click.echo(
        f"{db}: {played.snapshots} snapshots in {played.passes} passes, reconstructed, not recorded"
    )
    click.echo(
        f"{played.failed} fetches failed while the store was down on purpose: a gap, no rank"
    )
    for fact in facts():
        click.echo(f"fact: {fact.at:%-d %B %Y}, {fact.title} ({fact.source})")


def _demo_series(db: Path) -> tuple[list[Series], list[Note]]:
    from tracker.catalog import Catalog
    from tracker.demo.script import CHART
    from tracker.store import Reader

    find = Catalog().find
    with Reader(db) as reader:
        source = reader.sources_of(CHART)[0]
        series = reader.series(CHART, source, [find("deepseek"), find("chatgpt")])
        return series, _kept_notes(reader, series)
