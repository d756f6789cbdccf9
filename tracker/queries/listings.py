"""A whole chart at an instant: its entries, the apps of a watch list in it, and what moved."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tracker.analysis.movement import DAY, WEEK, Move, Movement
from tracker.analysis.movers import Listing, Mover, movers
from tracker.errors import NothingToShow
from tracker.model import App
from tracker.queries.as_of import (
    Moment,
    moment_json,
    move_json,
    moves_of,
    snapshot_json,
)
from tracker.store import Reader
from tracker.store.snapshots import SnapshotRow, entries_of, ranks_in, stayed_before
from tracker.words import with_distinct_names

#: The spans over which a listing is compared, by name.
SPANS = {"day": DAY, "week": WEEK}


@dataclass(frozen=True, slots=True)
class Standing:
    """An app in a chart at an instant. ``moves`` has its movement over each span, by name.

    ``rank`` is None where it is unranked; a movement is None where it was ranked neither then nor
    at the instant.
    """

    app: App
    rank: int | None
    moves: Mapping[str, Movement | None]

    def to_json(self) -> dict[str, Any]:
        """The standing as plain values."""
        return {
            "rank": self.rank,
            "app_id": self.app.app_id,
            "name": self.app.name,
            "alias": self.app.alias,
            **{name: move_json(moved) for name, moved in self.moves.items()},
        }


def standings(reader: Reader, moment: Moment, apps: Iterable[App]) -> list[Standing]:
    """Those of APPS that are ranked, by rank; then those that were in a snapshot compared with."""
    apps = list(apps)
    ranks = ranks_in(reader, moment.used, apps)
    rows = [
        Standing(
            app,
            ranks.get((app.app_id, moment.snapshot.number)),
            moves_of(reader, moment, app, ranks),
        )
        for app in apps
    ]
    listed = [row for row in rows if row.rank or any(row.moves.values())]
    return sorted(listed, key=lambda row: (row.rank is None, row.rank or 0, row.app.name))


def top(
    reader: Reader, moment: Moment, most: int | None, called: Callable[[App], App]
) -> list[Standing]:
    """The first MOST entries of the chart, all of them for None, with their movement.

    CALLED gives an app its name in the answer.
    """
    entries = entries_of(reader, moment.snapshot.number)
    apps = with_distinct_names(called(app) for _, app in entries)[:most]
    return standings(reader, moment, apps)[: len(apps)]


def moved(reader: Reader, moment: Moment, span: str, called: Callable[[App], App]) -> list[Mover]:
    """Every app of the chart, by how far it moved over SPAN; CALLED gives it its name.

    ``NothingToShow`` where there is no snapshot to compare with.
    """
    then = moment.earlier[span]
    if then is None:
        raise NothingToShow(
            f"{moment.place.chart} has no snapshot about a {span} before the one at hand; "
            "movers compares two"
        )
    now_apps, then_apps = (
        {app.app_id: (rank, app) for rank, app in entries_of(reader, snapshot.number)}
        for snapshot in (moment.snapshot, then)
    )
    came_in = [app_id for app_id in now_apps if app_id not in then_apps]
    back = stayed_before(reader, moment.place, came_in, then.observed_at)
    every = with_distinct_names(called(app) for _, app in (then_apps | now_apps).values())
    apps = {app.app_id: app for app in every}
    return movers(_listing(moment.snapshot, now_apps), _listing(then, then_apps), apps, back)


def _listing(snapshot: SnapshotRow, entries: Mapping[str, tuple[int, App]]) -> Listing:
    return Listing(
        {app_id: rank for app_id, (rank, _) in entries.items()}, snapshot.depth or len(entries)
    )


def listing_json(moment: Moment) -> dict[str, Any]:
    """Which snapshot a listing is of, and which it is compared with."""
    return {
        **moment_json(moment),
        "compared_with": {
            name: snapshot_json(snapshot, moment.snapshot)
            for name, snapshot in moment.earlier.items()
        },
    }


def standings_json(
    moment: Moment,
    rows: Sequence[Standing],
    every: Sequence[Standing],
    watched: int | None = None,
) -> dict[str, Any]:
    """ROWS of a listing as one object.

    WATCHED is how many apps were asked for, None for all; those of them that are ranked are among
    EVERY.
    """
    asked = (
        {}
        if watched is None
        else {
            "watched": watched,
            "not_in_chart": watched - sum(row.rank is not None for row in every),
        }
    )
    return {**listing_json(moment), **asked, "apps": [row.to_json() for row in rows]}


def climbers_first(rows: Sequence[Mover]) -> list[Mover]:
    """ROWS in groups: up, down, new, back, left, undetermined, each farthest first."""
    order = (Move.UP, Move.DOWN, Move.NEW, Move.BACK, Move.LEFT, Move.BEYOND)
    return [row for move in order for row in rows if row.move is move]
