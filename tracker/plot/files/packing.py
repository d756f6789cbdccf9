"""Rows by column for a page: long sets at a fifth of their size, none of them told twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import groupby, pairwise
from math import gcd
from typing import Any

from tracker.plot.files.columns import columns

#: Fewer rows than this are not worth packing.
_MANY = 50
#: Values that come so many times in a row, on average, are told as runs.
_RUN = 4
#: What stands for a column, or a whole set of rows, that the first sheet has told.
SAME = "same"

Datasets = Mapping[str, Sequence[Mapping[str, Any]]]


def packed_all(sheets: Sequence[Datasets]) -> list[dict[str, Any]]:
    """The rows of each of SHEETS; of all but the first only what the first does not say."""
    first, *others = sheets
    whole = packed(first)
    return [whole, *(_beside(one, first, whole) for one in others)]


def _beside(sheet: Datasets, first: Datasets, whole: Mapping[str, Any]) -> dict[str, Any]:
    """SHEET packed, with ``same`` in place of what FIRST, packed as WHOLE, says as well."""
    own = packed({name: rows for name, rows in sheet.items() if rows is not first.get(name)})
    return {name: _differing(own[name], whole.get(name)) if name in own else SAME for name in sheet}


def _differing(rows: Any, first: Any) -> Any:
    if rows == first:
        return SAME
    if isinstance(rows, list) or not isinstance(first, dict):
        return rows
    return {key: SAME if told == first.get(key) else told for key, told in rows.items()}


def packed(datasets: Datasets) -> dict[str, Any]:
    """Long sets of rows by column, times as steps from the row before.

    ``{"t": {"first": 1737500000000, "unit": 3600000, "steps": [1, …]}, "r": {"all": [3, …]},
    "d": {"each": 0, "count": 720}, "app": {"runs": ["DeepSeek", 360, "ChatGPT", 360]},
    "rank": {"words": ["3", "4", …], "numbers": [0, 1, 0, …]}}``

    Of steps that are not round, and long, ``sizes`` has each once, the most frequent first.
    """
    found = {name: None if len(rows) < _MANY else columns(rows) for name, rows in datasets.items()}
    return {
        name: {key: _column(key, values) for key, values in sorts.items()} if sorts else rows
        for (name, rows), sorts in zip(datasets.items(), found.values(), strict=True)
    }


def packed_params(sheet: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of SHEET, if it has any, with the times of long lists as steps too."""
    if "params" not in sheet:
        return {}
    return {"params": [_packed_param(one) for one in sheet["params"]]}


def _packed_param(param: Mapping[str, Any]) -> Mapping[str, Any]:
    value = param.get("value")
    if not isinstance(value, list) or len(value) < _MANY:
        return param
    return {**param, "value": _column("t", value)}


def _steps(steps: list[int]) -> dict[str, list[int]]:
    """STEPS, or where they are long and of few sizes, the number of each one's size."""
    sizes = [size for size, _ in Counter(steps).most_common()]
    if _RUN * len(sizes) > len(steps) or max(sizes) < len(sizes):
        return {"steps": steps}
    numbers = {size: number for number, size in enumerate(sizes)}
    return {"sizes": sizes, "steps": [numbers[step] for step in steps]}


def _column(key: str, values: list[Any]) -> dict[str, Any]:
    if key in ("t", "t2") and all(type(one) is int for one in values):
        steps = [b - a for a, b in pairwise(values)]
        unit = gcd(*steps) or 1
        return {"first": values[0], "unit": unit, **_steps([step // unit for step in steps])}
    runs = [(value, len(list(group))) for value, group in groupby(values)]
    if len(runs) == 1:
        return {"each": values[0], "count": len(values)}
    if _RUN * len(runs) <= len(values):
        return {"runs": [part for run in runs for part in run]}
    if all(type(one) is str for one in values):
        numbers = {word: number for number, word in enumerate(dict.fromkeys(values))}
        return {"words": list(numbers), "numbers": [numbers[word] for word in values]}
    return {"all": values}
