"""Reading specifications of plots: their rows, their words, and whether they are valid."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

from tests.support.lines import timeline
from tracker.model import App, Provenance, Series, Timeline

Spec = dict[str, Any]


def rows(spec: Spec, name: str) -> list[dict[str, Any]]:
    """The rows of NAME; an empty list where a picture has none."""
    return [
        row
        for key, data in spec.get("datasets", {}).items()
        if key.rpartition("-")[0] == name
        for packed in data
        for row in _unpacked(packed)
    ]


def _unpacked(row: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The rows of ROW, which of a long line has lists."""
    if not isinstance(row.get("time"), list):
        yield row
        return
    for time, rank in zip(row["time"], row["rank"], strict=True):
        yield row | {"time": time, "rank": rank}


def layers(spec: Spec) -> Iterator[Spec]:
    """Every mark of a picture, with its encodings."""
    if "mark" in spec:
        yield spec
    for part in ("layer", "concat", "vconcat", "hconcat"):
        for child in spec.get(part, ()):
            yield from layers(child)


def words(spec: Spec) -> str:
    """Everything that a picture says in text of its own."""
    texts = [*_lines(spec.get("title", {}).get("text", []))]
    texts += _lines(spec.get("title", {}).get("subtitle", []))
    for layer in layers(spec):
        value = layer.get("encoding", {}).get("text", {}).get("value")
        texts += _lines(value) if isinstance(value, str | list) else []
    for data in spec.get("datasets", {}).values():
        texts += [str(row["text"]) for row in data if "text" in row]
    return "\n".join(texts)


def _lines(text: str | list[str]) -> list[str]:
    return [text] if isinstance(text, str) else text


@st.composite
def any_series(draw: st.DrawFn, most: int = 14) -> list[Series]:
    """Up to four apps with ranks of their own, gaps, unranked snapshots and two provenances."""
    waits = draw(st.lists(st.sampled_from([1, 1, 1, 1, 6]), min_size=1, max_size=most))
    hours = [0, *(sum(waits[: n + 1]) for n in range(len(waits)))]
    many = draw(st.integers(1, 4))
    kinds = draw(
        st.lists(
            st.sampled_from([Provenance.RECORDED, Provenance.RECONSTRUCTED]),
            min_size=len(hours),
            max_size=len(hours),
        )
    )
    ranks = st.permutations([1, 2, 3, 17, 60, None, None]).map(lambda order: order[:many])
    table = [draw(ranks) for _ in hours]
    whole = timeline(hours)
    line = Timeline(whole.chart, whole.source, whole.times, whole.depths, tuple(kinds))
    return [
        Series(line, App(str(100 + n), f"Filler {n:02}"), tuple(row[n] for row in table))
        for n in range(many)
    ]
