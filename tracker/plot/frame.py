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


def framed(picture: Any, frame: Frame, theme: Theme, names: Iterable[str]) -> dict[str, Any]:
    """PICTURE as a specification; NAMES are what else than the headline may need fonts."""
    dressed = picture.properties(
        padding={
            "left": frame.left, "top": frame.top, "right": frame.right, "bottom": frame.bottom,
        },
        autosize={"type": "none"},
        background=theme.background,
        description=frame.description,
    ).configure(
        font=font_for([*frame.title, *frame.subtitle, *names]),
        view=alt.ViewConfig(stroke=None),
        mark=alt.MarkConfig(aria=False),
    )  # fmt: skip
    spec: dict[str, Any] = dressed.to_dict()
    return spec
