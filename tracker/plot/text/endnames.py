"""The names at the lines' ends: what people call the apps, cut to the room, with last ranks."""

from __future__ import annotations

from tracker.model import Series
from tracker.plot.scene import Scene
from tracker.plot.style.shapes import shaped
from tracker.plot.style.size import SLIM, SMALL, type_of
from tracker.plot.style.typeset import inert, short_name, shorten, upright, width

#: Of the width at most; so many points where there are as many, or that share.
LABEL_ROOM, LEAST_LABEL, MOST_SHARE = 0.24, 160, 0.34
#: Points at most for the name of an app in the background, or that share of a slim sheet.
CONTEXT_NAME, CONTEXT_SHARE = 90, 0.18

BEHIND_KEY = 14  # points more from the plot to the names, where shapes stand between


def right_room(drawn: Scene, wide: float) -> float:
    """How many points they need beside the plot."""
    bold = [width(text, type_of(wide).label, bold=True) for text in end_texts(drawn, wide)]
    behind = [width(text, SMALL) for text in context_texts(drawn, wide)]
    # Some machines have only faces that are wider than those reckoned with.
    return max([*bold, *behind]) * 1.08 + 16 + (BEHIND_KEY if shaped(len(drawn.series)) else 0)


def end_names(drawn: Scene, wide: float) -> list[str]:
    """What people call the apps, cut to the room at the lines' ends."""
    kind = type_of(wide)
    room = max(wide * LABEL_ROOM, min(LEAST_LABEL, wide * MOST_SHARE))
    return [
        upright(
            _cut(
                label,
                one,
                room - width(f" {_last(one, wide)}", kind.label, bold=True),
                kind.label,
                bold=True,
            )
        )
        for one, label in zip(drawn.series, drawn.briefs, strict=True)
    ]


def end_texts(drawn: Scene, wide: float) -> list[str]:
    """``DeepSeek #1``, ``Poe unranked``: each app and its last rank."""
    names = end_names(drawn, wide)
    return [
        f"{name} {_last(one, wide)}".rstrip() for one, name in zip(drawn.series, names, strict=True)
    ]


def context_texts(drawn: Scene, wide: float) -> list[str]:
    """``Instagram #2``: the other apps of the chart, cut, with their last rank."""
    room = min(CONTEXT_NAME, wide * CONTEXT_SHARE)
    return [
        f"{upright(_cut(short_name(inert(one.app.name)), one, room, SMALL))} {_last(one, wide)}"
        for one in drawn.context
    ]


def _cut(name: str, one: Series, room: float, size: float, *, bold: bool = False) -> str:
    """NAME, shortened to about ROOM points; the id behind it, where it has one, stays whole."""
    tail = f" ({one.app.app_id})"
    if not one.app.name.endswith(tail) and not name.endswith(tail):
        return shorten(name, room, size, bold=bold)
    left = max(room - width(tail, size, bold=bold), room / 2)
    return shorten(name.removesuffix(tail), left, size, bold=bold) + tail


def _last(series: Series, wide: float) -> str:
    """The last rank; on a slim sheet the lane alone says that there is none."""
    if series.ranks[-1] is None:
        return "" if type_of(wide) is SLIM else "unranked"
    return f"#{series.ranks[-1]}"
