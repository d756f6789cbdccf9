"""One attempt to read an address: redirects followed here, a body within bounds."""

from __future__ import annotations

import logging
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

from tracker.errors import unexpected
from tracker.fetch.body import read_whole
from tracker.fetch.connections import THREAD, anonymous, new_session
from tracker.fetch.failures import (
    LIBRARY_ERRORS,
    PASSING,
    Failed,
    Stopped,
    as_failure,
    http_date,
    retry_after,
    status_line,
)
from tracker.fetch.timing import Deadline, Pace, Watchdog
from tracker.settings import FetchSettings

REDIRECTS = frozenset({301, 302, 303, 307, 308})
MOST_REDIRECTS = 5
_YEARS = range(2008, 2100)  # of an HTTP Date; the store opened in 2008
_FORM = "application/x-www-form-urlencoded;charset=UTF-8"
_LONGEST_VALIDATOR = 256  # characters

log = logging.getLogger("apptrack")


@dataclass(frozen=True, slots=True)
class Target:
    """An address to read; ``hosts`` are those it may redirect to, besides its own.

    What stands behind ``#`` is the form of a POST: no client sends that part of an address, so the
    two together say what was asked. ``complaint`` finds the store's own error in a
    response of status 200; ``per_minute`` is a pace slower than that of the settings.
    """

    url: str
    hosts: frozenset[str] = frozenset()
    headers: Mapping[str, str] = field(default_factory=dict)
    complaint: Callable[[bytes], str | None] | None = None
    per_minute: float | None = None

    @property
    def form(self) -> str | None:
        """What is sent with a POST; None for a GET."""
        _, mark, form = self.url.partition("#")
        return form if mark else None


@dataclass(frozen=True, slots=True)
class Attempt:
    """The result of one attempt: a response, or an ``error``, or both.

    ``url`` answered, after redirects; ``body`` is None where none is complete; ``again`` is
    whether another attempt may succeed, and ``wait`` how many seconds the store asked for;
    ``stopped``: the program was stopped before the response was complete. ``seconds`` were spent on
    the wire, waiting for the pace not counted. ``served_at`` is the HTTP Date.
    """

    started_at: datetime
    ended_at: datetime
    seconds: float
    url: str
    status: int | None = None
    body: bytes | None = field(default=None, repr=False)
    etag: str | None = None
    last_modified: str | None = None
    served_at: datetime | None = None
    error: str | None = None
    again: bool = False
    wait: float = 0.0
    stopped: bool = False


