"""What a moment of a chart is, for the commands that tell of one: found, said, given as JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from tracker.analysis.looks import longest_normal_spacing
from tracker.analysis.moments import MONTH, STRETCH, Movement, Vantage, movement, returned
from tracker.commands.common import CHART, DEFAULT_CHART, TIME, duration_words, printable, source_of
from tracker.commands.zones import shown
from tracker.errors import NothingToShow
from tracker.model import App, Chart, Observation, Provenance, iso
from tracker.words import PROVENANCES, SINGLE_APPS

if TYPE_CHECKING:
    from tracker.store import Reader
    from tracker.store.moments import Look, Place


def moment_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that choose a moment of a chart: --on, --at, --source, --provenance."""
    for option in reversed(
        (
            click.option(
                "--on", "chart", type=CHART, default=DEFAULT_CHART, show_default=True,
                help="The chart: storefront/device/ranking/genre.",
            ),
            click.option("--at", type=TIME, help="At this time, not the newest snapshot's."),
            click.option("--source", help="The source, where several have snapshots."),
            click.option(
                "--provenance", "provenances", multiple=True,
                type=click.Choice([one.value for one in Provenance]),
                help="Only snapshots that came this way (may be repeated).",
            ),
        )
    ):  # fmt: skip
        command = option(command)
    return command


@dataclass(frozen=True, slots=True)
class Moment:
    """A chart at a moment: the look that tells it, those of the spans before, the window's looks.

    ``earlier`` has None for a span before which nobody looked; ``window`` is the 30 days up to
    the look.
    """

    place: Place
    vantage: Vantage
    look: Look
    earlier: Mapping[str, Look | None]
    window: Sequence[Look]

    @property
    def used(self) -> list[Look]:
        """The look and those that it is compared with."""
        return [self.look, *(look for look in self.earlier.values() if look)]


def place_of(
    reader: Reader,
    chart: Chart,
    source: str | None,
    provenances: Iterable[str],
    order: Sequence[str],
    app_id: str | None = None,
) -> Place:
    """CHART as one source tells it: the one asked for, else the first in the settings' order.

    Sparse snapshots count where they speak of the app of APP_ID.
    """
    from tracker.store.moments import Place, sources_at, sources_with

    there = sources_at(reader, chart)
    telling = there if len(there) == 1 or source else sources_with(reader, chart, app_id)
    only = telling[0] if len(telling) == 1 else None
    chosen = source if source in there else None if source else only
    chosen = chosen or source_of(reader, chart, source, order, telling)
    kinds = tuple(Provenance(one) for one in provenances)
    return Place(chart, chosen, kinds or tuple(Provenance), app_id)


def moment_of(
    reader: Reader, place: Place, at: datetime | None, spans: Mapping[str, timedelta]
) -> Moment:
    """PLACE at the newest look by AT, or at the newest; ``NothingToShow`` where there is none."""
    from tracker.store.moments import looks, newest_look, next_look, timeline_of

    look = newest_look(reader, place, None, at)
    if look is None:
        raise NothingToShow(_not_by_then(reader, place, at))
    seen = look.observed_at
    window = looks(reader, place, seen - MONTH, seen)
    following = next_look(reader, place, seen) if at else None
    normal = longest_normal_spacing(timeline_of(place, window))
    earlier = {name: _look_before(reader, place, seen, span) for name, span in spans.items()}
    vantage = Vantage(at or seen, seen, following.observed_at if following else None, normal)
    return Moment(place, vantage, look, earlier, window)


def _look_before(reader: Reader, place: Place, seen: datetime, span: timedelta) -> Look | None:
    """The look nearest to SPAN before SEEN, at most half of SPAN off; None where there is none."""
    from tracker.store.moments import newest_look, next_look

    middle = seen - span
    sooner = newest_look(reader, place, seen - STRETCH * span, middle)
    later = next_look(reader, place, middle)
    if later is None or later.observed_at > seen - span / 2:
        return sooner
    if sooner and middle - sooner.observed_at <= later.observed_at - middle:
        return sooner
    return later


def _not_by_then(reader: Reader, place: Place, at: datetime | None) -> str:
    from tracker.store.moments import next_look
    from tracker.store.sparse import has_sparse

    first = next_look(reader, place, at) if at else None
    if first is None or at is None:
        if has_sparse(reader, place.chart, place.source):
            return _single_words(reader, place)
        return f"{place.chart} was not observed by that provenance"
    return (
        f"{place.chart} was not observed by {iso(at)}; "
        f"the first snapshot after it is of {iso(first.observed_at)}"
    )


