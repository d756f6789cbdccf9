"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from tracker.commands.common import CHART, DEFAULT_CHART, TIME
from tracker.model import Provenance

confirm_option = click.option(
    "--confirm",
    type=click.IntRange(min=1),
    default=2,
    show_default=True,
    help="Snapshots in a row that confirm a new lead.",
)


source_option = click.option("--source", help="The source, where several have snapshots.")
provenance_option = click.option(
    "--provenance",
    "provenances",
    multiple=True,
    type=click.Choice([one.value for one in Provenance]),
    help="Only snapshots that came this way (may be repeated).",
)


def moment_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that choose a moment of a chart: --on, --at, --source, --provenance."""
    for option in reversed(
        (
            click.option(
                "--on", "chart", type=CHART, default=DEFAULT_CHART, show_default=True,
                help="The chart: storefront/device/ranking/genre.",
            ),
            click.option("--at", type=TIME, help="At this time, not the newest snapshot's."),
            source_option,
            provenance_option,
        )
    ):  # fmt: skip
        command = option(command)
    return command
