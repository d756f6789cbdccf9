"""Dated notes: stored, listed, removed, read from a file, and marked on plots."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.support.plots import rows
from tests.support.stored import CHART, OTHER_CHART, SOURCE, at, snapshot
from tracker.cli import main
from tracker.commands.pictures import notes_in
from tracker.model import Provenance, iso
from tracker.plot import Note
from tracker.store import Store
from tracker.store.notes import notes, notes_for, remove_note
from tracker.store.snapshots import most_present

DB = Path("data/apptrack.db")
DEEPSEEK = "6737597349"


def apptrack(*args: str) -> Result:
    return CliRunner().invoke(main, args)


def saved(*orders: list[int]) -> None:
    """One snapshot an hour, the apps in their order."""
    DB.parent.mkdir(exist_ok=True)
    with Store(DB) as store:
        for hour, order in enumerate(orders):
            store.save(snapshot(hour, order))


def listed() -> list[dict[str, object]]:
    rows: list[dict[str, object]] = json.loads(apptrack("events", "list", "--json").stdout)
    return rows


def datasets_of(*more: str) -> dict[str, list[dict[str, object]]]:
    """The rows of the picture of app 1 and app 2."""
    done = apptrack("chart", "1", "2", "-o", "plot.json", *more)
    assert done.exit_code == 0, done.stderr
    spec = json.loads(Path("plot.json").read_text())
    return {name: rows(spec, name) for name in ("notes", "others")}


# Stored in the database


def test_a_note_is_stored_once_and_listed_and_removed() -> None:
    for text in ("2026-01-01T02:00:00Z A release\n", "2026-01-01T02:00:00Z A release (was there"):
        done = apptrack("events", "add", "2026-01-01T02:00:00Z", " A \n release ", "--source", "me")
        assert (done.exit_code, done.stderr) == (0, "")
        assert done.stdout.startswith(text)
    assert listed() == [
        {
            "number": 1,
            "happened_at": "2026-01-01T02:00:00Z",
            "title": "A release",
            "app_id": None,
            "chart": None,
            "source": "me",
        }
    ]
    shown = apptrack("events", "list").stdout
    assert "every app" in shown
    assert "every chart" in shown
    assert apptrack("events", "remove", "1").stdout == "removed 1\n"
    assert listed() == []
    assert "events add TIME TITLE" in apptrack("events", "list").stdout


def test_a_note_may_be_of_one_app_or_one_chart() -> None:
    saved([1, 2], [2, 1])
    apptrack("events", "add", "2026-01-01", "of an app", "--app", "deepseek")
    apptrack("events", "add", "2026-01-01", "of a chart", "--on", str(OTHER_CHART))
    assert [(row["app_id"], row["chart"]) for row in listed()] == [
        (DEEPSEEK, None),
        (None, str(OTHER_CHART)),
    ]


def test_of_notes_to_remove_all_go_or_none() -> None:
    apptrack("events", "add", "2026-01-01", "one")
    apptrack("events", "add", "2026-01-02", "two")
    done = apptrack("events", "remove", "1", "7")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "there is no event 7, so none was removed" in done.stderr
    assert len(listed()) == 2
    assert apptrack("events", "remove", "2", "2", "1").stdout == "removed 2\n"


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (["add", "one day", "x"], 2, "Invalid date 'one day'"),
        (["add", "2026-01", "x"], 2, "use a day, such as 2026-07-03"),
        (["add", "2026-01-01", "  \t "], 2, "1 to 200 letters"),
        (["add", "2026-01-01", "x" * 201], 2, "not 201"),
        (["add", "2026-01-01", "x", "--app", "no such app"], 1, "no such app"),
        (["add", "2026-01-01", "x", "--on", "us"], 2, "Invalid chart"),
        (["remove", "0"], 2, "0 is not in the range"),
        (["remove"], 2, "Missing argument"),
        (["remove", "1"], 1, "there is no database"),
        (["list"], 1, "there is no database"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line(args: list[str], code: int, words: str) -> None:
    done = apptrack("events", *args)
    assert done.exit_code == code
    assert words in done.stderr


def test_a_title_cannot_drive_a_terminal() -> None:
    apptrack("events", "add", "2026-01-01", "\x1b[31mred\x1b]0;title\x07")
    (row,) = listed()
    assert row["title"] == "[31mred ]0;title"


def test_the_store_gives_the_notes_that_concern_a_plot() -> None:
    with Store(Path("notes.db")) as store:
        store.add_event(at(5), "of all")
        store.add_event(at(1), "of 1", app_id="1", source="me")
        store.add_event(at(2), "of 9", app_id="9")
        store.add_event(at(3), "here", chart=CHART)
        store.add_event(at(4), "elsewhere", chart=OTHER_CHART)
        assert [note.title for note in notes_for(store, CHART, ["1", "2"])] == [
            "of 1",
            "here",
            "of all",
        ]
        first = notes(store)[0]
        assert (first.happened_at, first.app_id, first.source) == (at(1), "1", "me")
        assert remove_note(store, first.number)
        assert not remove_note(store, first.number)


# On plots


def test_notes_of_the_database_and_of_a_file_are_marked() -> None:
    saved(*[[1, 2], [1, 2], [2, 1], [2, 1], [2, 1]])
    apptrack("events", "add", iso(at(1)), "kept")
    apptrack("events", "add", iso(at(99)), "too late")
    apptrack("events", "add", iso(at(1)), "of another app", "--app", DEEPSEEK)
    Path("notes.csv").write_text(
        f"\ufeffhappened_at,title,source,more\n{iso(at(3))},\"from, a file\",them,x\n\n"
        f"2025-12-31,too early,\n",
        encoding="utf-8",
    )  # fmt: skip
    notes = datasets_of("--events", "notes.csv")["notes"]
    assert [row["text"] for row in notes] == ["kept", "from, a file"]
    assert datasets_of("--since", iso(at(2)))["notes"] == []


def test_a_note_in_letters_that_no_font_has_is_drawn_without_them(
    capsys: pytest.CaptureFixture[str],
) -> None:
    # No font has letters for what is for private use.
    notes = [Note(at(0), "A strike \U000f0000"), Note(at(1), "A  release")]
    assert [note.title for note in notes_in(Path("a.png"), notes)] == ["A strike", "A release"]
    assert capsys.readouterr().err.count("letters of 1 note: drawn without") == 1
    assert notes_in(Path("a.svg"), notes) == notes


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("when,what\n", "no column happened_at or title; its first line should be"),
        ("", "no column happened_at or title"),
        ("happened_at,title\nsoon,x\n", "line 2: Invalid time 'soon'"),
        ("happened_at,title\n2026-01-01,\n", "line 2: an event's title has 1 to 200"),
        ("happened_at,title\n2026-01-01\n", "line 2: an event's title"),
        ('happened_at,title\n2026-01-01,"x\n', "is not a CSV file in UTF-8"),
        ("happened_at,title\n2026-01-01,\0\n", "notes.csv"),
    ],
)
def test_a_file_that_cannot_be_read_is_explained(text: str, words: str) -> None:
    saved([1, 2], [2, 1])
    Path("notes.csv").write_text(text, encoding="utf-8")
    done = apptrack("chart", "1", "2", "--events", "notes.csv", "-o", "plot.json")
    assert (done.exit_code, done.stdout) == (1, "")
    assert words in done.stderr
    assert done.stderr.count("\n") == 1
    assert not Path("plot.json").exists()


def test_a_file_that_is_no_text_or_not_there_is_explained() -> None:
    saved([1, 2], [2, 1])
    Path("notes.csv").write_bytes(b"happened_at,title\n2026-01-01,\xff\n")
    for name in ("notes.csv", "nowhere.csv"):
        done = apptrack("chart", "1", "2", "--events", name, "-o", "plot.json")
        assert done.exit_code == 1
        assert f"apptrack: {name}: " in done.stderr


# Company


def test_the_others_are_those_that_ranked_highest() -> None:
    with Store(Path("company.db")) as store:
        for hour, order in enumerate([[1, 3, 4, 5], [1, 4, 3, 6], [1, 3, 4, 7], [1, 8, 3, 9]]):
            store.save(snapshot(hour, order))
        store.save(snapshot(9, [99, 98], chart=OTHER_CHART))
        store.save(snapshot(9, [97, 96], source="web-charts"))
        store.save(snapshot(8, [95, 94], provenance=Provenance.IMPORTED))
        line, _ = store.timeline(CHART, SOURCE, provenances=[Provenance.RECORDED])
        apps = most_present(store, line, ["1"], 3)
        assert [(app.app_id, app.name) for app in apps] == [
            ("3", "Filler 3"), ("4", "Filler 4"), ("8", "Filler 8"),
        ]  # fmt: skip
        assert most_present(store, line, [], 1)[0].app_id == "1"
        assert most_present(store, line, [], 0) == []
        short, _ = store.timeline(CHART, SOURCE, since=at(3), until=at(4))
        assert [app.app_id for app in most_present(store, short, ["1"], 9)] == ["8", "3", "9"]


def test_context_is_drawn_behind_with_real_ranks() -> None:
    saved(*[[1, 2, 3, 4], [1, 2, 4, 3], [2, 1, 4, 3], [2, 1, 4, 3]])
    others = datasets_of("--context", "1")["others"]
    assert {row["app"] for row in others} == {"Filler 4"}
    assert [row["rank"] for row in others if row["snapshot"]] == [4, 3, 3, 3]
    assert datasets_of()["others"] == []
    refused = apptrack("chart", "1", "2", "--context", "51")
    assert refused.exit_code == 2