def _single_words(reader: Reader, place: Place) -> str:
    """That PLACE has no whole chart, and of which apps it has ranks."""
    from tracker.store.sparse import sparse_apps

    ids = list(sparse_apps(reader, place.chart, place.source))
    names = reader.names(ids[:5])
    told = ", ".join(printable(names.get(app_id, app_id)) for app_id in ids[:5])
    more = f" and {len(ids) - 5} more" if len(ids) > 5 else ""
    return (
        f"{place.chart} from {place.source} has {SINGLE_APPS}, of {told}{more}: "
        "ask for one of them, as in 'apptrack stats APP'"
    )


def observed(look: Look, app: App, ranks: Mapping[tuple[str, int], int]) -> Observation:
    """What LOOK says of APP."""
    rank = ranks.get((app.app_id, look.number))
    return Observation(look.observed_at, rank, look.depth, look.provenance)


def moves_of(
    reader: Reader, moment: Moment, app: App, ranks: Mapping[tuple[str, int], int]
) -> dict[str, Movement | None]:
    """How APP moved over each span up to the moment."""
    from tracker.store.moments import last_ranked, looks, series_in

    now, place = moment.look, moment.place

    def moved(then: Look | None) -> Movement | None:
        def stayed_before() -> bool:
            assert then is not None
            if last_ranked(reader, place, app, then.observed_at):
                return True
            between = looks(reader, place, then.observed_at, now.observed_at)
            return returned(series_in(reader, place, between, [app])[0])

        before = observed(then, app, ranks) if then else None
        return movement(observed(now, app, ranks), before, stayed_before)

    return {name: moved(then) for name, then in moment.earlier.items()}


def moment_words(moment: Moment, zone: ZoneInfo) -> list[str]:
    """Which snapshot tells of the moment, and how near it is to what was asked for."""
    place, look, view = moment.place, moment.look, moment.vantage
    lines = [
        f"{place.chart}, {place.source}, {first_words(look)} at "
        f"{shown(look.observed_at, zone)}, times in {zone.key}"
    ]
    if view.age_seconds:
        lines.append(near_words(view, zone))
    lines += [
        PROVENANCES[kind] for kind in PROVENANCES if kind in {o.provenance for o in moment.used}
    ]
    return lines


def near_words(view: Vantage, zone: ZoneInfo) -> str:
    """How long before the moment the look was, and whether anybody looked near the moment."""
    age = f"that is {_age(view.age_seconds)} before the moment told of"
    if view.following is None:
        alarm = "warning: " if view.in_gap else ""
        return f"{alarm}{age}, and there is no later snapshot"
    following = shown(view.following, zone)
    if view.in_gap:
        return f"warning: {age}, in a gap without data until {following}"
    return f"{age}; the next snapshot is of {following}"


def _age(seconds: float) -> str:
    return duration_words(seconds) if seconds >= 60 else f"{seconds:.0f} s"


def first_words(look: Look) -> str:
    """What a snapshot has: ``the first 100``, or ranks of some apps only."""
    return SINGLE_APPS if look.depth is None else f"the first {look.depth}"


def look_words(then: Look, now: Look, zone: ZoneInfo) -> str:
    """When an earlier look was, how long before, and how deep."""
    before = duration_words((now.observed_at - then.observed_at).total_seconds())
    return f"{first_words(then)} at {shown(then.observed_at, zone)}, {before} before"


def moment_json(moment: Moment) -> dict[str, Any]:
    """Which snapshot tells of the moment, as flat values."""
    view = moment.vantage
    return {
        "chart": moment.place.chart.slug,
        "source": moment.place.source,
        "at": iso(view.asked),
        "observed_at": iso(view.looked),
        "age_seconds": int(view.age_seconds),
        "next_observed_at": iso(view.following) if view.following else None,
        "in_gap": view.in_gap,
        "after_last": view.after_last,
        "depth": moment.look.depth,
        "provenance": moment.look.provenance.value,
    }


def look_json(then: Look | None, now: Look) -> dict[str, Any] | None:
    """An earlier look, and how long before it was; None where nobody looked."""
    if then is None:
        return None
    return {
        "observed_at": iso(then.observed_at),
        "before_seconds": int((now.observed_at - then.observed_at).total_seconds()),
        "depth": then.depth,
        "provenance": then.provenance.value,
    }


def move_json(moved: Movement | None) -> dict[str, Any] | None:
    """A movement; None where the app was ranked neither then nor now."""
    if moved is None:
        return None
    rank = moved.then.rank if moved.then else None
    return {"move": moved.move.value, "places": moved.places, "rank_then": rank}
