"""The public API: a database, opened to read, and the questions it answers.

The command line is a client of it. Everything here that has no underscore is public; see
docs/python.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypedDict, TypeVar, Unpack
from zoneinfo import ZoneInfo

from tracker import dates
from tracker.analysis import Overtake, Stats, coverage_of, never_ranked, overtakes_of_all, stats
from tracker.analysis.movement import MONTH
from tracker.analysis.movers import Mover
from tracker.analysis.rivalry import SETTLED, Rivalry, rivalry
from tracker.catalog import Catalog
from tracker.errors import InvalidValue, NothingToShow, NotInStore, StoreError, echo
from tracker.model import App, Chart, Provenance, Series, Timeline
from tracker.queries.apps import catalog_of, find_app, namesakes, ranked_on
from tracker.queries.as_of import Moment, chart_source_of, moment_of
from tracker.queries.charts import ChartPattern, charts_meant
from tracker.queries.listings import (
    SPANS,
    Standing,
    climbers_first,
    listing_json,
    moved,
    standings,
    standings_json,
    top,
)
from tracker.queries.no_data import few_ranked_words, nothing_in_any, unranked_lines, unranked_words
from tracker.queries.raw import Row, entry_rows, gaps_before, series_rows
from tracker.queries.selection import (
    Notify,
    Selection,
    apart_in,
    quiet,
    series_of,
    series_of_each,
    whole_snapshots,
)
from tracker.results import Fact, Rows
from tracker.settings import Settings, default_chart, load
from tracker.store.charts import family, storefronts_of
from tracker.store.files import existing_file
from tracker.store.snapshots import has_sparse, series_in, timeline_of
from tracker.stores import APP_STORE, STORES
from tracker.words import SINGLE_APPS, with_distinct_names

if TYPE_CHECKING:
    from tracker.analysis.waves import Passage
    from tracker.picture import Picture
    from tracker.report.sentences import Sentence
    from tracker.report.week import Week
    from tracker.store.notes import StoredNote

UTC = ZoneInfo("UTC")
#: How many charts without an answer are reported with their reason.
_SHOWN = 3

#: An app as a person names it (alias, app id or name), or as an earlier answer gave it.
AppLike = str | int | App
#: A chart written ``storefront/device/ranking/genre``, or as a value.
ChartLike = str | Chart
#: The same with ``*`` for any part, as in ``*/iphone/top-free/apps``; or several of them.
ChartsLike = ChartLike | ChartPattern | Iterable[ChartLike | ChartPattern]
#: As ``tracker.dates`` reads it: ``2026-07``, ``2026-07-03``, ``7d``, ``yesterday``,
#: ``2026-07-03T04:50:46Z``; or a date, or a datetime with a zone.
TimeLike = str | date | datetime


class SeriesOptions(TypedDict, total=False):
    """Which snapshots of a chart a question counts; each of these may be left out.

    ``source``: one endpoint by name, such as ``apple-rss``; by default the first of the settings'
    sources that has snapshots of the chart. ``provenances``: only snapshots of these, such as
    ``["recorded"]``; by default all. ``since`` and ``until``: from then on and until then, both
    included; by default every snapshot.
    """

    source: str | None
    provenances: Iterable[str]
    since: TimeLike | None
    until: TimeLike | None


class MomentOptions(TypedDict, total=False):
    """Which snapshot of a chart a question is about; each of these may be left out.

    ``at``: the newest snapshot that is not later than this time; by default the newest of all.
    ``source`` and ``provenances`` as in ``SeriesOptions``.
    """

    at: TimeLike | None
    source: str | None
    provenances: Iterable[str]


AnyFact = TypeVar("AnyFact", bound=Fact, covariant=True)
AnyAnswer = TypeVar("AnyAnswer")


class Answer(Rows[AnyFact]):
    """Facts of one chart from one source, and the ``timeline``: the snapshots they come from."""

    def __init__(self, timeline: Timeline, facts: Iterable[AnyFact]) -> None:
        super().__init__(facts)
        self.timeline = timeline


class Ledger(Answer[Overtake]):
    """Overtakes by time. ``comparable`` is False where fewer than two of the apps were ranked."""

    def __init__(self, timeline: Timeline, facts: Iterable[Overtake], comparable: bool) -> None:
        super().__init__(timeline, facts)
        self.comparable = comparable


class Listed(Rows[Standing]):
    """Apps of one chart at one instant, by rank.

    ``moment.snapshot`` is the snapshot they are from, ``moment.earlier`` those they are compared
    with. ``watched``: how many apps were asked for; None where the chart was.
    """

    def __init__(self, moment: Moment, rows: Iterable[Standing], watched: int | None) -> None:
        super().__init__(rows)
        self.moment = moment
        self.watched = watched

    def to_json(self, rows: Sequence[Standing] | None = None) -> dict[str, Any]:
        """Return one object with the apps, their snapshot, and those it is compared with.

        With ROWS only those apps, in that order. ``apptrack top --json`` prints it.
        """
        every = list(self)
        return standings_json(self.moment, every if rows is None else rows, every, self.watched)


class Moved(Rows[Mover]):
    """The apps of one chart and how far each moved over the ``span`` up to the ``moment``."""

    def __init__(self, moment: Moment, rows: Iterable[Mover], span: str) -> None:
        super().__init__(rows)
        self.moment = moment
        self.span = span

    def to_json(self, rows: Sequence[Mover] | None = None) -> dict[str, Any]:
        """Return one object with the apps and the two snapshots compared; with ROWS only those."""
        apps = [row.to_json() for row in (self if rows is None else rows)]
        return {**listing_json(self.moment), "span": self.span, "apps": apps}


class Database:
    """An apptrack database, opened to read. Nothing here writes to it.

    Use it as a context manager, or call ``close()``. Name an app by alias, app id or a name that
    fits one app only; a chart as ``us/iphone/top-free/apps``; a time as ``2026-07``,
    ``2026-07-03``, ``7d``, ``yesterday``, ``2026-07-03T04:50:46Z`` or a ``datetime`` with a zone.
    Days and months are those of the zone given to ``open``; ``until`` includes the day or month it
    names, and ``at`` means its end.

    ON is the chart of a question; without it, that of the settings if they have one only, else
    ``us/iphone/top-free/apps``. OPTIONS choose its snapshots: see ``SeriesOptions`` and
    ``MomentOptions``. Ranks count from 1; None is unranked. Durations are in seconds. Every
    question raises ``NothingToShow`` where the database has no answer, ``UnknownName`` for an app,
    chart or source that it does not have, and ``InvalidValue`` for a value it cannot read.

    The examples are of the database in docs/python.md:

    >>> database.charts()
    [Chart(storefront='jp', device='iphone', ranking='top-free', genre='finance')]
    """

    def __init__(self, settings: Settings, notify: Notify = quiet, zone: ZoneInfo = UTC) -> None:
        from tracker.store import Reader

        self.settings = settings
        self.zone = zone
        self.reader = Reader(existing_file(settings.db))
        self._notify = notify

    def close(self) -> None:
        """Close the file. Answers that were given stay valid."""
        self.reader.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<apptrack database {self.settings.db}>"

    # What there is

    @cached_property
    def catalog(self) -> Catalog:
        """The apps that can be named: of the settings, the catalogue and this database."""
        return catalog_of(self.settings.apps, self.reader, self._notify)

    def app(self, name: AppLike, store: str | None = None) -> App:
        """Return the one app that NAME means, with the id that it has in STORE.

        STORE is ``app-store`` or ``play``; by default the App Store, if it has the app. Raises
        ``UnknownName`` where there is none, or an alias has several ids; ``NotInStore`` where no
        id of it is known in STORE.

        >>> database.app("paypay").app_id
        '1435783608'
        """
        _check_store(store)
        if isinstance(name, App):
            return self.catalog.twin(name, store) if store else name
        return self.catalog.find(str(name), store)

    def apps(self, *names: AppLike, store: str | None = None) -> list[App]:
        """Return the apps that NAMES mean, each once; by default those of settings and catalogue.

        STORE is as for ``app``. Where several have one name, each name is followed by the app id.

        >>> [app.name for app in database.apps("rakuten-pay", "paypay")]
        ['Rakuten Pay', 'PayPay']
        """
        _check_store(store)
        if names:
            meant: Iterable[App] = [self.app(name, store) for name in names]
        else:
            meant = self.catalog.of(store or APP_STORE)[::-1]
        each = list({app.app_id: app for app in meant}.values())
        return with_distinct_names(each if names else each[::-1])

    def charts(self, *patterns: ChartLike | ChartPattern) -> list[Chart]:
        """Return the charts that have a snapshot; of PATTERNS such as ``jp/*/*/*``, those that fit.

        Raises ``NothingToShow`` for a pattern that fits none.

        >>> [str(chart) for chart in database.charts("*/iphone/top-free/*")]
        ['jp/iphone/top-free/finance']
        """
        if not patterns:
            return self.reader.charts()
        return charts_meant(self.reader, map(_pattern, patterns))

    def on_each(
        self,
        on: ChartsLike | None,
        ask: Callable[[Chart], AnyAnswer],
        source: str | None = None,
    ) -> Iterator[AnyAnswer]:
        """Yield the result of ASK, called with each chart that ON means.

        Of several charts, those without an answer or without snapshots from SOURCE are left out
        and reported to the ``notify`` of ``open``. Raises ``NothingToShow`` where none has one.

        >>> ask = lambda chart: len(database.overtakes("rakuten-pay", "paypay", on=chart))
        >>> list(database.on_each("jp/*/*/*", ask))
        [9]
        """
        patterns = [_pattern(chart) for chart in _each(on or self.default_chart)]
        only = patterns[0].chart if len(patterns) == 1 else None
        charts = [only] if only else self.charts(*patterns)
        answers, without = 0, list[str]()
        for chart in charts:
            try:
                if len(charts) > 1 and source and source not in self.reader.sources_of(chart):
                    raise NothingToShow(f"{chart} has no snapshots from '{source}'")
                answer = ask(chart)
            except NothingToShow as error:
                without.append(str(error))
                continue
            answers += 1
            yield answer
        if not without:
            return
        more = f"; … ({len(without)} charts)" if len(without) > _SHOWN else ""
        words = "; ".join(without[:_SHOWN]) + more
        if not answers:
            raise NothingToShow(words)
        self._notify(f"left out: {words}")

    def events(self) -> Rows[StoredNote]:
        """Return the dated notes that plots show, by time. ``apptrack events`` edits them.

        >>> database.events()
        <no rows>
        """
        from tracker.store.notes import notes

        return Rows(notes(self.reader))

    # Series, and what analysis says of them

    def series(
        self,
        *names: AppLike,
        on: ChartLike | None = None,
        **options: Unpack[SeriesOptions],
    ) -> list[Series]:
        """Return the series of each app on one chart, in the order of NAMES, on one timeline.

        >>> [series] = database.series("paypay", on=chart, until="2025-08-13")
        >>> series.ranks
        (2, 3, 2)
        """
        select = self.selection(**options)
        chart = self._chart(on)
        return self._series(self._in(names, chart, select), chart, select)

    def overtakes(
        self,
        *names: AppLike,
        on: ChartLike | None = None,
        confirm: int = 2,
        **options: Unpack[SeriesOptions],
    ) -> Ledger:
        """Return who passed whom, by time: every pair of the apps named, or of all assistants.

        An overtake is confirmed where the winner is ahead in CONFIRM determined snapshots in a row
        (docs/definitions.md, *overtake*).

        >>> [first, *rest] = database.overtakes("rakuten-pay", "paypay", on=chart, since="2025-09")
        >>> first.winner.name, first.kind.value, first.status.value
        ('Rakuten Pay', 'pass', 'confirmed')
        """
        select, chart = self.selection(**options), self._chart(on)
        series = self._compared(names, chart, select) if names else self._everyone(chart, select)
        comparable = len(series) - len(never_ranked(series)) > 1
        return Ledger(series[0].timeline, overtakes_of_all(series, confirm), comparable)

    def stats(
        self,
        *names: AppLike,
        on: ChartLike | None = None,
        **options: Unpack[SeriesOptions],
    ) -> Answer[Stats]:
        """Return the figures of each app: peak, time at number one, coverage and others.

        docs/definitions.md defines each; None where one is not known.

        >>> [figures] = database.stats("paypay", on=chart)
        >>> figures.peak_rank, figures.median_rank, figures.at_1.lower, figures.at_1.upper
        (1, 2, 345587.0, 1209602.0)
        """
        select = self.selection(**options)
        chart = self._chart(on)
        series = self._series(self._in(names, chart, select), chart, select)
        for line in unranked_words(self.reader, series):
            self._notify(line)
        return Answer(series[0].timeline, map(stats, series))

    def versus(
        self,
        a: AppLike,
        b: AppLike,
        on: ChartLike | None = None,
        *,
        confirm: int = 2,
        settled: timedelta = SETTLED,
        **options: Unpack[SeriesOptions],
    ) -> Rivalry:
        """Compare two apps: which is ahead, since when, by how many ranks, how often it changed.

        A lead is settled where it is confirmed by CONFIRM snapshots and lasts for SETTLED.

        >>> rivalry = database.versus("rakuten-pay", "paypay", chart)
        >>> rivalry.now.leader.name, rivalry.margin, rivalry.changes
        ('Rakuten Pay', 2, 9)
        """
        if not isinstance(settled, timedelta):
            raise InvalidValue(f"Invalid time {echo(settled)}: use a timedelta")
        select = self.selection(**options)
        first, second = self._compared((a, b), self._chart(on), select)
        return rivalry(first, second, confirm, settled)

    def wave(
        self,
        a: AppLike,
        b: AppLike,
        on: ChartLike | None = None,
        *,
        since: TimeLike | None = None,
        until: TimeLike | None = None,
        confirm: int = 2,
    ) -> Rows[Passage]:
        """Return the storefronts in the order in which A passed B on the chart ON of each.

        The storefront of ON does not matter. docs/definitions.md defines *wave*.

        >>> [japan] = database.wave("rakuten-pay", "paypay", chart)
        >>> japan.chart.storefront, japan.passing.value
        ('jp', 'passed')
        """
        from tracker.analysis.waves import wave

        chart, select = self._chart(on), self.selection(since=since, until=until)
        apps = _two(self.meant((a, b), chart, select.since, select.until, "storefront"))
        charts = storefronts_of(self.reader, chart)
        pairs = [
            (a_series, b_series)
            for a_series, b_series in series_of_each(self.reader, charts, apps, select)
        ]
        paired = {series.timeline.chart for series, _ in pairs}
        missing = [chart for chart in charts if chart not in paired]
        apart = apart_in(self.reader, missing, apps, select.since, select.until)
        if not pairs:
            window = (select.since, select.until)
            raise NothingToShow(apart or nothing_in_any(self.reader, chart, None, (), *window))
        for line in unranked_lines(self.reader, pairs):
            self._notify(line)
        if apart:
            self._notify(apart)
        return Rows(wave(pairs, confirm))

    # Raw rows

    def observations(
        self,
        *names: AppLike,
        on: ChartsLike | None = None,
        ranked: bool = False,
        **options: Unpack[SeriesOptions],
    ) -> Iterator[Row]:
        """Yield a dictionary for each app and snapshot: what ``apptrack export series`` writes.

        docs/python.md has the columns. ON may be several charts, and may have a ``*``. RANKED
        leaves out snapshots in which the app is unranked. The rows of one chart are in memory at a
        time, by app and time.

        >>> row = next(database.observations("paypay", on=chart))
        >>> row["observed_at"], row["state"], row["rank"], row["depth"]
        ('2025-08-11T22:10:20Z', 'ranked', 2, 100)
        """
        select = self.selection(**options)
        for series in self.on_each(
            on,
            lambda chart: self._series(self._in(names, chart, select), chart, select),
            select.source,
        ):
            line = series[0].timeline
            published = self.reader.published(line)
            yield from series_rows(series, published, ranked=ranked)

    def entries(
        self,
        *,
        on: ChartsLike | None = None,
        **options: Unpack[SeriesOptions],
    ) -> Iterator[Row]:
        """Yield a dictionary for each entry of each whole snapshot, in the columns of observations.

        ``apptrack export charts`` writes them. One snapshot is in memory at a time.

        >>> [entry["rank"] for entry in database.entries(on=chart, until="2025-08-11")][-1]
        100
        """
        select = self.selection(**options)
        for line, numbers in self.on_each(
            on,
            lambda chart: whole_snapshots(self.reader, chart, select, self._notify),
            select.source,
        ):
            for number, gap in zip(numbers, gaps_before(line), strict=True):
                try:
                    snapshot = self.reader.snapshot(number)
                except InvalidValue as error:
                    raise StoreError(
                        f"{self.settings.db}: snapshot {number}: {error}; run 'apptrack verify'"
                    ) from None
                yield from entry_rows(snapshot, gap)

    # A chart at an instant

    def top(
        self,
        on: ChartLike | None = None,
        *,
        most: int | None = 10,
        **options: Unpack[MomentOptions],
    ) -> Listed:
        """Return the first MOST entries of a chart (None: all), with moves over a day and a week.

        >>> [(row.rank, row.app.name) for row in database.top(chart, most=3)][-1]
        (3, 'PayPay')
        """
        _check_most(most)
        moment = self._moment(on, **options)
        return Listed(moment, top(self.reader, moment, most, self._called), None)

    def standings(
        self,
        *names: AppLike,
        on: ChartLike | None = None,
        **options: Unpack[MomentOptions],
    ) -> Listed:
        """Return the apps named, or all assistants, by rank, with movement over a day and a week.

        >>> [row.rank for row in database.standings("suica", "paidy", on=chart)]
        [5, 6]
        """
        chart = self._chart(on)
        apps = self._known_in(names, chart.store) if names else self.apps(store=chart.store)
        moment = self._moment(chart, **options)
        return Listed(moment, standings(self.reader, moment, apps), len(apps))

    def trends(self, listed: Listed) -> list[Series]:
        """Return the series of the apps LISTED over the 30 days up to its moment.

        >>> [series] = database.trends(database.standings("suica", on=chart))
        >>> len(series.ranks)
        31
        """
        moment = listed.moment
        return series_in(self.reader, moment.place, moment.window, [row.app for row in listed])

    def movers(
        self,
        on: ChartLike | None = None,
        *,
        over: str = "day",
        **options: Unpack[MomentOptions],
    ) -> Moved:
        """Return what climbed, fell, entered and left the whole chart over a "day" or a "week".

        >>> mover = database.movers(chart, over="week")[0]
        >>> mover.rank, mover.rank_before, mover.move.value
        (37, 80, 'up')
        """
        if str(over) not in SPANS:
            raise InvalidValue(f"Invalid span {echo(over)}: use {', '.join(SPANS)}")
        moment = self._moment(on, **options)
        return Moved(moment, climbers_first(moved(self.reader, moment, over, self._called)), over)

    def brief(
        self,
        name: AppLike,
        on: ChartLike | None = None,
        *,
        confirm: int = 2,
        **options: Unpack[MomentOptions],
    ) -> Rows[Sentence]:
        """Return sentences on one app that can be printed, each with its caveat.

        CONFIRM as in ``overtakes``. Where the same chart of the other store has snapshots, the
        sentences on that follow: ranks in two stores are put side by side, and never compared.

        >>> database.brief("paypay", chart)[0].text
        'PayPay was at rank 3 on the chart App Store, Japan · iPhone · ...'
        """
        from tracker.report.sentences import not_in_store_sentence, not_observed_sentence

        chart, until = self._chart(on), self._read(options.get("at"), dates.as_of)
        source, provenances = options.get("source"), options.get("provenances", ())
        sentences = self._brief(name, chart, until, source, provenances, confirm)
        other = self.other_store(chart)
        if other is None or (source and source not in self.reader.sources_of(other)):
            return Rows(sentences)
        try:
            twin = self.app(name, other.store)
            more = self._brief(twin, other, until, source, provenances, confirm)
        except NotInStore as error:
            more = [not_in_store_sentence(str(error), other)]
        except NothingToShow as error:
            more = [not_observed_sentence(str(error), other)]
        return Rows([*sentences, *more])

    def other_store(self, chart: ChartLike) -> Chart | None:
        """Return the chart of the other store that CHART is put beside; None where not observed.

        It has the storefront, ranking and genre of CHART, and snapshots in this database.

        >>> database.other_store(chart) is None
        True
        """
        chart = self._chart(chart)
        device = "android" if chart.store == APP_STORE else "iphone"
        alike = family(self.reader, chart, "device")
        return next((other for other in alike if other.device == device), None)

    def _brief(
        self,
        name: AppLike,
        chart: Chart,
        until: datetime | None,
        source: str | None,
        provenances: Iterable[str],
        confirm: int,
    ) -> list[Sentence]:
        from tracker.report.brief import brief

        newest = until or self.reader.newest(chart)
        (app,) = self.meant((name,), chart, newest - MONTH if newest else None, newest)
        # Where several apps have one name, each has its id behind it.
        every = {known.app_id: known for known in (app, *self.catalog.of(chart.store))[::-1]}
        apps = {known.app_id: known for known in with_distinct_names(every.values())}
        place = chart_source_of(
            self.reader, chart, source, _kinds(provenances), self.settings.sources, app.app_id,
            self._notify,
        )  # fmt: skip
        return brief(
            self.reader, apps[app.app_id], place, at=until, others=list(apps.values()),
            watched=self.settings.charts, order=self.settings.sources, source=source,
            confirm=confirm, zone=self.zone,
        )  # fmt: skip

    def week(
        self,
        *names: AppLike,
        on: ChartLike | None = None,
        confirm: int = 2,
        **options: Unpack[MomentOptions],
    ) -> Week:
        """Return seven days of a chart up to a moment: ranks, moves, overtakes and coverage.

        Of the apps named, or of all assistants. CONFIRM as in ``overtakes``.

        >>> week = database.week("rakuten-pay", "paypay", on=chart, at="2025-09-13")
        >>> len(week.overtakes), [row.rank for row in week.standings]
        (2, [2, 3])
        """
        from tracker.report.week import WEEK, Week

        listed = self.standings(*names, on=on, **options)
        moment = listed.moment
        since = moment.snapshot.observed_at - WEEK
        window = [snapshot for snapshot in moment.window if snapshot.observed_at >= since]
        apps = [row.app for row in listed]
        # The snapshots before show who was ahead when the week began.
        month = series_in(self.reader, moment.place, moment.window, apps)
        ledger = overtakes_of_all(month, confirm) if apps else ()
        passed = [overtake for overtake in ledger if overtake.by > since]
        series = series_in(self.reader, moment.place, window, apps)
        observed = coverage_of(timeline_of(moment.place, window))
        movers = (
            moved(self.reader, moment, "week", self._called) if moment.earlier["week"] else None
        )
        return Week(
            moment, list(listed), series, movers and climbers_first(movers), passed, observed
        )

    def plot(
        self,
        *names: AppLike,
        on: ChartLike | None = None,
        theme: str = "light",
        **options: Unpack[SeriesOptions],
    ) -> Picture:
        """Return the overtaking curve of the apps named, as a picture to show or to save.

        THEME is ``light`` or ``dark``.

        >>> database.plot("rakuten-pay", "paypay", on=chart).headline
        'Rakuten Pay and PayPay swapped the lead 5 times in September 2025; ...'
        """
        from tracker.picture import picture

        select, chart = self.selection(**options), self._chart(on)
        series = self._series(self._in(names, chart, select), chart, select)
        return picture(self.reader, series, self.zone, theme)

    @property
    def default_chart(self) -> Chart:
        """The chart of a question without ON."""
        return default_chart(self.settings)

    # Within

    def _chart(self, chart: ChartLike | None) -> Chart:
        if chart is None:
            return self.default_chart
        return chart if isinstance(chart, Chart) else Chart.parse(str(chart))

    def _called(self, app: App) -> App:
        """APP by the name and alias that settings and catalogue have for it."""
        return self._own.get(app.app_id, app)

    @cached_property
    def _own(self) -> dict[str, App]:
        return {app.app_id: app for app in self.catalog.every[::-1]}

    def meant(
        self,
        names: Sequence[AppLike],
        chart: Chart,
        since: datetime | None,
        until: datetime | None,
        part: str | None = None,
    ) -> list[App]:
        """Return the apps that NAMES mean, as ``apps``.

        Of an alias with an id in each store, the one that is ranked on CHART from SINCE to UNTIL;
        with PART, such as "storefront", on any chart that differs from it in that part only.
        """
        pick = ranked_on(self.reader, chart, since, until, part, self._notify)
        meant = (
            self.catalog.twin(name, chart.store)
            if isinstance(name, App)
            else find_app(self.catalog, str(name), pick, chart.store)
            for name in names
        )
        return namesakes(self.reader, {app.app_id: app for app in meant}.values())

    def selection(
        self,
        source: str | None = None,
        provenances: Iterable[str] = (),
        since: TimeLike | None = None,
        until: TimeLike | None = None,
    ) -> Selection:
        """``SeriesOptions`` read: which snapshots count, by the settings' order of sources."""
        kinds = _kinds(provenances)
        order = tuple(self.settings.sources)
        first, last = self._read(since, dates.since), self._read(until, dates.until)
        return Selection(source, kinds, first, last, order=order)

    def _read(
        self, time: TimeLike | None, read: Callable[[str, ZoneInfo], datetime]
    ) -> datetime | None:
        return time if time is None or isinstance(time, datetime) else read(str(time), self.zone)

    def _known_in(self, names: Sequence[AppLike], store: str) -> list[App]:
        """The apps of NAMES that have an id in STORE; those without are reported to ``notify``."""
        known, without = [], list[str]()
        for name in names:
            try:
                known.append(self.app(name, store))
            except NotInStore as error:
                without.append(str(error))
        if not known:
            raise NotInStore("; ".join(without))
        for line in without:
            self._notify(f"left out: {line}")
        return self.apps(*known, store=store)

    def _series(self, apps: Sequence[App], chart: Chart, select: Selection) -> list[Series]:
        return series_of(self.reader, apps, chart, select, self._notify)

    def _in(self, names: Sequence[AppLike], chart: Chart, select: Selection) -> list[App]:
        if not names:
            raise InvalidValue("name one app at least")
        return self.meant(names, chart, select.since, select.until)

    def _compared(self, names: Sequence[AppLike], chart: Chart, select: Selection) -> list[Series]:
        series = self._series(_two(self._in(names, chart, select)), chart, select)
        for line in unranked_lines(self.reader, [series]):
            self._notify(line)
        return series

    def _everyone(self, chart: Chart, select: Selection) -> list[Series]:
        """The assistants that were ranked in these snapshots."""
        apps = self.apps(store=chart.store)
        every = self._series(apps, chart, replace(select, sparse=False))
        if has_sparse(self.reader, chart, every[0].timeline.source):
            self._notify(f"left out: {SINGLE_APPS}; name apps to compare them there too")
        seen = [line for line in every if any(line.ranks)]
        if len(seen) < 2:
            raise NothingToShow(few_ranked_words(chart, [line.app for line in seen]))
        return seen

    def _moment(
        self,
        on: ChartLike | None,
        at: TimeLike | None = None,
        source: str | None = None,
        provenances: Iterable[str] = (),
    ) -> Moment:
        place = chart_source_of(
            self.reader, self._chart(on), source, _kinds(provenances), self.settings.sources,
            notify=self._notify,
        )  # fmt: skip
        return moment_of(self.reader, place, self._read(at, dates.as_of), SPANS)


