"""Stored text as values. What cannot be true there is damage, and no mistyped argument."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from tracker.errors import StoreError, echo
from tracker.model import Chart, Outcome, Provenance, parse_time

Value = TypeVar("Value")


def stored_time(text: str) -> datetime:
    return _value(parse_time, text, "time")


def stored_chart(slug: str) -> Chart:
    return _value(Chart.parse, slug, "chart")


def stored_provenance(word: str) -> Provenance:
    return _value(Provenance, word, "provenance")


def stored_outcome(word: str) -> Outcome:
    return _value(Outcome, word, "outcome of a fetch")


def _value(kind: Callable[[str], Value], text: str, name: str) -> Value:
    try:
        return kind(text)
    except (ValueError, TypeError, AttributeError, OverflowError) as error:
        raise StoreError(
            f"the database has a {name} that cannot be true ({echo(str(error), 100)}); "
            "'apptrack verify' says where"
        ) from None
