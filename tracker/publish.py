"""A site of files: the pages of one chart, with relative links, for any static host or ``file://``.

The same data give the same bytes: nothing in a page depends on when it was written. A site is
written beside the old one, and then takes its place.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from html import escape
from itertools import chain
from pathlib import Path, PurePosixPath
from typing import cast
from uuid import NAMESPACE_URL, uuid5

from tracker.api import Database
from tracker.errors import ApptrackError, InvalidValue, NothingToShow
from tracker.model import App, Chart, Provenance, iso
from tracker.pages import answer
from tracker.pages.answers import style_sheet
from tracker.pages.asked import find
from tracker.pages.feeds import confirmed
from tracker.pages.links import Value
from tracker.plot.typeset import width
from tracker.store.excerpt import excerpt

#: A folder with this file is a site that was published, and may be replaced.
MARKER = ".apptrack-site"
#: Overtakes of a pair, the newest, that have a page of their own.
MOST_EVENTS = 100
FORMS = ("html", "json", "csv")
_TYPE, _FACE = 11, 1.15  # points of a badge's letters; Verdana is wider than most
_HOSTED = "https://lite.datasette.io/?url="


@dataclass
class Plan:
    """What a site has: the file of each page, by the page and what was asked of it."""

    chart: Chart
    source: str
    files: dict[tuple[str, tuple[str, ...]], str] = field(default_factory=dict)
    pairs: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)

    def add(self, page: str, asked: Iterable[str], file: str) -> None:
        self.files[page, tuple(sorted(asked))] = file


class FileLinks:
    """Links from one file of a site to another; '' to a page that the site has not."""

    ages = False

    def __init__(self, plan: Plan, file: str, url: str = "") -> None:
        self._plan, self._url = plan, url
        self._up = "" if url else "../" * (len(PurePosixPath(file).parts) - 1)

    def to(self, page: str, /, **query: Value) -> str:
        chart = cast(str | list[str] | None, query.get("chart"))
        if chart and self._plan.chart.slug not in ([chart] if isinstance(chart, str) else chart):
            return ""
        app, event = query.get("app"), query.get("id")
        asked = [app] if isinstance(app, str) else list(app) if isinstance(app, Sequence) else []
        asked += [str(event)] if event else []
        file = self._plan.files.get((page, tuple(sorted(asked))))
        if file is None or query.get("page"):
            return ""
        return f"{self._url}{self._up}{file}"

    def pairs(self) -> list[tuple[str, str]]:
        return [(title, self.to("compare", app=ids)) for title, ids in self._plan.pairs]

    def snapshot(self, number: int) -> str:
        return ""

    def payload(self, sha256: str) -> str:
        return ""

    def table(self, name: str, /, **query: Value) -> str:
        return ""


def publish(
    database: Database,
    directory: Path,
    chart: Chart,
    pairs: Sequence[tuple[str, str]] = (),
    apps: Sequence[str] = (),
    url: str = "",
    data: bool = False,
) -> list[str]:
    """Write the site of CHART to DIRECTORY; the names of its files.

    PAIRS are compared, and APPS have a page each; without them the two assistants that rank best,
    and every assistant that is ranked. URL is where the site will be, for feeds. DATA adds a
    database of this chart alone. Raises ``ApptrackError`` where DIRECTORY has anything else in it.
    """
    _refuse_other(directory)
    listed = database.standings(on=chart)
    moment = listed.moment
    now, provenance = moment.snapshot.observed_at, moment.snapshot.provenance
    ranked = [row.app for row in listed if row.rank]
    couples = [tuple(find(database, name, chart) for name in pair) for pair in pairs]
    if not couples and len(ranked) > 1:
        couples = [(ranked[0], ranked[1])]
    each = [find(database, name, chart) for name in apps] or ranked
    singles = {app.app_id: app for app in (*each, *chain.from_iterable(couples))}
    plan = Plan(chart, moment.place.source)
    _plan(database, plan, couples, list(singles.values()))
    directory.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=f".{directory.name}-", dir=directory.parent))
    try:
        beside.chmod(0o755)
        _write(beside, MARKER, b"Written by 'apptrack publish', which replaces this folder.\n")
        _write(beside, "style.css", style_sheet())
        asked = {"chart": [chart.slug], "source": [plan.source]}
        for (page, what), file in plan.files.items():
            if page == "style.css":
                continue
            name, _, form = page.partition(".")
            values = dict(asked)
            if name == "event":
                values["id"] = list(what)
            elif what:
                values["app"] = _in_order(couples, what)
            links = FileLinks(plan, file, _slash(url) if name == "overtakes" else "")
            answered = answer(database, name, form or "html", values, links, now)
            if answered.status != 200:
                raise NothingToShow(
                    f"{file}: {answered.body.decode(errors='replace')[:200].strip()}"
                )
            body = answered.body
            _write(beside, file, _numbered(body) if file.endswith(".svg") else body)
        for app in singles.values():
            rank = next((row.rank for row in listed if row.app.app_id == app.app_id), None)
            _write(beside, f"badge/{app.app_id}.svg", badge(app.name, rank, chart, now, provenance))
        if data:
            excerpt(database.settings.db, beside / "data.db", chart)
        files = sorted(
            str(path.relative_to(beside)) for path in beside.rglob("*") if path.is_file()
        )
        _swap(beside, directory)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return files


def lite_address(url: str) -> str:
    """Where Datasette Lite shows the database of a site at URL, which must be https."""
    if not url.startswith("https://"):
        raise InvalidValue("Datasette Lite reads a database from an https:// address only")
    return f"{_HOSTED}{_slash(url)}data.db"


def badge(name: str, rank: int | None, chart: Chart, at: datetime, provenance: Provenance) -> bytes:
    """A small picture with an app's rank at the snapshot of AT, with its day and provenance."""
    place = "unranked" if rank is None else f"#{rank}"
    mark = "" if provenance is Provenance.RECORDED else f" · {provenance.value}"
    left, right = name[:40], f"{place} · {at:%Y-%m-%d}{mark}"
    title = escape(f"{name}: {place} on {chart.slug} at {iso(at)}{mark}")
    # Whatever face a reader has, the words are as wide as this.
    wide = [round(_FACE * width(left, _TYPE)), round(_FACE * width(right, _TYPE, bold=True))]
    a, b = wide[0] + 14, wide[1] + 14
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{a + b}" height="20" role="img" '
        f'aria-label="{title}"><title>{title}</title>'
        f'<rect width="{a + b}" height="20" rx="3" fill="#0a5a8f"/>'
        f'<path d="M3 0h{a - 3}v20h-{a - 3}a3 3 0 0 1 -3 -3v-14a3 3 0 0 1 3 -3z" fill="#444"/>'
        '<g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,sans-serif" '
        f'font-size="{_TYPE}"><text x="{a / 2:g}" y="14" textLength="{wide[0]}">'
        f"{escape(left)}</text>"
        f'<text x="{a + b / 2:g}" y="14" font-weight="bold" textLength="{wide[1]}">'
        f"{escape(right)}</text></g></svg>\n"
    ).encode()


