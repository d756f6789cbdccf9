"""Faults of Google Play's endpoint: each turns a correct answer into a faulty one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from tracker.loopback.faults import FAULTS as SHARED
from tracker.loopback.faults import Fault, Truth
from tracker.loopback.formats import render
from tracker.loopback.play import answer, apps_of, frame
from tracker.loopback.server import Answer

_WALL = "https://www.google.com/sorry/index?continue=https://play.google.com/"
_GATEWAY = [13, None, [["type.googleapis.com/wireless.android.finsky.PlayGatewayError", []]]]


def _without_lengths(truth: Truth) -> Answer:
    lines = render(truth.source, truth.chart, truth.entries).split(b"\n")
    return Answer(body=b"\n".join(line for line in lines if not line.isdigit()))


def _as(truth: Truth, **other: str) -> Answer:
    """The chart that the truth would be with OTHER parts."""
    return replace(truth, chart=replace(truth.chart, **other)).answer()


def _other_ranking(truth: Truth) -> Answer:
    return _as(truth, ranking="top-paid" if truth.chart.ranking != "top-paid" else "top-free")


def _null_row(truth: Truth) -> Answer:
    apps = apps_of(truth.chart, truth.entries)
    return Answer(body=answer(truth.chart, [*apps[:6], None, *apps[7:]]))


def _depth(truth: Truth, depth: int) -> Answer:
    return replace(truth, entries=truth.entries[:depth]).answer()


FAULTS: Mapping[str, Fault] = {
    "lengths-missing": Fault("the lines with lengths are missing", _without_lengths),
    "short-grossing": Fault("43 apps, as in a small country", lambda truth: _depth(truth, 43)),
    "nine": Fault("nine apps", lambda truth: _depth(truth, 9)),
    "empty-list": Fault(
        "an empty list with status 200", lambda truth: Answer(body=answer(truth.chart, []))
    ),
    "no-chart": Fault(
        "null where the chart would be", lambda truth: Answer(body=answer(truth.chart, None))
    ),
    "null-frame": Fault("a frame that is null", lambda truth: Answer(body=frame(None, error=[3]))),
    "gateway-error": Fault(
        "the store's own error with status 200",
        lambda truth: Answer(body=frame(None, error=_GATEWAY)),
    ),
    "other-ranking": Fault("the chart of another ranking", _other_ranking),
    "other-genre": Fault(
        "the chart of another category",
        lambda truth: _as(truth, genre="tools" if truth.chart.genre != "tools" else "finance"),
    ),
    "other-country": Fault(
        "the chart of another country, which no answer states",
        lambda truth: _as(truth, storefront="jp" if truth.chart.storefront != "jp" else "us"),
    ),
    "twice": SHARED["duplicates"],
    "null-row": Fault("a row that is null", _null_row),
    **{name: SHARED[name] for name in ("429", "503", "html")},
    "wall": Fault(
        "a redirect to another host's wall",
        lambda truth: Answer(302, headers={"Location": _WALL}, content_type=None),
    ),
    "moved": Fault(
        "a redirect on the same host",
        lambda truth: Answer(307, headers={"Location": "/elsewhere"}, content_type=None),
    ),
}
