"""The tools: each one question to the public API, its answer typed and bounded in size."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import wraps
from typing import Any, get_type_hints

from tracker import dates
from tracker.analysis import never_ranked
from tracker.analysis.coverage import gaps, longest_normal_spacing
from tracker.analysis.movement import Movement
from tracker.api import Database, Listed
from tracker.errors import ApptrackError, InvalidValue, UnknownName
from tracker.evidence import Event, cite
from tracker.mcp import answers
from tracker.mcp.answers import basis, named, overtake_row, position, span, unobserved
from tracker.model import App, Chart, Timeline, iso
from tracker.pages.asked import find
from tracker.report.stats import is_mostly_unranked
from tracker.store.overview import observed
from tracker.store.snapshots import timeline_of
from tracker.words import chart_words

#: So many rows are in an answer at most; the others are counted, or on the next page.
MOST_ROWS, MOST_OBSERVATIONS = 200, 1_000
_LONGEST = 500  # characters of an error
Tool = Callable[..., Any]


def tools(open_database: Callable[[], Database], failure: type[Exception]) -> list[Tool]:
    """The tools; an expected error becomes a FAILURE with the same line."""

    def asked(question: Callable[..., Any]) -> Tool:
        @wraps(question)
        def tool(**values: Any) -> Any:
            try:
                with open_database() as database:
                    return question(database, **values)
            except ApptrackError as error:
                raise failure(_for_agents(str(error))) from None

        # The SDK reads the signature; the database is not the agent's to give.
        signature, hints = inspect.signature(question), get_type_hints(question)
        given = [
            parameter.replace(annotation=hints[parameter.name])
            for parameter in signature.parameters.values()
            if parameter.name != "database"
        ]
        signature = signature.replace(parameters=given, return_annotation=hints["return"])
        tool.__signature__ = signature  # type: ignore[attr-defined]
        return tool

    return [asked(question) for question in QUESTIONS]


def _for_agents(line: str) -> str:
    """LINE of an error, with the values of a tool in place of the options of a command."""
    for option, value in (("--on", "chart"), ("--source", "source"), ("--since", "since")):
        line = line.replace(option, value)
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"


def charts(database: Database) -> answers.Charts:
    """List the charts in the database, with source, first and newest snapshot, and provenance."""
    rows = observed(database.reader)
    listed = [
        answers.ChartRow(
            row.chart.slug, chart_words(row.chart), row.source, row.snapshots, iso(row.first),
            iso(row.last), _age(row.last), row.provenance.value,
        )
        for row in rows[:MOST_ROWS]
    ]  # fmt: skip
    return answers.Charts(listed, len(rows) - len(listed))


def apps(database: Database, text: str = "") -> answers.Apps:
    """List the assistants that are known by alias, or the apps whose name contains TEXT."""
    if text:
        apps = list(database.reader.apps_named(text))
        with suppress(UnknownName):
            apps.insert(0, find(database, text))
    else:
        apps = list(database.catalog.every)
    aliases = {app.app_id: app.alias for app in database.catalog.every}
    unique = list({app.app_id: app for app in apps}.values())
    listed = [
        answers.AppRow(app.app_id, app.name, aliases.get(app.app_id)) for app in unique[:MOST_ROWS]
    ]
    return answers.Apps(listed, len(unique) - len(listed))


def top(
    database: Database, chart: str = "", at: str = "", most: int = 10, source: str = ""
) -> answers.Listing:
    """The first MOST entries of a chart (200 at most), now or AT a time, with movement."""
    listed = database.top(
        on=_chart(database, chart),
        at=_at(at),
        most=_bounded(most),
        source=source or None,
    )
    return _listing(listed, now=not at)


def standings(
    database: Database,
    apps: list[str] | None = None,
    chart: str = "",
    at: str = "",
    source: str = "",
) -> answers.Listing:
    """Where each app ranks on a chart, now or AT a time; without names all known assistants."""
    on = _chart(database, chart)
    names = [find(database, name, on) for name in (apps or [])[:MOST_ROWS]]
    moment = _at(at)
    listed = database.standings(*names, on=on, at=moment, source=source or None)
    return _listing(listed, now=not at, asked=database.apps(*names, store=on.store))


def series(
    database: Database,
    app: str,
    chart: str = "",
    since: str = "",
    until: str = "",
    source: str = "",
) -> answers.Series:
    """Every observation of one app on a chart, by time, 1,000 at most: see next_since."""
    on = _chart(database, chart)
    (series,) = database.series(find(database, app, on), on=on, **_window(since, until, source))
    line = series.timeline
    after_gap = {gap.end for gap in gaps(line)}
    rows = list(zip(line.times, series.ranks, line.depths, strict=True))
    listed = [
        answers.Observation(iso(time), position(rank, depth), time in after_gap)
        for time, rank, depth in rows[:MOST_OBSERVATIONS]
    ]
    following = iso(rows[MOST_OBSERVATIONS][0]) if len(rows) > MOST_OBSERVATIONS else None
    return answers.Series(_basis(line, now=not until), named(series.app), listed, following)


def overtakes(
    database: Database,
    apps: list[str] | None = None,
    chart: str = "",
    since: str = "",
    until: str = "",
    confirm: int = 2,
    source: str = "",
) -> answers.Overtakes:
    """Who passed whom: every pair of the apps, or of all assistants. The newest 200, by time."""
    on = _chart(database, chart)
    names = [find(database, name, on) for name in apps or []]
    ledger = database.overtakes(*names, on=on, confirm=confirm, **_window(since, until, source))
    rows = [overtake_row(overtake) for overtake in ledger[-MOST_ROWS:]]
    return answers.Overtakes(
        _basis(ledger.timeline, now=not until), ledger.comparable, rows, len(ledger) - len(rows)
    )


def stats(
    database: Database,
    app: str,
    chart: str = "",
    since: str = "",
    until: str = "",
    source: str = "",
) -> answers.Figures:
    """The figures of one app on a chart: peak, time at number one, median; durations as bounds."""
    on = _chart(database, chart)
    answer = database.stats(find(database, app, on), on=on, **_window(since, until, source))
    series, line = answer[0], answer.timeline
    depth = min((depth for depth in line.depths if depth), default=None)
    median = position(series.median_rank, depth)
    if series.median_rank is None and not is_mostly_unranked(series):
        median = unobserved("some snapshots are too shallow")
    return answers.Figures(
        _basis(line, now=not until), named(series.app), series.ranked,
        position(series.peak_rank, depth), iso(series.peak_at) if series.peak_at else None,
        span(series.at_1), span(series.top_10), span(series.on_chart),
        median, len(series.drop_outs),
    )  # fmt: skip


def versus(
    database: Database,
    a: str,
    b: str,
    chart: str = "",
    since: str = "",
    until: str = "",
    source: str = "",
) -> answers.Versus:
    """Two apps summed up: who is ahead, since when (after … by), how long each was ahead."""
    on = _chart(database, chart)
    summary = database.versus(
        find(database, a, on), find(database, b, on), on, **_window(since, until, source)
    )
    ahead, last = summary.ahead, summary.last
    return answers.Versus(
        _basis(summary.timeline, now=not until), named(summary.a), named(summary.b),
        named(summary.now.leader) if summary.now else None,
        iso(last.after) if last else None, iso(summary.now.first) if summary.now else None,
        span(ahead[0]) if ahead else None, span(ahead[1]) if ahead else None,
        summary.changes, summary.confirmed, summary.settled,
        [named(app) for app in never_ranked(summary.series)],
    )  # fmt: skip


def movers(
    database: Database,
    chart: str = "",
    over: str = "day",
    at: str = "",
    most: int = 20,
    source: str = "",
) -> answers.Movers:
    """Who climbed, fell, came in and left on a chart over a "day" or a "week"; farthest first."""
    movers = database.movers(
        on=_chart(database, chart),
        over=over,
        at=_at(at),
        source=source or None,
    )
    then = movers.moment.earlier[over]
    if then is None:
        raise InvalidValue(f"there is no snapshot about a {over} before")
    now = movers.moment.snapshot
    moved = [mover for mover in movers if mover.change != 0]
    listed = moved[: _bounded(most)]
    rows = [
        answers.MoverRow(
            named(mover.app), mover.move.value, position(mover.rank, now.depth),
            position(mover.rank_before, then.depth), mover.change,
        )
        for mover in listed
    ]  # fmt: skip
    line = timeline_of(movers.moment.place, movers.moment.window)
    return answers.Movers(
        _basis(line, now=not at), iso(then.observed_at), rows, len(moved) - len(rows)
    )


def brief(database: Database, app: str, chart: str = "", at: str = "") -> answers.Brief:
    """Sentences on one app that can be printed as they stand, each with its caveat."""
    on = _chart(database, chart)
    app_found = find(database, app, on)
    sentences = database.brief(app_found, on, at=dates.as_of(at) if at else None)
    rows = [
        answers.Statement(sentence["about"], sentence["sentence"], sentence["caveat"])
        for sentence in sentences.to_dicts()
    ]
    return answers.Brief(named(app_found), rows)


def cite_event(database: Database, event: str, confirm: int = 2) -> answers.Citation:
    """One overtake by its id, or a snapshot as SOURCE:CHART@TIME: a sentence and its proof."""
    what = Event.parse(event)
    citation = cite(database.reader, what, database.catalog.every, confirm)
    proofs = []
    for cited in citation.snapshots[:MOST_ROWS]:
        snapshot, stored = cited.snapshot, cited.payload
        why = "pruned" if cited.pruned else f"none: {snapshot.provenance.value}"
        proofs.append(
            answers.Proof(
                iso(snapshot.observed_at), snapshot.provenance.value,
                stored.sha256 if stored else None, stored.size if stored else None,
                stored.url if stored else None, "stored" if stored else why, list(cited.flaws),
            )
        )  # fmt: skip
    kinds = {cited.snapshot.provenance for cited in citation.snapshots}
    return answers.Citation(
        str(what), citation.sentence, citation.proved, proofs,
        answers.warnings_of(kinds, what.chart),
    )  # fmt: skip


cite_event.__name__ = "cite"
QUESTIONS = (
    charts, apps, top, standings, series, overtakes, stats, versus, movers, brief, cite_event,
)  # fmt: skip


def _chart(database: Database, text: str) -> Chart:
    """The chart named; without a name that of the settings."""
    return Chart.parse(text) if text else database.default_chart


def _at(text: str) -> datetime | None:
    return dates.as_of(text) if text else None


def _bounded(most: int) -> int:
    if not 1 <= most <= MOST_ROWS:
        raise InvalidValue(f"most is a number from 1 to {MOST_ROWS}, not {most}")
    return most


def _window(first: str, last: str, source: str) -> dict[str, Any]:
    return {
        "since": dates.since(first) if first else None,
        "until": dates.until(last) if last else None,
        "source": source or None,
    }


def _basis(line: Timeline, *, now: bool) -> answers.Basis:
    return basis(line, longest_normal_spacing(line), current=now)


def _age(time: datetime) -> int:
    return int((datetime.now(UTC) - time).total_seconds())


def _listing(listed: Listed, *, now: bool, asked: Sequence[App] = ()) -> answers.Listing:
    """LISTED, with those ASKED for that are not in the chart, which are unranked."""
    moment = listed.moment
    depth = moment.snapshot.depth
    rows = [
        answers.Standing(
            named(row.app), position(row.rank, depth),
            *(_change(row.moves.get(name)) for name in ("day", "week")),
        )
        for row in listed
    ]  # fmt: skip
    there = {row.app.app_id for row in listed}
    rows += [
        answers.Standing(named(app), position(None, depth), None, None)
        for app in asked
        if app.app_id not in there
    ]
    line = timeline_of(moment.place, moment.window)
    return answers.Listing(
        _basis(line, now=now), iso(moment.snapshot.observed_at), depth, rows[:MOST_ROWS],
        len(rows[MOST_ROWS:]),
    )  # fmt: skip


def _change(moved: Movement | None) -> answers.Change | None:
    if moved is None:
        return None
    then = moved.then
    before = position(then.rank, then.depth) if then else unobserved("no snapshot about then")
    return answers.Change(moved.move.value, moved.change, before)
