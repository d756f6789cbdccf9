"""``google-play``: the top charts of Google Play, by the request that its own pages make.

The endpoint is undocumented and private, so it is off unless ``sources`` names it. An answer states
ranking and category, and never the country: a chart is stored as asked for, and the remark of its
fetch says in which currency prices came, the one weak sign of a country there is.
"""

from __future__ import annotations

import base64
import json
import re
from collections import Counter
from typing import Any
from urllib.parse import quote_plus

from tracker.errors import ParseError
from tracker.ids import is_package
from tracker.model import PLAY_CATEGORIES, Chart, Entry, Payload, Snapshot
from tracker.sources.parsing import check_size, clean, json_of, refusing, same, text_of
from tracker.sources.source import Source
from tracker.stores import PLAY

_NAME = "google-play"
_RPC = "vyAe2"
#: Entries asked for; the store has no chart with more.
DEPTH = 200
#: No chart was seen with fewer than 43; an answer this short is not one.
_FEWEST = 10
_RANKINGS = {
    "top-free": "topselling_free", "top-paid": "topselling_paid", "top-grossing": "topgrossing",
}  # fmt: skip
#: What of each app is asked for. Without these numbers the answer is 200 with an empty list.
_FIELDS = (
    96, 108, 72, 100, 27, 177, 183, 222, 8, 57, 169, 110, 11, 184, 16, 1, 139, 152, 194, 165, 68,
    163, 211, 9, 71, 31, 176, 195, 12, 64, 151, 320, 150, 148, 113, 104, 55, 56, 145, 32, 34, 10,
    122,
)  # fmt: skip
#: A chart within the answer: that many elements, the identity at 3 and the apps at 28.
_CHART_LENGTH, _IDENTITY, _APPS = 29, 3, 28
#: ``topgrossing_GAME_CASUAL``, in the bytes of the identity.
_CHART_NAME = re.compile(rb"(?:topselling_free|topselling_paid|topgrossing)_[A-Z_]+")
#: The word in an answer of status 200 for a failure that passes.
_GATEWAY_ERROR = b"PlayGatewayError"
_LONGEST_ERROR = 20_000


def _carries(chart: Chart) -> bool:
    return chart.store == PLAY


def _url(chart: Chart, base: str) -> str:
    """The address and the form that ask for CHART; names come in English from every country."""
    query = f"rpcids={_RPC}&hl=en&gl={chart.storefront.upper()}&rt=c"
    return f"{base.rstrip('/')}/_/PlayStoreUi/data/batchexecute?{query}#{_form(chart)}"


def _form(chart: Chart) -> str:
    """The form that asks for CHART."""
    which = [2, _RANKINGS[chart.ranking], PLAY_CATEGORIES[chart.genre]]
    arguments = [[None, [[8, [20, DEPTH]], None, None, _FIELDS], which]]
    request = [[[_RPC, _compact(arguments), None, "generic"]]]
    return f"f.req={quote_plus(_compact(request))}"


