"""A webhook's POST and a heartbeat's GET, each one attempt within bounds.

No redirect is followed, for it would send a message or a secret address elsewhere; only the status
of the response is read; and no error repeats the address.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from functools import partial
from typing import Any

import requests

from tracker.errors import FetchError
from tracker.fetch.client import REDIRECTS, as_failures, is_loopback
from tracker.fetch.connections import THREAD, new_session
from tracker.fetch.failures import Failed, Stopped, status_line
from tracker.fetch.timing import Deadline, Watchdog

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
    deadline = Deadline(total)
    with Watchdog(stop or threading.Event()) as watchdog, new_session(1) as session:
        if watchdog.halted:
            raise Stopped
        THREAD.hold = partial(watchdog.hold, deadline=deadline)
        try:
            status = _status(session, method, url, body, headers, deadline)
        finally:
            watchdog.drop(deadline)
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
    deadline: Deadline,
) -> int:
    try:
        request = session.prepare_request(
            requests.Request(method, url, headers=dict(headers), data=body)
        )
    except (requests.RequestException, ValueError):
        raise Failed("no address that can be asked") from None
    environment: dict[str, Any] = dict(
        session.merge_environment_settings(str(request.url), {}, True, None, None)
    )
    if is_loopback(str(request.url)):
        environment["proxies"] = {}
    limits = (min(CONNECT, deadline.seconds), min(READ, deadline.seconds))
    adapter = session.get_adapter(str(request.url))
    with as_failures(deadline), adapter.send(request, timeout=limits, **environment) as response:
        return response.status_code
