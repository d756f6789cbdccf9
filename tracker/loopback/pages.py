"""The App Store's chart pages, in the designs until and since 2025-11-03."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from html import escape

from tracker.loopback.filler import (
    RANKING_TITLES,
    Json,
    artwork_of,
    bundle_of,
    if_stated,
    link_to,
    name_of,
    prose_of,
)
from tracker.model import GENRES, Chart, Entry

#: App ids from here on are those of the ranking that was not asked for.
_STRANGER = 8_000_000_000


def web_page(
    chart: Chart,
    entries: Sequence[Entry],
    published_at: datetime | None = None,
    *,
    bundles: Collection[str] = (),
    hub: Mapping[str, Sequence[Entry]] | None = None,
    age_band: str | None = None,
    markup_only: bool = False,
) -> bytes:
    """The chart page since 2025-11-03; it has no time of its own.

    It has segments of both rankings, each with the rows that are drawn and the ids of the rest.
    BUNDLES are the ids that are bundles of apps. HUB makes it a page of several genres: those of
    other genres' numbers, besides the chart's own. AGE_BAND makes it a kids chart.
    """
    genre = str(chart.genre_number or GENRES["all"])
    address = f"https://apps.apple.com/{chart.storefront}/{chart.device}/charts"
    page: Json = {"$kind": "TopChartsPage", "title": "Top Charts", "ageBandId": age_band}
    if hub is None:
        page["genreId"] = genre
        page["canonicalURL"] = f"{address}/{genre}?chart={chart.ranking}"
        page["segments"] = _segments(chart, entries, bundles)
    else:
        page["canonicalURL"] = address
        page["charts"] = [
            {"genreId": number, "segments": _segments(chart, rows, bundles)}
            for number, rows in {**hub, genre: entries}.items()
        ]
    data = {"data": [{"intent": {"$kind": "ChartsPageIntent"}, "data": page}]}
    shown = entries[: _ranks_on_the_page(chart)]
    rows = "".join(_new_row(chart, entry, entry.app_id in bundles) for entry in shown)
    script = "" if markup_only else _script("serialized-server-data", "application/json", data)
    return _page(chart, f'<section class="shelf"><ul class="grid">{rows}</ul></section>', script)


def _ranks_on_the_page(chart: Chart) -> int:
    """How many rows the page draws; the others are there by id alone."""
    return 24 if chart.device == "mac" else 25


def _segments(chart: Chart, entries: Sequence[Entry], bundles: Collection[str]) -> list[Json]:
    """That of the chart, beside one of the other ranking with apps that are in no chart."""
    other = replace(chart, ranking="top-free" if chart.ranking == "top-paid" else "top-paid")
    strangers = [
        Entry(rank, str(_STRANGER + rank), f"Of the other ranking {rank}", "Filler Works")
        for rank in range(1, len(entries) + 1)
    ]
    both = {chart.ranking: (chart, entries), other.ranking: (other, strangers)}
    return [_segment(*both[ranking], bundles) for ranking in ("top-free", "top-paid")]


def _segment(chart: Chart, entries: Sequence[Entry], bundles: Collection[str]) -> Json:
    shown, rest = entries[: _ranks_on_the_page(chart)], entries[_ranks_on_the_page(chart) :]
    items = [_lockup(chart, entry, entry.app_id in bundles) for entry in shown]
    remaining = [_listed(chart, entry, entry.app_id in bundles) for entry in rest]
    return {
        "$kind": "TopChartSegment",
        "chart": chart.ranking,
        "shelves": [{"$kind": "shelf", "contentType": "smallLockup", "items": items}],
        "nextPage": {"chart": chart.ranking, "remainingContent": remaining} if rest else None,
    }


def _lockup(chart: Chart, entry: Entry, is_bundle: bool) -> Json:
    return {
        "$kind": "smallLockup",
        "adamId": entry.app_id,
        **if_stated("developerName", entry.developer),
        "bundleId": bundle_of(entry),
        "icon": {"template": artwork_of(entry.app_id) + "/{w}x{h}{c}.{f}", "width": 1024},
        "ordinal": entry.rank,
        "title": name_of(entry),
        "subtitle": prose_of(entry.app_id)[:30],
        "clickAction": {"$kind": "flowAction", "pageUrl": _page_link(chart, entry, is_bundle)},
    }


def _listed(chart: Chart, entry: Entry, is_bundle: bool) -> Json:
    kind = "app-bundles" if is_bundle else "apps"
    href = f"/v1/catalog/{chart.storefront}/{kind}/{entry.app_id}?l=en-US"
    return {"id": entry.app_id, "type": kind, "href": href}


def _page_link(chart: Chart, entry: Entry, is_bundle: bool) -> str:
    link = link_to(chart, entry)
    if is_bundle:
        link = link.replace("/app/", "/app-bundle/")
    return f"{link}?platform=ipad" if chart.device == "ipad" else link


def _new_row(chart: Chart, entry: Entry, is_bundle: bool) -> str:
    return (
        f'<li class="svelte-1"><a class="link" href="{_page_link(chart, entry, is_bundle)}">'
        f'<img alt="" src="{artwork_of(entry.app_id)}/146x146bb.webp">'
        f'<div class="ordinal svelte-2">{entry.rank}</div>'
        f"<h3>{escape(name_of(entry))}</h3><!----></a></li>\n"
    )


def web_page_until_2025(
    chart: Chart, entries: Sequence[Entry], published_at: datetime | None
) -> bytes:
    """The chart page until 2025-11-02, with developers and the page's time."""
    genre = chart.genre_number or GENRES["all"]
    key = (
        f".v1.catalog.{chart.storefront}.charts.types.apps.platform.{chart.device}"
        f".genre.{genre}.chart.{chart.ranking}.limit.100.sparselimit.100.l.en-us"
    )
    rows = [_catalogue_row(chart, entry, genre) for entry in entries]
    answer: Json = {"d": {"apps": [{"chart": chart.ranking, "data": rows}]}}
    if published_at is not None:
        answer = {"x": int(published_at.timestamp() * 1000), **answer}
    items = "".join(_old_row(chart, entry) for entry in entries)
    return _page(
        chart,
        f'<ol class="l-row chart">{items}</ol>',
        _script("shoebox-media-api-cache-apps", "fastboot/shoebox", {key: json.dumps(answer)}),
    )


