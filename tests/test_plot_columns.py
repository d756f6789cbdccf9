"""Rows by column are the same rows, and draw the same picture."""

from __future__ import annotations

import json

import pytest

from tests.support.lines import pair
from tracker.plot import draw, render
from tracker.plot.files import columns as by


def test_rows_of_the_same_keys_become_columns() -> None:
    rows: list[dict[str, int | None]] = [{"t": 1, "r": 3}, {"t": 2, "r": None}]
    assert by.columns(rows) == {"t": [1, 2], "r": [3, None]}
    assert by.columns([]) is None
    assert by.columns([{"t": 1}, {"t": 2, "r": 3}]) is None


def test_marks_of_long_data_alone_flatten_it_before_all_else() -> None:
    few, many = [{"t": 1}], [{"t": number} for number in range(by.MANY)]
    spec = {
        "datasets": {"few": few, "many": many},
        "vconcat": [
            {"layer": [{"data": {"name": "many"}, "transform": [{"filter": "datum.t"}]}]},
            {"data": {"name": "few"}},
        ],
    }
    before = json.dumps(spec)
    found = by.by_column(spec)
    assert found["datasets"] == {"few": few, "many": [{"t": list(range(by.MANY))}]}
    assert found["vconcat"] == [
        {"layer": [{"data": {"name": "many"},
                    "transform": [{"flatten": ["t"]}, {"filter": "datum.t"}]}]},
        {"data": {"name": "few"}},
    ]  # fmt: skip
    assert json.dumps(spec) == before


def test_not_a_pixel_differs(monkeypatch: pytest.MonkeyPatch) -> None:
    ranks = [1 + number % 7 for number in range(2 * by.MANY)]
    spec = draw(pair(ranks, [None, *ranks[:-1]]), size=(600, 500))
    quick = render(spec, ".png")
    monkeypatch.setattr(by, "MANY", 10**9)
    assert render(spec, ".png") == quick
