"""A read-only MCP server: the questions of the public API, for agents, over stdin and stdout."""

from __future__ import annotations

from collections.abc import Callable

from tracker.api import Database
from tracker.errors import MissingExtra

INSTRUCTIONS = """\
App store chart rankings as they were observed. Nothing here can be changed.
A chart is storefront/device/ranking/genre, such as us/iphone/top-free/apps. Rank 1 is best.
'ranked' has a rank; 'unranked' has no entry among the first `top`, all of which were observed;
'unobserved' means that no snapshot shows it. Never treat one as another.
An overtake is known only as the interval from `after` to `by`, a duration only by two bounds.
Name the source and the times of what you report. Where `basis.warnings` is not empty, repeat it:
the data were reconstructed, simulated or imported, or are old.
`cite` gives a sentence to quote as it stands, and the stored responses that prove it."""


def serve(open_database: Callable[[], Database]) -> None:
    """Answer until stdin ends. OPEN_DATABASE opens it anew for each question."""
    try:
        from mcp.server import MCPServer
        from mcp.server.mcpserver.exceptions import ToolError
    except ImportError:
        raise MissingExtra(
            "mcp needs the MCP SDK; install it with: pip install 'apptrack[mcp]'"
        ) from None
    from tracker import __version__
    from tracker.mcp.tools import tools

    server = MCPServer(
        "apptrack", instructions=INSTRUCTIONS, version=__version__, log_level="ERROR"
    )
    for tool in tools(open_database, ToolError):
        server.add_tool(tool, structured_output=True)
    server.run("stdio")
