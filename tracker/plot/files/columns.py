"""Long sets of rows by column: half of the text, and so much less to read for who draws them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

#: Fewer rows than this are as quickly read one by one.
MANY = 1_000


def columns(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]] | None:
    """``{"t": […], "r": […]}`` of rows that all have the same keys, else None."""
    if not rows or any(row.keys() != rows[0].keys() for row in rows):
        return None
    return {key: [row[key] for row in rows] for key in rows[0]}


def by_column(spec: dict[str, Any]) -> dict[str, Any]:
    """SPEC with each long set of rows as one row of lists, which its marks flatten again."""
    sets = spec.get("datasets", {})
    long = {name: found for name, rows in sets.items()
            if len(rows) >= MANY and (found := columns(rows))}  # fmt: skip
    flat = _flattened(spec, {name: list(found) for name, found in long.items()})
    return {**flat, "datasets": sets | {name: [found] for name, found in long.items()}}


def _flattened(view: dict[str, Any], fields: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """VIEW, and the views in it, with a transform for each of those with such data."""
    parts = {
        part: [_flattened(one, fields) for one in view[part]]
        for part in ("layer", "vconcat", "hconcat")
        if part in view
    }
    name = view.get("data", {}).get("name")
    if name not in fields:
        return view | parts
    transforms = [{"flatten": fields[name]}, *view.get("transform", ())]
    return view | parts | {"transform": transforms}
