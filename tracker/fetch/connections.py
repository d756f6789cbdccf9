"""The session's connections: sockets registered with the watchdog, responses within bounds."""

from __future__ import annotations

import http.client
import logging
import threading
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.response import HTTPResponse

from tracker import __version__
from tracker.fetch.failures import TooManyInterim

USER_AGENT = (
    f"apptrack/{__version__} (App Store chart tracker; python-requests/{requests.__version__})"
)
_MOST_INTERIM = 10  # responses with a status of 1xx before the final one

THREAD = threading.local()  # .hold: registers the socket of this thread's attempt with the watchdog

# It warns of odd headers with a traceback and the address; the attempt reports their effect.
logging.getLogger("urllib3").setLevel(logging.ERROR)


class _Response(http.client.HTTPResponse):
    """The standard library's response, with two of its private methods corrected."""

    def _read_status(self) -> tuple[str, int, str]:
        """Pass over interim responses, such as 103 Early Hints (RFC 9110, 15.2), within bounds."""
        for _ in range(_MOST_INTERIM + 1):
            version, status, reason = super()._read_status()  # type: ignore[misc]
            if not 100 <= status < 200 or status == http.HTTPStatus.SWITCHING_PROTOCOLS:
                return version, status, reason
            http.client.parse_headers(self.fp)
        raise TooManyInterim

    def _safe_read(self, amt: int) -> bytes:
        """Refuse a negative chunk size: -1 would read without a bound."""
        if amt < 0:
            raise http.client.HTTPException("negative chunk size")
        data: bytes = super()._safe_read(amt)  # type: ignore[misc]
        return data


class _PlainConnection(HTTPConnection):
    response_class = _Response

    def getresponse(self) -> HTTPResponse:  # type: ignore[override] # as urllib3's
        THREAD.hold(self.sock)
        return super().getresponse()


class _TlsConnection(HTTPSConnection):
    response_class = _Response

    def getresponse(self) -> HTTPResponse:  # type: ignore[override] # as urllib3's
        THREAD.hold(self.sock)
        return super().getresponse()


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


class _Adapter(HTTPAdapter):
    """Requests' adapter, over connections whose sockets the watchdog knows."""

    def init_poolmanager(self, *args: Any, **more: Any) -> None:
        super().init_poolmanager(*args, **more)
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _TlsPool}

    def proxy_manager_for(self, *args: Any, **more: Any) -> Any:
        manager = super().proxy_manager_for(*args, **more)
        manager.pool_classes_by_scheme = {"http": _PlainPool, "https": _TlsPool}
        return manager


def anonymous(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """An authentication that adds none; without one, an address's own password would be sent."""
    return request


def new_session(workers: int) -> requests.Session:
    session = requests.Session()
    session.headers.update({"User-Agent": USER_AGENT, "Accept-Encoding": "gzip"})
    for scheme in ("http://", "https://"):
        session.mount(scheme, _Adapter(pool_maxsize=workers))
    return session
