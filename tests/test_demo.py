"""The script of the demo, and what a demo may replace."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.shop import CHART, as_process
from tracker.demo import script
from tracker.demo.replay import Played, fresh, play
from tracker.demo.script import _RANKS, BEGIN, DEPTH, END, entries_at, facts, rank_of
from tracker.demo.script import CHART as PLAYED
from tracker.errors import StoreError
from tracker.model import Entry, Provenance, Snapshot
from tracker.store import Store
from tracker.verify import verify

HOURS = [BEGIN + timedelta(hours=hour) for hour in range((END - BEGIN) // timedelta(hours=1))]


def test_the_script_keeps_to_the_dated_facts() -> None:
    assert len(facts()) >= 4
    for fact in facts():
        assert fact.app.alias is not None
        assert rank_of(fact.app.alias, fact.at) == fact.rank, fact
        assert fact.source


def test_every_hour_has_a_whole_chart_and_fillers_are_called_so() -> None:
    for hour in HOURS[::7]:
        entries = entries_at(hour)
        Snapshot(PLAYED, "apple-rss", hour, entries)
        assert len(entries) == DEPTH
        assert entries == entries_at(hour)
        named = {entry.name for entry in entries if not (entry.name or "").startswith("Filler ")}
        assert named <= {"DeepSeek", "ChatGPT", "Google Gemini"}


def test_no_two_scripted_apps_are_ever_at_one_rank() -> None:
    for hour in HOURS:
        ranks = [rank_of(alias, hour) for alias in _RANKS]
        numbers = [rank for rank in ranks if rank is not None]
        assert len(set(numbers)) == len(numbers), hour


def test_the_first_hours_are_played_and_called_reconstructed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(script, "END", BEGIN + timedelta(hours=3))
    assert play(Path("demo.db")) == Played(passes=3, snapshots=3, failed=0)
    with Store(Path("demo.db")) as store:
        assert store.provenances() == {Provenance.RECONSTRUCTED, Provenance.REPORTED}
        checked = verify(store)
        assert (checked.proved, checked.findings) == (3, ())


def test_a_demo_never_overwrites_what_is_no_demo() -> None:
    with Store(Path("mine.db")) as store:
        store.save(Snapshot(CHART, "apple-rss", BEGIN, (Entry(1, "7"),)))
    before = Path("mine.db").read_bytes()
    done = as_process("demo", "--db", "mine.db")
    assert (done.returncode, done.stdout) == (1, "")
    assert "mine.db holds more than a demo" in done.stderr
    assert Path("mine.db").read_bytes() == before
    with pytest.raises(StoreError, match="more than a demo"):
        fresh(Path("mine.db"))


def test_an_earlier_demo_is_replaced_only_by_a_whole_one() -> None:
    with Store(Path("demo.db")) as store:
        entries = (Entry(1, "7"),)
        store.save(
            Snapshot(CHART, "apple-rss", BEGIN, entries, provenance=Provenance.RECONSTRUCTED)
        )
    rough = fresh(Path("demo.db"))
    assert rough != Path("demo.db")
    assert not rough.exists()
    with closing(sqlite3.connect("demo.db")) as connection:
        assert connection.execute("SELECT count(*) FROM snapshots").fetchone() == (1,)
