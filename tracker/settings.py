"""apptrack.toml, the environment, defaults: in reverse order of who wins."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FetchSettings:
    """How politely the store is asked. Times in seconds, sizes in bytes."""

    connect_timeout: float = 10.0
    read_timeout: float = 30.0
    total_timeout: float = 120.0  # one attempt, first byte to last
    retries: int = 3  # attempts after the first
    backoff: float = 2.0  # the first wait; doubled each time, with jitter
    longest_wait: float = 120.0  # no backoff and no Retry-After is waited for longer
    per_minute: float = 20.0  # requests to one host; 0 means no pace
    max_bytes: int = 8_000_000  # of one body, counted as read and decoded
    workers: int = 4  # charts fetched side by side
