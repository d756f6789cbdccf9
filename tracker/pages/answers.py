"""One request: which page, in which form; the answer in bytes."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from tracker.api import UTC as UTC_ZONE
from tracker.api import Database
from tracker.errors import ApptrackError, InvalidValue, NothingToShow, StoreError, UnknownName
from tracker.pages.asked import Asked, chart_for, find
from tracker.pages.feeds import atom, feed
from tracker.pages.links import Links
from tracker.pages.views import VIEWS, View
from tracker.picture import days_plot, every_storefront
from tracker.plot import SIZES, saved
from tracker.store.overview import payload_by

if TYPE_CHECKING:
    import jinja2

    from tracker.plot.compose import Plot

HTML, JSON, CSV = "text/html; charset=utf-8", "application/json", "text/csv; charset=utf-8"
ATOM = "application/atom+xml; charset=utf-8"
#: A page of ours loads nothing but its style sheet, pictures and the curve, all from here.
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; frame-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
)
#: The curve has a script of its own, and no origin: it can load nothing and reach nothing.
PICTURE_POLICY = (
    "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; "
    "style-src 'unsafe-inline'; img-src data: blob:; font-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'self'"
)
PICTURES = {".html": HTML, ".svg": "image/svg+xml", ".png": "image/png"}


@dataclass
class Answer:
    """The status, the type, the headers and the body of a response."""

    status: int
    type: str
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


def answer(
    database: Database,
    page: str,
    form: str,
    values: Mapping[str, Sequence[str]],
    links: Links,
    now: datetime | None = None,
) -> Answer:
    """The page called PAGE, as ``html``, ``json`` or ``csv``, for the VALUES of its address.

    An error that was to be expected is a page that says so, with status 400 or 404.
    """
    asked = Asked(values, now or datetime.now(UTC))
    try:
        if page == "payload":
            return _payload(database, asked)
        if page == "overtakes":
            return _feed(database, asked, form, links)
        if page == "curve":
            return _curve(database, asked, f".{form}")
        if page == "heatmap":
            return _heatmap(database, asked, f".{form}")
        view = VIEWS[page](database, asked)
    except (UnknownName, NothingToShow) as error:
        return _trouble(database, 404, str(error), form, links)
    except StoreError as error:
        return _trouble(database, 404, str(error), form, links)
    except ApptrackError as error:
        return _trouble(database, 400, str(error), form, links)
    return _formed(database, view, form, links, asked)


def _formed(database: Database, view: View, form: str, links: Links, asked: Asked) -> Answer:
    if form == "json":
        data = {"marks": view.marks, **view.data}
        if view.more.get("next"):
            data["next_page"] = view.more["next"]
        return Answer(200, JSON, (json.dumps(data, ensure_ascii=False, indent=1) + "\n").encode())
    if form == "csv":
        return Answer(200, CSV, csv_bytes(view.rows, view.marks))
    body = rendered(view.template, view, links, asked, str(database.settings.db.name))
    return Answer(200, HTML, body, {"content-security-policy": POLICY})


def _trouble(database: Database, status: int, line: str, form: str, links: Links) -> Answer:
    if form in ("json", "csv", "atom"):
        body = json.dumps({"ok": False, "error": line, "status": status}, ensure_ascii=False)
        return Answer(status, JSON, f"{body}\n".encode())
    view = View("trouble.html", line, {"error": line, "status": status}, [])
    body_html = rendered("trouble.html", view, links, Asked({}, datetime.now(UTC)), "")
    return Answer(status, HTML, body_html, {"content-security-policy": POLICY})


def csv_bytes(rows: Sequence[Mapping[str, Any]], marks: Sequence[Mapping[str, str]] = ()) -> bytes:
    """ROWS as CSV, with an apostrophe before what a spreadsheet would take for a formula."""
    out = io.StringIO()
    if rows:
        table = [{**row, **({"marks": "; ".join(m["words"] for m in marks)} if marks else {})}
                 for row in rows]  # fmt: skip
        writer = csv.DictWriter(out, list(table[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows({name: _cell(value) for name, value in row.items()} for row in table)
    return out.getvalue().encode()


def _cell(value: object) -> object:
    if isinstance(value, str) and value.lstrip().startswith(("=", "+", "-", "@")):
        return f"'{value}"
    return f"'{value}" if isinstance(value, str) and value[:1] in "\t\r" and value else value


def _feed(database: Database, asked: Asked, form: str, links: Links) -> Answer:
    query = {name: asked.texts(name) for name in ("app", "chart", "source", "confirm")}
    items = feed(
        database, asked, links.to("compare" if asked.texts("app") else "home", **query),
        lambda event: links.to("event", id=event),
    )  # fmt: skip
    if form == "atom":
        return Answer(200, ATOM, atom(items, links.to("overtakes.atom", **query)))
    if form == "csv":
        return Answer(200, CSV, csv_bytes([item["_apptrack"] for item in items["items"]]))
    body = json.dumps(items, ensure_ascii=False, indent=1)
    return Answer(200, "application/feed+json", f"{body}\n".encode())


def _payload(database: Database, asked: Asked) -> Answer:
    sha256 = asked.text("sha256") or ""
    stored = payload_by(database.reader, sha256)
    if stored is None:
        raise NothingToShow(f"no payload with the SHA-256 {sha256[:64]} is stored")
    body, source = stored
    suffix = (
        "html" if body.lstrip()[:1] == b"<" else "json" if body.lstrip()[:1] in b"{[" else "bin"
    )
    name = f"{source or 'payload'}-{sha256[:12]}.{suffix}"
    return Answer(
        200, "application/octet-stream", body,
        {
            "content-disposition": f'attachment; filename="{name}"',
            "x-content-type-options": "nosniff",
            "content-security-policy": "sandbox; default-src 'none'",
        },
    )  # fmt: skip


def _curve(database: Database, asked: Asked, suffix: str) -> Answer:
    names = asked.apps
    chart = chart_for(database, asked, names)
    apps = [find(database, name, chart) for name in names]
    return _picture(database.plot(*apps, on=chart, **asked.selection).plot, suffix)


def _heatmap(database: Database, asked: Asked, suffix: str) -> Answer:
    """The days of one app in every storefront."""
    names = asked.texts("app")[:1]
    if not names:
        raise InvalidValue("name an app: …/heatmap.html?app=NAME")
    chart = chart_for(database, asked, names)
    apps = [find(database, names[0], chart)]
    every = every_storefront(database.reader, apps, chart, database.selection(**asked.selection))
    return _picture(days_plot(apps, every, SIZES["wide"], UTC_ZONE), suffix)


def _picture(plot: Plot, suffix: str) -> Answer:
    if suffix not in PICTURES:
        raise InvalidValue(f"a picture ends in {', '.join(PICTURES)}")
    body = saved(plot, suffix)
    return Answer(200, PICTURES[suffix], body, {"content-security-policy": PICTURE_POLICY})


@cache
def _environment() -> jinja2.Environment:
    import jinja2

    from tracker.pages.filters import FILTERS

    loader = jinja2.PackageLoader("tracker.pages")
    environment = jinja2.Environment(
        loader=loader, autoescape=True, undefined=jinja2.StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.filters.update(FILTERS)
    return environment


def style_sheet(name: str = "style") -> bytes:
    """The style sheet of every page; ``tables`` is what Datasette's own pages get."""
    return (resources.files("tracker.pages") / "templates" / f"{name}.css").read_bytes()


def rendered(template: str, view: View, links: Links, asked: Asked, name: str) -> bytes:
    """VIEW as HTML."""
    page = _environment().get_template(template)
    values = {key: value for key, value in asked.values.items() if value}
    text = page.render(
        view=view, title=view.title, marks=view.marks, links=links, database=name,
        values=values, now=asked.now, **{**view.data, **view.more},
    )  # fmt: skip
    return text.encode()
