"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from tracker.commands.common import CHART, DEFAULT_CHART, SNAPSHOTS_OPTIONS, TIME, Told
from tracker.commands.completing import complete_charts
from tracker.model import Provenance
from tracker.queries.charts import ChartPattern

CHARTS = Told("chart", ChartPattern.parse, complete_charts)

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


def charts_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """As ``series_options``, of several charts: --on may be repeated and have a ``*``."""
    charts = click.option(
        "--on",
        "charts",
        type=CHARTS,
        multiple=True,
        default=[DEFAULT_CHART],
        show_default=True,
        help="The chart, or several: * stands for any part, g7 for a group of storefronts, as in "
        "'*/iphone/top-free/apps' (may be repeated).",
    )
    for option in reversed((charts, *SNAPSHOTS_OPTIONS)):
        command = option(command)
    return command
