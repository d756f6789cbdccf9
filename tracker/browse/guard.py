"""What keeps many requests together from taking more of this machine than there is.

Each may need several times what ``tracker.store.bounds`` lets one answer have: few are answered at
a time, and the others wait.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from datasette.database import QueryInterrupted  # type: ignore[import-untyped]
from datasette.utils.asgi import Request, Response  # type: ignore[import-untyped]
from datasette.utils.sqlite import sqlite3  # type: ignore[import-untyped]

from tracker.browse.gate import App, Message, Receive, Send, refuse

#: Requests that are answered at the same time; each may need several times ``LARGEST_ANSWER``.
AT_A_TIME = 2
#: Bytes of a response that are sent at once, and the seconds that the reader has to take them.
PIECE, PATIENCE = 256 * 1024, 30
#: Pages that have a queue of their own.
OWN = "/-/apptrack/"
#: Whether the answer in hand is CSV, in which no row may be missing.
_IS_CSV: ContextVar[bool] = ContextVar("is_csv", default=False)


def guarded(app: App) -> App:
    """APP, which answers ``AT_A_TIME`` requests at once, beside those of ``OWN``."""
    slots = asyncio.Semaphore(AT_A_TIME)

    async def answer(scope: Message, receive: Receive, send: Send) -> None:
        if OWN in scope.get("path", ""):
            await app(scope, receive, _in_pieces(send))
            return
        async with slots:
            await app(scope, receive, _in_pieces(send))

    return answer


def without_counts(app: App, uncounted: Callable[[str], bool]) -> App:
    """APP, which counts no rows and proposes no facets on the pages that are UNCOUNTED.

    Of a table of millions of rows either takes as long as Datasette waits.
    """

    async def answer(scope: Message, receive: Receive, send: Send) -> None:
        if uncounted(scope.get("path", "")):
            asked = scope.get("query_string", b"")
            more = [word for word in (b"_nocount=1", b"_nosuggest=1") if word[:-2] not in asked]
            scope = {**scope, "query_string": b"&".join([*filter(None, [asked]), *more])}
        await app(scope, receive, send)

    return answer


def whole_csv(app: App, in_database: Callable[[str], bool]) -> App:
    """APP, which sends a table or a query as CSV whole where no part of it is asked for.

    Datasette's own link to a table, with ``_size=max``, ends after 1,000 rows and does not say so.
    """

    async def answer(scope: Message, receive: Receive, send: Send) -> None:
        path, asked = scope.get("path", ""), scope.get("query_string", b"")
        pairs = [pair for pair in asked.split(b"&") if pair and pair != b"_size=max"]
        parts = {pair.split(b"=")[0] for pair in pairs} & {b"_stream", b"_size", b"_next"}
        is_csv = path.endswith(".csv") and in_database(path)
        if is_csv and not parts:
            scope = {**scope, "query_string": b"&".join([*pairs, b"_stream=1"])}
        token = _IS_CSV.set(is_csv)
        try:
            await app(scope, receive, send)
        finally:
            _IS_CSV.reset(token)

    return answer


def return_all_rows(database: Any) -> None:
    """Let a Datasette DATABASE give all rows of a query to an answer in CSV.

    Datasette cuts them at 1,000, which it says in JSON and on pages, but not in CSV. How many
    there can be is bounded by their size and by the time they take.
    """
    execute = database.execute

    async def executing(sql: str, params: Any = None, truncate: bool = False, **more: Any) -> Any:
        return await execute(sql, params, truncate=truncate and not _IS_CSV.get(), **more)

    database.execute = executing


def refused_csv(app: App, in_database: Callable[[str], bool]) -> App:
    """APP, which answers 400 where a query is refused that was to come as CSV.

    Datasette's own answer is an empty table with status 200. That begins with an empty line, and no
    other does: an empty name of a column is written as two quotation marks.
    """

    async def answer(scope: Message, receive: Receive, send: Send) -> None:
        waiting: list[Message] = []  # the head, until the first bytes show what it is of
        refused = False

        async def checked(message: Message) -> None:
            nonlocal refused
            if refused:
                return
            waiting.append(message)
            body = message.get("body", b"")
            if message["type"] == "http.response.start" or (not body and message.get("more_body")):
                return
            if waiting[0].get("status") == 200 and body.startswith(b"\r\n"):
                refused = True
                await refuse(send, 400, "The query was refused; as .json it says why.")
                return
            for held in waiting:
                await send(held)
            waiting.clear()

        csv = scope.get("path", "").endswith(".csv") and in_database(scope["path"])
        await app(scope, receive, checked if csv else send)

    return answer


def _in_pieces(send: Send) -> Send:
    """SEND, which waits for the reader: a response unread in a buffer would not count as one."""

    async def send_pieces(message: Message) -> None:
        body = message.get("body", b"")
        for start in range(0, max(len(body) - PIECE, 0), PIECE):
            piece = {**message, "body": body[start : start + PIECE], "more_body": True}
            await asyncio.wait_for(send(piece), PATIENCE)
        if body:
            message = {**message, "body": body[(len(body) - 1) // PIECE * PIECE :]}
        await asyncio.wait_for(send(message), PATIENCE)

    return send_pieces


def explained(request: Request, exception: Exception) -> Response | None:
    """Answer 400 to a query that needs more memory or more time than is allowed, or is mistaken.

    Of the last two Datasette says so itself, but for CSV.
    """
    if isinstance(exception, MemoryError):
        message = "out of memory: the query needs more than is allowed"
    elif isinstance(exception, QueryInterrupted):
        message = "interrupted: the query takes longer than is allowed"
    elif isinstance(exception, sqlite3.Error) and request.path.endswith(".csv"):
        message = str(exception)
    else:
        return None
    if request.path.endswith(".json"):
        return Response.json({"ok": False, "error": message, "status": 400}, status=400)
    return Response.text(f"{message}\n", status=400)
