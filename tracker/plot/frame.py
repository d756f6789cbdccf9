"""What stands around every picture: headline, margins, ground, and what it is in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt

from tracker.plot.colours import Theme
from tracker.plot.size import Type
from tracker.plot.typeset import font_for


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


def title(frame: Frame, theme: Theme) -> alt.TitleParams:
    """The headline, at the picture's own left edge whatever stands left of the plot."""
    kind = frame.type
    return alt.TitleParams(
        text=list(frame.title),
        subtitle=list(frame.subtitle),
        anchor="start",
        frame="group",
        dx=kind.pad - frame.left,
        offset=18,
        fontSize=kind.title,
        lineHeight=kind.title_line,
        fontWeight="bold",
        color=theme.ink,
        subtitleFontSize=kind.subtitle,
        subtitleLineHeight=kind.subtitle_line,
        subtitlePadding=8,
        subtitleColor=theme.quiet,
    )


def framed(
    picture: Any, frame: Frame, theme: Theme, names: Iterable[str], *, check: bool = True
) -> dict[str, Any]:
    """PICTURE as a specification; NAMES are what else than the headline may need fonts.

    To CHECK it against Vega-Lite's schema takes long; other numbers in the same marks need no
    second check. What is added is plain, for Altair would copy all that it is added to.
    """
    spec: dict[str, Any] = picture.to_dict(validate=check)
    return spec | {
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
