"""What each page shows: facts of the public API, as values for HTML, JSON and CSV.

``data`` is the answer as JSON, ``rows`` the table as CSV, ``more`` what only the template needs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tracker.analysis import coverage_of, never_ranked, overtakes_of_all
from tracker.analysis.coverage import longest_normal_spacing
from tracker.analysis.rivalry import SETTLED, rivalry
from tracker.api import UTC, Database
from tracker.errors import InvalidValue, NothingToShow, NotInStore, UnknownName
from tracker.evidence import Event, cite
from tracker.ids import store_of_id
from tracker.model import App, Chart, Provenance, iso
from tracker.pages.asked import Asked, chart_for, find
from tracker.pages.feeds import confirmed
from tracker.queries.as_of import Moment
from tracker.report.listings import flat_standing, movement_words
from tracker.report.stats import LABELS, figures
from tracker.report.versus import versus_rows
from tracker.store.charts import observed_charts
from tracker.store.overview import newest_ranks, observed
from tracker.store.payloads import snapshot_at, stored_payload_of, was_pruned
from tracker.store.snapshots import newest_snapshot, next_snapshot, timeline_of
from tracker.stores import STORES
from tracker.words import (
    PROVENANCES,
    chart_words,
    coverage_words,
    duration_words,
    unproved_words,
)

#: Rows of a page's table; the rest is behind a link.
PAGE = 100
#: How far back "newest" searches for overtakes.
RECENT = timedelta(days=90)


@dataclass
class View:
    """One page: its template, its title, its facts."""

    template: str
    title: str
    data: dict[str, Any]
    rows: list[dict[str, Any]]
    marks: list[dict[str, str]] = field(default_factory=list)
    more: dict[str, Any] = field(default_factory=dict)


def marks_of(
    chart: Chart, provenances: Iterable[Provenance], age: float | None = None, normal: float = 0
) -> list[dict[str, str]]:
    """What must be said of data of CHART: how it came, what it does not state, its age."""
    kinds = set(provenances)
    marks = [
        {"kind": kind.value, "words": words} for kind, words in PROVENANCES.items() if kind in kinds
    ]
    if unproved := unproved_words(chart):
        marks.append({"kind": "unproved", "words": unproved})
    if age is not None and age > max(normal, 3600):
        late = f"stale: the newest snapshot is {duration_words(age)} old"
        usual = f"; usually one comes every {duration_words(normal / 1.5)}" if normal else ""
        marks.insert(0, {"kind": "stale", "words": late + usual})
    return marks


def _moment(moment: Moment, now: datetime, at: datetime | None) -> dict[str, Any]:
    """Which snapshot a listing is of, and how near it is to what was asked for."""
    place, snapshot = moment.place, moment.snapshot
    age = ((at or now) - snapshot.observed_at).total_seconds()
    return {
        "chart": place.chart.slug,
        "chart_words": chart_words(place.chart),
        "source": place.source,
        "observed_at": iso(snapshot.observed_at),
        "age_seconds": int(age),
        "depth": snapshot.depth,
        "provenance": snapshot.provenance.value,
        "snapshot": snapshot.number,
        "compared_with": {
            name: iso(then.observed_at) if then else None for name, then in moment.earlier.items()
        },
    }


def _moment_marks(moment: Moment, now: datetime, at: datetime | None) -> list[dict[str, str]]:
    age = None if at else (now - moment.snapshot.observed_at).total_seconds()
    kinds = {snapshot.provenance for snapshot in moment.used}
    return marks_of(moment.place.chart, kinds, age, moment.as_of.normal)


def _standing_rows(listed: Any) -> list[dict[str, Any]]:
    """The rows of a listing, with movement in words."""
    return [
        {
            **flat_standing(listed.moment, row),
            **{f"{name}_words": movement_words(moved) for name, moved in row.moves.items()},
        }
        for row in listed
    ]


def home(database: Database, asked: Asked) -> View:
    """Who is ahead now, what passed lately, and which charts there are."""
    chart, at = chart_for(database, asked), asked.at
    source = asked.text("source")
    listed = database.standings(on=chart, at=at, source=source)
    of_all = not any(row.rank for row in listed)
    if of_all:
        listed = database.top(on=chart, at=at, source=source)
    moment = listed.moment
    seen = moment.snapshot.observed_at
    events = _newest(database, chart, moment.place.source, seen)
    charts = [
        {
            "chart": state.chart.slug, "source": state.source, "snapshots": state.snapshots,
            "first": iso(state.first), "last": iso(state.last),
            "provenance": state.provenance.value,
            "age_seconds": int((asked.now - state.last).total_seconds()),
            "depth": state.depth,
        }
        for state in observed(database.reader)
    ]  # fmt: skip
    page, more = _page(charts, asked)
    watched = coverage_of(timeline_of(moment.place, moment.window))
    data = {
        **_moment(moment, asked.now, at),
        "apps_shown": "the first ten: no assistant is ranked" if of_all else "assistants",
        "coverage_30_days": watched.to_json(),
        "standings": _standing_rows(listed),
        "newest_overtakes": [event.to_json() for event in events],
        "charts": page,
    }
    return View(
        "home.html", f"Who is ahead: {chart.slug}", data, data["standings"],
        _moment_marks(moment, asked.now, at),
        {
            "coverage": coverage_words(watched), "next": more,
            "names": [app.name for app in database.catalog.of(chart.store)],
            "leaders": [row.app.name for row in listed if row.rank][:2],
        },
    )  # fmt: skip


def _newest(database: Database, chart: Chart, source: str, until: datetime) -> list[Any]:
    """The newest confirmed overtakes of assistants, the last one first."""
    try:
        ledger = database.overtakes(on=chart, source=source, since=until - RECENT)
    except NothingToShow:
        return []
    return confirmed(ledger)[::-1][:10]


def _page(rows: Sequence[Any], asked: Asked, size: int = PAGE) -> tuple[list[Any], int | None]:
    """The rows of the page asked for, and the number of the next page, if there is one."""
    number = asked.number("page", 1, 1_000_000)
    end = number * size
    return list(rows[end - size : end]), number + 1 if len(rows) > end else None


def compare(database: Database, asked: Asked) -> View:
    """Two apps or more on one chart: the curve, who is ahead, and every overtake."""
    texts = asked.apps
    chart = chart_for(database, asked, texts)
    apps = [find(database, text, chart) for text in texts] or _leading(database, chart, asked)
    confirm = asked.number("confirm", 2, 100)
    select = asked.selection
    if len({app.app_id for app in apps}) < 2:
        raise InvalidValue("name two different apps to compare")
    series = database.series(*apps, on=chart, **select)
    line, ledger = series[0].timeline, overtakes_of_all(series, confirm)
    versus: list[tuple[str, str]] = []
    ahead = None
    if len(apps) == 2:
        summary = rivalry(series[0], series[1], confirm)
        versus = versus_rows(summary, SETTLED, UTC)
        ahead = summary.now.leader.name if summary.now else None
    events = [overtake.to_json() for overtake in ledger][::-1]
    page, more = _page(events, asked)
    age = None if asked.text("until") else (asked.now - line.times[-1]).total_seconds()
    data = {
        "chart": chart.slug, "chart_words": chart_words(chart), "source": line.source,
        "apps": [{"app_id": app.app_id, "name": app.name} for app in apps],
        "ahead": ahead, "confirm": confirm,
        "comparable": len(series) - len(never_ranked(series)) > 1,
        **coverage_of(line).to_json(),
        "first": iso(line.times[0]), "last": iso(line.times[-1]),
        "provenances": sorted({provenance.value for provenance in line.provenances}),
        "versus": dict(versus), "overtakes": page, "overtakes_in_all": len(events),
    }  # fmt: skip
    query = {
        "app": [app.app_id for app in apps], "chart": chart.slug, **asked.window,
        "confirm": confirm,
    }  # fmt: skip
    title = f"{' and '.join(app.name for app in apps)} on {chart.slug}"
    return View(
        "compare.html", title, data, events,
        marks_of(chart, line.provenances, age, longest_normal_spacing(line)),
        {
            "versus": versus, "query": query, "next": more,
            "coverage": coverage_words(coverage_of(line)),
            "names": [app.name for app in database.catalog.of(chart.store)],
            "charts": [chart.slug for chart in observed_charts(database.reader)],
            "sources": database.reader.sources_of(chart),
        },
    )  # fmt: skip


def _leading(database: Database, chart: Chart, asked: Asked) -> list[App]:
    """The two assistants that rank best on CHART, or its first two apps."""
    listed = database.standings(on=chart, source=asked.text("source"))
    ranked = [row.app for row in listed if row.rank][:2]
    if len(ranked) < 2:
        ranked = [row.app for row in database.top(on=chart, most=2, source=asked.text("source"))]
    return ranked


def app(database: Database, asked: Asked) -> View:
    """One app: its rank on every chart, and its figures on one."""
    text = asked.text("app")
    if text is None:
        raise InvalidValue("name an app: …/app?app=NAME")
    app_found = find(database, text)
    ids = _ids_by_store(database, app_found)
    newest = {
        place: rank
        for app_id in ids.values()
        for place, rank in newest_ranks(database.reader, app_id).items()
    }
    latest = {(state.chart.slug, state.source): state for state in observed(database.reader)}
    ranks: list[dict[str, Any]] = [
        {
            "chart": slug, "source": source, "rank": newest.get((slug, source)),
            "state": _state((slug, source) in newest, state.chart.store in ids),
            "depth": state.depth, "observed_at": iso(state.last),
            "age_seconds": int((asked.now - state.last).total_seconds()),
            "provenance": state.provenance.value,
        }
        for (slug, source), state in latest.items()
    ]  # fmt: skip
    own = store_of_id(app_found.app_id)
    # Of equal ranks that in the store whose id was asked for comes first.
    ranks.sort(
        key=lambda row: (
            row["rank"] is None,
            row["rank"] or 0,
            Chart.parse(row["chart"]).store != own,
            row["chart"],
        )
    )
    chart = asked.chart() or (
        Chart.parse(ranks[0]["chart"]) if newest else chart_for(database, asked, [app_found.app_id])
    )
    stats: list[tuple[str, str]] = []
    figures_of: dict[str, Any] = {}
    marks: list[dict[str, str]] = []
    try:
        answer = database.stats(
            find(database, app_found.app_id, chart), on=chart, **asked.selection
        )
        line = answer.timeline
        stats = list(zip(LABELS, figures(answer[0], UTC), strict=False))
        figures_of = answer[0].to_json()
        marks = marks_of(
            chart,
            line.provenances,
            (asked.now - line.times[-1]).total_seconds(),
            longest_normal_spacing(line),
        )
    except NothingToShow as error:
        stats = [("no figures", str(error))]
    page, more = _page(ranks, asked)
    data = {
        "app_id": app_found.app_id, "name": app_found.name, "alias": app_found.alias,
        "chart": chart.slug,
        "chart_words": chart_words(chart), "figures": figures_of, "ranks": page,
        "ids": {STORES[store]: app_id for store, app_id in ids.items()},
    }  # fmt: skip
    query = {"app": app_found.app_id, "chart": chart.slug, **asked.window}
    return View(
        "app.html", f"{app_found.name} ({app_found.app_id})", data, ranks, marks,
        {"stats": stats, "query": query, "next": more},
    )  # fmt: skip


def _ids_by_store(database: Database, app: App) -> dict[str, str]:
    """The id of APP in each store in which one is known."""
    ids = {}
    for store in STORES:
        with suppress(NotInStore):
            ids[store] = database.app(app, store).app_id
    return ids


def _state(ranked: bool, known: bool) -> str:
    """Nothing is said of an app in a store in which no id of it is known."""
    if ranked:
        return "ranked"
    return "unranked" if known else "no id known in that store"


def chart(database: Database, asked: Asked) -> View:
    """A whole chart as it stood at a moment, with movement."""
    on, at = chart_for(database, asked), asked.at
    listed = database.top(on=on, at=at, most=None, source=asked.text("source"))
    moment = listed.moment
    seen = moment.snapshot.observed_at
    before = newest_snapshot(database.reader, moment.place, None, seen - timedelta(seconds=1))
    after = next_snapshot(database.reader, moment.place, seen)
    rows = _standing_rows(listed)
    data = {
        **_moment(moment, asked.now, at),
        "before": iso(before.observed_at) if before else None,
        "after": iso(after.observed_at) if after else None,
        "entries": rows,
    }
    return View(
        "chart.html", f"{on.slug} at {iso(seen)}", data, rows, _moment_marks(moment, asked.now, at),
        {"charts": [chart.slug for chart in observed_charts(database.reader)],
         "sources": database.reader.sources_of(on)},
    )  # fmt: skip


def event(database: Database, asked: Asked) -> View:
    """One overtake or snapshot: the sentence, and the stored responses that show it."""
    text = asked.text("id")
    if text is None:
        raise InvalidValue("name an event: …/event?id=ID, as the overtakes have it")
    what = Event.parse(text)
    reader = database.reader
    citation = cite(reader, what, database.catalog.every, asked.number("confirm", 2, 100))
    app_ids = [quoted.app.app_id for quoted in citation.apps]
    snapshots: list[dict[str, Any]] = []
    for cited in citation.snapshots:
        snapshot, stored = cited.snapshot, cited.payload
        ranks = {entry.app_id: entry.rank for entry in snapshot.entries}
        snapshots.append(
            {
                "observed_at": iso(snapshot.observed_at), "source": snapshot.source,
                "provenance": snapshot.provenance.value, "scope": snapshot.scope.value,
                "depth": snapshot.depth,
                "ranks": {app_id: ranks.get(app_id) for app_id in app_ids},
                "snapshot": snapshot_at(
                    reader, snapshot.chart, snapshot.source, snapshot.observed_at
                ),
                "sha256": stored.sha256 if stored else None,
                "size": stored.size if stored else None,
                "url": stored.url if stored else None,
                "payload": _payload_words(snapshot.provenance, stored, cited.pruned),
                "flaws": list(cited.flaws),
            }
        )  # fmt: skip
    data = {
        "event": str(what), "sentence": citation.sentence, "proved": citation.proved,
        "unproved": unproved_words(what.chart),
        "apps": [
            {
                "app_id": quoted.app.app_id, "name": quoted.app.name,
                "name_then": quoted.name_then,
            }
            for quoted in citation.apps
        ],
        "chart": what.chart.slug, "source": what.source, "snapshots": snapshots,
    }  # fmt: skip
    rows = [{**row, "ranks": None, "flaws": "; ".join(row["flaws"])} for row in snapshots]
    kinds = {cited.snapshot.provenance for cited in citation.snapshots}
    query = {"app": app_ids, "chart": what.chart.slug}
    return View("event.html", str(what), data, rows, marks_of(what.chart, kinds), {"query": query})


def _payload_words(provenance: Provenance, stored: object, pruned: bool) -> str:
    if stored:
        return "stored"
    return "pruned" if pruned else f"no payload: {provenance.value}"


def snapshot(database: Database, asked: Asked) -> View:
    """One snapshot: its entries, where it came from, and its stored response."""
    number = asked.number("number", 0, 1 << 53)
    reader = database.reader
    snapshot = reader.snapshot(number)
    stored, pruned = stored_payload_of(reader, number), was_pruned(reader, number)
    rows = [
        {
            "rank": entry.rank,
            "app_id": entry.app_id,
            "name": entry.name,
            "developer": entry.developer,
        }
        for entry in snapshot.entries
    ]
    data = {
        "snapshot": number, "chart": snapshot.chart.slug,
        "chart_words": chart_words(snapshot.chart),
        "source": snapshot.source, "observed_at": iso(snapshot.observed_at),
        "published_at": iso(snapshot.published_at) if snapshot.published_at else None,
        "age_seconds": int((asked.now - snapshot.observed_at).total_seconds()),
        "depth": snapshot.depth, "scope": snapshot.scope.value,
        "provenance": snapshot.provenance.value,
        "payload": _payload_words(snapshot.provenance, stored, pruned),
        "sha256": stored.sha256 if stored else None, "size": stored.size if stored else None,
        "url": stored.url if stored else None,
        "event": str(Event(snapshot.source, snapshot.chart, snapshot.observed_at)),
        "entries": rows,
    }  # fmt: skip
    title = f"Snapshot of {snapshot.chart.slug}, {iso(snapshot.observed_at)}"
    return View("snapshot.html", title, data, rows, marks_of(snapshot.chart, [snapshot.provenance]))


def search(database: Database, asked: Asked) -> View:
    """The app that a text means, or those it may mean."""
    text = asked.text("q")
    if text is None:
        raise UnknownName("type the name of an app")
    return app(database, Asked({**asked.values, "app": [text]}, asked.now))


VIEWS: Mapping[str, Callable[[Database, Asked], View]] = {
    "home": home,
    "compare": compare,
    "app": app,
    "chart": chart,
    "event": event,
    "snapshot": snapshot,
    "find": search,
}
