"""What stands around every picture: headline, margins, ground, and what it is in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import altair as alt
from altair.utils.schemapi import debug_mode

from tracker.plot.style.colours import Theme
from tracker.plot.style.size import Type
from tracker.plot.style.typeset import font_for

_WITHIN = {"top_level": False}
#: While marks are made: Altair checks each part of them by itself otherwise.
unchecked = partial(debug_mode, False)


@dataclass(frozen=True, slots=True)
class Frame:
    """Lines of a headline and beneath it, the description, and the margins in points."""

    title: Sequence[str]
    subtitle: Sequence[str]
    description: str
    type: Type
    left: float
    top: float
    right: float
    bottom: float


def title(frame: Frame, theme: Theme) -> dict[str, Any]:
    """The headline, at the picture's own left edge whatever stands left of the plot."""
    kind = frame.type
    told = alt.TitleParams(
        text=list(frame.title),
        subtitle=list(frame.subtitle),
        anchor="start",
        frame="group",
        dx=kind.pad - frame.left,
        offset=kind.gap - 4,
        fontSize=kind.title,
        lineHeight=kind.title_line,
        fontWeight="bold",
        color=theme.ink,
        subtitleFontSize=kind.subtitle,
        subtitleLineHeight=kind.subtitle_line,
        subtitlePadding=8,
        subtitleColor=theme.quiet,
    )
    return told.to_dict(validate=False)


def layered(layers: Sequence[alt.Chart | dict[str, Any]], **more: Any) -> dict[str, Any]:
    """LAYERS as one view, and what MORE is said of it.

    Put together by hand: Altair copies all marks time and again for that. And not checked against
    Vega-Lite's schema here, which takes as long as the rest of it: the tests check each kind.
    """
    plain = [one if isinstance(one, dict) else one.to_dict(validate=False, context=_WITHIN)
             for one in layers]  # fmt: skip
    return {"layer": plain, **more}


def framed(
    picture: dict[str, Any], frame: Frame, theme: Theme, names: Iterable[str]
) -> dict[str, Any]:
    """PICTURE as a specification; NAMES are what else than the headline may need fonts."""
    return picture | {
        "$schema": alt.SCHEMA_URL,
        "padding": {
            "left": frame.left, "top": frame.top, "right": frame.right, "bottom": frame.bottom,
        },
        "autosize": {"type": "none"},
        "background": theme.background,
        "description": frame.description,
        "config": {
            "font": font_for([*frame.title, *frame.subtitle, *names]),
            "view": {"stroke": None},
            "mark": {"aria": False},
        },
    }  # fmt: skip
