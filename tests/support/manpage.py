"""The manual page, made of the commands' own help: roff with the macros of man(7).

One page for all commands, without a date, so that the same commands always make the same page.
click-man makes a page for each command and dates them, so it is not used.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import click

from tests.support.commands import every_command
from tracker import __version__
from tracker.settings import KEYS, SIGNING_SECRET, variable

_FILES = (
    ("apptrack.toml", "The settings, in the working folder. apptrack init writes a first one."),
    ("data/apptrack.db", "The database, where neither --db nor APPTRACK_DB names another."),
)
_EXITS = (
    ("0", "Done."),
    ("1", "An error, explained on standard error, or something found by a command that checks."),
    ("2", "Invalid usage or settings."),
)


def manual() -> str:
    """The whole page."""
    return "\n".join(_page()) + "\n"


def _page() -> Iterator[str]:
    (_, top, context), *commands = every_command()
    yield f'.TH APPTRACK 1 "" "apptrack {__version__}" "User Commands"'
    yield from (
        ".SH NAME",
        r"apptrack \- record app store charts and report overtakes",
    )
    yield from (".SH SYNOPSIS", r".B apptrack", r"[\fIOPTIONS\fR] \fICOMMAND\fR [\fIARGS\fR]...")
    yield from (".SH DESCRIPTION", *_paragraphs(top.help or ""))
    yield from (".SH OPTIONS", *_options(top, context))
    yield ".SH COMMANDS"
    for name, command, context in commands:
        usage = " ".join(command.collect_usage_pieces(context))
        yield f'.SS "{_escaped(name)}"'
        yield f".B {_escaped(name)}"
        yield from (_escaped(usage), ".PP", *_paragraphs(command.help or ""))
        yield from _options(command, context, leaving="--help")
    yield from (".SH EXIT STATUS", *_entries(_EXITS))
    yield from (".SH ENVIRONMENT", *_entries(_variables()))
    yield from (".SH FILES", *_entries(_FILES))


def _variables() -> Iterator[tuple[str, str]]:
    yield "APPTRACK_SETTINGS", "The file of settings."
    yield SIGNING_SECRET, "The secret that signs a webhook's messages."
    for key in KEYS:
        yield variable(key), f"The setting {key}."


def _options(command: click.Command, context: click.Context, leaving: str = "") -> Iterator[str]:
    """The options of COMMAND but for the one called LEAVING."""
    options = (option for option in command.get_params(context) if leaving not in option.opts)
    records = (option.get_help_record(context) for option in options)
    yield from _entries(record for record in records if record)


def _entries(entries: Iterable[tuple[str, str]]) -> Iterator[str]:
    for term, words in entries:
        yield from (".TP", f".B {_escaped(term)}", _escaped(" ".join(words.split())))


def _paragraphs(text: str) -> Iterator[str]:
    """The paragraphs of a command's help, parted by ``.PP``."""
    for number, paragraph in enumerate(re.split(r"\n\s*\n", text.strip())):
        if number:
            yield ".PP"
        yield _escaped(" ".join(paragraph.replace("\b", "").split()))


def _escaped(text: str) -> str:
    """TEXT as roff takes it: no escape, no request, and hyphens that can be copied."""
    text = text.replace("\\", r"\e").replace("-", r"\-")
    return rf"\&{text}" if text.startswith((".", "'")) else text