def _compact(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


def _complaint(body: bytes) -> str | None:
    """The store's own error in an answer of status 200, which may pass; None without one."""
    if len(body) <= _LONGEST_ERROR and _GATEWAY_ERROR in body:
        return "HTTP 200 with the store's own error, PlayGatewayError"
    return None


# )]}'
#
# 416798
# [["wrb.fr","vyAe2","[[null,[[null,null,null,[\"qgImEi…\"],…,[[[[[\"com.openai.chatgpt\",7],…"]]
# 57
# [["di",187],["af.httprm",186,"-756854778693036725",73]]
def read(payload: Payload) -> Snapshot:
    """The snapshot of the answer in PAYLOAD; refused where that is of another chart."""
    chart = _chart(_answer(text_of(payload.body)))
    _check_identity(chart[_IDENTITY], payload.chart)
    lists = _list(chart[_APPS])
    if len(lists) > 1:
        raise ParseError(f"the chart has {len(lists)} lists of apps where one is due")
    apps = _element(lists, 0)
    if not isinstance(apps, list) or not apps:
        raise ParseError("the list of apps is empty, which no chart is")
    check_size(apps, DEPTH)
    if len(apps) < _FEWEST:
        raise ParseError(f"{len(apps)} apps came; a chart has at least {_FEWEST}")
    details = [_element(app, 0) for app in apps]
    return Snapshot(
        payload.chart,
        payload.source,
        payload.observed_at,
        tuple(_entry(rank, app) for rank, app in enumerate(details, 1)),
        remark=f"the country is as asked for, the answer does not state it{_prices(details)}",
    )


def _answer(text: str) -> object:
    """The value of the one frame; the lengths between the lines are not reliable."""
    if not text.startswith(")]}'"):
        json_of(text)  # it names what the body is instead
        raise ParseError("the answer does not begin as the store's answers do")
    frames = [
        frame
        for line in text.split("\n")
        if line.startswith("[")
        for frame in _list(json_of(line))
        if isinstance(frame, list) and frame[:2] == ["wrb.fr", _RPC]
    ]
    if len(frames) != 1:
        raise ParseError(f"{len(frames)} frames came where one is due")
    said = _element(frames[0], 2)
    if not isinstance(said, str):
        raise ParseError(f"the frame is empty{_error_code(_element(frames[0], 5))}")
    return json_of(said)


def _chart(answer: object) -> list[Any]:
    charts = _list(_element(_element(answer, 0), 1))
    if len(charts) > 1:
        raise ParseError(f"the answer has {len(charts)} charts where one is due")
    chart = _element(charts, 0)
    if not isinstance(chart, list):
        raise ParseError("the answer has no chart")
    if len(chart) != _CHART_LENGTH:
        raise ParseError(f"the chart has {len(chart)} elements, not {_CHART_LENGTH}")
    return chart


def _check_identity(said: object, chart: Chart) -> None:
    """Refuse the chart of another ranking or category: the identity names both."""
    try:
        token = base64.b64decode(str(_element(said, 0)), validate=True)
    except ValueError:  # not base64, or not ASCII
        token = b""
    names = _CHART_NAME.findall(token)
    if len(names) != 1:
        raise ParseError("the answer does not say which chart it is")
    asked = f"{_RANKINGS[chart.ranking]}_{PLAY_CATEGORIES[chart.genre]}"
    same("chart", names[0].decode().lower(), asked.lower())


def _entry(rank: int, app: object) -> Entry:
    package, name = _element(_element(app, 0), 0), clean(_element(app, 3))
    if not isinstance(package, str) or not is_package(package):
        raise ParseError(f"rank {rank} has no package name")
    if name is None:
        raise ParseError(f"rank {rank} (app {package}) has no name")
    return Entry(rank, package, name, clean(_element(app, 14)))


def _prices(apps: list[Any]) -> str:
    """``; prices are in USD``: the most frequent currency of the apps' prices."""
    currencies = Counter(
        currency
        for app in apps
        if isinstance(currency := _element(_element(_element(_element(app, 8), 1), 0), 1), str)
        and re.fullmatch("[A-Z]{3}", currency)
    )
    return f"; prices are in {currencies.most_common(1)[0][0]}" if currencies else ""


def _error_code(said: object) -> str:
    code = _element(said, 0)
    return f" (error {code})" if type(code) is int and 0 <= code < 1000 else ""


def _element(value: object, place: int) -> object:
    """The element at PLACE of a list; None where VALUE is no list, or too short."""
    return value[place] if isinstance(value, list) and len(value) > place else None


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


SOURCE = Source(
    name=_NAME,
    base="https://play.google.com",
    hosts=frozenset(),
    carries=_carries,
    url=_url,
    parse=refusing(_NAME, _carries, read),
    complaint=_complaint,
    per_minute=6,
    private=True,
)
