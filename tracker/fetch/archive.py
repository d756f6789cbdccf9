"""Requests to a web archive: one at a time, at its own pace, and no redirect is followed.

A copy is one only where the archive says so in ``Memento-Datetime`` (RFC 7089); so a response is
described here, whatever its status, and judged elsewhere.
"""

from __future__ import annotations

import hashlib
import threading
from base64 import b32encode
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from time import monotonic
from types import TracebackType
from typing import Any, Self

import requests
from urllib3.response import HTTPResponse

from tracker.fetch.body import read_sent, unzipped
from tracker.fetch.client import as_failures, host_of, is_loopback
from tracker.fetch.connections import THREAD, new_session
from tracker.fetch.failures import Failed, Stopped, http_date, is_refusal
from tracker.fetch.timing import Deadline, Pace, Watchdog
from tracker.settings import BackfillSettings, FetchSettings

GZIP = b"\x1f\x8b"
#: A body that was gzip may have been packed once more on its way.
_PACKED = 2
_LONGEST_LINE = 200  # characters of a header that are reported


@dataclass(frozen=True, slots=True)
class Reply:
    """The result of one request.

    ``status`` is None where no response came. ``memento`` is the header ``Memento-Datetime``, None
    where there is none; ``memento_at`` its time, None where that cannot be read. ``digests`` are
    the SHA-1 of the body as it came and as it was decoded, in base32 as an index has them.
    ``error`` says why there is no whole body; ``refused``: the connection was; ``again``: another
    attempt may do better; ``stopped``: this program was stopped.
    """

    url: str
    started_at: datetime
    seconds: float = 0.0
    status: int | None = None
    body: bytes | None = field(default=None, repr=False)
    memento: str | None = None
    memento_at: datetime | None = None
    content_type: str = ""
    remark: str = ""
    digests: frozenset[str] = frozenset()
    error: str | None = None
    refused: bool = False
    again: bool = False
    stopped: bool = False


class Archive:
    """The one connection to an archive; a context manager.

    Setting ``stop`` ends every wait and, after two seconds, the request under way.
    """

    def __init__(
        self,
        fetch: FetchSettings,
        manners: BackfillSettings,
        *,
        clock: Callable[[], datetime],
        stop: threading.Event | None = None,
    ) -> None:
        self._settings = fetch
        self.manners = manners
        self._clock = clock
        self._watchdog = Watchdog(stop or threading.Event())
        self._session = new_session(1)
        self._index, self._copies = Pace(manners.index_per_minute), Pace(manners.copies_per_minute)

    def __enter__(self) -> Self:
        self._watchdog.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._session.close()
        self._watchdog.__exit__(kind, error, trace)

    def index(self, url: str) -> Reply:
        """The response of the archive's index, in its turn."""
        return self._ask(url, self._index)

    def copy(self, url: str) -> Reply:
        """The response that plays a copy back, in its turn."""
        return self._ask(url, self._copies)

    def wait(self, seconds: float) -> bool:
        """Wait; False where the program was stopped meanwhile."""
        return self._watchdog.wait(seconds)

    def _ask(self, url: str, pace: Pace) -> Reply:
        reply = Reply(url, self._clock())
        if not pace.take(host_of(url), self._watchdog):
            return replace(reply, error=str(Stopped()), stopped=True)
        begun, deadline = monotonic(), Deadline(self._settings.total_timeout)
        reply = Reply(url, self._clock())
        THREAD.hold = partial(self._watchdog.hold, deadline=deadline)
        try:
            reply = self._answered(reply, deadline)
        except Failed as failed:
            reply = replace(
                reply, status=deadline.status, error=str(failed), again=failed.again,
                refused=is_refusal(failed), stopped=isinstance(failed, Stopped),
            )  # fmt: skip
        finally:
            self._watchdog.drop(deadline)
        return replace(reply, seconds=monotonic() - begun)

    def _answered(self, reply: Reply, deadline: Deadline) -> Reply:
        try:
            request = self._session.prepare_request(requests.Request("GET", reply.url))
        except (requests.RequestException, ValueError):
            raise Failed("no address that can be asked") from None
        url = str(request.url)
        around: dict[str, Any] = dict(
            self._session.merge_environment_settings(url, {}, True, None, None)
        )
        if is_loopback(url):
            around["proxies"] = {}
        limits = (self._settings.connect_timeout, self._settings.read_timeout)
        with as_failures(deadline):
            # The adapter, not the session: that follows redirects and keeps cookies.
            response = self._session.get_adapter(url).send(request, timeout=limits, **around)
        with response:
            deadline.status = response.status_code
            reply = _described(reply, response)
            try:
                with as_failures(deadline):
                    body, digests = _body(response.raw, self._settings.max_bytes)
            except Failed as failed:
                # The headers are known all the same, and say whether it is a copy.
                return replace(
                    reply, error=str(failed), again=failed.again,
                    stopped=isinstance(failed, Stopped),
                )  # fmt: skip
        return replace(reply, body=body, digests=digests)


def _described(reply: Reply, response: requests.Response) -> Reply:
    headers = response.headers
    memento = headers.get("Memento-Datetime")
    return replace(
        reply,
        status=response.status_code,
        memento=memento,
        memento_at=http_date(memento) if memento else None,
        content_type=headers.get("Content-Type", "")[:_LONGEST_LINE],
        remark=headers.get("X-Archive-Redirect-Reason", "")[:_LONGEST_LINE],
    )


def _body(raw: HTTPResponse, most: int) -> tuple[bytes, frozenset[str]]:
    """The body unpacked, and the digests of its bytes before and after.

    An archive plays bytes back as they were captured, so they show whether they are gzip, not a
    header. A whole response that is damaged is damaged in the archive: it is left as it is.
    """
    body, _ = read_sent(raw, most)
    whole = raw.chunked or raw.length_remaining is not None
    digests = {_digest(body)}
    for _ in range(_PACKED):
        if not body.startswith(GZIP):
            break
        try:
            body = unzipped(body, most)
        except Failed as damaged:
            if whole and damaged.again:
                break
            raise
        digests.add(_digest(body))
    return body, frozenset(digests)


def _digest(body: bytes) -> str:
    return b32encode(hashlib.sha1(body, usedforsecurity=False).digest()).decode()
