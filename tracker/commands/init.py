"""The command init: a first apptrack.toml."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from tracker.commands.options import Parsed
from tracker.commands.output import print_lines, say
from tracker.report.config import checked_lines
from tracker.settings import DEFAULT_DB, file_of
from tracker.settings.answers import WATCHED, apps, every, storefronts
from tracker.settings.check import check
from tracker.settings.readers import sources as read_sources
from tracker.settings.writing import Choices, new_settings, refuse_existing, write_new
from tracker.sources import DEFAULT_SOURCES
from tracker.store.files import make_folder
from tracker.storefronts import GROUPS

#: Each question: its option, its words, its default, and what reads the answer.
_QUESTIONS: tuple[tuple[str, str, str, Callable[[str], Any]], ...] = (
    ("storefronts", "Storefronts: codes, and groups such as g7, eu or all", "us", storefronts),
    ("apps", "Assistants to watch, or none", WATCHED, apps),
    ("every", "Interval between passes", "1h", every),
    ("sources", "Sources, the preferred one first", ",".join(DEFAULT_SOURCES), read_sources),
)


@click.command("init")
@click.option(
    "--storefronts",
    type=Parsed("list", storefronts),
    help=f"Codes and groups ({', '.join(GROUPS)}), separated by commas.  [default: us]",
)
@click.option(
    "--apps",
    type=Parsed("list", apps),
    help=f"Assistants to watch, separated by commas, or none.  [default: {WATCHED}]",
)
@click.option("--every", type=Parsed("duration", every), help="The interval.  [default: 1h]")
@click.option(
    "--sources",
    type=Parsed("list", read_sources),
    help=f"In order of preference, separated by commas.  [default: {','.join(DEFAULT_SOURCES)}]",
)
@click.option("--yes", is_flag=True, help="Ask nothing; take the default of what is not given.")
@click.option("--force", is_flag=True, help="Overwrite the file if there is one.")
@click.pass_context
def init_command(context: click.Context, /, yes: bool, force: bool, **given: Any) -> None:
    """Write a first apptrack.toml with comments, and create the folder of the database.

    Asks for what is not given as an option; with --yes, or where standard input is not a terminal,
    takes the defaults. An existing file is overwritten only with --force. Prints what 'apptrack
    config check' shows of the new file.
    """
    named = context.find_root().obj
    path = file_of(Path(named) if named else None)
    refuse_existing(path, force=force)
    answers = _answers(given, asking=not yes and sys.stdin.isatty())
    text = new_settings(Choices(**answers))
    make_folder(Path(DEFAULT_DB))
    write_new(path, text, force=force)
    print_lines([f"wrote {path}; the database will be {DEFAULT_DB}", *checked_lines(check(path))])
    say("next: apptrack collect, or apptrack run to collect at the interval")


def _answers(given: dict[str, Any], *, asking: bool) -> dict[str, Any]:
    return {
        name: given[name] if given[name] is not None else _answer(words, default, read, asking)
        for name, words, default, read in _QUESTIONS
    }


def _answer(words: str, default: str, read: Callable[[str], Any], asking: bool) -> Any:
    if not asking:
        return read(default)
    return click.prompt(words, default, type=Parsed("answer", read), err=True)
