"""The command demo: January 2025 played, collected and drawn."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tracker.commands.chart import draw_files
from tracker.commands.options import FilePath
from tracker.commands.output import say
from tracker.commands.pictures import FOLDER
from tracker.demo.replay import series_and_notes

if TYPE_CHECKING:
    from tracker.collect import Result
    from tracker.demo.replay import Played


@click.command("demo")
@click.option(
    "--db",
    type=FilePath(dir_okay=False, path_type=Path),
    default=Path("data/demo.db"),
    show_default=True,
    help="The database to make; an earlier demo's is replaced.",
)
@click.option(
    "--out",
    type=FilePath(file_okay=False, path_type=Path),
    default=FOLDER,
    show_default=True,
    help="The folder for the pictures.",
)
@click.option(
    "--google-play",
    is_flag=True,
    help="Play a chart of Google Play beside it, made up from the same script: a simulation.",
)
def demo_command(db: Path, out: Path, google_play: bool) -> None:
    """Replay January 2025 from a store on this machine, collect it and draw it.

    The days DeepSeek passed ChatGPT, as far as the press dated them; all ranks between those facts
    are reconstructed, and database, picture and output say so. Needs no network: the real scheduler
    reads a store on 127.0.0.1 over HTTP.
    """
    from tracker.demo import replay

    rough = replay.fresh(db)
    say("playing 22 to 28 January 2025 on 127.0.0.1, an hour every 0.06 s; a reconstruction")
    try:
        played = replay.play(rough, _Bar().tell, google_play=google_play)
        rough.replace(db)
    finally:
        replay.discard(rough)
    _tell_played(played, db, google_play)
    series, notes = series_and_notes(db)
    draw_files(series, [out / "demo.html", out / "demo.png"], notes=notes)


class _Bar:
    """The play's days as they pass, on a terminal."""

    def __init__(self) -> None:
        self._day = ""

    def tell(self, result: Result) -> None:
        day = f"{result.at:%-d %B}"
        if day != self._day:
            self._day = day
            say(f"  {day}")


def _tell_played(played: Played, db: Path, google_play: bool) -> None:
    from tracker.demo.script import facts

    kinds = "reconstructed or simulated" if google_play else "reconstructed"
    click.echo(
        f"{db}: {played.snapshots} snapshots in {played.passes} passes, {kinds}, not recorded"
    )
    click.echo(
        f"{played.failed} fetches failed while the store was down on purpose: a gap, no rank"
    )
    for fact in facts():
        click.echo(f"reported: {fact.at:%-d %B %Y}, {fact.title} ({fact.source})")
