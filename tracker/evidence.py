"""One overtake or one snapshot: a sentence that can be quoted, and the payloads that prove it.

An event is written ``apple-rss:us/iphone/top-free/apps@2026-08-17T04:50:46Z`` for a snapshot; an
overtake adds its winner and loser: ``…@2026-08-17T04:50:46Z,6737597349,6448311069``, the time being
the one *by* which it had happened. Both name what is the same in every database.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from tracker.analysis import Overtake, Status, leaders, never_ranked, overtakes
from tracker.errors import InvalidValue, NothingToShow
from tracker.model import (
    App,
    Chart,
    Provenance,
    Scope,
    Series,
    Snapshot,
    iso,
    parse_time,
)
from tracker.store import Reader
from tracker.store.names import names_at
from tracker.store.notes import notes_for
from tracker.store.payloads import StoredPayload, snapshot_at, stored_payload_of, was_pruned
from tracker.store.snapshots import nearest_snapshots
from tracker.verify import compared
from tracker.words import (
    PROVENANCES,
    SINGLE_APPS,
    capitalized,
    chart_words,
    duration_words,
    rank_phrase,
    speaker,
)

_EVENT = re.compile(
    r"(?P<source>[a-z0-9-]+):(?P<chart>[^@]+)@(?P<time>[^,]+)(?:,(?P<winner>[^,]+),(?P<loser>[^,]+))?"
)


#: A sentence states the ranks of so many apps; it counts the others.
MOST_STATED = 10


@dataclass(frozen=True, slots=True)
class Event:
    """What is to be cited or proved. ``winner`` and ``loser`` are app ids, None for a snapshot."""

    source: str
    chart: Chart
    time: datetime
    winner: str | None = None
    loser: str | None = None

    @classmethod
    def parse(cls, text: str) -> Event:
        # Messages through messengers have (at) for @, which some take for a mention.
        match = _EVENT.fullmatch(text.strip().replace("(at)", "@"))
        if not match:
            raise InvalidValue(
                f"'{text}' is not an event; copy one from 'apptrack overtakes --json', or write "
                "SOURCE:CHART@TIME for a snapshot"
            )
        chart, time = Chart.parse(match["chart"]), parse_time(match["time"])
        return cls(match["source"], chart, time, match["winner"], match["loser"])

    def __str__(self) -> str:
        text = f"{self.source}:{self.chart}@{iso(self.time)}"
        return f"{text},{self.winner},{self.loser}" if self.winner else text


@dataclass(frozen=True, slots=True)
class CitedSnapshot:
    """A snapshot that an event rests on, its payload, and what contradicts it.

    ``names``: what its storefront called the apps at that time, by app id; from its payload, or
    without one from the names stored. ``pruned``: its payload was dropped on demand.
    """

    snapshot: Snapshot
    payload: StoredPayload | None
    flaws: tuple[str, ...]
    names: Mapping[str, str]
    pruned: bool = False


@dataclass(frozen=True, slots=True)
class Quoted:
    """An app of a citation. ``name_then``: its name at that time; None where not known."""

    app: App
    name_then: str | None

    def __str__(self) -> str:
        """``Lucky Slots, then called Plain Calculator (111111111)``."""
        other = self.name_then not in (None, self.app.name)
        name = f"{self.app.name}, then called {self.name_then}" if other else self.app.name
        return f"{name} ({self.app.app_id})"


@dataclass(frozen=True, slots=True)
class Citation:
    """SENTENCE, which can be quoted, and the snapshots that show it, in order of time.

    ``apps`` are those that it names: winner and loser, or the first of a snapshot.
    """

    event: Event
    sentence: str
    snapshots: tuple[CitedSnapshot, ...]
    apps: tuple[Quoted, ...]

    @property
    def proved(self) -> bool:
        """Whether the stored payload of every snapshot agrees with the sentence."""
        return all(cited.payload and not cited.flaws for cited in self.snapshots)


def cite(
    reader: Reader,
    event: Event,
    names: Sequence[App] = (),
    confirm: int = 2,
    shown: Callable[[datetime], str] = iso,
) -> Citation:
    """The citation of EVENT; NAMES are apps to be called as the person calls them.

    An overtake rests on every snapshot from the one *after* which it happened to the one that
    decides its status. SHOWN writes a time. Raises ``NothingToShow`` where there is no such event
    in the database.
    """
    if event.winner is None or event.loser is None:
        return _cite_snapshot(reader, event, shown)
    if snapshot_at(reader, event.chart, event.source, event.time) is None:
        raise NothingToShow(_not_observed(reader, event, event.time))
    series = _series(reader, event, names)
    overtake = _find(event, series, confirm)
    end = _decided(overtake, series, confirm)
    times = [time for time in series[0].timeline.times if overtake.after <= time <= end]
    snapshots = tuple(_held_against(series, _cited_snapshot(reader, event, time)) for time in times)
    by_time = sorted(snapshots, key=lambda cited: abs(cited.snapshot.observed_at - overtake.by))
    apps = _quoted(overtake.winner, by_time), _quoted(overtake.loser, by_time)
    return Citation(event, _overtake_words(overtake, end, snapshots, apps, shown), snapshots, apps)


def _quoted(app: App, snapshots: Sequence[CitedSnapshot]) -> Quoted:
    """APP with its name in the first of SNAPSHOTS that has one."""
    names = (cited.names[app.app_id] for cited in snapshots if app.app_id in cited.names)
    return Quoted(app, next(names, None))


def _decided(overtake: Overtake, series: Sequence[Series], confirm: int) -> datetime:
    """The snapshot that confirms an overtake or breaks its lead; while it is pending, the last
    one.
    """
    ahead = 0
    for time, leader in zip(series[0].timeline.times, leaders(series), strict=True):
        if time < overtake.by or leader is None:
            continue
        ahead += 1
        if ahead == confirm or series[leader].app == overtake.loser:
            return time
    return overtake.held_until


def _series(reader: Reader, event: Event, names: Sequence[App]) -> list[Series]:
    ids = [app_id for app_id in (event.winner, event.loser) if app_id]
    given = {app.app_id: app for app in names}
    stored = reader.names(ids)
    apps = [given.get(app_id) or App(app_id, stored.get(app_id, app_id)) for app_id in ids]
    return reader.series(event.chart, event.source, apps)


def _find(event: Event, series: Sequence[Series], confirm: int) -> Overtake:
    for overtake in overtakes(series[0], series[1], confirm):
        if overtake.by == event.time and overtake.winner.app_id == event.winner:
            return overtake
    never = never_ranked(series)
    ids = " and ".join(app.app_id for app in never)
    why = f" ({ids} {'was' if len(never) == 1 else 'were'} never ranked there)" if never else ""
    raise NothingToShow(
        f"no such overtake: {event}{why}; 'apptrack overtakes --json' gives each one's id"
    )


def _cite_snapshot(reader: Reader, event: Event, shown: Callable[[datetime], str]) -> Citation:
    cited = _cited_snapshot(reader, event, event.time)
    snapshot = cited.snapshot
    where = f"the chart {chart_words(snapshot.chart)} ({snapshot.chart})"
    if snapshot.scope is Scope.SPARSE:
        entries = snapshot.entries[:MOST_STATED]
        apps = [
            _quoted(App(entry.app_id, entry.name or entry.app_id), [cited]) for entry in entries
        ]
        sentence = (
            f"At {shown(snapshot.observed_at)} {speaker(snapshot.source)} stated "
            f"{_stated(snapshot, apps)} on {where}; it is not a whole chart and says nothing of "
            f"any other app.{_said_by(reader, snapshot)}"
        )
        return Citation(event, _honest(sentence, [snapshot.provenance]), (cited,), tuple(apps))
    entry = snapshot.entries[0]
    first = _quoted(App(entry.app_id, entry.name or entry.app_id), [cited])
    sentence = (
        f"At {shown(snapshot.observed_at)} {where}, as {snapshot.source} has it, had "
        f"{snapshot.depth} entries, the first being {first}."
    )
    return Citation(event, _honest(sentence, [snapshot.provenance]), (cited,), (first,))


def _said_by(reader: Reader, snapshot: Snapshot) -> str:
    """Who reported the ranks of a reported snapshot, by the notes stored with it."""
    if snapshot.provenance is not Provenance.REPORTED:
        return ""
    ids = [entry.app_id for entry in snapshot.entries]
    stored = notes_for(reader, snapshot.chart, ids)
    named = [note.source for note in stored if note.happened_at == snapshot.observed_at]
    sources = [source for source in dict.fromkeys(named) if source]
    return f" Reported by: {'; '.join(sources)}." if sources else ""


def _stated(snapshot: Snapshot, apps: Sequence[Quoted]) -> str:
    """``the ranks of 2 apps only: …``; APPS are the first of them."""
    many = len(snapshot.entries)
    each = [
        f"{app} at rank {entry.rank}" for app, entry in zip(apps, snapshot.entries, strict=False)
    ]
    more = f" and {many - len(apps)} more" if many > len(apps) else ""
    ranks = "the rank of one app only" if many == 1 else f"the ranks of {many} apps only"
    return f"{ranks}: {', '.join(each)}{more}"


def _depth_words(snapshots: Sequence[Snapshot]) -> str:
    """``98 to 100 entries``; of sparse snapshots ``SINGLE_APPS``."""
    depths = sorted({snapshot.depth for snapshot in snapshots if snapshot.scope is Scope.WHOLE})
    if not depths:
        return SINGLE_APPS
    entries = f"{depths[0]}" if len(depths) == 1 else f"{depths[0]} to {depths[-1]}"
    sparse = sum(snapshot.scope is Scope.SPARSE for snapshot in snapshots)
    more = f" ({sparse} of {len(snapshots)} snapshots: {SINGLE_APPS})" if sparse else ""
    return f"{entries} entries{more}"


def _overtake_words(
    overtake: Overtake,
    end: datetime,
    snapshots: Sequence[CitedSnapshot],
    apps: tuple[Quoted, Quoted],
    shown: Callable[[datetime], str],
) -> str:
    seconds = (overtake.by - overtake.after).total_seconds()
    snapshot = snapshots[0].snapshot
    chart = snapshot.chart
    entries = _depth_words([cited.snapshot for cited in snapshots])
    gap = ", across a gap without data" if overtake.gap else ""
    sentence = (
        f"{apps[0]} passed {apps[1]} on the chart {chart_words(chart)} ({chart}) after "
        f"{shown(overtake.after)} and by {shown(overtake.by)}, "
        f"as {speaker(snapshot.source)} has it: "
        f"{rank_phrase(overtake.winner_rank_before)} against "
        f"{rank_phrase(overtake.loser_rank_before)} before, "
        f"{rank_phrase(overtake.winner_rank_after)} against "
        f"{rank_phrase(overtake.loser_rank_after)} after, "
        f"{entries}. When it happened is known to {duration_words(seconds)}{gap}. "
        f"{_status_words(overtake, shown(end))}"
    )
    return _honest(sentence, [cited.snapshot.provenance for cited in snapshots])


def _status_words(overtake: Overtake, end: str) -> str:
    if overtake.status is Status.CONFIRMED:
        return f"Confirmed: no snapshot up to {end} contradicts it."
    if overtake.status is Status.PENDING:
        return "Pending: too early to say whether it lasts."
    return f"A flip: the snapshot at {end} contradicts it."


def _honest(sentence: str, provenances: Sequence[Provenance]) -> str:
    notes = [words for kind, words in PROVENANCES.items() if kind in provenances]
    if not notes:
        return sentence
    note = "; ".join(notes)
    return f"{capitalized(note)}. {sentence}"


def _not_observed(reader: Reader, event: Event, time: datetime) -> str:
    """That EVENT's chart and source have no snapshot at TIME, and which ones there are."""
    what = f"no snapshot of {event.chart} from {event.source} at {iso(time)}"
    there = reader.sources_of(event.chart)
    if event.source not in there:
        only = f"only from {', '.join(there)}" if there else "it was never observed"
        return f"{what}: {only}"
    nearest = nearest_snapshots(reader, [event.chart], event.source, tuple(Provenance), time, time)
    near = [
        *([f"the last before is of {iso(nearest.before)}"] if nearest.before else []),
        *([f"the first after is of {iso(nearest.after)}"] if nearest.after else []),
    ]
    return f"{what}: {', '.join(near)}"


