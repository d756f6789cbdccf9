"""One chart's family: the charts that differ from it in a single part, such as the storefront."""

from __future__ import annotations

from dataclasses import replace

from tracker.model import Chart
from tracker.store.reading import Reader


def storefronts_of(reader: Reader, chart: Chart) -> list[Chart]:
    """The charts of CHART's device, ranking and genre with a snapshot, one for each storefront."""
    return family(reader, chart, "storefront")


def family(reader: Reader, chart: Chart, part: str) -> list[Chart]:
    """The charts with a snapshot that differ from CHART in nothing but their PART."""
    return [one for one in reader.charts() if replace(chart, **{part: getattr(one, part)}) == one]
