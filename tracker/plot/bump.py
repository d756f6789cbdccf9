"""Positions among the apps drawn, above their real ranks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, tzinfo

from tracker.errors import InvalidValue
from tracker.model import Series
from tracker.plot.compose import Plot
from tracker.plot.curve import Curve, words_of
from tracker.plot.theme import colours_of, theme_named
from tracker.plot.view import RankScale
from tracker.report.bump import POSITIONS, ordinal, position_words
from tracker.report.scene import Note, scene

#: Points of the upper plot for each app, and beside them.
EACH, AROUND = 24, 20


def positions(series: Sequence[Series]) -> list[Series]:
    """SERIES of one timeline with positions among themselves for ranks: 1 is the best of them.

    An app that is not in the chart has no position.
    """
    table = list(zip(*(each.ranks for each in series), strict=True))
    return [
        Series(each.timeline, each.app, tuple(_position(ranks, number) for ranks in table))
        for number, each in enumerate(series)
    ]


def _position(ranks: Sequence[int | None], number: int) -> int | None:
    own = ranks[number]
    if own is None:
        return None
    return 1 + sum(rank is not None and rank < own for rank in ranks)


def bump(
    series: Sequence[Series],
    *,
    now: datetime | None = None,
    confirm: int = 2,
    theme: str = "light",
    notes: Sequence[Note] = (),
    context: Sequence[Series] = (),
    zone: tzinfo = UTC,
    credit: str | None = None,
) -> Plot:
    """SERIES of one timeline as positions among themselves, and below them their ranks.

    Where no position ever changed there are the ranks alone, and the subtitle says so. Arguments
    are those of ``curve``; ``InvalidValue`` for fewer than two apps.
    """
    if len(series) < 2:
        raise InvalidValue("positions are those among several apps; name two at least")
    shades = theme_named(theme)
    drawn = scene(series, confirm, context=context, notes=notes, zone=zone)
    colours = tuple(colours_of([each.app for each in series], shades))
    placed = positions(series)
    changed = any(len(set(each.ranks)) > 1 for each in placed)
    words = words_of(drawn, now, credit)
    words = replace(words, subtitle=(*words.subtitle, position_words(placed, drawn.names)))
    ranks = Curve(drawn, colours, head="Rank on the chart" if changed else "", captions=not changed)
    if not changed:
        return Plot((ranks,), words, shades, names=drawn.names, zone=zone)
    upper = Curve(
        replace(drawn, series=tuple(placed), context=()),
        colours,
        head=POSITIONS.format(len(series)),
        fixed=len(series) * EACH + AROUND,
        small=True,
        shared=RankScale(1, max(2, len(series))),
        last=ordinal,
        place="position %",
    )
    return Plot((upper, ranks), words, shades, columns=1, names=drawn.names, zone=zone)
