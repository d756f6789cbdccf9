"""A plot: panels and their words, composed into one Altair chart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from typing import Any, Protocol

import altair as alt
from altair.utils.schemapi import debug_mode

from tracker.plot.callouts import Callouts
from tracker.plot.rows import Row
from tracker.plot.theme import SIZES, SMALL, SMALL_LINE, Theme, checked_size, font_for, zoom_of
from tracker.plot.typeset import balance, pretty, shorten
from tracker.plot.view import View, fixed

#: From the tick labels of the time axis to what is below them.
AXIS = 26
#: Of the height of a picture the plot has at least so much, where captions and method give way.
LEAST, MINIMUM = 0.5, 60
HEAD = 30  # points above a panel for its name
#: Lines of the list of what has marks, at most, and points of an entry that is cut, at least.
MOST_LISTED, LEAST_LISTED = 6, 130


@dataclass(frozen=True, slots=True)
class Words:
    """What a plot says around its panels.

    ``changes`` and ``notes`` are listed on a page, and in a picture those that have a mark in place
    of a caption.
    """

    headline: str
    subtitle: tuple[str, ...]
    footer: tuple[str, ...]
    description: str
    method: str = ""  # the line of the footer that a small picture leaves out
    changes: tuple[str, ...] = ()
    listed: str = "Changes of the lead"
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Margins:
    """Points around the plotting area of a panel, its axis of time left out."""

    left: float
    right: float
    top: float
    callouts: Callouts = field(default_factory=Callouts)


class Panel(Protocol):
    """One plotting area: a curve, a facet, a heatmap."""

    @property
    def head(self) -> str: ...

    @property
    def cursor(self) -> bool:
        """Whether keys lead from snapshot to snapshot on a page."""
        ...

    def margins(self, width: float, height: float, *, live: bool = False) -> Margins:
        """The room that labels take of WIDTH and HEIGHT; a LIVE one is for a page of any width."""
        ...

    def height(self, width: float) -> float | None:
        """How high the plotting area is in a panel of WIDTH; None: as high as there is room."""
        ...

    def view(self, width: float | str, height: float | str, theme: Theme) -> View: ...

    def layers(self, view: View, margins: Margins) -> list[alt.Chart]: ...

    def live(self, view: View, widths: tuple[float, float]) -> dict[str, Any]:
        """What a page's pointer and keys need: ``apps``, with names for panels of WIDTHS."""
        ...


@dataclass(frozen=True, slots=True)
class Type:
    """Margins and sizes of type of a sheet, in points."""

    pad: float
    title: float
    subtitle: float

    @property
    def title_line(self) -> float:
        return self.title * 1.22

    @property
    def subtitle_line(self) -> float:
        return self.subtitle * 1.35


ROOMY, NARROW, SLIM = Type(28, 24, 14), Type(20, 20, 13), Type(14, 18, 12)


def type_of(wide: float) -> Type:
    return ROOMY if wide >= 800 else NARROW if wide >= 430 else SLIM


@dataclass(frozen=True)
class Plot:
    """Panels with words around them.

    ``chart`` composes them into one Altair chart; ``tracker.plot.save`` writes it, or a page.
    """

    panels: Sequence[Panel]
    words: Words
    theme: Theme
    columns: int | None = None  # panels side by side; None: as many as there is room for
    least: float = 240  # points of a panel's width, at least, where several stand side by side
    names: tuple[str, ...] = ()
    zone: tzinfo = UTC

    @property
    def headline(self) -> str:
        return self.words.headline

    def chart(self, size: tuple[int, int] = SIZES["wide"]) -> Any:
        """The plot as ``alt.LayerChart``, or ``alt.VConcatChart`` of several panels.

        SIZE is in pixels; a large picture of an upright or square one has larger type, and its
        ``usermeta`` the zoom it is to be rendered at.
        """
        zoom = zoom_of(checked_size(size))
        sheet = _Sheet(self, size[0] / zoom, size[1] / zoom)
        # The whole is validated when it becomes a dict; each part of it beforehand takes longer.
        with debug_mode(False):
            return self._composed(sheet, size, zoom)

    def _composed(self, sheet: _Sheet, size: tuple[int, int], zoom: float) -> Any:
        made = sheet.single() if len(self.panels) == 1 else sheet.several()
        texts = [self.words.headline, *self.words.footer, *self.names]
        top = made.usermeta[_TOP] | {
            "background": self.theme.background,
            # The picture has a description as a whole; one of each point takes a third longer.
            "config": {"aria": False, "font": font_for(texts), "view": {"stroke": None}},
        }
        meta = {"zoom": zoom, "size": list(size), "headline": self.words.headline, _TOP: top}
        made.description, made.usermeta = self.words.description, meta
        return made


