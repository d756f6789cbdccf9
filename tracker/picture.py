"""A picture of apps in a database: what it needs, gathered; drawn; shown and saved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from tracker.errors import ApptrackError, InvalidValue
from tracker.model import App, Chart, Series
from tracker.plot import SIZES, SUFFIXES, Note, draw, render
from tracker.plot.files.render import title
from tracker.plot.style.typeset import unmarked
from tracker.plot.text.facets import Facet, Part, name_of
from tracker.queries.apps import namesakes
from tracker.queries.selection import Selection, series_of_each
from tracker.store import Reader
from tracker.store.charts import family
from tracker.store.notes import notes_for
from tracker.store.snapshots import has_sparse, most_present

if TYPE_CHECKING:
    import altair


@dataclass(frozen=True)
class Picture:
    """The overtaking curve of some apps.

    A notebook shows it; ``save`` writes it; ``spec`` is its Vega-Lite specification.
    """

    series: tuple[Series, ...]
    notes: tuple[Note, ...]
    zone: ZoneInfo

    @cached_property
    def spec(self) -> dict[str, Any]:
        """The Vega-Lite specification, 1200 points wide."""
        return self._drawn(interactive=False)

    @property
    def headline(self) -> str:
        """What the picture says first: the overtake that tells the story."""
        return unmarked(title(self.spec))

    def save(self, path: str | Path) -> Path:
        """Write a .html, .png, .svg or .json file, by the suffix of PATH, and return it.

        Raises ``InvalidValue`` for another suffix, ``ApptrackError`` where it cannot be written.
        """
        path = Path(path)
        suffix = path.suffix.lower()
        if suffix not in SUFFIXES:
            raise InvalidValue(f"'{path}' should end in {', '.join(SUFFIXES)}")
        page = suffix == ".html"
        content = render(self._drawn(interactive=True) if page else self.spec, suffix)
        try:
            path.write_bytes(content)
        except OSError as error:
            raise ApptrackError(f"{path}: cannot be written: {error.strerror}") from None
        return path

    def to_altair(self) -> altair.TopLevelMixin:
        """The picture as an Altair chart, to be composed further."""
        import altair

        chart: altair.TopLevelMixin = altair.Chart.from_dict(self.spec, validate=False)
        return chart

    def _drawn(self, *, interactive: bool) -> dict[str, Any]:
        return draw(
            self.series,
            size=SIZES["wide"],
            notes=self.notes,
            zone=self.zone,
            interactive=interactive,
        )

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        """Vega-Lite for a notebook that draws it, the headline for any other."""
        return {"application/vnd.vegalite.v5+json": self.spec, "text/plain": repr(self)}

    def __repr__(self) -> str:
        return f"<picture: {self.headline}>"


def picture(reader: Reader, series: Sequence[Series], zone: ZoneInfo) -> Picture:
    """The curve of SERIES, with the notes of the database that concern it."""
    ids = [one.app.app_id for one in series]
    notes = stored_notes(reader, series[0].timeline.chart, ids)
    return Picture(tuple(series), tuple(notes), zone)


def stored_notes(reader: Reader, chart: Chart, app_ids: Sequence[str]) -> list[Note]:
    """The notes in the database that a plot of these apps on CHART concerns."""
    return [
        Note(note.happened_at, note.title, note.source)
        for note in notes_for(reader, chart, app_ids)
    ]


def other_apps(reader: Reader, series: Sequence[Series], most: int) -> list[App]:
    """The other apps that ranked highest on the whole snapshots of that time, at most MOST."""
    line = series[0].timeline
    apps = most_present(reader, line, [one.app.app_id for one in series], most) if most else []
    return namesakes(reader, apps)


def series_behind(reader: Reader, series: Sequence[Series], apps: Sequence[App]) -> list[Series]:
    """The series of APPS over the whole snapshots of the time that SERIES are of."""
    line = series[0].timeline
    found = reader.series(
        line.chart, line.source, apps, since=line.times[0], until=line.times[-1],
        provenances=sorted(set(line.provenances)), sparse=False,
    )  # fmt: skip
    return [one for one in found if one.timeline.times]


def facets_of(
    reader: Reader,
    apps: Sequence[App],
    chart: Chart,
    part: Part,
    select: Selection,
    watched: Sequence[Chart] = (),
) -> list[Facet]:
    """A facet for each chart that differs from CHART in nothing but its PART, CHART's own first.

    The others, by name: those of the database, and those of WATCHED that have no snapshot yet.
    """
    seen = family(reader, chart, part)
    alike = [one for one in watched if replace(chart, **{part: getattr(one, part)}) == one]
    others = sorted({*seen, *alike} - {chart}, key=lambda one: name_of(one, part))
    found = {
        series[0].timeline.chart: tuple(series)
        for series in series_of_each(reader, seen, apps, select)
    }
    return [
        Facet(one, found.get(one, ()), known=one in seen, apart=has_sparse(reader, one))
        for one in (chart, *others)
    ]
