"""Two apps in many storefronts, day by day: who was ahead, and how that rolled over the world."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any

from tracker.analysis.days import DAY, LeadDay, LeadDays
from tracker.analysis.waves import Passing, passage
from tracker.model import App
from tracker.plot.grid import words
from tracker.plot.grid.plan import Cell, Grid, Line, Row
from tracker.plot.scene import scene
from tracker.plot.style.colours import colours_of, theme_named
from tracker.plot.style.size import SIZES
from tracker.plot.text.facets import briefs
from tracker.plot.text.headline import headline_of
from tracker.plot.text.several import share
from tracker.plot.text.words import between, dates_words
from tracker.storefronts import storefront_name, within_sentence

_TOOLTIP = (
    "{'Storefront': names[datum.s], %s, "
    "'Ahead': datum.w || 'neither in the top ' + datum.d, "
    "'Last snapshot (%s)': utcFormat(datum.t + datum.a * 6e4, '%%-d %%b %%H:%%M'), "
    "'Looks': datum.n, 'Changes of the lead': datum.h || 'none'%s}"
)


#: What the subtitle says of the rows' order, where there is a confirmed overtake.
_ORDER = "rows in the order of the first confirmed overtake"


def draw_wave(
    apps: tuple[App, App],
    rows: Sequence[LeadDays],
    *,
    theme: str = "light",
    size: tuple[int, int] = SIZES["wide"],
    zone: tzinfo = UTC,
    span: int = DAY,
    confirm: int = 2,
    now: datetime | None = None,
    interactive: bool = False,
) -> dict[str, Any]:
    """Which of APPS was ahead in each storefront of ROWS at each day's last determined snapshot.

    Rows stand in the order given: as the first of APPS passed the second, of what CONFIRM looks
    confirm. NOW, where given, dates the picture; an INTERACTIVE one is for a page. The Vega-Lite
    specification, as wide as SIZE and as high as the rows need. NothingToShow where nothing was
    observed, InvalidValue for an unknown theme or a size out of bounds.
    """
    # Altair costs 0.4 s: whoever asks for a headline alone does not pay it.
    from tracker.plot.grid.marks import draw_grid

    return draw_grid(
        _grid(apps, rows, theme, zone, span, confirm, now), theme, size, page=interactive
    )


def _grid(
    apps: tuple[App, App],
    rows: Sequence[LeadDays],
    theme: str,
    zone: tzinfo,
    span: int,
    confirm: int,
    now: datetime | None,
) -> Grid:
    names = words.names(apps)
    title = wave_headline(apps, rows, zone, confirm)
    never = words.never_ranked_words(rows)
    order = _ORDER if any(row.passage.passing is Passing.PASSED for row in rows) else None
    lines = (*words.subtitle(rows, str(zone), span, order), *([never] if never else []))
    came = words.came(rows)
    return Grid(
        title=title,
        subtitle=lines,
        description=f"{title}. {'. '.join(lines)}. A row for each storefront, a cell for each "
        f"{words.unit(span)}, its colour the app ahead. {_in_words(rows, zone)}",
        footnote=words.footnote(
            "A cell shows who was ahead at the last snapshot of its "
            f"{words.unit(span)} that found either app.",
            now,
            zone,
        ),
        lines=tuple(
            Line(
                row.chart.storefront,
                tuple(
                    _cell(
                        apps,
                        names,
                        day,
                        _not_compared(row) | words.seen(day, span) | came(day),
                        zone,
                    )
                    for day in row.days
                ),
            )
            for row in rows
        ),
        legend=tuple(
            (colour, f"{name} ahead")
            for colour, name in zip(colours_of(apps, theme_named(theme)), names, strict=True)
        ),
        flat=words.flat_words(rows, "neither in the top")
        + (", or one never ranked" if any(map(_not_compared, rows)) else ""),
        span=span,
        tooltip=_TOOLTIP % (words.began(span), zone, words.came_told(rows)),
        marked="the lead changed hands" if any(d.changes for r in rows for d in r.days) else None,
        # Colour alone tells nothing to some eyes.
        low=(1,),
    )


def _cell(
    apps: tuple[App, App], names: tuple[str, str], day: LeadDay, came: Row, zone: tzinfo
) -> Cell:
    kind = None if day.leader is None else apps.index(day.leader)
    told: Row = {"a": words.minutes(day, zone), "n": day.looks, "h": len(day.changes)}
    told |= {"d": day.depth or 0} if kind is None else {"w": names[kind]}
    return Cell(day.date, kind, told | came, marked=bool(day.changes))


def _not_compared(row: LeadDays) -> Row:
    """What the tooltip of each cell says of a storefront that never ranked one of the two."""
    never = row.passage.never_ranked
    if len(never) != 1:
        return {}
    a, b = words.names((row.pair[0].app, row.pair[1].app))
    return {"w": f"{a if never[0] == row.pair[0].app else b} never ranked"}


def wave_headline(
    apps: tuple[App, App], rows: Sequence[LeadDays], zone: tzinfo = UTC, confirm: int = 2
) -> str:
    """Of one storefront what its curve says; of several where the first app passed the second.

    Where it was seen to do so first, for the intervals overlap; and where it was ahead in the end,
    for it may have been passed again since.
    """
    when = dates_words(*words.extent(rows))
    if len(rows) == 1:
        return _of_one(apps, rows[0], zone, confirm, when)
    a, b = words.names(apps)
    both = [row for row in rows if not row.passage.never_ranked]
    if not both:
        return words.told(f"No storefront of {len(rows)} ranked both {a} and {b}, {when}", rows)
    that = " that ranked both" if len(both) < len(rows) else ""
    at_last = sum(map(_ahead_at_last, both))
    passed = [row.passage for row in both if row.passage.passing is Passing.PASSED]
    ahead = _share(at_last, both)
    if not passed or passed[0].overtake is None:
        back = _passed_back(apps, both, that, confirm)
        sentence = (
            f"{back}; {a} ahead in {ahead} at the last snapshot, {when}"
            if back
            else f"{a} was ahead of {b} in {_among(at_last, both)}{that} at the last snapshot, "
            f"with no confirmed overtake, {when}"
        )
        return words.told(sentence, rows)
    after, by = passed[0].overtake.after, passed[0].overtake.by
    first = [
        within_sentence(one.chart.storefront)
        for one in passed
        if one.overtake and one.overtake.by == by
    ]
    there = words.some(first) + ("," if len(first) == len(passed) else "")
    seen = "seen first in " if len(first) < len(passed) else ""
    many = f"{_among(len(passed), both)}{that}"
    sentence = f"{a} passed {b} in {many}, {seen}{there} {between(after, by, zone)}"
    return words.told(f"{sentence}; ahead in {ahead} at the last snapshot", rows)


def _passed_back(
    apps: tuple[App, App], both: Sequence[LeadDays], that: str, confirm: int
) -> str | None:
    """In how many of BOTH the second app passed the first, which passed it in none; None for 0.

    BOTH are the storefronts that ranked both apps; THAT says so, where others did not.
    """
    mirrored = [passage(second, first, confirm) for first, second in (row.pair for row in both)]
    count = sum(one.passing is Passing.PASSED for one in mirrored)
    if not count:
        return None
    a, b = words.names(apps)
    undone = any(row.passage.passing is Passing.UNCONFIRMED for row in both)
    no_pass = f"{a} has no confirmed overtake of {b}" if undone else f"{a} did not pass {b}"
    if len(both) == 1:
        return f"{no_pass} in the 1 storefront{that}, {b} passed {a} there"
    where = f"any of {len(both):,} storefronts{that}"
    return f"{no_pass} in {where}, {b} passed {a} in {_share(count, both)}"


def _share(many: int, rows: Sequence[LeadDays]) -> str:
    """``18 of 20``, ``1 of 1``."""
    return _among(many, rows).removesuffix(" storefronts").removesuffix(" storefront")


def _among(many: int, rows: Sequence[LeadDays]) -> str:
    """``18 of 20 storefronts``, ``1 of 1 storefront``."""
    if len(rows) == 1:
        return f"{many} of 1 storefront"
    return share(many, len(rows), "storefront")


def _ahead_at_last(row: LeadDays) -> bool:
    """Whether the very last snapshot found the first app, and found it ahead."""
    a, b = (one.ranks[-1] for one in row.pair)
    return a is not None and (b is None or a < b)


def _of_one(apps: tuple[App, App], row: LeadDays, zone: tzinfo, confirm: int, when: str) -> str:
    if len(row.timeline.times) > 1:
        return headline_of(scene(row.pair, confirm, zone=zone))
    leader, never = row.days[0].leader, row.passage.never_ranked
    if len(never) == 1:
        ranked = apps[1] if never[0] == apps[0] else apps[0]
        a, b = words.names((ranked, never[0]))
        told = f"{a} was ranked and {b} was not"
    elif leader is None:
        a, b = words.names(apps)
        told = f"Neither {a} nor {b} was in the top {words.depth_words([row])}"
    else:
        a, b = words.names(apps if leader == apps[0] else (apps[1], apps[0]))
        told = f"{a} was ahead of {b}"
    return words.told(f"{told} at the one snapshot, {when}", [row])


def _in_words(rows: Sequence[LeadDays], zone: tzinfo) -> str:
    """What is known of each storefront, for those who do not see the picture."""
    told = []
    for row in rows:
        passing, change = str(row.passage.passing), row.passage.overtake
        if row.passage.never_ranked:
            passing += f" {' nor '.join(briefs(row.passage.never_ranked))}"
        by = (
            f" by {change.by.astimezone(zone):%Y-%m-%d}"
            if change and row.passage.passing is Passing.PASSED
            else ""
        )
        told.append(f"{storefront_name(row.chart.storefront)} {passing}{by}")
    return f"{'; '.join(told)}."