def _cited_snapshot(reader: Reader, event: Event, time: datetime) -> CitedSnapshot:
    number = snapshot_at(reader, event.chart, event.source, time)
    if number is None:
        raise NothingToShow(_not_observed(reader, event, time))
    snapshot, payload = reader.snapshot(number), reader.payload_of(number)
    parsed, flaws = compared(reader, number, snapshot, payload) if payload else (None, [])
    names = (
        {entry.app_id: entry.name for entry in parsed.entries if entry.name}
        if parsed
        else _names_then(reader, snapshot)
    )
    stored, pruned = stored_payload_of(reader, number), was_pruned(reader, number)
    return CitedSnapshot(snapshot, stored, tuple(flaws), names, pruned)


def _names_then(reader: Reader, snapshot: Snapshot) -> dict[str, str]:
    ids = [entry.app_id for entry in snapshot.entries]
    names = names_at(reader, ids, snapshot.chart.storefront, snapshot.observed_at)
    return {app_id: name for app_id, name, _ in names}


def _held_against(series: Sequence[Series], cited: CitedSnapshot) -> CitedSnapshot:
    """CITED, with a flaw more for each app that its entries rank otherwise than its series."""
    snapshot = cited.snapshot
    ranks = {entry.app_id: entry.rank for entry in snapshot.entries}
    index = series[0].timeline.times.index(snapshot.observed_at)
    flaws = [
        f"{app_id} is at {rank_phrase(ranks.get(app_id))} in its entries, and at "
        f"{rank_phrase(rank)} in the series"
        for app_id, rank in (
            (one_series.app.app_id, one_series.ranks[index]) for one_series in series
        )
        if ranks.get(app_id) != rank
    ]
    return replace(cited, flaws=(*cited.flaws, *flaws))
