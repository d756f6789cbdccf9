"""One line an event on stderr, with the time in UTC; as text for people, as JSON for programs."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from tracker.settings import Secret

FORMATS = ("text", "json")
log = logging.getLogger("apptrack")


def fields(**values: Any) -> dict[str, Mapping[str, Any]]:
    """The fields of a JSON line besides its message: ``log.info("…", extra=fields(chart=…))``."""
    return {"fields": values}


def log_in_utc(form: str = "text", secrets: Iterable[Secret] = ()) -> None:
    """Log to stderr in FORM, ``text`` or ``json``; whatever is logged, SECRETS are not shown."""
    formatter = _Json() if form == "json" else _Text()
    formatter.secrets = tuple(part for secret in secrets for part in secret.parts)
    handler = logging.StreamHandler()
    handler.setFormatter(formatter)
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    log.setLevel(logging.INFO)


class _Text(logging.Formatter):
    """``2026-08-17T04:50:46Z INFO message``, in one printable line whatever the message holds."""

    secrets: tuple[str, ...] = ()

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(message)s", "%Y-%m-%dT%H:%M:%SZ")
        self.converter = time.gmtime

    def format(self, record: logging.LogRecord) -> str:
        line = " | ".join(self._veiled(super().format(record)).splitlines())
        return "".join(letter if letter.isprintable() else " " for letter in line)

    def _veiled(self, line: str) -> str:
        """LINE without what it may hold of a secret: an error from below may repeat an address."""
        for secret in self.secrets:
            line = line.replace(secret, "(secret)")
        return line


class _Json(_Text):
    """One object a line: time, level, event, and the record's own fields."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": _iso(record.created),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        veiled = {
            key: self._veiled(value) if isinstance(value, str) else value
            for key, value in line.items()
        }
        return json.dumps(veiled)


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
