"""Parsing each kind of payload, beside the bare reader of its format on the same bytes."""

from __future__ import annotations

import json
from collections.abc import Callable

from bs4 import BeautifulSoup

from benchmarks.figures import Figure, in_turns, medians
from benchmarks.history import CHART, GENRE_CHART, payloads
from tracker.loopback.pages import web_page_until_2025
from tracker.model import Payload
from tracker.sources import SOURCES


def parsing(turns: int = 60) -> list[Figure]:
    """Milliseconds and megabytes a second of each payload's parser."""
    figures = []
    for what, payload, bare in _cases():
        parse = SOURCES[payload.source].parse
        assert parse(payload).depth > 1
        ways: list[Callable[[], object]] = [
            lambda parse=parse, payload=payload: parse(payload),  # type: ignore[misc]
            lambda bare=bare, payload=payload: bare(payload.body),  # type: ignore[misc]
        ]
        ours, by_hand = medians(in_turns(ways, turns))
        speed = len(payload.body) / 1e6 / (ours / 1000)
        figures += [
            Figure(f"{what}, {len(payload.body) / 1000:.0f} kB", ours, "ms", by_hand),
            Figure(f"{what}, speed", speed, "MB/s"),
        ]
    return figures


def _soup(body: bytes) -> object:
    return BeautifulSoup(body, "html.parser")


def _cases() -> list[tuple[str, Payload, Callable[[bytes], object]]]:
    ((_, feed),) = payloads(1, CHART, "apple-rss")
    ((_, legacy),) = payloads(1, GENRE_CHART, "itunes-rss")
    ((_, page),) = payloads(1, GENRE_CHART, "web-charts", depth=200)
    return [
        ("apple-rss beside json.loads", feed, json.loads),
        ("itunes-rss beside json.loads", legacy, json.loads),
        ("web-charts beside BeautifulSoup", page, _soup),
        ("web-charts of 2025 beside BeautifulSoup", _older_page(), _soup),
    ]


def _older_page() -> Payload:
    ((snapshot, payload),) = payloads(1, GENRE_CHART, "web-charts")
    body = web_page_until_2025(GENRE_CHART, snapshot.entries, snapshot.published_at)
    return Payload(GENRE_CHART, "web-charts", payload.url, payload.observed_at, body)
