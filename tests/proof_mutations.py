"""The deliberate faults still fit their files, and a few of them are really tried."""

from __future__ import annotations

import ast
import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from tests import mutations
from tests.mutations import FAULTS, ROOT, Misplaced, Outcome, changed, chosen, main, outcomes
from tests.support.analysis_faults import Fault

QUICK = (
    "tests/test_depth.py::test_a_short_snapshot_between_long_ones_is_no_fall",
    "tests/test_depth.py::test_the_kind_of_an_overtake_says_no_more_than_was_observed",
)


def named(why: str) -> Fault:
    (fault,) = [fault for fault in FAULTS if fault.why == why]
    return replace(fault, tests=QUICK)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.why)
def test_a_fault_stands_in_its_file_once_and_can_be_run(fault: Fault) -> None:
    sound = (ROOT / fault.file).read_text("utf-8")
    faulty = changed(fault, sound)
    assert ast.dump(ast.parse(faulty)) != ast.dump(ast.parse(sound))
    assert fault.tests
    assert all((ROOT / test).exists() for test in fault.tests)


def test_there_are_enough_faults_and_none_twice() -> None:
    for room in ("analysis", "fetch", "alerts", "sources"):
        assert len(chosen([f"tracker/{room}/"])) >= 20, room
    assert len({(fault.file, fault.old, fault.new) for fault in FAULTS}) == len(FAULTS)
    assert len({fault.why for fault in FAULTS}) == len(FAULTS)


@pytest.mark.parametrize("old", ["no such text anywhere", "\n"])
def test_a_fault_that_is_not_there_once_is_named(old: str) -> None:
    fault = Fault("tracker/analysis/coverage.py", old, "", "nothing")
    with pytest.raises(Misplaced, match=r"tracker/analysis/coverage.py has .* times, not once"):
        list(outcomes([fault]))


def test_one_is_caught_a_harmless_one_survives_and_the_checkout_stays_as_it_is() -> None:
    before = state()
    harmless = Fault(
        "tracker/analysis/coverage.py", "GAP_FACTOR = 1.5", "GAP_FACTOR = 1.50", "", QUICK
    )
    faults = [
        named("a shallow snapshot is a fall"),
        harmless,
    ]
    results = list(outcomes(faults))
    assert [outcome.caught for outcome in results] == [True, False]
    assert results[0].by == "test_depth.py::test_a_short_snapshot_between_long_ones_is_no_fall"
    assert state() == before


def test_the_table_counts_the_faults_of_each_room(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    caught, harmless = (
        named("a shallow snapshot is a fall"),
        replace(named("a shallow snapshot is a fall"), why="harmless"),
    )
    other = replace(caught, file="tracker/api.py", why="another room")
    results = [Outcome(caught, True, "a"), Outcome(harmless, False, "b"), Outcome(other, True, "c")]
    monkeypatch.setattr(mutations, "outcomes", lambda faults: iter(results))
    monkeypatch.setattr(mutations, "FAULTS", [outcome.fault for outcome in results])
    assert main([]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert "| analysis | 2 | 1 |" in lines
    assert "| api | 1 | 1 |" in lines
    assert lines[-1] == "3 faults, 2 caught"


def state() -> dict[Path, str]:
    files = (ROOT / "tracker" / "analysis").glob("*.py")
    return {file: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def test_tests_that_fail_without_a_fault_show_nothing() -> None:
    broken = replace(named("a shallow snapshot is a fall"), tests=("tests/no_such_test.py",))
    with pytest.raises(RuntimeError, match="the tests do not pass without a fault"):
        list(outcomes([broken]))


def test_faults_are_chosen_by_a_word(capsys: pytest.CaptureFixture[str]) -> None:
    assert {fault.file for fault in chosen(["analysis/coverage.py"])} == {
        "tracker/analysis/coverage.py"
    }
    assert {fault.file.split("/")[1] for fault in chosen(["tracker/fetch/"])} == {"fetch"}
    assert chosen([]) == list(FAULTS)
    assert main(["no such word"]) == 2
    assert "no fault has one of these words" in capsys.readouterr().err
