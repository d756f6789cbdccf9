"""Messages out, each one attempt within bounds: a webhook's POST, a heartbeat's GET.

No redirect is followed, for it would carry a message or a secret address elsewhere; of the answer
nothing but the status is observed; and no error repeats the address.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from functools import partial
from typing import Any

import requests

from tracker.errors import FetchError
from tracker.fetch.connections import THREAD, new_session
from tracker.fetch.trouble import Failed, Stopped, status_line
from tracker.fetch.watch import Hand, Watch
from tracker.fetch.wire import REDIRECTS, in_words, is_here

#: Seconds for the connection, between two bytes, and for all of it.
CONNECT, READ, TOTAL = 5.0, 10.0, 20.0
#: The largest message, in bytes.
MOST = 2_000_000


def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    stop: threading.Event | None = None,
    total: float = TOTAL,
) -> None:
    """Send BODY; raises ``FetchError`` unless the answer's status is 200 to 299."""
    if len(body) > MOST:
        raise FetchError(f"the message is larger than {MOST} bytes")
    _send("POST", url, body, headers, stop, total)


def ping(url: str, *, stop: threading.Event | None = None, total: float = TOTAL) -> None:
    """Ask URL once; raises ``FetchError`` unless the answer's status is 200 to 299."""
    _send("GET", url, None, {}, stop, total)


def _send(
    method: str,
    url: str,
    body: bytes | None,
    headers: Mapping[str, str],
    stop: threading.Event | None,
    total: float,
) -> None:
    hand = Hand(total)
    with Watch(stop or threading.Event()) as watch, new_session(1) as session:
        if watch.halted:
            raise Stopped
        THREAD.hold = partial(watch.hold, hand=hand)
        try:
            status = _status(session, method, url, body, headers, hand)
        finally:
            watch.drop(hand)
    if status in REDIRECTS:
        raise Failed(f"{status_line(status)}, which is not followed")
    if not 200 <= status < 300:
        raise Failed(status_line(status))


def _status(
    session: requests.Session,
    method: str,
    url: str,
    body: bytes | None,
    headers: Mapping[str, str],
    hand: Hand,
) -> int:
    try:
        request = session.prepare_request(
            requests.Request(method, url, headers=dict(headers), data=body)
        )
    except (requests.RequestException, ValueError):
        raise Failed("no address that can be asked") from None
    around: dict[str, Any] = dict(
        session.merge_environment_settings(str(request.url), {}, True, None, None)
    )
    if is_here(str(request.url)):
        around["proxies"] = {}
    limits = (min(CONNECT, hand.seconds), min(READ, hand.seconds))
    adapter = session.get_adapter(str(request.url))
    with in_words(hand), adapter.send(request, timeout=limits, **around) as response:
        return response.status_code
