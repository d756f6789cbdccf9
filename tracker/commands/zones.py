"""Times as a person wants them: in UTC, or in a zone that is named."""

from __future__ import annotations

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

from tracker.commands.common import Told
from tracker.errors import InvalidValue, echo


def read_zone(text: str) -> ZoneInfo:
    """``Asia/Tokyo``; raises ``InvalidValue`` for what is no zone."""
    try:
        return ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidValue(f"{echo(text)} is no time zone, such as UTC or Asia/Tokyo") from None


#: --tz: a command gets it as ``zone``.
tz_option = click.option(
    "--tz",
    "zone",
    type=Told("zone", read_zone),
    default="UTC",
    show_default=True,
    help="Tell times in this zone; in what programs read they stay in UTC.",
)
