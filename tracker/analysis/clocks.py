"""Whether the store's own times prove this machine's clock wrong. Pure: reads no clock."""

from __future__ import annotations

from datetime import datetime, timedelta

#: A response cannot be older than the time it contains. Stamps ahead of the time of arrival by no
#: more than this prove nothing: clocks of sound machines differ by seconds, those without a time
#: server by minutes. No recorded feed is stamped after it was read.
CLOCK_TOLERANCE = timedelta(minutes=10)


def clock_behind(observed_at: datetime, *stamps: datetime | None) -> timedelta:
    """By how much the latest of the store's STAMPS is after OBSERVED_AT; 0 within the tolerance.

    Stamps are a feed's date and the HTTP Date. Only this direction is proof: a cache may send an
    old stamp, so one before OBSERVED_AT does not show that this machine's clock is ahead.
    """
    latest = max((stamp for stamp in stamps if stamp), default=observed_at)
    behind = latest - observed_at
    return behind if behind > CLOCK_TOLERANCE else timedelta(0)
