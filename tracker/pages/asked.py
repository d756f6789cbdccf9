"""What a reader asks of a page: the values of its address."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from tracker import dates
from tracker.api import Database
from tracker.errors import InvalidValue, NothingToShow, NotInStore, UnknownName
from tracker.ids import store_of_id
from tracker.model import App, Chart
from tracker.store.charts import observed_charts
from tracker.store.overview import every_name, newest_ranks, observed

#: A name in an address is no longer than this.
_LONGEST = 200
#: So many names are compared with one that is unknown.
_MOST_COMPARED = 500
#: So many apps are compared at most.
MOST_APPS = 6


@dataclass(frozen=True)
class Asked:
    """The values of an address by name, each as given; ``now`` is when it was asked."""

    values: Mapping[str, Sequence[str]]
    now: datetime

    def text(self, name: str) -> str | None:
        """The last value of NAME; None where there is none or it is empty."""
        given = [value.strip()[:_LONGEST] for value in self.values.get(name, ()) if value.strip()]
        return given[-1] if given else None

    def texts(self, name: str) -> list[str]:
        given = [value.strip()[:_LONGEST] for value in self.values.get(name, ()) if value.strip()]
        return list(dict.fromkeys(given))

    @property
    def apps(self) -> list[str]:
        """The apps named. Raises ``InvalidValue`` where they are more than a picture can show."""
        names = self.texts("app")
        if len(names) > MOST_APPS:
            raise InvalidValue(f"name {MOST_APPS} apps at most, not {len(names)}")
        return names

    def number(self, name: str, default: int, most: int) -> int:
        text = self.text(name)
        if text is None:
            return default
        if not (text.isascii() and text.isdecimal() and 1 <= int(text) <= most):
            raise InvalidValue(f"{name} is a number from 1 to {most}, not '{text}'")
        return int(text)

    @property
    def at(self) -> datetime | None:
        """The moment asked for; a day or a month means its end."""
        text = self.text("at")
        return dates.as_of(text, now=self.now) if text else None

    def chart(self) -> Chart | None:
        text = self.text("chart")
        return Chart.parse(text) if text else None

    @property
    def selection(self) -> dict[str, Any]:
        """The values that choose snapshots, as the public API takes them."""
        first, last = self.text("since"), self.text("until")
        return {
            "source": self.text("source"),
            "since": dates.since(first, now=self.now) if first else None,
            "until": dates.until(last, now=self.now) if last else None,
        }

    @property
    def window(self) -> dict[str, str | None]:
        """The same as an address has them."""
        return {name: self.text(name) for name in ("source", "since", "until")}


def folded(text: str) -> str:
    """TEXT without case, accents, width and runs of spaces: two names alike are one then."""
    wide = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(letter for letter in wide if not unicodedata.combining(letter))
    return " ".join(unicodedata.normalize("NFKC", plain).casefold().split())


def find(database: Database, text: str, chart: Chart | None = None) -> App:
    """The app that TEXT means, in whatever case, accents and width it is written.

    Raises ``UnknownName`` with the nearest names.
    """
    try:
        if chart is None:
            return database.app(text)
        try:
            return database.meant((text,), chart, None, None)[0]
        except NotInStore:  # an address may have the id of the other store
            return database.app(database.app(text), chart.store)
    except NotInStore:
        raise
    except UnknownName as error:
        if " ids" in str(error) and chart is None:
            raise
        wanted = folded(text)
        known = [(folded(name), app) for name, app in _named(database)]
        for fits in (
            {app.app_id: app for name, app in known if name == wanted},
            {app.app_id: app for name, app in known if wanted and wanted in name},
        ):
            store = (chart or database.default_chart).store
            here = [app for app_id, app in fits.items() if store_of_id(app_id) == store]
            if len(here or fits) == 1:
                return next(iter(here or fits.values()))
            if fits:
                raise UnknownName(
                    f"'{text}' fits {len(fits)} apps: {_listed(fits.values())}"
                ) from None
        alike = sorted({name for name, _ in known}, key=lambda name: _unlike(name, wanted))
        near = difflib.get_close_matches(wanted, alike[:_MOST_COMPARED], n=3, cutoff=0.5)
        apps = {app.app_id: app for close in near for name, app in known if name == close}
        nearest = f"; the nearest: {_listed(apps.values())}" if apps else ""
        raise UnknownName(f"no app is called '{text}'{nearest}") from None


def _unlike(name: str, wanted: str) -> tuple[int, int]:
    """How different a name is from the one WANTED, roughly."""
    return -len({*pairwise(name)} & {*pairwise(wanted)}), abs(len(name) - len(wanted))


def _named(database: Database) -> list[tuple[str, App]]:
    """Every name and alias, and its app."""
    apps = [(name, app) for app in database.catalog.every for name in (app.alias, app.name) if name]
    # The catalogue last: of two with one id that one counts, which has the alias.
    return [*((name, App(app_id, name)) for app_id, name in every_name(database.reader)), *apps]


def _listed(apps: Iterable[App]) -> str:
    return ", ".join(f"{app.name} ({app.app_id})" for app in list(apps)[:5])


def chart_for(database: Database, asked: Asked, names: Sequence[str] = ()) -> Chart:
    """The chart asked for; else one on which the apps NAMES are ranked.

    Of several the one of the settings, else the one that was observed last.
    """
    if chart := asked.chart():
        return chart
    usual = database.default_chart
    newest_first = sorted(observed(database.reader), key=lambda row: row.last, reverse=True)
    charts = [row.chart for row in newest_first] or observed_charts(database.reader)
    if not charts:
        raise NothingToShow("there are no snapshots in this database yet")
    for app_id in {find(database, name).app_id for name in names}:
        there = {Chart.parse(slug) for slug, _ in newest_ranks(database.reader, app_id)}
        charts = [chart for chart in charts if chart in there] or charts
    return usual if usual in charts else charts[0]
