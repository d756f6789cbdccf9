"""Which charts are read by which of several collectors: dealt by storefront, once and for all."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tracker.errors import InvalidValue, echo
from tracker.model import Chart


@dataclass(frozen=True, slots=True)
class Shard:
    """The collector NUMBER of COUNT, from 1 on.

    >>> Shard(2, 5).has(Chart.parse("us/iphone/top-free/apps"))
    False
    """

    number: int
    count: int

    def has(self, chart: Chart) -> bool:
        """Whether CHART is of a storefront of this collector's; all charts of one are together."""
        from hashlib import sha256

        dealt = int(sha256(chart.storefront.encode()).hexdigest()[:8], 16)
        return dealt % self.count == self.number - 1

    def __str__(self) -> str:
        return f"{self.number}/{self.count}"


#: Of a collector that reads everything.
ALONE = Shard(1, 1)


def read_shard(value: object) -> Shard:
    """Read ``2/5``."""
    match = (
        re.fullmatch(r"([1-9]\d{0,2})/([1-9]\d{0,2})", value) if isinstance(value, str) else None
    )
    if not match or int(match[1]) > int(match[2]):
        raise InvalidValue(f"Invalid shard {echo(value)}: write '2/5' for the second of five")
    return Shard(int(match[1]), int(match[2]))
