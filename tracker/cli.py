"""The command line: names the commands, loads each when it is called, explains errors once."""

from __future__ import annotations

import errno
import importlib
import os
import re
import sys
from collections.abc import Iterable
from contextlib import suppress
from difflib import get_close_matches
from keyword import iskeyword
from typing import Any

import click
from click.shell_completion import CompletionItem

from tracker import __version__
from tracker.errors import LONGEST_ECHO, ApptrackError, echo

#: Every command and its line in ``apptrack --help``; its file in ``commands`` has its name. The
#: line is here so that the list imports no command; a test compares it with the command's help.
COMMANDS = {
    "init": "Write a first apptrack.toml with comments, and create the folder of the database.",
    "demo": "Replay January 2025 from a store on this machine, collect it and draw it.",
    "collect": "Read each chart once and store it.",
    "run": "Collect at a fixed interval until it is stopped.",
    "import": "Import charts from CSV files, a saved payload, press reports or a git history.",
    "backfill": "Read charts of the past from the copies that a web archive keeps.",
    "merge": "Merge the snapshots, responses, fetches and events of other databases.",
    "chart": "Draw the ranks of apps over time, and who overtook whom.",
    "events": "Store dated notes that plots mark: a release, a ban, a headline.",
    "heatmap": "Draw an app in every storefront, day by day; or two, and who was ahead.",
    "overtakes": "List who passed whom, in which interval, and how sure that is.",
    "versus": "Sum up two apps: who is ahead, since when, by how much, how contested.",
    "wave": "List the storefronts in the order in which one app passed another.",
    "top": "Show the first entries of a chart at a moment, with movement over a day and a week.",
    "movers": "Show which apps climbed, fell, entered and left, for a whole chart.",
    "standings": "Rank apps on a chart at a moment, with movement over a day and a week.",
    "brief": "Write sentences on an app, each with its caveat, or a weekly report.",
    "stats": "Show an app's peak, its time at number one, its gaps and coverage.",
    "export": "Write series, overtakes or whole charts as CSV, JSON lines or Excel.",
    "apps": "List the apps of the settings and the assistants, search the store, edit the list.",
    "cite": "Quote one overtake or snapshot, with the responses that show it.",
    "verify": "Parse every stored response again and report any row that differs.",
    "status": "Show whether every chart is read as planned, and what to do where it is not.",
    "alerts": "Try, list and follow the alerts of the settings.",
    "config": "Check the settings.",
    "backup": "Copy the database to FILE, whole and verified, while the daemon runs.",
    "migrate": "Bring the database of an older apptrack up to date.",
    "prune": "Drop old payloads and failed fetches; ranks and snapshots stay.",
    "reparse": "Parse rejected responses again, and store those that can be parsed now.",
    "browse": "Open the database in Datasette, read-only, on this machine only.",
    "publish": "Write a site of files to DIRECTORY: who is ahead, pairs, apps, feeds and badges.",
    "mcp": "Answer the questions of agents over MCP on stdin and stdout, read-only.",
}


_TYPED = "tracker.typed"
_LONG_WORD = re.compile(r"\S{150,}")
#: What a full disk, a broken one, a limit, a quota, or a reader that has gone makes of a write.
_UNWRITABLE = {errno.ENOSPC, errno.EIO, errno.EFBIG, errno.EDQUOT, errno.EPIPE, errno.EBADF}


class Lazy(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, context: click.Context) -> list[str]:
        return list(COMMANDS)

    def resolve_command(
        self, context: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command named first in ARGS; an unknown one is refused with the nearest."""
        name = args[0]
        if name not in COMMANDS and not (context.resilient_parsing or name.startswith("-")):
            near = get_close_matches(name.lower(), COMMANDS, n=1)
            meant = f" Did you mean '{near[0]}'?" if near else ""
            raise click.UsageError(f"No such command {echo(name)}.{meant}", context)
        return super().resolve_command(context, args)

    def shell_complete(self, context: click.Context, incomplete: str) -> list[CompletionItem]:
        """The names that begin so, without an import of any command."""
        commands = [
            CompletionItem(name, help=line)
            for name, line in COMMANDS.items()
            if name.startswith(incomplete)
        ]
        return [*commands, *click.Command.shell_complete(self, context, incomplete)]

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        file = f"{name}_" if iskeyword(name) else name
        module = importlib.import_module(f"tracker.commands.{file}")
        command = getattr(module, f"{name}_command")
        assert isinstance(command, click.Command)
        return command

    def main(self, *args: Any, **options: Any) -> Any:
        """Run the program; output that cannot be written is an expected error, too."""
        if not sys.stdout:  # closed by who started it: only a command with results fails
            sys.stdout = os.fdopen(os.open(os.devnull, os.O_RDONLY), "w", encoding="utf-8")
        try:
            try:
                return super().main(*args, **options)
            finally:
                sys.stdout.flush()
        except OSError as error:
            if error.errno not in _UNWRITABLE or error.filename is not None:
                raise
            _drop_output()
            if error.errno != errno.EPIPE:  # whoever reads has enough
                words = f"apptrack: the output cannot be written: {error.strerror or error}"
                with suppress(OSError):  # where stderr is full as well
                    click.echo(words, err=True)
            sys.exit(1)

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        typed = list(args)
        try:
            context = super().make_context(info_name, args, parent, **extra)
        except click.ClickException as error:
            vars(error)["message"] = in_short(error.message, typed)
            raise
        context.meta[_TYPED] = typed
        return context

    def invoke(self, context: click.Context) -> object:
        """Run the command; an expected error becomes one line and its exit code, here only.

        What was typed is repeated in short.
        """
        try:
            return super().invoke(context)
        except click.ClickException as error:
            vars(error)["message"] = in_short(error.message, context.meta[_TYPED])
            raise
        except ApptrackError as error:
            from tracker.exports import printable

            line = in_short(printable(str(error)), context.meta[_TYPED])
            click.echo(f"apptrack: {line}", err=True)
            context.exit(error.exit_code)
        except OSError as error:
            if error.errno != errno.ENAMETOOLONG:
                raise
            line = in_short(f"{error.filename}: no file can have this name", context.meta[_TYPED])
            click.echo(f"apptrack: {line}: {error.strerror}", err=True)
            context.exit(1)


def in_short(message: str, typed: Iterable[str]) -> str:
    """MESSAGE with the start only of each long argument of TYPED and each word of 150 letters."""
    values = {part for text in typed for part in (text, text.partition("=")[2])}
    for value in sorted(values, key=len, reverse=True):
        for form in (value, repr(value)[1:-1], value.lower()):
            if len(form) > LONGEST_ECHO:
                message = message.replace(form, f"{form[: LONGEST_ECHO - 1]}…")
    return _LONG_WORD.sub(lambda word: f"{word[0][:60]}…{word[0][-60:]}", message)


def _drop_output() -> None:
    """Let Python end without another attempt to write what it still holds."""
    null = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
            continue
        with suppress(OSError, ValueError):
            os.dup2(null, stream.fileno())
    os.close(null)


@click.group(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="apptrack")
@click.option(
    "--settings",
    "settings_file",
    type=click.Path(dir_okay=False),
    help="Read this file instead of ./apptrack.toml.  [env: APPTRACK_SETTINGS]",
)
@click.pass_context
def main(context: click.Context, settings_file: str | None) -> None:
    """Record app store charts and report which app overtook which, and when.

    Ranked, unranked and unobserved are three different states. Results go to stdout, messages to
    stderr; exit status 0 on success, 1 on error, 2 on invalid usage, 3 from 'backfill' where it
    stopped before its end and is to be run again.
    """
    context.obj = settings_file
