"""The sentences of a brief: facts in, words and their caveat out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from tracker.analysis import Overtake, Status, cadence, coverage_of
from tracker.analysis.movement import LATELY, STRETCH, TOP, Move, Movement, Reach
from tracker.model import App, Chart, Provenance, Series, Timeline, iso
from tracker.queries.as_of import Moment, moment_json, move_json, snapshot_json
from tracker.report.as_of import earlier_words, near_words
from tracker.report.times import shown
from tracker.storefronts import storefront_name
from tracker.stores import APP_STORE, IN_SENTENCE, PLAY, STORES
from tracker.words import (
    PROVENANCES,
    SINGLE_APPS,
    capitalized,
    chart_words,
    counted,
    coverage_words,
    coverages_words,
    duration_words,
    rank_words,
    speaker,
    unproved_words,
)

if TYPE_CHECKING:
    from tracker.store.snapshots import ChartSource, SnapshotRow

_SPAN = {"day": "a day", "week": "a week", "month": "a month (30 d)"}


@dataclass(frozen=True, slots=True)
class Sentence:
    """What can be printed, what must be said beside it, and the values it was made of."""

    about: str
    text: str
    caveat: str
    facts: Mapping[str, Any]

    def to_json(self) -> dict[str, Any]:
        return {
            "about": self.about,
            "sentence": self.text,
            "caveat": self.caveat,
            "facts": dict(self.facts),
        }


def rank_sentence(
    app: App,
    moment: Moment,
    line: Timeline,
    rank: int | None,
    last: datetime | None,
    zone: ZoneInfo,
) -> Sentence:
    """Where it was; LINE is how the chart was observed before, LAST when it was last ranked."""
    chart, snapshot = moment.place.chart, moment.snapshot
    where = f"the chart {chart_words(chart)} ({chart})"
    at = shown(snapshot.observed_at, zone)
    if rank:
        text = f"{app.name} was at rank {rank} on {where} at {at}."
    else:
        text = f"{app.name} was not among the first {snapshot.depth} of {where} at {at}."
    entries = SINGLE_APPS if snapshot.depth is None else f"top {snapshot.depth}"
    caveats = [f"As {speaker(moment.place.source)} reported it, {entries}"]
    if moment.as_of.age_seconds:
        caveats.append(near_words(moment.as_of, zone))
    caveats.append(_observed_words(line, zone))
    if rank is None and last:
        caveats.append(f"it was last ranked there at {shown(last, zone)}")
    if unproved := unproved_words(chart):
        caveats.append(unproved)
    facts = {**moment_json(moment), **_observed_json(line), "app_id": app.app_id, "rank": rank}
    facts["last_ranked_at"] = iso(last) if last else None
    return Sentence("rank", text, _caveat(caveats, [snapshot.provenance]), facts)


def never_sentence(
    app: App,
    place: ChartSource,
    until: datetime,
    seen: Sequence[tuple[ChartSource, datetime]],
    zone: ZoneInfo,
) -> Sentence:
    """That it was never ranked there, and where it was; SEEN has when it was last seen where."""
    text = f"No snapshot of that chart up to {shown(until, zone)} has {app.name}."
    there = "; ".join(
        f"{place.chart} ({place.source}), last at {shown(at, zone)}" for place, at in seen
    )
    if there:
        caveats = [f"As {speaker(place.source)} reported that chart", f"it was ranked on {there}"]
    else:
        store = IN_SENTENCE[place.chart.store]
        caveats = [f"Nor has one of any other chart of {store} in this database"]
    facts = {
        "ranked_on": [
            {"chart": place.chart.slug, "source": place.source, "last_ranked_at": iso(at)}
            for place, at in seen
        ]
    }
    return Sentence("never ranked", text, _caveat(caveats, []), facts)


def not_in_store_sentence(why: str, chart: Chart) -> Sentence:
    """That no id of the app is known in the store of CHART; WHY names app and store."""
    text = f"Nothing is known of it on {STORES[chart.store]}."
    return Sentence("not in store", text, _caveat([capitalized(why)], []), {"chart": chart.slug})


def not_observed_sentence(why: str, chart: Chart) -> Sentence:
    """That CHART has no snapshot that could answer; WHY says what is missing."""
    text = f"What it was on {STORES[chart.store]} is not known."
    return Sentence("not observed", text, _caveat([capitalized(why)], []), {"chart": chart.slug})


def reach_sentence(
    app: App,
    storefronts: Reach,
    at: datetime,
    snapshots: Sequence[tuple[ChartSource, SnapshotRow]],
    unseen: Sequence[str],
    zone: ZoneInfo,
) -> Sentence:
    """In how many storefronts it was how high; SNAPSHOTS are those that were counted.

    UNSEEN storefronts are watched too, and were never observed.
    """
    many, watched = storefronts.observed, len(storefronts.watched) + len(unseen)
    of = f" of {watched} watched" if watched > many else ""
    store = {place.chart.store for place, _ in snapshots} or {APP_STORE}
    on = " on Google Play" if store == {PLAY} else ""
    text = (
        f"{app.name} was at number one in {_counted(storefronts.first)} and in the top ten in "
        f"{_counted(storefronts.top)} of the {many} storefront{'s' * (many != 1)} observed{of}{on}."
    )
    if not storefronts.observed:
        text = f"In how many storefronts{on} {app.name} was in the top ten is not known."
    hours = duration_words(LATELY.total_seconds())
    caveats = [f"By each storefront's newest snapshot of the {hours} up to {shown(at, zone)}"]
    if storefronts.stale:
        caveats.append(f"not observed in that time, and not counted: {_named(storefronts.stale)}")
    if unseen:
        caveats.append(f"watched by the settings and never observed: {_named(unseen)}")
    if storefronts.shallow:
        caveats.append(
            f"observed to less than rank {TOP}, so that the top ten may have it: "
            f"{_named(storefronts.shallow)}"
        )
    sources = sorted({place.source for place, _ in snapshots})
    if sources:
        caveats.append(f"as reported by {', '.join(map(speaker, sources))}")
    facts = {
        "at": iso(at),
        "watched": list(storefronts.watched),
        "observed": storefronts.observed,
        "stale": list(storefronts.stale),
        "never_observed": list(unseen),
        "too_shallow": list(storefronts.shallow),
        "number_one": list(storefronts.first),
        "top_ten": list(storefronts.top),
        "sources": {place.chart.storefront: place.source for place, _ in snapshots},
    }
    return Sentence("storefronts", text, _caveat(caveats, _kinds(snapshots)), facts)


def before_sentence(name: str, moment: Moment, moved: Movement | None, zone: ZoneInfo) -> Sentence:
    """Where it was a span before."""
    then, now = moment.earlier[name], moment.snapshot
    facts = {"span": name, "compared_with": snapshot_json(then, now), "movement": move_json(moved)}
    if then is None:
        text = f"Where it was {_SPAN[name]} before is not known."
        caveat = f"No snapshot is from 0.5 to {STRETCH} times that span older than the moment's."
        return Sentence(name, text, caveat, facts)
    before = duration_words((now.observed_at - then.observed_at).total_seconds())
    text = f"{before} before, it was {_moved_words(moved, then, now)}."
    caveats = [
        f"Compared with {earlier_words(then, now, zone)}",
        "nothing is said about the time between",
    ]
    return Sentence(name, text, _caveat(caveats, [then.provenance, now.provenance]), facts)


def _moved_words(moved: Movement | None, then: SnapshotRow, now: SnapshotRow) -> str:
    missing = f"not among the first {then.depth}"
    if moved is None or moved.then is None:
        return f"{missing} either"
    before = f"at rank {moved.then.rank}"
    if moved.change:
        return f"{before}, and has moved {moved.move} {counted(abs(moved.change), 'rank')}"
    return {
        Move.SAME: f"{before} too",
        Move.NEW: f"{missing}; it is new, and no stay in the chart before this one was seen",
        Move.BACK: f"{missing}; it is back, for it had been seen in the chart before",
        Move.LEFT: f"{before}, and has left the first {now.depth}",
        Move.BEYOND: (
            f"{missing}; whether it was ranked below that is not known"
            if moved.then.rank is None
            else f"{before}; whether it has left is not known, for only {now.depth} were observed"
        ),
    }[moved.move]


def passed_sentence(overtake: Overtake, line: Timeline, zone: ZoneInfo) -> Sentence:
    """Whom it passed, in which interval."""
    text = (
        f"It passed {overtake.loser.name} after {shown(overtake.after, zone)} and by "
        f"{shown(overtake.by, zone)}, and was still ahead at {shown(overtake.held_until, zone)}."
    )
    pending = overtake.status is Status.PENDING
    winner = overtake.winner_rank_before, overtake.winner_rank_after
    loser = overtake.loser_rank_before, overtake.loser_rank_after
    caveats = [
        "Pending, too early to tell whether it lasts" if pending else "Confirmed",
        f"{overtake.kind}, {'→'.join(map(rank_words, winner))} against "
        f"{'→'.join(map(rank_words, loser))}",
        f"when is known to {duration_words((overtake.by - overtake.after).total_seconds())}"
        + (", across a gap without data" if overtake.gap else ""),
        _observed_words(line, zone),
    ]
    facts = overtake.to_json()
    return Sentence("passed", text, _caveat(caveats, line.provenances), facts)


def none_passed_sentence(compared: Sequence[Series], zone: ZoneInfo) -> Sentence:
    """That it passed no assistant; COMPARED are the others, each over its snapshots with the app.

    Not known where there are none.
    """
    if not compared:
        text = "Whom it passed in the 7 days before is not known."
        caveats = ["No snapshot of those days has another assistant of the catalogue too"]
        return Sentence("passed", text, _caveat(caveats, []), {"compared": 0, "pairs": []})
    text = "In the 7 days before, it was seen to pass no assistant that it is still ahead of."
    lines = [series.timeline for series in compared]
    others = "assistant that was" if len(compared) == 1 else "assistants that were"
    caveats = [
        f"Compared with the {len(compared)} other {others} ranked there in that time",
        _compared_words(lines, zone),
    ]
    facts = {
        "compared": len(compared),
        "pairs": [
            {"app_id": series.app.app_id, **_observed_json(series.timeline)} for series in compared
        ],
    }
    kinds = {kind for line in lines for kind in line.provenances}
    return Sentence("passed", text, _caveat(caveats, kinds), facts)


def _compared_words(lines: Sequence[Timeline], zone: ZoneInfo) -> str:
    """How often the pairs were observed: the least and the most where that differs."""
    if len({line.times for line in lines}) == 1:
        return _observed_words(lines[0], zone)
    since = shown(min(line.times[0] for line in lines), zone)
    return (
        f"{coverages_words([coverage_of(line) for line in lines])}, since {since} at the earliest"
    )


def _observed_words(line: Timeline, zone: ZoneInfo) -> str:
    """How well the chart was observed."""
    since = shown(line.times[0], zone)
    return f"{coverage_words(coverage_of(line), span=True)}, since {since}"


def _observed_json(line: Timeline) -> dict[str, Any]:
    return {
        "since": iso(line.times[0]),
        "cadence_seconds": cadence(line),
        **coverage_of(line).to_json(),
    }


def _counted(fronts: Sequence[str], most: int = 12) -> str:
    if not fronts:
        return "none"
    return f"{len(fronts)} ({_named(fronts[:most])}{', …' * (len(fronts) > most)})"


def _named(fronts: Sequence[str]) -> str:
    return ", ".join(map(storefront_name, fronts))


def _kinds(snapshots: Iterable[tuple[ChartSource, SnapshotRow]]) -> list[Provenance]:
    return [snapshot.provenance for _, snapshot in snapshots]


def _caveat(parts: Sequence[str], provenances: Iterable[Provenance]) -> str:
    """The caveats as one sentence, with what this program did not record itself."""
    kinds = set(provenances)
    origins = [words for kind, words in PROVENANCES.items() if kind in kinds]
    return "; ".join([*parts, *origins]) + "."
