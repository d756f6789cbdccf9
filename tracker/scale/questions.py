"""Questions to a folder of Parquet files: the answers of ``tracker.api`` to the same questions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

from tracker.analysis import Kind, Overtake, Status
from tracker.analysis.movement import MONTH
from tracker.api import Database, Ledger
from tracker.errors import InvalidValue, NothingToShow, StoreError
from tracker.model import App, Chart, Provenance, Timeline
from tracker.parquet.read import Data, open_data
from tracker.queries.apps import find_apps, namesakes, the_ranked_one
from tracker.queries.charts import ChartPattern
from tracker.queries.no_data import few_ranked_words
from tracker.queries.selection import Notify, Selection, source_of
from tracker.scale.engine import APPS, CHOSEN, ENTRIES, SNAPSHOTS, Engine, question
from tracker.scale.engines import opened
from tracker.settings import Settings
from tracker.store.extract import Extract, contradicts, named_like
from tracker.stores import APP_STORE

#: Seconds before the newest snapshot in which all snapshots are read: a month, and half of it more
#: than a comparison with a week before goes back.
_WINDOW = int(1.5 * MONTH.total_seconds())
_LAST = 1 << 40


class Asked:
    """A folder being asked: its ENGINE, and a private DATABASE that is filled for the question."""

    def __init__(
        self, data: Data, engine: Engine, database: Database, extract: Extract, notify: Notify
    ) -> None:
        self.data = data
        self.engine = engine
        self.database = database
        self._extract = extract
        self._notify = notify

    def charts(self, patterns: Iterable[ChartPattern]) -> list[Chart]:
        """The charts of the folder that PATTERNS mean."""
        patterns = list(patterns)
        there = dict.fromkeys(part.chart for part in self.data.parts)
        return [chart for chart in there if any(pattern.matches(chart) for pattern in patterns)]

    def alike(self, chart: Chart) -> list[Chart]:
        """The charts of the folder that differ from CHART in nothing but the storefront."""
        there = dict.fromkeys(part.chart for part in self.data.parts)
        return [other for other in there if chart.differs_only_in("storefront", other)]

    def meant(self, texts: Iterable[str]) -> list[App]:
        """Every app that one of TEXTS may mean, in whichever store."""
        meant = [app for text in texts for app in self.database.catalog.anywhere(text)]
        return list({app.app_id: app for app in meant}.values())

    def _files(self, charts: Iterable[Chart]) -> bool:
        """Show the engine the files of CHARTS; False where there is none."""
        snapshots, entries = self.data.files(charts)
        if snapshots:
            self.engine.files("snapshot_files", snapshots, SNAPSHOTS)
            self.engine.files("entry_files", entries, ENTRIES)
            self.engine.view("entries", "SELECT * FROM entry_files")
        return bool(snapshots)

    def fill_series(self, texts: Sequence[str], charts: Iterable[Chart]) -> None:
        """Take what is needed for series of the apps that TEXTS mean on CHARTS."""
        if self._files(charts):
            apps = [(app.app_id, place) for place, app in enumerate(self.meant(texts))]
            self.engine.values("apps", APPS, apps)
            self.engine.view("snapshots", "SELECT * FROM snapshot_files")
            self._extract.add_snapshots(self.engine.rows(question("series")))
        self._note_charts()

    def fill_moments(
        self, patterns: Iterable[ChartPattern], at: datetime | None, provenances: Sequence[str]
    ) -> None:
        """Take what is needed for the charts that PATTERNS mean at a moment."""
        kinds = ", ".join(map(self.engine.quoted, provenances or tuple(Provenance)))
        counts = f"CASE WHEN provenance IN ({kinds}) THEN 1 ELSE 0 END AS counts"
        sql = question("moment", at=int(at.timestamp()) if at else _LAST, window=_WINDOW)
        for chart in self.charts(patterns):
            self._files([chart])
            self.engine.view("snapshots", f"SELECT *, {counts} FROM snapshot_files")  # noqa: S608 - quoted
            self._extract.add_snapshots(self.engine.rows(sql))
        self._note_charts()

    def _note_charts(self) -> None:
        """Note which charts there are besides, so that they can be named."""
        here = set(self._extract.charts())
        self._extract.add_newest(
            (chart, source, last)
            for (chart, source), last in self.data.newest.items()
            if chart not in here
        )

    # overtakes

    def overtakes(
        self,
        names: Sequence[str],
        on: Sequence[ChartPattern],
        select: Selection,
        *,
        confirm: int,
        timelines: bool,
    ) -> Iterator[Ledger]:
        """The overtakes of NAMES, or of all assistants, on each chart that ON means.

        Without TIMELINES the ledgers have empty ones: a list of overtakes needs none.
        """
        self._note_charts()
        sources = self._sources(on, select)
        # Where an alias has several ids, each chart chooses one, and is asked by itself.
        stores = {chart.store for chart in sources}
        apart = len(stores) > 1 or any(
            len(self.database.catalog.meant(name, store)) > 1 for name in names for store in stores
        )

        def compute(chart: Chart | None, sources: Mapping[Chart, str]) -> _Computed:
            store = chart.store if chart else next(iter(stores), APP_STORE)
            apps = self._apps(names, chart, store, select)
            return self._computed(
                apps, sources, select, confirm=confirm, timelines=timelines, sparse=bool(names)
            )

        every = None if apart else compute(None, sources)

        def ask(chart: Chart) -> Ledger:
            here = {chart: sources[chart]} if chart in sources else {}
            computed = every or compute(chart, here)
            source = source_of(
                self.database.reader, chart, select.source, select.order, notify=self._notify
            )
            ranked = computed.ranked_on(chart)
            if not names and len(ranked) < 2:
                raise NothingToShow(few_ranked_words(chart, ranked))
            if not ranked:
                listed = ", ".join(app.name for app in computed.apps)
                raise NothingToShow(f"none of {listed} was ranked on {chart} in these snapshots")
            for app in computed.apps if names else ():
                if app not in ranked:
                    self._notify(f"{app.name} was not ranked on {chart} in these snapshots")
            line = computed.timelines.get(chart) or Timeline(chart, source, (), (), ())
            return Ledger(line, computed.overtakes_on(chart), len(ranked) > 1)

        yield from self.database.on_each(on, ask, select.source)

    def _computed(
        self,
        apps: Sequence[App],
        sources: Mapping[Chart, str],
        select: Selection,
        *,
        confirm: int,
        timelines: bool,
        sparse: bool,
    ) -> _Computed:
        """Ask the engine for the overtakes of APPS on the charts of SOURCES."""
        if not self._choose(apps, sources, select, sparse=sparse):
            return _Computed(apps, {}, {}, iter(()))
        ranked: dict[str, set[str]] = {}
        for slug, app_id in self.engine.rows(question("ranked")):
            ranked.setdefault(slug, set()).add(app_id)
        lines = self._timelines(sources) if timelines else {}
        return _Computed(
            apps, ranked, lines, self.engine.rows(question("overtakes", confirm=confirm))
        )

    def _apps(
        self, names: Sequence[str], chart: Chart | None, store: str, select: Selection
    ) -> list[App]:
        """The apps named, or all assistants, in STORE; on CHART, one id of each alias."""
        if not names:
            return self.database.apps(store=store)
        pick = None
        if chart:
            ranked = self._ranked_between if self._files([chart]) else _never
            pick = the_ranked_one(ranked, select.since, select.until, self._notify)
        apps = find_apps(self.database.catalog, names, pick, store)
        if len(apps) < 2:
            raise InvalidValue("name two apps at least")
        return namesakes(self.database.reader, apps)

    def _ranked_between(
        self, app_id: str, since: datetime | None, until: datetime | None
    ) -> tuple[datetime, datetime] | None:
        """When an app was first and last ranked in the files that the engine has."""
        first, last = _seconds(since, until)
        ((first, last),) = self.engine.rows(
            f"SELECT MIN(t), MAX(t) FROM entry_files WHERE app_id = {self.engine.quoted(app_id)} "  # noqa: S608 - quoted
            f"AND t BETWEEN {first} AND {last}"
        )
        return None if first is None else (_time(first), _time(last))

    def _sources(self, on: Sequence[ChartPattern], select: Selection) -> dict[Chart, str]:
        """The charts that ON means with a snapshot that may count, and the source of each."""
        only = on[0].chart if len(on) == 1 else None
        reader = self.database.reader
        newest_ranks = {}
        for chart in [only] if only else self.database.charts(*on):
            there = reader.sources_of(chart)
            if there and (select.source is None or select.source in there):
                newest_ranks[chart] = source_of(reader, chart, select.source, select.order, there)
        return newest_ranks

    def _choose(
        self, apps: Sequence[App], sources: Mapping[Chart, str], select: Selection, *, sparse: bool
    ) -> bool:
        """Show the engine the snapshots that count; False where there are no files."""
        if not self._files(sources):
            return False
        self.engine.values("apps", APPS, [(app.app_id, at) for at, app in enumerate(apps)])
        chosen = [(chart.slug, source, at) for at, (chart, source) in enumerate(sources.items())]
        self.engine.values("chosen", CHOSEN, chosen)
        self.engine.view(
            "complete",
            "SELECT e.chart AS chart, e.source AS source, e.t AS t FROM entry_files e "  # noqa: S608 - a number
            "JOIN apps a ON a.id = e.app_id GROUP BY e.chart, e.source, e.t "
            f"HAVING COUNT(*) = {len(apps)}",
        )
        kinds = ", ".join(map(self.engine.quoted, select.kinds))
        since, until = _seconds(select.since, select.until)
        joined = "k.t = f.t AND k.chart = f.chart AND k.source = f.source"
        self.engine.view(
            "snapshots",
            "SELECT f.chart AS chart, f.source AS source, c.place AS place, f.t AS t, "  # noqa: S608 - quoted
            "f.depth AS depth, f.provenance AS provenance FROM snapshot_files f "
            "JOIN chosen c ON c.chart = f.chart AND c.source = f.source "
            + (f"LEFT JOIN complete k ON {joined} " if sparse else "")
            + f"WHERE f.t BETWEEN {since} AND {until} AND f.provenance IN ({kinds}) "
            f"AND (f.scope = 'whole'{' OR k.t IS NOT NULL' if sparse else ''})",
        )
        return True

    def _timelines(self, sources: Mapping[Chart, str]) -> dict[Chart, Timeline]:
        rows = self.engine.rows(question("timelines"))
        lines = {}
        for slug, some in groupby(rows, key=itemgetter(0)):
            _, seconds, depths, kinds = zip(*some, strict=True)
            chart = Chart.parse(slug)
            lines[chart] = Timeline(
                chart, sources[chart], tuple(map(_time, seconds)), depths,
                tuple(map(Provenance, kinds)),
            )  # fmt: skip
        return lines


class _Computed:
    """What an engine computed of APPS. Overtakes are taken chart by chart, in their order."""

    def __init__(
        self,
        apps: Sequence[App],
        ranked: Mapping[str, set[str]],
        timelines: Mapping[Chart, Timeline],
        rows: Iterator[tuple[Any, ...]],
    ) -> None:
        self.apps = apps
        self.timelines = timelines
        self._ranked = ranked
        self._groups = groupby(rows, key=itemgetter(0))
        self._next = next(self._groups, None)

    def ranked_on(self, chart: Chart) -> list[App]:
        """Those of the apps that were ranked on CHART."""
        return [app for app in self.apps if app.app_id in self._ranked.get(chart.slug, ())]

    def overtakes_on(self, chart: Chart) -> list[Overtake]:
        if self._next is None or self._next[0] != chart.slug:
            return []
        by_id = {app.app_id: app for app in self.apps}
        overtakes = [_overtake(chart, by_id, row) for row in self._next[1]]
        self._next = next(self._groups, None)
        return overtakes


def _never(app_id: str, since: datetime | None, until: datetime | None) -> None:
    """No app was ever ranked on a chart without files."""


def _seconds(since: datetime | None, until: datetime | None) -> tuple[int, int]:
    """The first and the last second that count."""
    first, last = (
        int(time.timestamp()) if time else limit
        for time, limit in ((since, -_LAST), (until, _LAST))
    )
    return first, last


def _time(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _overtake(chart: Chart, apps: Mapping[str, App], row: Sequence[Any]) -> Overtake:
    (_, source, winner, loser, after, by, kind, status, gap, winner_before, winner_after,
     loser_before, loser_after, held, depth_before, depth_after, *kinds) = row  # fmt: skip
    return Overtake(
        chart=chart,
        source=source,
        winner=apps[winner],
        loser=apps[loser],
        after=_time(after),
        by=_time(by),
        kind=Kind(kind),
        status=Status(status),
        gap=bool(gap),
        winner_rank_before=winner_before,
        winner_rank_after=winner_after,
        loser_rank_before=loser_before,
        loser_rank_after=loser_after,
        held_seconds=float(held),
        depth_before=depth_before,
        depth_after=depth_after,
        provenances=(Provenance(kinds[0]), Provenance(kinds[1])),
    )


@contextmanager
def asking(
    settings: Settings,
    folder: Path,
    engine: str,
    master: str | None,
    texts: Sequence[str],
    notify: Notify,
    zone: ZoneInfo,
) -> Iterator[Asked]:
    """Open FOLDER and ENGINE to ask about the apps that TEXTS name.

    The private database is in a folder of its own, which is removed.
    """
    data = open_data(folder)
    with _explained(data), ExitStack() as stack:
        running = stack.enter_context(opened(engine, master, settings.duckdb))
        path = Path(stack.enter_context(TemporaryDirectory(prefix="apptrack-"))) / "asked.db"
        extract = stack.enter_context(Extract(path))
        extract.add_apps(data.rows("apps.parquet"))
        extract.add_names(named_like(data.rows("names.parquet"), texts))
        database = stack.enter_context(Database(replace(settings, db=path), notify, zone))
        database.reader.complete = False
        yield Asked(data, running, database, extract, notify)


@contextmanager
def _explained(data: Data) -> Iterator[None]:
    """Say what to do where rows of the files do not fit each other."""
    try:
        yield
    except StoreError as error:
        if not contradicts(error):
            raise
        raise StoreError(
            f"{data.folder}: its files do not fit each other; "
            "run 'apptrack export parquet --full' again"
        ) from None
