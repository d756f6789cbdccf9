"""One attempt on the wire: redirects by hand, a body within bounds, and what it all says."""

from __future__ import annotations

import threading
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from ipaddress import ip_address
from time import monotonic
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.response import HTTPResponse

from tracker import __version__
from tracker.fetch.trouble import PASSING, TROUBLES, Failed, plainly, retry_after, status_line
from tracker.fetch.watch import Hand, Pace, Watch
from tracker.settings import FetchSettings

USER_AGENT = (
    f"apptrack/{__version__} (App Store chart tracker; python-requests/{requests.__version__})"
)
REDIRECTS = frozenset({301, 302, 303, 307, 308})
MOST_REDIRECTS = 5
_PIECE = 65_536  # bytes asked of a socket at a time
_GZIP = 31  # zlib's window bits for a gzip member
_LONGEST_VALIDATOR = 256  # characters; one too long to send back would shut the chart out for good


@dataclass(frozen=True, slots=True)
class Asked:
    """An address to ask; ``hosts`` are those it may redirect to, besides its own."""

    url: str
    hosts: frozenset[str] = frozenset()
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one attempt: an answer, or an ``error``, or both.

    ``url`` answered, after redirects; ``body`` is None where none came whole; ``again`` tells
    whether another attempt may do better, and ``wait`` how many seconds the store asked for.
    ``seconds`` were spent on the wire, waiting for the pace not counted.
    """

    started_at: datetime
    ended_at: datetime
    seconds: float
    url: str
    status: int | None = None
    body: bytes | None = field(default=None, repr=False)
    etag: str | None = None
    last_modified: str | None = None
    error: str | None = None
    again: bool = False
    wait: float = 0.0


def host_of(url: str) -> str:
    """The host in lower case, with its port where that is not the scheme's own; "" for rubbish."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    usual = {"http": 80, "https": 443}.get(parts.scheme)
    return host if port in (None, usual) else f"{host}:{port}"


class Wire:
    """The one session. Attempts may be made from several threads at once."""

    def __init__(self, settings: FetchSettings, pace: Pace, clock: Callable[[], datetime]) -> None:
        self._settings = settings
        self._pace = pace
        self._clock = clock
        self._session = _session(settings.workers)
        self._settled: dict[tuple[str, str], dict[str, Any]] = {}

    def close(self) -> None:
        self._session.close()

    def attempt(self, asked: Asked, watch: Watch) -> Answer:
        """Ask once, redirects included; never raises for what a store or network can do."""
        begun, hand = monotonic(), Hand(self._settings.total_timeout)
        now = self._clock()
        answer = Answer(started_at=now, ended_at=now, seconds=0.0, url=asked.url)
        try:
            answer = self._asked(asked, answer, hand, watch)
        except Failed as failed:
            answer = replace(answer, status=hand.status, error=str(failed), again=failed.again)
        finally:
            watch.drop(hand)
        waited = hand.deadline - hand.seconds - begun  # the pace moved the deadline by as much
        return replace(
            answer, ended_at=self._clock(), seconds=max(0.0, monotonic() - begun - waited)
        )

    def _asked(self, asked: Asked, answer: Answer, hand: Hand, watch: Watch) -> Answer:
        with self._follow(asked, hand, watch) as response:
            answer = replace(
                answer,
                url=response.url,
                status=response.status_code,
                etag=_validator(response, "ETag"),
                last_modified=_validator(response, "Last-Modified"),
            )
            try:
                with _in_words(hand):
                    answer = replace(answer, body=self._body(response.raw))
            except Failed:
                if response.status_code == 200:
                    raise
                # Any other status tells more than what became of its body.
            return self._judged(asked, answer, response.headers.get("Retry-After"))

    def _judged(self, asked: Asked, answer: Answer, wait_header: str | None) -> Answer:
        status = answer.status
        conditional = "If-None-Match" in asked.headers or "If-Modified-Since" in asked.headers
        if status == 200 or (status == 304 and conditional):
            return answer
        error = status_line(status or 0)
        if status not in PASSING:
            return replace(answer, error=error)
        wait, longest = retry_after(wait_header, self._clock()), self._settings.longest_wait
        if wait > longest:
            error += f", and asks to wait {wait:.10g} s; more than {longest:g} s is not waited"
        return replace(answer, error=error, again=wait <= longest, wait=wait)

    def _follow(self, asked: Asked, hand: Hand, watch: Watch) -> requests.Response:
        """The first answer that is no redirect, its body unread."""
        request = self._prepared(asked.url, asked)
        allowed = asked.hosts | {host_of(str(request.url))}
        seen = {request.url}
        response = self._sent(request, hand, watch)
        while response.status_code in REDIRECTS:
            with response:
                request = self._redirected(response, asked, allowed)
            host = host_of(str(request.url))
            if request.url in seen:
                raise Failed(f"redirected in a circle, at {host}")
            if len(seen) > MOST_REDIRECTS:
                raise Failed(f"redirected more than {MOST_REDIRECTS} times, last to {host}")
            seen.add(request.url)
            self._take_turn(host, hand, watch)
            response = self._sent(request, hand, watch)
        return response

    def _prepared(self, url: str, asked: Asked) -> requests.PreparedRequest:
        # Not by the session, which reads .netrc and cookies for each request that has none.
        headers = {**self._session.headers, **asked.headers}
        try:
            return requests.Request("GET", url, headers=headers, auth=_anonymous).prepare()
        except (requests.RequestException, ValueError):
            raise Failed("no address that can be asked") from None

    def _redirected(
        self, response: requests.Response, asked: Asked, allowed: frozenset[str]
    ) -> requests.PreparedRequest:
        # Judged as the connection will read it: after the library's own reading of the address.
        location = response.headers.get("Location")
        if not location:
            raise Failed(f"{status_line(response.status_code)} that does not say where to")
        try:
            target = urljoin(response.url, location)
        except ValueError:
            raise Failed("redirected to what is no address") from None
        request = self._prepared(target, asked)
        url = str(request.url)
        host, scheme = host_of(url), urlsplit(url).scheme
        if scheme not in ("http", "https") or (
            scheme == "http" and response.url.startswith("https:")
        ):
            raise Failed(f"redirected to {scheme} on {host}, which is not followed")
        if host not in allowed:
            raise Failed(f"redirected to {host}, which is not the store's")
        return request

    def _take_turn(self, host: str, hand: Hand, watch: Watch) -> None:
        begun = monotonic()
        watch.drop(hand)  # nothing is overdue while it waits for its turn
        if not self._pace.take(host, watch):
            raise Failed("was stopped")
        hand.deadline += monotonic() - begun

    def _sent(
        self, request: requests.PreparedRequest, hand: Hand, watch: Watch
    ) -> requests.Response:
        url = str(request.url)
        left = max(0.001, hand.deadline - monotonic())
        limits = (min(self._settings.connect_timeout, left), self._settings.read_timeout)
        hand.status = None
        _THREAD.hold = partial(watch.hold, hand=hand)
        # The adapter, not Session.send: that keeps cookies, and reads a redirect's body whole,
        # however long.
        with _in_words(hand):
            adapter = self._session.get_adapter(url)
            response = adapter.send(request, timeout=limits, **self._surroundings(url))
        hand.status = response.status_code
        return response

    def _surroundings(self, url: str) -> dict[str, Any]:
        """Proxies and certificates as the environment has them, read once a host."""
        where = urlsplit(url)[:2]
        if where not in self._settled:
            told = dict(self._session.merge_environment_settings(url, {}, True, None, None))
            self._settled[where] = told | ({"proxies": {}} if _is_here(url) else {})
        return self._settled[where]

    def _body(self, raw: HTTPResponse) -> bytes:
        """The whole body, decoded."""
        most = self._settings.max_bytes
        if (raw.length_remaining or 0) > most:
            raise _too_large(most)
        encoding = (raw.headers.get("Content-Encoding") or "identity").strip().lower()
        body = bytearray()
        while piece := raw.read(_PIECE, decode_content=False):
            body += piece
            if len(body) > most:
                raise _too_large(most)
        if encoding == "identity":
            return bytes(body)
        if encoding not in ("gzip", "x-gzip"):
            raise Failed(f"the body came in an encoding that was not asked for: {encoding[:40]}")
        return _unzipped(body, most)


