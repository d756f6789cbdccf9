"""What every source is: a name, an address, and pure functions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tracker.model import Chart, Payload, Snapshot


@dataclass(frozen=True, slots=True)
class Source:
    """One endpoint.

    ``base`` is the address in front of every path, a setting, so that a loopback store can stand
    in. ``hosts`` are the store's other hosts to which the base's own host may redirect.
    ``carries(chart)``: whether the endpoint has such a chart at all. ``url(chart, base)``
    is its address, with the form behind ``#`` where the endpoint takes a POST. ``parse(payload)``
    gives the whole snapshot or raises ``ParseError``.

    ``complaint(body)`` is the
    error within an answer of status 200 that may pass, None without one. ``per_minute`` is the
    pace of an endpoint that is asked more slowly than the settings say. ``private``: undocumented,
    so that the settings must name it before it is asked.
    """

    name: str
    base: str
    hosts: frozenset[str]
    carries: Callable[[Chart], bool]
    url: Callable[[Chart, str], str]
    parse: Callable[[Payload], Snapshot]
    complaint: Callable[[bytes], str | None] | None = None
    per_minute: float | None = None
    private: bool = False