#: Of ``usermeta`` what is true of a whole picture only: margins, fonts, background.
_TOP = "top"


class _Composable:
    """A chart that keeps what only a whole picture can have apart, until it is one.

    Altair refuses to compose charts that have a background, a configuration or margins.
    """

    def to_dict(self, *args: Any, context: dict[str, Any] | None = None, **given: Any) -> Any:
        """The specification; at the top level with what ``usermeta`` keeps for it."""
        spec = super().to_dict(*args, context=context, **given)  # type: ignore[misc]
        meta = dict(spec.pop("usermeta", {}))
        if context is None or context.get("top_level", True):
            top = meta.pop(_TOP, {})
            spec |= top | ({"usermeta": meta} if meta else {})
        return spec


class Layers(_Composable, alt.LayerChart):
    """One plotting area."""


class Panels(_Composable, alt.ConcatChart):
    """Several."""


class _Sheet:
    """A plot on a sheet of so many points."""

    def __init__(self, plot: Plot, wide: float, high: float) -> None:
        self.plot, self.wide, self.high = plot, wide, high
        self.type = type_of(wide)
        self.room = wide - 2 * self.type.pad
        words = plot.words
        self.title = balance(words.headline, self.room, self.type.title)
        self.subtitle = self._wrapped(words.subtitle, self.type.subtitle)

    def _wrapped(self, texts: Sequence[str], size: float) -> list[str]:
        return [line for text in texts for line in pretty(text, self.room, size)]

    @property
    def head(self) -> float:
        """Points from the top of the sheet to the panels."""
        title = len(self.title) * self.type.title_line
        return self.type.pad + title + len(self.subtitle) * self.type.subtitle_line + 14

    def footer(self, *margins: Margins, method: bool = True) -> list[str]:
        """What has marks in place of captions, and the plot's own footer."""
        words = self.plot.words
        marked = {row["mark"]: row for margin in margins for row in margin.callouts.marked}
        lines = self._listed(list(marked.values())) if marked else []
        below = [text for text in words.footer if method or text != words.method]
        return [*lines, *self._wrapped(below, SMALL)]

    def _listed(self, marked: Sequence[Row]) -> list[str]:
        """What the marks mean, each cut where all together would be too long."""
        most = MOST_LISTED * self.room / len(marked)
        whole = 10 * self.room
        for each in (whole, most, 0.85 * most, 0.7 * most, whole):
            texts = [shorten(_listed(row), max(each, LEAST_LISTED), SMALL) for row in marked]
            lines = self._wrapped([" · ".join(texts)], SMALL)
            if len(lines) <= MOST_LISTED:
                return lines
        whole_ones = " ".join(lines[: MOST_LISTED - 1]).rpartition(" · ")[0]
        return [*self._wrapped([whole_ones], SMALL), f"… and more: {len(marked)} in all"]

    def foot(self, lines: Sequence[str]) -> float:
        """Points from the panels to the bottom of the sheet."""
        return AXIS + len(lines) * SMALL_LINE + 8 + self.type.pad * 0.7

    def titled(self, left: float, above: float) -> alt.TitleParams:
        theme = self.plot.theme
        return alt.TitleParams(
            text=self.title, subtitle=self.subtitle or alt.Undefined, anchor="start",
            frame="group", dx=-left, offset=above, color=theme.ink, subtitleColor=theme.quiet,
            fontSize=self.type.title, lineHeight=self.type.title_line,
            subtitleFontSize=self.type.subtitle, subtitleLineHeight=self.type.subtitle_line,
            subtitlePadding=5,
        )  # fmt: skip

    def single(self) -> Any:
        """One panel that fills the sheet, exactly as large as asked for."""
        (panel,) = self.plot.panels
        margins, lines, height = max(self._attempts(panel), key=lambda attempt: attempt[2])
        for attempt in self._attempts(panel):
            if attempt[2] >= LEAST * self.high:
                margins, lines, height = attempt
                break
        width, foot = self.room - margins.left - margins.right, self.foot(lines)
        view = panel.view(width, height, self.plot.theme)
        footer = _footer(lines, -margins.left, height + AXIS + 8, self.plot.theme)
        pad = self.type.pad
        top = {
            "autosize": {"type": "none"},
            "padding": {
                "left": pad + margins.left,
                "top": self.head + margins.top,
                "right": pad + margins.right,
                "bottom": foot,
            },
        }
        return layered(
            [*panel.layers(view, margins), footer],
            width=width,
            height=height,
            title=self.titled(margins.left, 14),
            usermeta={_TOP: top},
        )

    def _attempts(self, panel: Panel) -> Iterator[tuple[Margins, list[str], float]]:
        """Margins, footer and height of the plot; each attempt leaves it more room."""
        rest = self.high - self.head
        for share, method in ((1.0, True), (1.0, False), (0.4, False), (0.0, False)):
            margins = panel.margins(self.room, rest * share)
            lines = self.footer(margins, method=method)
            height = panel.height(self.room) or rest - margins.top - self.foot(lines)
            yield margins, lines, max(MINIMUM, height)

    def several(self) -> Any:
        """Panels side by side and below each other, above one footer."""
        plot = self.plot
        columns = plot.columns or max(1, int(self.room // plot.least))
        columns = min(columns, len(plot.panels))
        each = self.room / columns
        margins = [panel.margins(each, self.high) for panel in plot.panels]
        left, right = max(m.left for m in margins), max(m.right for m in margins)
        width = each - left - right
        lines = self.footer(*margins)
        heights = [panel.height(each) for panel in plot.panels]
        top = max(m.top for m in margins)
        heads = top + (HEAD if any(panel.head for panel in plot.panels) else 8)
        fixed = sum((height or 0) + AXIS + heads for height in heights)
        rest = max(90, self.high - self.head - fixed - self.foot(lines))
        charts = []
        corner = (len(plot.panels) - 1) // columns * columns  # the first of the last row
        highs = [height or rest for height in heights]
        for n, (panel, high) in enumerate(zip(plot.panels, highs, strict=True)):
            texts = [self._head(panel.head, -8 - top)] if panel.head else []
            if n == corner:
                texts.append(_footer(lines, -left, max(highs[corner:]) + AXIS + 8, plot.theme))
            view = panel.view(width, high, plot.theme)
            charts.append(
                layered([*panel.layers(view, margins[n]), *texts], width=width, height=high)
            )
        return Panels(
            concat=charts,
            columns=columns,
            bounds="flush",
            spacing={"row": AXIS + heads, "column": left + right},
            resolve=_independent("x", "y", "color"),
            title=self.titled(left, 10),
            usermeta={_TOP: {"padding": self.type.pad}},
        )

    def _head(self, text: str, y: float) -> alt.Chart:
        style: dict[str, Any] = {"fontSize": 13, "fontWeight": "bold", "baseline": "bottom"}
        return _text([text], 0, y, self.plot.theme.ink, **style)


def _listed(row: Row) -> str:
    """``3 DeepSeek passes ChatGPT, 26 Jan, 15:00–16:00``; ``B iOS 26 is released``."""
    when = f", {row['when']}" if row.get("when") else ""
    return f"{row['mark']} {row['text']}{when}"


def layered(layers: Sequence[alt.Chart], **properties: Any) -> alt.LayerChart:
    """LAYERS of one plotting area, which share the scales of time and rank only."""
    resolve = _independent("color", "fill", "shape", "strokeDash")
    return Layers(layer=layers, resolve=resolve, **properties)


def _independent(*channels: str) -> alt.Resolve:
    return alt.Resolve(scale=dict.fromkeys(channels, "independent"))


def _footer(lines: Sequence[str], x: float, y: float, theme: Theme) -> alt.Chart:
    return _text(lines or [""], x, y, theme.quiet, fontSize=SMALL, baseline="top")


def _text(lines: Sequence[str], x: float, y: float, colour: str, **style: Any) -> alt.Chart:
    once: Any = {"values": [{}]}
    mark = alt.Chart(once).mark_text(align="left", lineHeight=SMALL_LINE, color=colour, **style)
    words: Any = list(lines)
    made: alt.Chart = mark.encode(x=fixed("x", x), y=fixed("y", y), text=fixed("text", words))
    return made
