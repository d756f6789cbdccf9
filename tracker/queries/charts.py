"""Charts by pattern: ``*/iphone/top-free/apps`` and those of the database that it means."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from tracker.errors import InvalidValue, NothingToShow
from tracker.model import Chart
from tracker.queries.no_data import never_observed
from tracker.storefronts import expand_storefronts
from tracker.stores import APP_STORE, DEVICES

if TYPE_CHECKING:
    from tracker.store import Reader

ANY = "*"
#: A valid part for each ``*``, by which the other parts are checked.
_FILLED = ("us", "iphone", "top-free", "apps")
#: A device of each store.
_DEVICES = ("iphone", "android")


@dataclass(frozen=True, slots=True)
class ChartPattern:
    """Charts written as one, with ``*`` for any part and a group such as ``g7`` for storefronts.

    ``storefronts`` empty: any; ``kind`` is device, ranking and genre, each a value or ``*``.
    """

    text: str
    storefronts: tuple[str, ...]
    kind: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``*/iphone/top-free/apps`` or a chart; ``InvalidValue`` as for a chart."""
        parts = [part.strip() for part in text.lower().split("/")]
        if len(parts) != len(_FILLED):
            Chart.parse(text)  # raises, with the form of a chart
        storefronts, chart = _read(parts)
        values = (chart.device, chart.ranking, chart.genre)
        kind = [
            ANY if part == ANY else value for part, value in zip(parts[1:], values, strict=True)
        ]
        return cls(text.strip(), storefronts, tuple(kind))

    @property
    def chart(self) -> Chart | None:
        """The only chart that it can mean; None where it may mean several."""
        if len(self.storefronts) != 1 or ANY in self.kind:
            return None
        return Chart(self.storefronts[0], *self.kind)

    def matches(self, chart: Chart) -> bool:
        """Whether CHART is one of those meant."""
        values = (chart.device, chart.ranking, chart.genre)
        return (not self.storefronts or chart.storefront in self.storefronts) and all(
            part in (ANY, value) for part, value in zip(self.kind, values, strict=True)
        )

    def __str__(self) -> str:
        return self.text


def _read(parts: list[str]) -> tuple[tuple[str, ...], Chart]:
    """The storefronts that PARTS name, and a chart with a value for each ``*``.

    A ``*`` for the device may mean either store: parts that one of them has are valid.
    """
    errors = []
    for device in _DEVICES if parts[1] == ANY else parts[1:2]:
        filled = [
            default if part == ANY else part for part, default in zip(parts, _FILLED, strict=True)
        ]
        filled[1] = device
        try:
            store = DEVICES.get(device, APP_STORE)
            fronts = () if parts[0] == ANY else expand_storefronts(parts[:1], store)
            if fronts:
                filled[0] = fronts[0]
            return fronts, Chart.parse("/".join(filled))
        except InvalidValue as error:
            errors.append(error)
    raise errors[0]


def charts_meant(reader: Reader, patterns: Iterable[ChartPattern]) -> list[Chart]:
    """The charts with snapshots that PATTERNS mean, each once, in their order, then by slug.

    ``NothingToShow`` for a pattern that means none of them.
    """
    observed, meant = reader.charts(), dict[Chart, None]()
    for pattern in patterns:
        charts = [chart for chart in observed if pattern.matches(chart)]
        if not charts:
            raise NothingToShow(_none_of(reader, pattern, observed))
        meant |= dict.fromkeys(charts)
    return list(meant)


def _none_of(reader: Reader, pattern: ChartPattern, observed: list[Chart]) -> str:
    if pattern.chart or not observed:
        return never_observed(reader, pattern.chart or Chart(*_FILLED))
    listed = ", ".join(map(str, observed[:8])) + (", …" if len(observed) > 8 else "")
    return f"no chart with snapshots is {pattern}; choose with --on: {listed}"
