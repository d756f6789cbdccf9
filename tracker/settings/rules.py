"""``[[alerts]]``: each rule is a table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from difflib import get_close_matches
from enum import StrEnum
from functools import partial
from typing import Any

from tracker.catalog import Catalog
from tracker.errors import InvalidValue, UnknownName, echo
from tracker.model import App, Chart
from tracker.settings import readers
from tracker.stores import APP_STORE


class What(StrEnum):
    """What a rule reports."""

    OVERTAKE = "overtake"  # app overtakes over
    TOP = "top"  # app enters or leaves the ranks 1 to top
    PEAK = "peak"  # app has a rank smaller than every one before
    NUMBER_ONE = "number-one"  # app is new at rank 1; without an app, any app is
    MOVE = "move"  # app moved by at least `ranks` within `within`
    STALE = "stale"  # the chart was not stored for longer than `after`


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule, for each of CHARTS. The fields that its kind does not have are None.

    An alert is held back until CONFIRM snapshots in a row agree. PICTURE: attach the plot.
    """

    what: What
    charts: tuple[Chart, ...]
    app: App | None = None
    over: App | None = None
    top: int | None = None
    ranks: int | None = None
    within: timedelta | None = None
    after: timedelta | None = None
    confirm: int = 2
    picture: bool = False


@dataclass(frozen=True, slots=True)
class Around:
    """What a rule's words mean in these settings: apps by alias, charts with ``*``, and all."""

    catalog: Catalog
    expand: Callable[[tuple[str, ...]], tuple[Chart, ...]]
    charts: tuple[Chart, ...]


#: What each kind needs, and what it may have besides `charts`, `confirm` and `picture`.
_NEEDS: Mapping[What, tuple[str, ...]] = {
    What.OVERTAKE: ("app", "over"),
    What.TOP: ("app", "top"),
    What.PEAK: ("app",),
    What.NUMBER_ONE: (),
    What.MOVE: ("app", "ranks", "within"),
    What.STALE: ("after",),
}
_MAY_HAVE: Mapping[What, tuple[str, ...]] = {What.PEAK: ("top",), What.NUMBER_ONE: ("app",)}
#: No source has more ranks: a rule about others would never raise an alert.
_DEEPEST = 200
_READ: Mapping[str, Callable[[object], Any]] = {
    "top": readers.number(int, 1, _DEEPEST),
    "ranks": readers.number(int, 1, _DEEPEST),
    "within": readers.parse_duration,
    "after": readers.parse_duration,
    "confirm": readers.number(int, 1, 100),
    "picture": readers.yes_or_no,
}


def read_rules(value: object, around: Around) -> tuple[Rule, ...]:
    """The rules in their order; ``InvalidValue`` names the table by its number, and the field."""
    tables = readers.tables("alerts", value, "rule and its fields")
    read = readers.numbered(partial(_rule, around=around))
    return tuple(readers.each(read, enumerate(tables, 1)))


def _rule(table: object, around: Around) -> Rule:
    if not isinstance(table, dict):
        raise InvalidValue(f"Invalid rule {echo(table)}: write [[alerts]] with rule and its fields")
    text = str(table.get("rule", ""))
    if text not in list(What):
        near = get_close_matches(text, list(What), n=1)
        meant = f"; did you mean '{near[0]}'?" if near else ""
        raise InvalidValue(f"rule: Invalid rule {echo(text)}: use {', '.join(What)}{meant}")
    what = What(text)
    _check_fields(what, table)
    charts = _charts(table, around)
    fields = dict(_fields(table, around, charts[0].store if charts else APP_STORE))
    if fields.get("over") is not None and fields["over"] == fields["app"]:
        raise InvalidValue("over: an app cannot overtake itself")
    return Rule(what, charts, **fields)


def _check_fields(what: What, table: Mapping[str, object]) -> None:
    common = ("charts", "picture") if what is What.STALE else ("charts", "confirm", "picture")
    allowed = (*_NEEDS[what], *_MAY_HAVE.get(what, ()), *common)
    for name in table:
        if name != "rule" and name not in allowed:
            near = get_close_matches(name, allowed, n=1)
            meant = f"; did you mean '{near[0]}'?" if near else f" ({', '.join(allowed)})"
            raise InvalidValue(f"{echo(name)[1:-1]}: rule '{what}' has no such field{meant}")
    for name in _NEEDS[what]:
        if name not in table:
            raise InvalidValue(f"{name}: rule '{what}' needs it")


def _charts(table: Mapping[str, object], around: Around) -> tuple[Chart, ...]:
    """The charts of a rule; of one store where it names an app."""
    charts = around.charts
    if "charts" in table:
        try:
            charts = around.expand(readers.texts(table["charts"]))
        except InvalidValue as error:
            raise InvalidValue(f"charts: {error}") from None
    if len({chart.store for chart in charts}) > 1 and {"app", "over"} & set(table):
        raise InvalidValue(
            "charts: they are of two stores, and an app has another id in each: "
            "write a table for each store, with its charts"
        )
    return charts


def _fields(table: Mapping[str, object], around: Around, store: str) -> Iterator[tuple[str, Any]]:
    for name, value in table.items():
        try:
            if name in ("app", "over"):
                yield name, around.catalog.find(readers.text(value), store)
            elif name not in ("rule", "charts"):
                yield name, _READ[name](value)
        except (InvalidValue, UnknownName) as error:
            raise InvalidValue(f"{name}: {error}") from None