def _plan(
    database: Database, plan: Plan, couples: Sequence[tuple[App, ...]], apps: Sequence[App]
) -> None:
    """Fill PLAN with the pages of the site."""
    plan.add("home", (), "index.html")
    plan.add("style.css", (), "style.css")
    for form in FORMS[1:]:
        plan.add(f"home.{form}", (), f"index.{form}")
    for form in ("atom", "json"):
        plan.add(f"overtakes.{form}", (), f"overtakes.{form}")
    events: set[str] = set()
    for couple in couples:
        ids = [app.app_id for app in couple]
        stem = f"compare/{'-'.join(ids)}"
        plan.add("compare", ids, f"{stem}.html")
        plan.pairs.append((" and ".join(app.name for app in couple), tuple(ids)))
        for form in FORMS[1:]:
            plan.add(f"compare.{form}", ids, f"{stem}.{form}")
        for form in ("html", "svg", "png"):
            plan.add(f"curve.{form}", ids, f"{stem}.curve.{form}")
        ledger = database.overtakes(*couple, on=plan.chart, source=plan.source)
        events |= {overtake.id for overtake in confirmed(ledger)[-MOST_EVENTS:]}
    for app in apps:
        stem = f"app/{app.app_id}"
        plan.add("app", [app.app_id], f"{stem}.html")
        for form in FORMS[1:]:
            plan.add(f"app.{form}", [app.app_id], f"{stem}.{form}")
        plan.add("curve.html", [app.app_id], f"{stem}.curve.html")
        plan.add("curve.svg", [app.app_id], f"{stem}.curve.svg")
        plan.add("heatmap.html", [app.app_id], f"{stem}.heatmap.html")
    for event in sorted(events):
        file = f"event/{uuid5(NAMESPACE_URL, f'apptrack:{event}')}"
        plan.add("event", [event], f"{file}.html")
        for form in FORMS[1:]:
            plan.add(f"event.{form}", [event], f"{file}.{form}")


def _in_order(couples: Sequence[tuple[App, ...]], ids: Sequence[str]) -> list[str]:
    """IDS, those of a pair in the order in which the pair was asked for."""
    for couple in couples:
        order = [app.app_id for app in couple]
        if sorted(order) == sorted(ids):
            return order
    return list(ids)


def _numbered(picture: bytes) -> bytes:
    """An SVG with its clips numbered from 0: Vega counts on from one picture to the next."""
    numbers: dict[bytes, bytes] = {}

    def number(match: re.Match[bytes]) -> bytes:
        return numbers.setdefault(match[0], b"clip%d" % len(numbers))

    return re.sub(rb"\bclip\d+\b", number, picture)


def _slash(url: str) -> str:
    return url if not url or url.endswith("/") else f"{url}/"


def _write(folder: Path, file: str, body: bytes) -> None:
    path = folder / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body)


def _refuse_other(directory: Path) -> None:
    if directory.is_dir() and any(directory.iterdir()) and not (directory / MARKER).is_file():
        raise ApptrackError(f"{directory} has other files in it; name a new or an empty folder")
    if directory.exists() and not directory.is_dir():
        raise ApptrackError(f"{directory} is not a folder")


def _swap(beside: Path, directory: Path) -> None:
    """Put BESIDE in the place of DIRECTORY."""
    old = beside.with_name(f"{beside.name}.old")
    if directory.exists():
        directory.rename(old)
    beside.rename(directory)
    shutil.rmtree(old, ignore_errors=True)
