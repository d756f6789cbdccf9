"""Ranks that the press reported: dated facts, each with who says so.

A report is a point: nothing is known beside it. Its snapshot has the rank of that app alone, so it
says of no other app that it was unranked; who says so is a dated note that plots mark.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from pathlib import Path

from tracker.errors import Conflict, ImportRefused, InvalidValue
from tracker.ids import check_app_ids
from tracker.imports.files import explained, lines
from tracker.imports.times import Clock, read_time
from tracker.model import App, Chart, Entry, Outcome, Provenance, Scope, Snapshot, iso
from tracker.sources import clean
from tracker.store import Store
from tracker.store.notes import note_at

#: The source of every reported rank.
REPORTED = "reported"
COLUMNS = ("observed_at", "chart", "rank", "app_id", "name", "said_by")
_MOST = 10_000


@dataclass(frozen=True, slots=True)
class Report:
    """A rank that somebody reported. ``said_by`` names the publication, its date, its address."""

    at: datetime
    chart: Chart
    app: App
    rank: int
    said_by: str
    title: str

    @property
    def snapshot(self) -> Snapshot:
        entry = Entry(self.rank, self.app.app_id, self.app.name)
        return Snapshot(
            self.chart, REPORTED, self.at, (entry,), provenance=Provenance.REPORTED,
            scope=Scope.SPARSE,
        )  # fmt: skip


def read_reports(path: Path, clock: Clock, encoding: str | None, now: datetime) -> list[Report]:
    """The reports in the CSV at PATH; ``ImportRefused`` names the line.

    Its columns are ``COLUMNS``; ``title`` and ``address`` may be there too.
    """
    with explained(path), path.open("rb") as file:
        return list(_reports(lines(file, encoding), clock, now))


def _reports(text: Iterator[str], clock: Clock, now: datetime) -> Iterator[Report]:
    above = 0
    header = ""
    for header in text:
        above += 1
        if header.strip() and not header.startswith("#"):
            break
    reader = csv.DictReader(chain([header], text), strict=True)
    missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
    if missing:
        raise InvalidValue(f"has no column {', '.join(missing)}; needed: {', '.join(COLUMNS)}")
    try:
        for number, row in enumerate(reader, 1):
            if number > _MOST:
                raise InvalidValue(f"has more than {_MOST:,} reports")
            try:
                yield _report(row, clock, now)
            except InvalidValue as error:
                raise InvalidValue(f"line {above + reader.line_num - 1}: {error}") from None
    except csv.Error as error:
        raise InvalidValue(f"line {above + reader.line_num - 1}: {error}") from None


def _report(row: dict[str | None, str | None], clock: Clock, now: datetime) -> Report:
    if None in row or None in row.values():
        raise InvalidValue("has more or fewer columns than the header")
    cells = {str(name): (value or "").strip() for name, value in row.items()}
    at, chart = read_time(cells["observed_at"], clock), Chart.parse(cells["chart"])
    if at > now:
        raise InvalidValue(f"{iso(at)} has not happened yet")
    check_app_ids(chart.device, [cells["app_id"]])
    rank, name, said_by = cells["rank"], clean(cells["name"]), clean(cells["said_by"])
    if not (rank.isascii() and rank.isdigit() and int(rank[:9]) > 0 and len(rank) < 10):
        raise InvalidValue(f"Invalid rank {rank[:60]!r}: use a whole number from 1 up")
    if not said_by:
        raise InvalidValue("says not who reported it: fill in said_by")
    if address := clean(cells.get("address")):
        said_by = f"{said_by}, {address}"
    app = App(cells["app_id"], name or cells["app_id"])
    title = clean(cells.get("title")) or f"{said_by.partition(',')[0]}: {app.name} at rank {rank}"
    return Report(at, chart, app, int(rank), said_by, title)


def save_reports(path: Path, reports: list[Report], store: Store) -> list[tuple[Snapshot, Outcome]]:
    """Store REPORTS, all of them or none, each with its note; the outcome of each snapshot."""
    outcomes: list[tuple[Snapshot, Outcome]] = []
    with store.transaction():
        for report in reports:
            try:
                outcomes.append((report.snapshot, store.save(report.snapshot)))
            except Conflict as error:
                raise ImportRefused(f"{path}: {error}") from None
            store.add_event(
                report.at, _free_title(store, report), app_id=report.app.app_id, chart=report.chart,
                source=report.said_by,
            )  # fmt: skip
    return outcomes


def _free_title(store: Store, report: Report) -> str:
    """The title of a report, with what sets it apart where another one of that instant has it.

    One instant has a title once, and no report may lose who says so.
    """
    mine = report.app.app_id, report.chart, report.said_by
    apart = (report.app.name, str(report.chart), report.said_by)
    for more in ("", *apart):
        title = f"{report.title} ({more})" if more else report.title
        note = note_at(store, report.at, title)
        if note is None or (note.app_id, note.chart, note.source) == mine:
            return title
    return f"{report.title} ({', '.join(apart)})"