def host_of(url: str) -> str:
    """The host in lower case, with its port where that is not the default; "" for no valid URL."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    usual = {"http": 80, "https": 443}.get(parts.scheme)
    return host if port in (None, usual) else f"{host}:{port}"


class Client:
    """The one session. Attempts may be made from several threads at once."""

    def __init__(self, settings: FetchSettings, pace: Pace, clock: Callable[[], datetime]) -> None:
        self._settings = settings
        self._pace = pace
        self._clock = clock
        self._session = new_session(settings.workers)
        self._environments: dict[tuple[str, str], dict[str, Any]] = {}

    def close(self) -> None:
        self._session.close()

    def send(self, target: Target, watchdog: Watchdog) -> Attempt:
        """Make one attempt, redirects included. Any failure is its ``error``."""
        begun, deadline = monotonic(), Deadline(self._settings.total_timeout)
        now = self._clock()
        attempt = Attempt(started_at=now, ended_at=now, seconds=0.0, url=target.url)
        try:
            attempt = self._exchange(target, attempt, deadline, watchdog)
        except Failed as failed:
            attempt = _failed(attempt, deadline, failed)
        except Exception as bug:
            log.exception("the attempt to read %s failed unexpectedly", host_of(target.url))
            attempt = _failed(attempt, deadline, Failed(unexpected(bug), again=True))
        finally:
            watchdog.drop(deadline)
        waited = (
            deadline.ends_at - deadline.seconds - begun
        )  # the pace moved the deadline by as much
        return replace(
            attempt, ended_at=self._clock(), seconds=max(0.0, monotonic() - begun - waited)
        )

    def _exchange(
        self, target: Target, attempt: Attempt, deadline: Deadline, watchdog: Watchdog
    ) -> Attempt:
        with self._follow(target, deadline, watchdog) as response:
            attempt = replace(
                attempt,
                url=target.url if target.form is not None else response.url,
                status=response.status_code,
                etag=_validator(response, "ETag"),
                last_modified=_validator(response, "Last-Modified"),
                served_at=_served_at(response),
            )
            try:
                with as_failures(deadline):
                    attempt = replace(
                        attempt, body=read_whole(response.raw, self._settings.max_bytes)
                    )
            except Failed:
                if response.status_code == 200:
                    raise
                # Any other status is the better reason.
            return self._checked(target, attempt, response.headers.get("Retry-After"))

    def _checked(self, target: Target, attempt: Attempt, wait_header: str | None) -> Attempt:
        status = attempt.status
        conditional = "If-None-Match" in target.headers or "If-Modified-Since" in target.headers
        if status == 200 or (status == 304 and conditional):
            complaint = (
                target.complaint(attempt.body) if target.complaint and attempt.body else None
            )
            return replace(attempt, error=complaint, again=True) if complaint else attempt
        error = status_line(status or 0)
        if status not in PASSING:
            return replace(attempt, error=error)
        wait, longest = retry_after(wait_header, self._clock()), self._settings.longest_wait
        if wait > longest:
            error += f", and asks to wait {wait:.10g} s; more than {longest:g} s is not waited"
        return replace(attempt, error=error, again=wait <= longest, wait=wait)

    def _follow(self, target: Target, deadline: Deadline, watchdog: Watchdog) -> requests.Response:
        """The first response that is not a redirect, its body unread."""
        request = self._prepared(target.url.partition("#")[0], target)
        allowed = target.hosts | {host_of(str(request.url))}
        seen = {request.url}
        response = self._sent(request, deadline, watchdog)
        while response.status_code in REDIRECTS:
            if target.form is not None:
                with response:
                    raise Failed(_blocked(response))
            with response:
                request = self._redirected(response, target, allowed)
            host = host_of(str(request.url))
            if request.url in seen:
                raise Failed(f"redirected in a circle, at {host}")
            if len(seen) > MOST_REDIRECTS:
                raise Failed(f"redirected more than {MOST_REDIRECTS} times, last to {host}")
            seen.add(request.url)
            self._take_turn(host, deadline, watchdog, target.per_minute)
            response = self._sent(request, deadline, watchdog)
        return response

    def _prepared(self, url: str, target: Target) -> requests.PreparedRequest:
        # Not by the session, which reads .netrc and cookies for each request that has none.
        headers = {**self._session.headers, **target.headers}
        if target.form is not None:
            headers["Content-Type"] = _FORM
        method = "GET" if target.form is None else "POST"
        try:
            return requests.Request(
                method, url, headers=headers, data=target.form, auth=anonymous
            ).prepare()
        except (requests.RequestException, ValueError):
            raise Failed("no address that can be asked") from None

    def _redirected(
        self, response: requests.Response, target: Target, allowed: frozenset[str]
    ) -> requests.PreparedRequest:
        # Judged as the connection will read it: after the library's own reading of the address.
        location = response.headers.get("Location")
        if not location:
            raise Failed(f"{status_line(response.status_code)} that does not say where to")
        try:
            address = urljoin(response.url, location)
        except ValueError:
            raise Failed("redirected to what is not an address") from None
        request = self._prepared(address, target)
        url = str(request.url)
        host, scheme = host_of(url), urlsplit(url).scheme
        if scheme not in ("http", "https") or (
            scheme == "http" and response.url.startswith("https:")
        ):
            raise Failed(f"redirected to {scheme} on {host}, which is not followed")
        if host not in allowed:
            raise Failed(f"redirected to {host}, which is not the store's")
        return request

    def _take_turn(
        self, host: str, deadline: Deadline, watchdog: Watchdog, own: float | None
    ) -> None:
        begun = monotonic()
        watchdog.drop(deadline)  # nothing is overdue while it waits for its turn
        if not self._pace.take(host, watchdog, own):
            raise Stopped
        deadline.ends_at += monotonic() - begun

    def _sent(
        self, request: requests.PreparedRequest, deadline: Deadline, watchdog: Watchdog
    ) -> requests.Response:
        url = str(request.url)
        left = max(0.001, deadline.ends_at - monotonic())
        limits = (min(self._settings.connect_timeout, left), self._settings.read_timeout)
        deadline.status = None
        THREAD.hold = partial(watchdog.hold, deadline=deadline)
        # The adapter, not Session.send: that keeps cookies, and reads a redirect's body whole,
        # however long.
        with as_failures(deadline):
            adapter = self._session.get_adapter(url)
            response = adapter.send(request, timeout=limits, **self._environment(url))
        deadline.status = response.status_code
        return response

    def _environment(self, url: str) -> dict[str, Any]:
        """Proxies and certificates as the environment has them, read once a host."""
        where = urlsplit(url)[:2]
        if where not in self._environments:
            environment = dict(self._session.merge_environment_settings(url, {}, True, None, None))
            self._environments[where] = environment | ({"proxies": {}} if is_loopback(url) else {})
        return self._environments[where]


def _failed(attempt: Attempt, deadline: Deadline, failed: Failed) -> Attempt:
    return replace(
        attempt,
        status=deadline.status,
        error=str(failed),
        again=failed.again,
        stopped=isinstance(failed, Stopped),
    )


def _blocked(response: requests.Response) -> str:
    """Why a POST that was redirected failed: a form goes to the address it is meant for only."""
    try:
        host = host_of(urljoin(response.url, response.headers.get("Location") or ""))
    except ValueError:
        host = ""
    if host == host_of(response.url):
        return f"redirected within {host}; a request with a form is not repeated elsewhere"
    return f"blocked: redirected to {host or 'what is not an address'}"


def _validator(response: requests.Response, name: str) -> str | None:
    value = response.headers.get(name)
    return value if can_be_sent(value) else None


def can_be_sent(validator: str | None) -> bool:
    """Whether a validator can be sent back: printable ASCII, and not too long."""
    text = validator or ""
    fits = 0 < len(text) <= _LONGEST_VALIDATOR and text == text.strip()
    return fits and text.isascii() and text.isprintable()


def _served_at(response: requests.Response) -> datetime | None:
    """The response's Date; None where it is missing, unreadable or of an unset clock."""
    time = http_date(response.headers.get("Date", ""))
    return time if time and time.year in _YEARS else None


def is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@contextmanager
def as_failures(deadline: Deadline) -> Iterator[None]:
    """Turn the libraries' errors, or a cut that seems to be a body's end, into ``Failed``."""
    try:
        yield
    except LIBRARY_ERRORS as trouble:
        if deadline.cut is None:
            raise as_failure(trouble) from trouble
    if deadline.cut is not None:
        raise deadline.cut
