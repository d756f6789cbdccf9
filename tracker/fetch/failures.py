"""What failed, in one line of our own words, and whether another attempt may succeed."""

from __future__ import annotations

import http
import http.client
import re
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import requests
from urllib3 import exceptions as urllib3_errors

from tracker.errors import FetchError

#: Errors that the libraries may raise; all become ``Failed``.
LIBRARY_ERRORS = (requests.RequestException, urllib3_errors.HTTPError, OSError)

#: A store's own errors, which may be temporary (RFC 9110, 15.5 and 15.6; RFC 6585, 4).
PASSING = frozenset({429, 500, 502, 503, 504})

#: Characters read of a date in a header.
_LONGEST_DATE = 64


class TooManyInterim(http.client.HTTPException):
    """Interim responses (1xx) followed one another, and no final one."""


_MAY_PASS, _LASTS = True, False
#: The first class that any exception of the chain has gives the line; narrow ones come first.
_CAUSES: tuple[tuple[type[BaseException], str, bool], ...] = (
    (ssl.SSLCertVerificationError, "the TLS certificate is wrong: {detail}", _LASTS),
    (urllib3_errors.ProxyError, "the proxy of the environment cannot be used", _MAY_PASS),
    (urllib3_errors.NameResolutionError, "the host's name is not resolved", _MAY_PASS),
    (ConnectionRefusedError, "connection refused", _MAY_PASS),
    (http.client.RemoteDisconnected, "connection closed without an answer", _MAY_PASS),
    (ConnectionResetError, "connection reset", _MAY_PASS),
    (urllib3_errors.NewConnectionError, "no connection to the host", _MAY_PASS),
    (urllib3_errors.ConnectTimeoutError, "no connection in time", _MAY_PASS),
    (urllib3_errors.ReadTimeoutError, "nothing came in time", _MAY_PASS),
    (http.client.IncompleteRead, "the body broke off before its end", _MAY_PASS),
    (ssl.SSLError, "TLS failed", _MAY_PASS),
    (TooManyInterim, "interim responses (1xx) without end, and no answer", _MAY_PASS),
    (http.client.HTTPException, "the answer is not HTTP", _MAY_PASS),
    (urllib3_errors.LocationValueError, "no address that can be asked", _LASTS),
    (requests.exceptions.InvalidURL, "no address that can be asked", _LASTS),
    (requests.exceptions.InvalidSchema, "no address that can be asked", _LASTS),
    (requests.exceptions.MissingSchema, "no address that can be asked", _LASTS),
)


class Failed(FetchError):
    """An attempt failed; its line is short and printable. ``again``: another may succeed."""

    def __init__(self, line: str, *, again: bool = False) -> None:
        super().__init__("".join(c if c.isprintable() else "?" for c in line[:200]))
        self.again = again


class Stopped(Failed):
    """The program was stopped before the attempt ended; that is not a failure of the store."""

    def __init__(self) -> None:
        super().__init__("apptrack was stopped before the answer was whole")


def as_failure(trouble: BaseException) -> Failed:
    """TROUBLE in our words: a library's may contain secrets of addresses, or pages of text."""
    chain = list(_chain(trouble))
    for kind, line, again in _CAUSES:
        for link in chain:
            if isinstance(link, kind):
                detail = getattr(link, "verify_message", "")  # OpenSSL's, such as "self-signed"
                return Failed(line.format(detail=detail), again=again)
    return Failed(f"the connection failed ({type(chain[-1]).__name__})", again=True)


def is_refusal(failed: Failed) -> bool:
    """Whether the other side refused the connection."""
    return any(isinstance(link, ConnectionRefusedError) for link in _chain(failed))


def _chain(trouble: BaseException) -> Iterator[BaseException]:
    # ConnectionError ← MaxRetryError ← NewConnectionError ← ConnectionRefusedError: some hang
    # together by __cause__, some by __context__.
    links, known = [trouble], {id(trouble)}
    while links:
        link = links.pop(0)
        yield link
        for near in (link.__cause__, link.__context__):
            if near is not None and id(near) not in known:
                known.add(id(near))
                links.append(near)


def status_line(status: int) -> str:
    """``HTTP 503 Service Unavailable``; the store's own words are not repeated."""
    try:
        return f"HTTP {status} {http.HTTPStatus(status).phrase}"
    except ValueError:
        return f"HTTP {status}"


def retry_after(value: str | None, now: datetime) -> float:
    """The seconds that a ``Retry-After`` asks to wait, written as ``120`` or as an HTTP date.

    0.0 for garbage and for times gone by; ``inf`` is possible.
    """
    value = (value or "").strip()
    if re.fullmatch(r"[0-9]+", value):
        return float(value)
    time = http_date(value)
    return max(0.0, (time - now).total_seconds()) if time else 0.0


def http_date(value: str) -> datetime | None:
    """The instant of an HTTP date such as ``Tue, 17 Feb 2026 01:36:01 GMT``; None for garbage."""
    try:
        time = parsedate_to_datetime(value[:_LONGEST_DATE])
    except (ValueError, OverflowError):
        return None
    # "-0000" is UTC, of an unknown zone.
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time
