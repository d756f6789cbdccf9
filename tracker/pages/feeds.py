"""Confirmed overtakes as an Atom feed and a JSON feed, the last one confirmed first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5
from xml.etree.ElementTree import Element, SubElement, tostring

from tracker.analysis import Overtake, Status
from tracker.api import Database, Ledger
from tracker.errors import NothingToShow
from tracker.model import App, Chart, Series, iso
from tracker.pages.asked import Asked, chart_for, find
from tracker.words import PROVENANCES, capitalized, chart_words, rank_words, warned

#: So many overtakes are in a feed, of so many days before the newest snapshot.
MOST, SPAN = 50, timedelta(days=90)
_ATOM = "http://www.w3.org/2005/Atom"


def confirmed(ledger: Ledger) -> list[Overtake]:
    """The confirmed ones, by time."""
    return [overtake for overtake in ledger if overtake.status is Status.CONFIRMED]


def feed(database: Database, asked: Asked, address: str, event: Any) -> dict[str, Any]:
    """The confirmed overtakes as a JSON feed (jsonfeed.org, version 1.1).

    ADDRESS is that of the page the feed belongs to; EVENT(id) that of an overtake's page.
    """
    names = asked.apps
    chart = chart_for(database, asked, names)
    confirm = asked.number("confirm", 2, 100)
    apps = [find(database, name, chart) for name in names]
    newest = database.reader.newest(chart)
    items: list[dict[str, Any]] = []
    provenances: set[str] = set()
    if newest is not None:
        try:
            ledger = database.overtakes(
                *apps, on=chart, source=asked.text("source"), since=newest - SPAN, confirm=confirm
            )
        except NothingToShow:
            ledger = None
        if ledger is not None:
            when = confirmed_times(database, ledger, confirm)
            both = sorted(zip(when, confirmed(ledger), strict=True), key=lambda pair: pair[0])
            items = [_item(overtake, at, event(overtake.id)) for at, overtake in both[::-1][:MOST]]
            provenances = {kind.value for kind in ledger.timeline.provenances}
    return {
        "version": "https://jsonfeed.org/version/1.1",
        "title": f"Confirmed overtakes: {chart_words(chart)}",
        "home_page_url": address,
        "description": (
            f"Overtakes on {chart.slug} that {confirm} snapshots in a row confirm, of the "
            f"{SPAN.days} days before the newest snapshot; the newest {MOST} at most."
        ),
        "_apptrack": {
            "chart": chart.slug, "about": _about(chart, apps, asked),
            "newest_snapshot": iso(newest) if newest else None,
            "provenances": sorted(provenances),
        },
        "items": items,
    }  # fmt: skip


def _about(chart: Chart, apps: Sequence[App], asked: Asked) -> str:
    """What makes a feed: the chart, and the apps, source and confirmation asked for."""
    ids = ",".join(sorted(app.app_id for app in apps))
    return ":".join(
        [chart.slug, ids, asked.text("source") or "", asked.text("confirm") or ""]
    ).rstrip(":")


def confirmed_times(database: Database, ledger: Ledger, confirm: int) -> list[datetime]:
    """When each confirmed overtake was confirmed: at its winner's CONFIRM-th snapshot ahead."""
    line = ledger.timeline
    series: dict[str, Series] = {}
    apps = {app.app_id: app for overtake in ledger for app in (overtake.winner, overtake.loser)}
    if apps:
        for series_of_app in database.series(
            *apps.values(), on=line.chart, source=line.source,
            since=line.times[0], until=line.times[-1],
        ):  # fmt: skip
            series[series_of_app.app.app_id] = series_of_app
    return [_confirmed_at(overtake, series, confirm) for overtake in confirmed(ledger)]


def _confirmed_at(overtake: Overtake, series: dict[str, Series], confirm: int) -> datetime:
    winner, loser = series[overtake.winner.app_id], series[overtake.loser.app_id]
    times = winner.timeline.times
    ahead = 0
    for number in range(times.index(overtake.by), len(times)):
        if winner.ranks[number] is None and loser.ranks[number] is None:
            continue
        ahead += 1
        if ahead == confirm:
            return times[number]
    return overtake.held_until


def _item(overtake: Overtake, at: datetime, address: str) -> dict[str, Any]:
    title = warned(f"{overtake.winner.name} passed {overtake.loser.name}", overtake.provenances)
    notes = [words for kind, words in PROVENANCES.items() if kind in overtake.provenances]
    winner = overtake.winner_rank_before, overtake.winner_rank_after
    loser = overtake.loser_rank_before, overtake.loser_rank_after
    text = (
        f"{_named(overtake.winner)} passed {_named(overtake.loser)} on {overtake.chart.slug} after "
        f"{iso(overtake.after)} and by {iso(overtake.by)}, by {overtake.source}: "
        f"{rank_words(winner[0])} against {rank_words(loser[0])} before, "
        f"{rank_words(winner[1])} against {rank_words(loser[1])} after"
        f"{', across a gap without data' if overtake.gap else ''}. Confirmed at {iso(at)}."
    )
    return {
        "id": f"urn:uuid:{uuid5(NAMESPACE_URL, f'apptrack:{overtake.id}')}",
        "url": address,
        "title": title,
        "content_text": " ".join([text, *(f"{capitalized(note)}." for note in notes)]),
        "date_published": iso(at),
        "_apptrack": overtake.to_json() | {"confirmed_at": iso(at)},
    }


def _named(app: App) -> str:
    return f"{app.name} ({app.app_id})"


def atom(contents: dict[str, Any], address: str) -> bytes:
    """A JSON feed as Atom; ADDRESS is the feed's own."""
    root = Element("feed", xmlns=_ATOM)
    own = contents["_apptrack"]
    SubElement(root, "title").text = contents["title"]
    SubElement(root, "subtitle").text = contents["description"]
    identity = uuid5(NAMESPACE_URL, f"apptrack:overtakes:{own['about']}")
    SubElement(root, "id").text = f"urn:uuid:{identity}"
    updated = (
        contents["items"][0]["date_published"] if contents["items"] else own["newest_snapshot"]
    )
    SubElement(root, "updated").text = updated or "1970-01-01T00:00:00Z"
    SubElement(SubElement(root, "author"), "name").text = "apptrack"
    SubElement(root, "link", rel="self", href=address)
    SubElement(root, "link", rel="alternate", href=contents["home_page_url"])
    for item in contents["items"]:
        entry = SubElement(root, "entry")
        SubElement(entry, "id").text = item["id"]
        SubElement(entry, "title").text = item["title"]
        for name in ("published", "updated"):
            SubElement(entry, name).text = item["date_published"]
        SubElement(entry, "link", rel="alternate", href=item["url"])
        SubElement(entry, "content", type="text").text = item["content_text"]
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + tostring(root) + b"\n"


__all__: Sequence[str] = ("atom", "confirmed", "confirmed_times", "feed")
