"""Whatever is typed as any argument of any command: no line of the messages is long."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from tests.support.shop import apptrack
from tests.support.stored import snapshot
from tracker.cli import COMMANDS, in_short, main
from tracker.store import Store

#: Letters of a line; what was typed is repeated with 60 of them.
LONGEST = 320
JUNK = ("x" * 2000, "x y " * 500, "é/'\"" * 500, "9" * 2000)
#: They serve until they are ended, or contact a store.
NOT_RUN = {"browse", "run", "demo"}
REQUIRED = {
    "app": "1", "apps": "1", "first": "1", "second": "2", "chart": "us/iphone/top-free/apps",
    "winner": "1", "loser": "2",
}  # fmt: skip


def leaves(
    command: click.Command, path: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """The commands under COMMAND that are called, each with the words that call it."""
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            if inner := command.get_command(context, name):
                yield from leaves(inner, (*path, name))
    else:
        yield path, command


def with_junk(command: click.Command, junk: str) -> Iterator[list[str]]:
    """The arguments of COMMAND with JUNK for each of its parameters in turn."""
    takes = [parameter for parameter in command.params if not getattr(parameter, "is_flag", False)]
    for junked in takes:
        words: list[str] = []
        for parameter in takes:
            value = junk if parameter is junked else REQUIRED.get(str(parameter.name), "1")
            if isinstance(parameter, click.Option):
                if parameter is junked:
                    words += [f"{parameter.opts[-1]}={value}"]
            elif parameter is junked or parameter.required:
                words += [value] * max(parameter.nargs, 1)
        yield words


@pytest.mark.parametrize("name", [name for name in COMMANDS if name not in NOT_RUN])
def test_no_line_of_a_message_is_long(name: str) -> None:
    with Store(Path("apptrack.db")) as store:
        store.save(snapshot(0, [1, 2]))
        store.save(snapshot(1, [2, 1]))
    command = main.get_command(click.Context(main), name)
    assert command
    for number, (path, leaf) in enumerate(leaves(command, (name,))):
        for words in with_junk(leaf, JUNK[number % len(JUNK)]):
            done = apptrack(*path, *words)
            for line in done.stderr.splitlines():
                assert len(line) <= LONGEST, (path, [word[:40] for word in words], line)


@pytest.mark.parametrize("command", ["collect us/iphone/top-free/apps", "stats 1", "migrate"])
def test_a_database_whose_name_is_too_long_is_said_to_be_that(command: str) -> None:
    done = apptrack(*command.split(), "--db", "x" * 300)
    assert done.returncode == 1
    assert "too long" in done.stderr


@pytest.mark.parametrize("words", [["x" * 999], ["--x" * 999], ["--settings", "x" * 999, "stats"]])
def test_nor_before_a_command_is_known(words: list[str]) -> None:
    done = apptrack(*words)
    assert done.returncode in (1, 2)
    assert max(map(len, done.stderr.splitlines())) <= LONGEST


def test_a_message_repeats_the_start_of_what_was_typed() -> None:
    long = "it's " * 40
    assert in_short(f"no app is called {long!r}; see", [long]) == (
        f"no app is called {long[:59]!r}"[:-1] + '…"; see'
    )
    assert in_short("see --tz=UTC", ["--tz=UTC"]) == "see --tz=UTC"
