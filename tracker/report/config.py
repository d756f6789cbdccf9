"""Settings that were checked: their faults, and what a pass asks of the stores."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from tracker.lookup import CALLS
from tracker.settings.check import Check
from tracker.settings.world import World
from tracker.sources import web_charts
from tracker.words import at_most, counted


def _lookups(checked: Check) -> int:
    """The most requests for names after a pass: only web pages have apps by id alone."""
    used = [
        source.name for _, source in checked.settings.charts_and_sources(checked.settings.charts)
    ]
    return CALLS if checked.settings.lookup_names and web_charts.SOURCE.name in used else 0


def checked_lines(checked: Check) -> list[str]:
    """What is wrong, or that nothing is, with what a pass asks for."""
    name = checked.file or "no apptrack.toml here, the defaults"
    if checked.faults:
        faults = counted(len(checked.faults), "fault")
        return [*checked.faults, *_warnings(checked), f"{name}: {faults}"]
    return [f"{name}: valid", *_pass(checked), *_warnings(checked)]


def _pass(checked: Check) -> list[str]:
    settings = checked.settings
    charts = counted(len(settings.charts), "chart")
    charts += f" of shard {settings.shard}" if settings.shard.count > 1 else ""
    pace = settings.fetch.per_minute
    lines = [f"one pass reads {charts} with {counted(checked.requests, 'request')}:"]
    lines += [f"  {load.host}: {counted(load.requests, 'request')}" for load in checked.loads]
    paced = f"{pace:g} requests a minute to each host" if pace else "no pace (per_minute = 0)"
    slower = [load for load in checked.loads if load.per_minute < pace]
    paced += "".join(f", {load.per_minute:g} to {load.host}" for load in slower)
    lines.append(
        f"a pass takes at least {at_most(checked.seconds)} at {paced}; "
        f"the interval is {at_most(settings.every.total_seconds())}"
    )
    if calls := _lookups(checked):
        lines.append(f"after it, at most {calls} requests for names, unless lookup_names = false")
    return lines


def _warnings(checked: Check) -> list[str]:
    return [f"warning: {warning}" for warning in checked.warnings]


def world_lines(plan: World) -> list[str]:
    """What a pass over all charts of the world takes."""
    return [
        f"the whole world: {plan.charts:,} charts in {plan.storefronts} storefronts",
        f"  a pass: {plan.charts:,} requests, {plan.seconds / 3600:,.1f} hours at the pace of all "
        f"machines together, so {plan.passes_a_year:,.0f} passes a year",
        f"  a year: {plan.ranks_a_year / 1e9:,.2f} billion ranks, "
        f"{plan.sqlite_bytes / 1e9:,.0f} GB of databases, {plan.parquet_bytes / 1e9:,.1f} GB as "
        "Parquet",
        f"  machines: {plan.machines}, so that each database grows by at most 50 GB a year; more "
        "machines are not faster, because they share the pace",
    ]


def config_json(checked: Check, plan: World | None = None) -> dict[str, Any]:
    settings, valid = checked.settings, not checked.faults
    result: dict[str, Any] = {
        "file": None if checked.file is None else str(checked.file),
        "valid": valid,
        "faults": list(checked.faults),
        "warnings": list(checked.warnings),
    }
    if valid:
        result["pass"] = {
            "charts": len(settings.charts),
            "requests": checked.requests,
            "hosts": [
                {"host": load.host, "requests": load.requests, "seconds": load.seconds}
                for load in checked.loads
            ],
            "seconds": checked.seconds,
            "per_minute": settings.fetch.per_minute,
            "every_seconds": settings.every.total_seconds(),
            "name_lookups": _lookups(checked),
        }
    if plan:
        result["world"] = asdict(plan)
    return result
