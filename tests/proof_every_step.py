"""Pruning, reading again and raising alerts with each of their steps made to fail in turn."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from itertools import accumulate, count
from pathlib import Path

import pytest

from tests.proof_store_faults import (
    Step,
    a_right_is_denied,
    a_row_fails,
    a_step_is_interrupted,
    heal,
)
from tests.support.alerting import rule
from tests.support.stored import dump, stored
from tests.test_alert_history import AT_ONCE, behind
from tests.test_alert_history import refused as refused_answer
from tests.test_outbox import events, save, watch
from tests.test_prune import DB, LIMITS, bodies, facts, fill, trouble
from tests.test_reparse import FETCHES, refused, rows
from tracker.collect import Writer
from tracker.errors import StoreError
from tracker.model import Outcome, Provenance
from tracker.reparse import reparse
from tracker.store import Store
from tracker.store.compression import LONGEST_CHAIN
from tracker.store.outbox import undelivered
from tracker.store.prune import prune

Arm = Callable[[Store, Step], None]


def every_fiftieth_step(store: Store, fault: Step) -> None:
    store.db.conn.set_progress_handler(fault.strike, 50)


@pytest.mark.parametrize(("arm", "least"), [(a_right_is_denied, 60), (every_fiftieth_step, 60)])
def test_whichever_step_fails_what_is_left_is_whole_and_the_next_prune_goes_on(
    arm: Arm, least: int
) -> None:
    fill(LONGEST_CHAIN + 10)
    trouble()
    whole, started, schema = facts(), Path(shutil.copy(DB, "before.db")), tables_of(DB)
    with Store(Path(shutil.copy(DB, "done.db"))) as store:
        prune(store, LIMITS)
    done = left_in(Path("done.db"))
    for fatal in accumulate(count(1)):  # every step at first, then ever fewer
        shutil.copy(started, DB)
        step = Step(fatal)
        # Opened anew: a schema that is read again after a failure may be read twice, unasked.
        with Store(DB) as store:
            arm(store, step)
            try:
                prune(store, LIMITS)
            except StoreError as error:
                assert "\n" not in str(error)  # noqa: PT017  # the last ones do not fail
            finally:
                heal(store)
            assert not store.db.conn.in_transaction
        assert bodies()  # each can be read
        assert facts() == whole
        with Store(DB) as store:
            prune(store, LIMITS)
        assert left_in(DB) == done
        if step.steps < fatal:
            break
    assert fatal > least
    assert tables_of(DB) == schema


def left_in(path: Path) -> list[str]:
    """What a file holds, without the numbers that say when it was migrated."""
    return [line for line in dump(path) if not line.startswith('INSERT INTO "_sqlite_migrations"')]


def tables_of(path: Path) -> list[str]:
    return [line for line in dump(path) if line.startswith("CREATE")]


@pytest.mark.parametrize(("arm", "least"), [(a_right_is_denied, 40), (a_step_is_interrupted, 200)])
def test_whichever_step_fails_all_of_it_is_stored_or_nothing(arm: Arm, least: int) -> None:
    with Store(DB) as store:
        store.record(refused(5))
        before = dump(DB)
        for fatal in count(1):
            arm(store, Step(fatal))
            try:
                rereads = reparse(store)
            except StoreError:
                rereads = ()
            finally:
                heal(store)
            if dump(DB) != before:
                break
            assert not any(reread.depth for reread in rereads)
        assert fatal > least
        assert rows(FETCHES) == [("saved", "first refused: not understood", 1, 1)]
        assert store.unsound() == []


@pytest.mark.parametrize(("arm", "least"), [(a_row_fails, 6), (a_right_is_denied, 60)])
def test_whichever_step_fails_the_snapshot_and_its_alerts_are_all_stored_or_none(
    tmp_path: Path, arm: Arm, least: int
) -> None:
    path = tmp_path / "apptrack.db"
    with Store(path) as store:
        watching = watch(store, AT_ONCE, rule("number-one", confirm=1), targets=("one", "two"))
        save(store, watching, behind(0))
        before, fetched = dump(path), replace(refused_answer(1, "1", "2"), outcome=None, error=None)
        for fatal in count(1):
            arm(store, Step(fatal))
            (kept,) = Writer(store, Provenance.RECORDED, watching).store_together([fetched])
            heal(store)
            if kept.outcome is Outcome.SAVED:
                break
            assert dump(path) == before
        assert fatal > least
        assert (len(stored(store)), len(events(store))) == (2, 2)
        assert undelivered(store) == {"one": 2, "two": 2}
