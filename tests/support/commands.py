"""The commands of the program, as its help and its docs list them."""

from __future__ import annotations

from collections.abc import Iterator

import click

from tracker.cli import COMMANDS, main


def every_command() -> Iterator[tuple[str, click.Command, click.Context]]:
    """Each command with its subcommands, by its full name."""
    top = click.Context(main, info_name="apptrack", **main.context_settings)
    yield "apptrack", main, top
    for name in COMMANDS:
        command = main.get_command(top, name)
        assert command is not None
        context = click.Context(command, info_name=name, parent=top)
        yield f"apptrack {name}", command, context
        if isinstance(command, click.Group):
            for inner, sub in command.commands.items():
                yield (
                    f"apptrack {name} {inner}",
                    sub,
                    click.Context(sub, info_name=inner, parent=context),
                )