def _unzipped(body: bytes | bytearray, most: int) -> bytes:
    if not body:
        return b""
    member = zlib.decompressobj(_GZIP)
    try:
        plain = member.decompress(body, most + 1)
    except zlib.error:
        raise Failed("the body is not the gzip that it claims to be", again=True) from None
    if len(plain) > most:
        raise _too_large(most)
    if not member.eof:
        raise Failed("the gzip body broke off before its end", again=True)
    if member.unused_data:
        raise Failed("the gzip body is followed by something else")
    return plain


def _too_large(most: int) -> Failed:
    return Failed(f"the body is larger than the {most} bytes allowed")


def _validator(response: requests.Response, name: str) -> str | None:
    value = response.headers.get(name)
    return value if value and len(value) <= _LONGEST_VALIDATOR else None


def _is_here(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@contextmanager
def _in_words(hand: Hand) -> Iterator[None]:
    """Turn what the libraries raise, or a cut that looks like a body's end, into ``Failed``."""
    try:
        yield
    except TROUBLES as trouble:
        if hand.cut is None:
            raise plainly(trouble) from trouble
    if hand.cut is not None:
        raise Failed(hand.cut, again=True)


_THREAD = threading.local()  # .hold: tell the watch which socket the attempt in hand reads


class _PlainConnection(HTTPConnection):
    def getresponse(self) -> HTTPResponse:  # type: ignore[override] # as urllib3's
        _THREAD.hold(self.sock)
        return super().getresponse()


class _TlsConnection(HTTPSConnection):
    def getresponse(self) -> HTTPResponse:  # type: ignore[override] # as urllib3's
        _THREAD.hold(self.sock)
        return super().getresponse()


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


class _Adapter(HTTPAdapter):
    """Requests' own, over connections whose sockets are held by the watch."""

    def init_poolmanager(self, *args: Any, **more: Any) -> None:
        super().init_poolmanager(*args, **more)
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _TlsPool}

    def proxy_manager_for(self, *args: Any, **more: Any) -> Any:
        manager = super().proxy_manager_for(*args, **more)
        manager.pool_classes_by_scheme = {"http": _PlainPool, "https": _TlsPool}
        return manager


def _anonymous(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """An authentication that adds none; without one, an address's own password would be sent."""
    return request


def _session(workers: int) -> requests.Session:
    session = requests.Session()
    session.headers.update({"User-Agent": USER_AGENT, "Accept-Encoding": "gzip"})
    for scheme in ("http://", "https://"):
        session.mount(scheme, _Adapter(pool_maxsize=workers))
    return session
