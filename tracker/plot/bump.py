"""Positions among the apps drawn, above their real ranks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Unpack

from tracker.errors import InvalidValue
from tracker.model import Series
from tracker.plot.compose import Plot
from tracker.plot.curve import Curve, Options, plotted
from tracker.plot.view import RankScale
from tracker.report.bump import POSITIONS, ordinal, position_words

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


def bump(series: Sequence[Series], **options: Unpack[Options]) -> Plot:
    """SERIES of one timeline as positions among themselves, and below them their ranks.

    Where no position ever changed there are the ranks alone, and the subtitle says so. Raises
    ``InvalidValue`` for fewer than two apps, and what ``curve`` does.
    """
    if len(series) < 2:
        raise InvalidValue("positions are those among several apps; name two at least")
    among = positions(series)

    def panels(ranks: Curve) -> Sequence[Curve]:
        if all(len(set(each.ranks)) == 1 for each in among):
            return (ranks,)
        upper = replace(
            ranks,
            scene=replace(ranks.scene, series=tuple(among), context=()),
            head=POSITIONS.format(len(series)),
            fixed=len(series) * EACH + AROUND,
            small=True,
            shared=RankScale(1, max(2, len(series))),
            last=ordinal,
            place="position %",
        )
        return upper, replace(ranks, head="Rank on the chart", captions=False)

    plot = plotted(series, panels, **options)
    said = position_words(among, plot.names)
    words = replace(plot.words, subtitle=(*plot.words.subtitle, said))
    return replace(plot, words=words)
