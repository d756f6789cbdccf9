"""What to write in place of a key that is not a setting."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from difflib import get_close_matches

#: Services that people write as keys of their own, and the scheme of their Apprise addresses.
SERVICES: Mapping[str, str] = {
    "discord": "discord", "email": "mailto", "googlechat": "gchat", "gotify": "gotify",
    "mail": "mailto", "matrix": "matrix", "mattermost": "mmost", "ntfy": "ntfy",
    "pushbullet": "pbul", "pushover": "pover", "rocketchat": "rocket", "signal": "signal",
    "slack": "slack", "smtp": "mailto", "teams": "workflows", "telegram": "tgram",
    "whatsapp": "whatsapp", "zulip": "zulip",
}  # fmt: skip
#: What people call a setting, and its key.
_MEANT: Mapping[str, str] = {
    "cadence": "every", "countries": "storefronts", "country": "storefronts", "database": "db",
    "database_path": "db", "interval": "every", "metrics": "metrics_file",
    "rate": "fetch.per_minute", "rate_limit": "fetch.per_minute", "regions": "storefronts",
    "timeout": "fetch.total_timeout", "urls": "delivery.apprise",
}  # fmt: skip


def advice(key: str, known: Collection[str]) -> str:
    """What to do about KEY, which is none of KNOWN."""
    table, _, last = key.lower().rpartition(".")
    tables = {_table(name) for name in known} - {""}
    if last in SERVICES:
        return f'use delivery.apprise = ["{SERVICES[last]}://…"]'
    if key in tables:
        return f"it is a table: write [{key}] and its keys below it"
    if last in _MEANT:
        return f"use '{_MEANT[last]}'"
    if table and last in known:
        return f"'{last}' belongs to no table: write it above the first line in brackets"
    by_last = {_last(name): name for name in known if _table(name) in (table, "")}
    by_last = {_last(name): name for name in known} | by_last
    if last in by_last:
        return f"use '{by_last[last]}'"
    near = get_close_matches(last, by_last, n=1)
    if near:
        return f"did you mean '{by_last[near[0]]}'?"
    return "remove it; docs/configuration.md lists every setting"


def _table(key: str) -> str:
    return key.rpartition(".")[0]


def _last(key: str) -> str:
    return key.rpartition(".")[2]
