"""The command mcp: a read-only server for agents."""

from __future__ import annotations

from pathlib import Path

import click

from tracker.commands.context import existing, settings_of
from tracker.commands.options import db_option


@click.command("mcp")
@db_option
@click.pass_context
def mcp_command(context: click.Context, db: Path | None) -> None:
    """Answer the questions of agents over MCP on stdin and stdout, read-only.

    Needs the extra: pip install 'apptrack[mcp]'. A client starts it; it ends with the client.
    """
    from tracker.api import Database
    from tracker.mcp import serve

    settings = settings_of(context, db)
    existing(settings)
    serve(lambda: Database(settings))
