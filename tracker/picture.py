"""A picture of apps in a database: its inputs, collected; drawn; shown and saved."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from tracker.errors import ApptrackError, InvalidValue, NothingToShow
from tracker.model import App, Chart, Series
from tracker.plot import SUFFIXES, Note, parse_size, saved, specification
from tracker.plot.theme import theme_named
from tracker.queries.apps import namesakes
from tracker.queries.no_data import nothing_in_any
from tracker.queries.selection import Selection, apart_in, series_of_each
from tracker.report.facets import Facet, Part, name_of
from tracker.report.naming import unmarked
from tracker.report.picture import headline_of
from tracker.report.scene import scene
from tracker.store import Reader
from tracker.store.charts import family, storefronts_of
from tracker.store.notes import notes_for
from tracker.store.snapshots import has_sparse, most_present

if TYPE_CHECKING:
    import altair

    from tracker.plot.compose import Plot
    from tracker.report.heatmap import Sort

#: ``wide``, ``square``, ``story``, ``1600x900``, or width and height in pixels.
Size = str | tuple[int, int]


@dataclass(frozen=True)
class Picture:
    """The overtaking curve of some apps, in the theme ``light`` or ``dark``.

    A notebook shows it; ``save`` writes it; ``to_altair`` is the chart, to be composed further.
    """

    series: tuple[Series, ...]
    notes: tuple[Note, ...]
    zone: ZoneInfo
    theme: str = "light"

    def __post_init__(self) -> None:
        theme_named(self.theme)

    @cached_property
    def plot(self) -> Plot:
        from tracker.plot.curve import curve

        return curve(self.series, notes=self.notes, zone=self.zone, theme=self.theme)

    @property
    def headline(self) -> str:
        """The story of the picture in one line."""
        return unmarked(headline_of(scene(self.series, zone=self.zone)))

    @cached_property
    def spec(self) -> dict[str, Any]:
        """The Vega-Lite specification, validated, 1200 points wide."""
        return specification(self.to_altair())

    def to_altair(self, size: Size = "wide") -> altair.LayerChart:
        """The picture as an Altair chart of layers, SIZE pixels large."""
        chart: altair.LayerChart = self.plot.chart(_pixels(size))
        return chart

    def save(self, path: str | Path, *, size: Size = "wide", theme: str | None = None) -> Path:
        """Write a .html, .png, .svg, .pdf or .json file, by the suffix of PATH, and return it.

        SIZE is ``wide``, ``square``, ``story`` or width and height; a page has any size. Raises
        ``InvalidValue`` for another suffix, size or THEME, ``ApptrackError`` where PATH cannot be
        written.
        """
        if theme not in (None, self.theme):
            return replace(self, theme=theme).save(path, size=size)
        path = Path(str(path))
        suffix = path.suffix.lower()
        if suffix not in SUFFIXES:
            raise InvalidValue(f"'{path}' should end in {', '.join(SUFFIXES)}")
        content = saved(self.plot, suffix, size=_pixels(size))
        try:
            path.write_bytes(content)
        except OSError as error:
            raise ApptrackError(f"{path}: cannot be written: {error.strerror}") from None
        return path

    def _repr_mimebundle_(self, *args: Any, **kwargs: Any) -> Any:
        """What Altair shows in a notebook."""
        return self.to_altair()._repr_mimebundle_(*args, **kwargs)

    def __repr__(self) -> str:
        return f"<picture: {self.headline}>"


def _pixels(size: Size) -> tuple[int, int]:
    """SIZE as a size typed is read: a pair is that of its text."""
    try:
        text = size if isinstance(size, str) else "x".join(map(str, size))
    except TypeError:  # neither
        text = str(size)
    return parse_size(text)


def picture(
    reader: Reader, series: Sequence[Series], zone: ZoneInfo, theme: str = "light"
) -> Picture:
    """The curve of SERIES, with the notes of the database that concern it."""
    ids = [each.app.app_id for each in series]
    notes = stored_notes(reader, series[0].timeline.chart, ids)
    return Picture(tuple(series), tuple(notes), zone, theme)


def stored_notes(reader: Reader, chart: Chart, app_ids: Sequence[str]) -> list[Note]:
    """The notes in the database that a plot of these apps on CHART concerns."""
    return [
        Note(note.happened_at, note.title, note.source)
        for note in notes_for(reader, chart, app_ids)
    ]


def other_apps(reader: Reader, series: Sequence[Series], most: int) -> list[App]:
    """The other apps that ranked highest on the whole snapshots of that time, at most MOST."""
    line = series[0].timeline
    apps = most_present(reader, line, [each.app.app_id for each in series], most) if most else []
    return namesakes(reader, apps)


def series_behind(reader: Reader, series: Sequence[Series], apps: Sequence[App]) -> list[Series]:
    """The series of APPS over the whole snapshots of the time that SERIES are of."""
    line = series[0].timeline
    others = reader.series(
        line.chart, line.source, apps, since=line.times[0], until=line.times[-1],
        provenances=sorted(set(line.provenances)), sparse=False,
    )  # fmt: skip
    return [each for each in others if each.timeline.times]


def facets_of(
    reader: Reader,
    apps: Sequence[App],
    chart: Chart,
    part: Part,
    select: Selection,
    watched: Sequence[Chart] = (),
    twins: Callable[[Sequence[App], Chart], Sequence[App]] = lambda apps, chart: apps,
) -> list[Facet]:
    """A facet for each chart that differs from CHART in nothing but its PART, CHART's own first.

    TWINS gives APPS as the store of a chart has them; a curve of one has the app's name and colour.
    The others, by name: those of the database, and those of WATCHED that have no snapshot yet.
    """
    seen = family(reader, chart, part)
    alike = [other for other in watched if chart.differs_only_in(part, other)]
    others = sorted({*seen, *alike} - {chart}, key=lambda other: name_of(other, part))
    apps_of = {each: twins(apps, each) for each in (chart, *others)}
    by_chart = {
        series[0].timeline.chart: tuple(series)
        for series in series_of_each(reader, seen, apps, select, lambda apps, each: apps_of[each])
    }
    return [
        Facet(
            each,
            by_chart.get(each, ()),
            known=each in seen,
            apart=has_sparse(reader, each),
            missing=not apps_of[each],
        )
        for each in (chart, *others)
    ]


def every_storefront(
    reader: Reader, apps: Sequence[App], chart: Chart, select: Selection
) -> list[list[Series]]:
    """The series of APPS on CHART in each storefront that has it, each by one source.

    Raises ``NothingToShow`` where none was observed then.
    """
    charts = storefronts_of(reader, chart)
    series = list(series_of_each(reader, charts, apps, select))
    if not series:
        raise NothingToShow(
            apart_in(reader, charts, apps, select.since, select.until)
            or nothing_in_any(
                reader, chart, select.source, select.provenances, select.since, select.until
            )
        )
    return series


def days_plot(
    apps: Sequence[App],
    every: Sequence[Sequence[Series]],
    size: tuple[int, int],
    zone: ZoneInfo,
    confirm: int = 2,
    sort: Sort = "peak",
    **style: Any,
) -> Plot:
    """The heatmap of one app, or the wave of two; in weeks where days would be too narrow.

    EVERY has the series of APPS in each storefront.
    """
    from tracker.analysis.days import lead_days, rank_days
    from tracker.plot.heatmap import cell_days, heatmap, wave

    times = [series[0].timeline.times for series in every]
    observed = max(each[-1] for each in times) - min(each[0] for each in times)
    span = cell_days(observed // timedelta(days=1) + 1, size)
    if len(apps) == 1:
        ranks = [rank_days(series[0], zone, span) for series in every]
        return heatmap(apps[0], ranks, zone=zone, span=span, sort=sort, **style)
    leads = lead_days([(a, b) for a, b in every], zone, span, confirm)
    return wave((apps[0], apps[1]), leads, zone=zone, span=span, confirm=confirm, **style)
