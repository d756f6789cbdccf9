"""The plugin's own pages, below ``/-/apptrack/<database>/``."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs
from weakref import WeakKeyDictionary

from datasette import Forbidden, NotFound, Response  # type: ignore[import-untyped]
from datasette.utils import tilde_decode  # type: ignore[import-untyped]
from datasette.utils.asgi import BadRequest  # type: ignore[import-untyped]

from tracker.browse.worker import DEADLINE, PICTURE_DEADLINE, Job, Worker
from tracker.pages import ServedLinks
from tracker.pages.answers import style_sheet

BASE = "/-/apptrack"
#: Those that are drawn.
PICTURES = ("curve", "heatmap")
#: Each page, the forms it has, the first being that of an address without a suffix.
PAGES = {
    **dict.fromkeys(("home", "compare", "app", "chart", "event", "find"), ("html", "json", "csv")),
    "snapshot": ("html", "json", "csv"),
    "payload": ("bytes",),
    "overtakes": ("atom", "json", "csv"),
    **dict.fromkeys(PICTURES, ("html", "svg", "png")),
}
_FIELDS = 50
#: The tables that a page reads; whoever may not see one of them does not see the page.
_ALL = ("apps", "charts", "snapshots", "entries")
_MORE = {
    "event": ("payloads", "fetches"), "snapshot": ("payloads", "fetches"),
    "payload": ("payloads", "fetches"), "compare": ("events",), "curve": ("events",),
}  # fmt: skip

_PATTERN = (
    rf"{BASE}/(?P<database>[^/]+)/?(?P<page>[a-z]*)"
    r"(?:/(?P<item>[0-9a-f]+))?(?:\.(?P<form>[a-z]+))?$"
)
STYLE = rf"{BASE}/(?P<database>[^/]+)/(?P<sheet>style|tables)\.css$"


class Workers:
    """The processes of one Datasette: one for pages, one for pictures, which take longer."""

    def __init__(self) -> None:
        self.pages = Worker(DEADLINE)
        self.pictures = Worker(PICTURE_DEADLINE, nice=10)

    def close(self) -> None:
        self.pages.close()
        self.pictures.close()


_WORKERS: WeakKeyDictionary[Any, Workers] = WeakKeyDictionary()


def workers(datasette: Any) -> Workers:
    """The processes of DATASETTE, made when first asked for."""
    if datasette not in _WORKERS:
        _WORKERS[datasette] = Workers()
    return _WORKERS[datasette]


def close(datasette: Any) -> None:
    """End the processes of DATASETTE, which begin again where they are asked for anything."""
    if worker := _WORKERS.pop(datasette, None):
        worker.close()


def routes(is_ours: Any) -> list[tuple[str, Any]]:
    """The routes, for those databases of which IS_OURS(datasette, name) is true."""

    async def page(datasette: Any, request: Any) -> Response:
        name, job = _job(datasette, is_ours, request)
        if request.method not in ("GET", "HEAD"):
            return Response.text("Nothing can be posted here.\n", status=405)
        await _permitted(datasette, request.actor, name, job.page)
        each = workers(datasette)
        worker = each.pictures if job.page in PICTURES else each.pages
        answer = await worker.answer(job)
        headers = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
        return Response(
            body=answer.body, status=answer.status, headers=headers | answer.headers,
            content_type=answer.type,
        )  # fmt: skip

    async def style(datasette: Any, request: Any) -> Response:
        _known(datasette, is_ours, request.url_vars)
        sheet = style_sheet(request.url_vars["sheet"])
        return Response(body=sheet, content_type="text/css; charset=utf-8")

    return [(STYLE, style), (_PATTERN, page)]


def links_of(datasette: Any, name: str) -> ServedLinks:
    """The addresses of the pages and tables of the database NAME."""
    tables = str(datasette.urls.database(name))
    return ServedLinks(f"{datasette.urls.path(BASE)}/{tables.rpartition('/')[2]}", tables)


def _known(datasette: Any, is_ours: Any, parts: dict[str, str]) -> str:
    name = tilde_decode(parts["database"])
    if not is_ours(datasette, name):
        raise NotFound(f"No apptrack database is called {name}")
    return str(name)


def _job(datasette: Any, is_ours: Any, request: Any) -> tuple[str, Job]:
    """The database's name, and what is asked of it. Raises NotFound for no page of ours."""
    parts = request.url_vars
    name = _known(datasette, is_ours, parts)
    page, item = parts["page"] or "home", parts["item"]
    forms = PAGES.get(page, ())
    form = parts["form"] or (forms[0] if forms else "")
    if form not in forms or bool(item) != (page in ("snapshot", "payload")):
        raise NotFound("There is no such page")
    try:
        values = parse_qs(request.query_string, keep_blank_values=True, max_num_fields=_FIELDS)
    except ValueError:
        raise BadRequest(f"An address has {_FIELDS} values at most") from None
    if item:
        values[{"snapshot": "number", "payload": "sha256"}[page]] = [item]
    path = str(datasette.databases[name].path)
    base = f"{datasette.urls.path(BASE)}/{parts['database']}"
    if page == "overtakes":  # a feed is read elsewhere
        base = datasette.absolute_url(request, base)
    return name, Job(path, page, form, values, base, str(datasette.urls.database(name)))


async def _permitted(datasette: Any, actor: Any, name: str, page: str) -> None:
    """Raise Forbidden where ACTOR may not see the database, or a table that PAGE reads."""
    tables = (*_ALL, *_MORE.get(page, ()))
    if hasattr(datasette, "permission_allowed"):  # Datasette 0.65
        for table in tables:
            await datasette.ensure_permissions(
                actor, [("view-table", (name, table)), ("view-database", name), "view-instance"]
            )
        return
    from datasette.resources import (  # type: ignore[import-untyped, import-not-found, unused-ignore]
        DatabaseResource,
        TableResource,
    )

    asked = [("view-database", DatabaseResource(name))]
    asked += [("view-table", TableResource(name, table)) for table in tables]
    for action, resource in asked:
        if not await datasette.allowed(action=action, resource=resource, actor=actor):
            raise Forbidden(action)
