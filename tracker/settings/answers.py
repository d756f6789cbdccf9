"""Answers to the questions of a first file of settings."""

from __future__ import annotations

from difflib import get_close_matches

from tracker.catalog import assistants
from tracker.errors import InvalidValue, echo
from tracker.model import App
from tracker.settings import parse_duration
from tracker.storefronts import expand_storefronts

#: The assistants that are watched where none are named.
WATCHED = "chatgpt,deepseek,claude,gemini"

_NONE = "none"


def _parts(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.strip() for part in text.lower().split(",") if part.strip()))


def storefronts(text: str) -> tuple[str, ...]:
    names = _parts(text)
    if not expand_storefronts(names):
        raise InvalidValue("Name at least one storefront, such as us, or a group, such as g7")
    return names


def apps(text: str) -> tuple[App, ...]:
    if text.strip().lower() == _NONE:
        return ()
    known = {assistant.app.alias: assistant.app for assistant in assistants()}
    unknown = [alias for alias in _parts(text) if alias not in known]
    if unknown:
        near = get_close_matches(unknown[0], [alias for alias in known if alias], n=1)
        meant = f"did you mean '{near[0]}'?" if near else "run 'apptrack apps' for their aliases"
        raise InvalidValue(
            f"Unknown assistant {echo(unknown[0])}; {meant} Other apps: 'apptrack apps add'"
        )
    return tuple(known[alias] for alias in _parts(text))


def every(text: str) -> str:
    parse_duration(text)
    return text.strip()
