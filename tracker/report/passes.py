"""One attempt, and what a stop left undone, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tracker.exports import printable

if TYPE_CHECKING:
    from tracker.collect import Report, Result


def line_of(result: Result) -> str:
    """``saved us/iphone/top-free/apps apple-rss 100 entries``, or what went wrong."""
    entries = f"{result.depth} entries" if result.depth else ""
    details = ", ".join(part for part in (entries, printable(result.error or "")) if part)
    return f"{result.outcome:<9} {result.chart}  {result.source}  {details}"


def cut_short(report: Report) -> str:
    """What a stop left undone, as the end of a line."""
    missed = report.asked - len(report.results)
    interrupted = f", {report.interrupted} interrupted" if report.interrupted else ""
    return interrupted + (f", {missed} not read" if missed else "")
