"""Settings that were checked: their faults, and what a pass asks of the stores."""

from __future__ import annotations

from typing import Any

from tracker.lookup import CALLS
from tracker.settings.check import Check
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
    pace = settings.fetch.per_minute
    lines = [f"one pass reads {charts} with {counted(checked.requests, 'request')}:"]
    lines += [f"  {load.host}: {counted(load.requests, 'request')}" for load in checked.loads]
    paced = f"{pace:g} requests a minute to each host" if pace else "no pace (per_minute = 0)"
    lines.append(
        f"a pass takes at least {at_most(checked.seconds)} at {paced}; "
        f"the interval is {at_most(settings.every.total_seconds())}"
    )
    if calls := _lookups(checked):
        lines.append(f"after it, at most {calls} requests for names, unless lookup_names = false")
    return lines


def _warnings(checked: Check) -> list[str]:
    return [f"warning: {warning}" for warning in checked.warnings]


def config_json(checked: Check) -> dict[str, Any]:
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
    return result