def open(  # noqa: A001 - the name a reader expects, as in sqlite3 or gzip
    path: str | Path | None = None,
    *,
    settings: str | Path | None = None,
    zone: str | ZoneInfo = UTC,
    notify: Notify = quiet,
) -> Database:
    """Open the database at PATH to read, and return it.

    Without PATH, the one that the settings name: ``apptrack.toml`` in the working folder or the
    file SETTINGS, ``APPTRACK_DB``, else ``data/apptrack.db``. ZONE, such as ``Asia/Tokyo``, decides
    what a day is, and in which zone sentences and pictures have their times. NOTIFY is called with
    lines that belong beside an answer, such as which other sources have snapshots. Raises
    ``NothingToShow`` where there is no such file, ``StoreError`` where it is not a database of
    apptrack, ``InvalidValue`` for an unknown zone, ``SettingsError`` for wrong settings.

    >>> with tracker.open("finance.db") as finance:
    ...     len(finance.charts())
    1
    """
    loaded = load(Path(str(settings)) if settings else None)
    own = zone if isinstance(zone, ZoneInfo) else dates.read_zone(str(zone))
    return Database(replace(loaded, db=Path(str(path))) if path else loaded, notify, own)


def _two(apps: list[App]) -> list[App]:
    if len(apps) < 2:
        raise InvalidValue("name two apps at least")
    return apps


def _each(on: ChartsLike) -> Iterable[ChartLike | ChartPattern]:
    if isinstance(on, str | Chart | ChartPattern) or not isinstance(on, Iterable):
        return (on,)
    return on


def _pattern(chart: ChartLike | ChartPattern) -> ChartPattern:
    return chart if isinstance(chart, ChartPattern) else ChartPattern.parse(str(chart))


def _kinds(provenances: Iterable[str]) -> tuple[Provenance, ...]:
    if isinstance(provenances, str) or not isinstance(provenances, Iterable):
        provenances = (provenances,)
    return tuple(map(Provenance, provenances))


def _check_most(most: object) -> None:
    if most is not None and not (isinstance(most, int) and most >= 0):
        raise InvalidValue(f"Invalid number of entries {echo(most)}: use 0 or more, or None")


def _check_store(store: str | None) -> None:
    if store is not None and str(store) not in STORES:
        raise InvalidValue(f"Invalid store {echo(store)}: use {' or '.join(STORES)}")
