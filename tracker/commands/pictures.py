"""What the commands that draw share: where a picture goes, its theme, and its file."""

from __future__ import annotations

import os
import re
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
from tracker.model import App

if TYPE_CHECKING:
    from tracker.plot import Note

Function = TypeVar("Function", bound=Callable[..., Any])

FOLDER = Path("charts")
#: What ``-o`` is for the terminal.
TERMINAL = Path("-")

theme_option = click.option(
    "--theme", type=click.Choice(["light", "dark"]), default="light", show_default=True
)


def _size(text: str) -> tuple[int, int]:
    from tracker.plot.style.size import parse_size

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


def output_option(told: str, *, terminal: bool = False) -> Callable[[Function], Function]:
    """``-o``; TOLD is its help, and TERMINAL whether ``-`` is for the terminal."""
    kind = FilePath(dir_okay=False, allow_dash=terminal, path_type=Path)
    return click.option("-o", "--output", type=kind, callback=_checked, help=told)


def _checked(context: click.Context, option: click.Parameter, output: Path | None) -> Path | None:
    from tracker.plot import SUFFIXES

    dash = isinstance(option.type, click.Path) and option.type.allow_dash
    if output is None or (dash and output == TERMINAL) or output.suffix.lower() in SUFFIXES:
        return output
    or_dash = ", or be - for the terminal" if dash else ""
    raise click.UsageError(f"'{output}' should end in {', '.join(SUFFIXES)}{or_dash}")


def now() -> datetime:
    """What a picture says of the time it was drawn; SOURCE_DATE_EPOCH, where it is set."""
    told = os.environ.get("SOURCE_DATE_EPOCH")
    try:
        return datetime.fromtimestamp(int(told), UTC) if told else datetime.now(UTC)
    except (ValueError, OverflowError, OSError):
        raise InvalidValue(
            f"SOURCE_DATE_EPOCH is {told!r}, and should be seconds since 1970, or unset"
        ) from None


def screen(output: Path) -> dict[str, Any]:
    """What every picture is told: what a pointer does needs a page, and the time it is drawn."""
    return {"interactive": output.suffix.lower() == ".html", "now": now()}


def file_name(apps: Sequence[App]) -> str:
    """``deepseek-chatgpt``: a part of a file's name, whatever the apps are called."""
    names = [app.alias or re.sub(r"[^A-Za-z0-9]+", "-", app.app_id) for app in apps]
    return "-".join(names)[:100]


def legible_in(output: Path | None, apps: Sequence[App]) -> list[App]:
    """APPS by names that can be written in OUTPUT: only a PNG depends on the fonts of this machine.

    What is drawn under another name is told on stderr.
    """
    if output is None or output.suffix.lower() != ".png":
        return list(apps)
    from tracker.plot.style.glyphs import legible

    found = [legible(app) for app in apps]
    for app, drawn in zip(apps, found, strict=True):
        if drawn != app:
            say(
                f"no font here has all letters of '{printable(app.name)}': drawn as "
                f"'{printable(drawn.name)}' (Debian's fonts-noto-cjk has Chinese, Japanese and "
                "Korean; .html and .svg use their reader's fonts)"
            )
    return found


def notes_in(output: Path, notes: Sequence[Note]) -> list[Note]:
    """NOTES in letters that can be written in OUTPUT; that some are left out is told on stderr."""
    if output.suffix.lower() != ".png":
        return list(notes)
    from tracker.plot.style.glyphs import legible_words

    found = [replace(note, title=legible_words(note.title)) for note in notes]
    if cut := sum(
        " ".join(note.title.split()) != drawn.title
        for note, drawn in zip(notes, found, strict=True)
    ):
        say(f"no font here has all letters of {cut} note{'s' * (cut > 1)}: drawn without them")
    return found


def sheets_for(output: Path, size: tuple[int, int]) -> Sequence[tuple[int, int]]:
    """The sizes in which OUTPUT holds a picture of SIZE: a page is for every screen."""
    from tracker.plot import sheets

    return sheets(size, page=output.suffix.lower() == ".html")


def write_picture(
    output: Path, spec: dict[str, Any], *narrower: dict[str, Any], table: str = ""
) -> None:
    """Write the picture of SPEC to OUTPUT and print its path.

    A page has the NARROWER of it as well, for narrower windows, and TABLE beneath it.
    """
    from tracker.plot import render

    _write(output, render(spec, output.suffix.lower(), narrower=narrower, table=table))
    click.echo(str(output))


def tell_headline(spec: dict[str, Any]) -> None:
    from tracker.plot.files.render import title
    from tracker.plot.style.typeset import unmarked

    click.echo(printable(unmarked(title(spec))))


def _write(path: Path, content: bytes) -> None:
    """Put CONTENT at PATH, whole or not at all."""
    with written_whole(path) as part:
        part.write_bytes(content)
