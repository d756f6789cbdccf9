"""What every source is: a name, an address, and two pure functions."""

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
    is its address. ``parse(payload)`` gives the whole snapshot or raises ``ParseError``.
    """

    name: str
    base: str
    hosts: frozenset[str]
    carries: Callable[[Chart], bool]
    url: Callable[[Chart, str], str]
    parse: Callable[[Payload], Snapshot]
