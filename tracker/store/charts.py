"""Which charts and sources are stored."""

from __future__ import annotations

from tracker.model import Chart
from tracker.store.reading import OBSERVED, Reader, readable


def observed_charts(reader: Reader) -> list[Chart]:
    """Every chart with a snapshot, by slug."""
    return [chart for (slug,) in reader.rows(OBSERVED) if (chart := readable(slug))]


def unreadable(reader: Reader) -> list[str]:
    """The slugs of stored charts that are of neither store, and that no command shows."""
    rows = reader.rows("SELECT slug FROM charts ORDER BY slug")
    return [slug for (slug,) in rows if readable(slug) is None]


def storefronts_of(reader: Reader, chart: Chart) -> list[Chart]:
    """The charts of CHART's device, ranking and genre with a snapshot, one for each storefront."""
    return family(reader, chart, "storefront")


def family(reader: Reader, chart: Chart, part: str) -> list[Chart]:
    """The charts with a snapshot that differ from CHART in nothing but their PART."""
    return [other for other in reader.charts() if chart.differs_only_in(part, other)]


def snapshots_by_source(reader: Reader, chart: Chart) -> dict[str, int]:
    """How many snapshots CHART has from each of its sources."""
    sql = """SELECT source, count(*) FROM snapshots
             WHERE chart = (SELECT id FROM charts WHERE slug = ?) GROUP BY source"""
    return dict(reader.rows(sql, chart.slug))
