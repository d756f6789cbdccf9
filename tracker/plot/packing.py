"""Values for a file: rows by column, which page.js unpacks, and text that nothing chokes on."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from itertools import groupby, pairwise
from math import gcd
from typing import Any

from tracker.plot.rows import Rows

#: What XML cannot hold: vl-convert draws by way of SVG, and ends the process at one of these.
_UNDRAWABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_NUMBERS = (int, float, bool, type(None))


def drawable(value: Any) -> Any:
    """VALUE with a mark in place of what no picture can show."""
    if isinstance(value, str):
        return value if value.isprintable() else _UNDRAWABLE.sub("\ufffd", value)
    if isinstance(value, dict):
        # Rows by the ten thousand are numbers, mostly.
        return {key: v if type(v) in _NUMBERS else drawable(v) for key, v in value.items()}
    if isinstance(value, list | tuple):
        return [v if type(v) in _NUMBERS else drawable(v) for v in value]
    return value


def inert_json(value: Any) -> str:
    """VALUE as JSON in which no name can end the script element or start a comment in it."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def packed(rows: Rows) -> dict[str, Any]:
    """``{"count": 2, "columns": {"rank": {"all": [1, 2]}}}``; rows all have the same keys."""
    keys = list(rows[0]) if rows else []
    return {"count": len(rows), "columns": {key: column([r[key] for r in rows]) for key in keys}}


def column(values: Sequence[Any]) -> dict[str, Any]:
    """VALUES as runs, as steps from one to the next where they are times, or as they are."""
    kinds = set(map(type, values))
    # Not of lists, which have no hash, nor where 1 and True, which are equal, may both occur.
    alike = values if list not in kinds and not {bool} < kinds else ()
    runs = [(value, len(list(same))) for value, same in groupby(alike)]
    if runs and 2 * len(runs) <= len(values):
        words = list(dict.fromkeys(value for value, _ in runs))
        parts = [part for value, many in runs for part in (words.index(value), many)]
        return {"words": words, "runs": parts}
    if values and all(type(value) is int and value > 1 << 32 for value in values):
        steps = [later - earlier for earlier, later in pairwise(values)]
        unit = gcd(*steps) or 1
        return {"first": values[0], "unit": unit, "steps": [step // unit for step in steps]}
    return {"all": list(values)}
