"""The soak, the load and the browsing, small: every row is held against what the store served."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from benchmarks.browsing import browsed
from benchmarks.load import _passes, load
from benchmarks.soak import _FAULTS, soak
from tests.support.stored import CHART, OTHER_CHART, receipt, snapshot
from tracker.loopback.faults import FAULTS, FROZEN
from tracker.store import Store


def test_a_soak_finds_every_row_as_it_was_served() -> None:
    figures = {figure.what: figure.value for figure in soak(passes=60)}
    assert figures["passes"] == 60
    assert figures["answers served"] > 120
    assert 0.1 < figures["of them faults"] / figures["answers served"] < 0.3
    assert figures["fetches refused"] > 2
    assert figures["fetches retried"] > 2
    assert figures["fetches failed"] > 2


def test_the_soak_knows_every_fault_that_is_over_at_once() -> None:
    quick = {name for name, fault in FAULTS.items() if not fault.slow}
    assert set(_FAULTS) == quick - {"429-wait", "503-wait"} | {FROZEN}


def test_a_pass_and_its_readers_all_get_what_they_came_for() -> None:
    figures = {
        figure.what: figure.value for figure in load(storefronts=3, readers=4, passes=2, every=2)
    }
    assert figures["charts in a pass"] == 12
    assert figures["passes beside 4 readers"] == 2
    assert figures["pages answered meanwhile"] >= 4


def test_every_page_table_view_and_query_is_asked_for_and_none_is_refused() -> None:
    figures = {figure.what: figure for figure in browsed(turns=1, seconds=0.6, years=0.05)}
    assert len(figures) > 40
    for what in (
        "list of tables",
        "table entries",
        "view cross_checks",
        "query coverage",
        "page app",
    ):
        assert figures[what].most == 1000
    added = figures.pop("what the curves add to it")
    assert added.most == 50
    values = {what: figure.value for what, figure in figures.items()}
    wrong = {what: value for what, value in values.items() if not 0 < value < math.inf}
    assert not wrong


@pytest.mark.parametrize(("second_begins", "overlaps"), [(4, False), (3, False), (2, True)])
def test_a_pass_within_another_is_found(second_begins: int, overlaps: bool) -> None:
    with Store(Path("apptrack.db")) as store:
        for begun, lasts in ((0, (2, 3)), (second_begins, (1, 1))):
            for chart, seconds in zip((CHART, OTHER_CHART), lasts, strict=True):
                this_snapshot = snapshot(begun / 3600, chart=chart)
                store.save(this_snapshot, **receipt(this_snapshot, seconds=float(seconds)))
        if overlaps:
            with pytest.raises(AssertionError, match="within another"):
                _passes(store, 2)
        else:
            assert _passes(store, 2) == [3, 1]
