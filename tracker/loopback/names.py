"""The iTunes lookup: names of apps by their ids."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qs, urlsplit

from tracker.loopback.formats import search_answer
from tracker.loopback.server import Answer, Request
from tracker.model import Entry

#: More ids than this in one call are refused.
_MOST = 200


def lookup_answer(request: Request, apps: Mapping[str, Entry]) -> Answer:
    """The answer to a lookup of APPS by id. Unknown ids are missing."""
    parts = urlsplit(request.path)
    query = parse_qs(parts.query)
    ids = query.get("id", [""])[0].split(",")
    if parts.path != "/lookup" or "country" not in query or len(ids) > _MOST:
        return Answer(400, b"no such lookup")
    entries = [apps[app_id] for app_id in ids if app_id in apps]
    body = search_answer(entries, query["country"][0])
    return Answer(body=body, content_type="text/javascript; charset=utf-8")
