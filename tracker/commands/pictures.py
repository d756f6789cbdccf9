"""What the commands that draw share: where a picture goes, its theme, and its file."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from tracker.commands.options import FilePath, Parsed
from tracker.commands.output import say
from tracker.errors import InvalidValue
from tracker.exports import printable, written_whole
from tracker.model import App, Chart, Timeline, iso
from tracker.report.naming import unmarked

if TYPE_CHECKING:
    from tracker.plot import Note
    from tracker.plot.compose import Plot

Function = TypeVar("Function", bound=Callable[..., Any])

FOLDER = Path("charts")
#: What ``-o`` is for the terminal.
TERMINAL = Path("-")

theme_option = click.option(
    "--theme", type=click.Choice(["light", "dark"]), default="light", show_default=True
)


credit_option = click.option(
    "--credit", metavar="TEXT", help="Who made the picture, in a line below it."
)


def _size(text: str) -> tuple[int, int]:
    from tracker.plot import parse_size

    return parse_size(text)


def size_option(more: str) -> Callable[[Function], Function]:
    """``--size``; MORE is what its help ends with."""
    return click.option(
        "--size",
        type=Parsed("size", _size),
        default="wide",
        show_default=True,
        help=f"wide, square or story (larger type, for phones), or pixels as 1600x900. {more}",
    )


def output_option(help_text: str, *, terminal: bool = False) -> Callable[[Function], Function]:
    """``-o``; HELP_TEXT is its help, and TERMINAL whether ``-`` is for the terminal."""
    kind = FilePath(dir_okay=False, allow_dash=terminal, path_type=Path)
    return click.option("-o", "--output", type=kind, callback=_checked, help=help_text)


def _checked(context: click.Context, option: click.Parameter, output: Path | None) -> Path | None:
    from tracker.plot import SUFFIXES

    dash = isinstance(option.type, click.Path) and option.type.allow_dash
    if output is None or (dash and output == TERMINAL) or output.suffix.lower() in SUFFIXES:
        return output
    or_dash = ", or be - for the terminal" if dash else ""
    raise click.UsageError(f"'{output}' should end in {', '.join(SUFFIXES)}{or_dash}")


def now() -> datetime:
    """What a picture says of the time it was drawn; SOURCE_DATE_EPOCH, where it is set."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    try:
        return datetime.fromtimestamp(int(epoch), UTC) if epoch else datetime.now(UTC)
    except (ValueError, OverflowError, OSError):
        raise InvalidValue(
            f"SOURCE_DATE_EPOCH is {epoch!r}, and should be seconds since 1970, or unset"
        ) from None


def file_name(apps: Sequence[App]) -> str:
    """``deepseek-chatgpt``: a part of a file's name, whatever the apps are called."""
    names = [app.alias or re.sub(r"[^A-Za-z0-9]+", "-", app.app_id) for app in apps]
    return "-".join(names)[:100]


def legible_in(output: Path | None, apps: Sequence[App]) -> list[App]:
    """APPS by names that can be written in OUTPUT: only a PNG depends on the fonts of this machine.

    What is drawn under another name is reported on stderr.
    """
    if output is None or output.suffix.lower() != ".png":
        return list(apps)
    from tracker.plot.glyphs import legible

    drawables = [legible(app) for app in apps]
    for app, drawable in zip(apps, drawables, strict=True):
        if drawable != app:
            say(
                f"no font here has all letters of '{printable(app.name)}': drawn as "
                f"'{printable(drawable.name)}' (Debian's fonts-noto-cjk has Chinese, Japanese and "
                "Korean; .html and .svg use their reader's fonts)"
            )
    return drawables


def notes_in(output: Path, notes: Sequence[Note]) -> list[Note]:
    """NOTES in letters that OUTPUT can have; letters left out are reported on stderr."""
    if output.suffix.lower() != ".png":
        return list(notes)
    from tracker.plot.glyphs import legible_words

    legible_notes = [replace(note, title=legible_words(note.title)) for note in notes]
    if cut := sum(
        " ".join(note.title.split()) != readable.title
        for note, readable in zip(notes, legible_notes, strict=True)
    ):
        say(f"no font here has all letters of {cut} note{'s' * (cut > 1)}: drawn without them")
    return legible_notes


def write_picture(
    output: Path, plot: Plot, *, size: tuple[int, int], table: str = "", data: str = ""
) -> None:
    """Write PLOT to OUTPUT and print its path; a page has TABLE and the command DATA below it."""
    from tracker.plot import saved

    _write(output, saved(plot, output.suffix.lower(), size=size, table=table, data=data))
    click.echo(str(output))


def print_headline(plot: Plot) -> None:
    click.echo(printable(unmarked(plot.headline)))


def export_words(apps: Sequence[App], chart: Chart, line: Timeline) -> str:
    """The command that exports the series of APPS on CHART over the time of LINE."""
    names = " ".join(shlex.quote(app.alias or app.app_id) for app in apps)
    return (
        f"apptrack export series {names} --on {chart} --source {line.source} "
        f"--since {iso(line.times[0])} --until {iso(line.times[-1])}"
    )


def _write(path: Path, content: bytes) -> None:
    """Put CONTENT at PATH, whole or not at all."""
    with written_whole(path) as part:
        part.write_bytes(content)