def _catalogue_row(chart: Chart, entry: Entry, genre: int) -> Json:
    position = {"position": entry.rank, "genre": genre, "chart": chart.ranking}
    return {
        "id": entry.app_id,
        "type": "apps",
        "href": f"/v1/catalog/{chart.storefront}/apps/{entry.app_id}?l=en-US",
        "attributes": {
            "name": name_of(entry),
            **if_stated("artistName", entry.developer),
            "url": link_to(chart, entry),
            "chartPositions": {"appStore": position},
        },
    }


def _old_row(chart: Chart, entry: Entry) -> str:
    developer = escape(entry.developer) if entry.developer else ""
    subtitle = f'<div class="we-lockup__subtitle">{developer}</div>' if developer else ""
    return (
        f'<li class="l-column"><a class="we-lockup ember-view" href="{link_to(chart, entry)}">\n'
        f'<p class="we-lockup__rank">{entry.rank}</p>\n'
        f'<div class="we-lockup__title "><p>{escape(name_of(entry))}</p></div>{subtitle}</a></li>\n'
    )


def _page(chart: Chart, body: str, script: str) -> bytes:
    title = f"{RANKING_TITLES[chart.ranking]} {chart.device} Apps"
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f"</head><body><main>{body}</main>{script}</body></html>\n"
    ).encode()


def _script(name: str, kind: str, data: Json) -> str:
    """A script element; ``<`` is written as an escape, so that no name can end the element."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003C")
    return f'<script type="{kind}" id="{name}">{text}</script>'
