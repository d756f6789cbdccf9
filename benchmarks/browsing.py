"""``python -m benchmarks.browsing [FILE]``: every page, table, view and query of years of data.

The real `apptrack browse` serves FILE, by default five years of ten hourly charts, made for it
(``benchmarks.fiveyears``). The view of all ranks and some tables are asked filtered and sorted too,
as their pages link to it. Each address is asked several times; the best counts, for the machine may
be busy. Then one page is asked again and again, alone and while curves of all years are drawn.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import ProxyHandler, build_opener

from benchmarks.figures import Figure
from benchmarks.fiveyears import CHARTS, SOURCE, START, make
from benchmarks.load import browsing
from benchmarks.machine import machine
from tracker.browse.description import metadata_for
from tracker.catalog import assistants
from tracker.model import Provenance

#: Milliseconds: Datasette's own limit of a query, and what a curve may cost another page.
LIMIT, BESIDE = 1000, 50
VIEWS = ("observations", "latest", "failures", "cross_checks")
_PAIR = ("app", "deepseek"), ("app", "chatgpt")
_CURVES = ("curve.html", "curve.svg", "curve.png")
_OPENER = build_opener(ProxyHandler({}))


def browsed(
    file: Path | None = None, turns: int = 5, seconds: float = 10, years: float = 5
) -> list[Figure]:
    """The best of TURNS of each address of FILE; then a page, asked for SECONDS beside curves.

    Without FILE, of so many YEARS, made for it.
    """
    if file is None:
        with tempfile.TemporaryDirectory() as folder:
            made = Path(folder) / "years.db"
            make(made, years)
            return browsed(made, turns, seconds)
    with browsing(file) as address:
        own = address.replace(f"/{file.stem}", f"/-/apptrack/{file.stem}")
        figures = [
            Figure(what, min(_asked(url) for _ in range(turns)), "ms", most=most)
            for what, url, most in _addresses(address, own)
        ]
        return figures + _beside(f"{own}/home.json", f"{own}/curve.png?{urlencode(_PAIR)}", seconds)


def _addresses(tables: str, own: str) -> list[tuple[str, str, int | None]]:
    """What is asked for, where, and within how many milliseconds."""
    described = metadata_for("x")["databases"]["x"]
    shown = [name for name, words in described["tables"].items() if not words.get("hidden")]
    event = _json(f"{own}/compare.json?{urlencode(_PAIR)}")["overtakes"][0]["id"]
    snapshot = _json(f"{own}/home.json")["snapshot"]
    rare = _json(f"{tables}/apps.json?_sort_desc=id&_size=1&_shape=array")[0]["store_id"]
    then = START.year + 2
    month = ("since", f"{then}-03"), ("until", f"{then}-03")
    pages: Mapping[str, str] = {
        "home": "", "compare": f"compare?{urlencode(_PAIR)}",
        "compare, a month": f"compare?{urlencode((*_PAIR, *month))}",
        "app": "app?app=deepseek", "chart": "chart", "chart, years ago": f"chart?at={then}-03-01",
        "event": f"event?{urlencode({'id': event})}", "snapshot": f"snapshot/{snapshot}",
        "find": "find?q=depseek", "overtakes.atom": f"overtakes.atom?{urlencode(_PAIR)}",
        "overtakes.atom of all": "overtakes.atom",
    }  # fmt: skip
    queries = {
        **{name: name for name in described["queries"]},
        "coverage, 2,000 days": "coverage?days=2000",
        "coverage, 2,000 days, one chart": f"coverage?days=2000&chart={CHARTS[0].slug}",
        "app_ranks, years ago": f"app_ranks?before={then}-03",
        "who_is_ahead, by name": "who_is_ahead?app_a=DeepSeek&app_b=ChatGPT",
        "find_app 'deep'": "find_app?text=deep",
        "latest_chart of one": f"latest_chart?chart={CHARTS[0].slug}",
    }
    return [
        ("list of tables", tables, LIMIT),
        *((f"sorted {what}", f"{tables}/{path}", LIMIT)
          for what, path in _sorted(described["tables"], rare)),
        *((f"{'view' if name in VIEWS else 'table'} {name}", f"{tables}/{name}", LIMIT)
          for name in shown),
        *((f"query {name}", f"{tables}/{path}", LIMIT) for name, path in queries.items()),
        *((f"page {name}", f"{own}/{path}", LIMIT) for name, path in pages.items()),
        *((f"{name}, all years", f"{own}/{name}?{urlencode(_PAIR)}", None) for name in _CURVES),
    ]  # fmt: skip


def _sorted(described: Mapping[str, Any], rare: str) -> Iterator[tuple[str, str]]:
    """What is filtered and sorted, and its path; RARE is the id of an app seldom ranked."""
    app, chart = ("app_id", assistants()[0].app.app_id), ("chart", CHARTS[0].slug)
    newcomer = ("app_id", rare)
    since, by_time = ("observed_at__gte", f"{START.year + 2}-03"), ("_sort_desc", "observed_at")
    for what, filters in {
        "all": (), "chart": (chart,), "app": (app,), "app and chart": (app, chart),
        "rare app": (newcomer,), "rare app and chart": (newcomer, chart),
        "name": (("name", assistants()[0].app.name),), "source": (("source", SOURCE),),
        "no provenance": (("provenance", Provenance.IMPORTED),), "rank 1": (("rank", 1),),
        "rank 1 and chart": (("rank", 1), chart), "since": (since,),
        "since and app": (since, app), "since and chart": (since, chart),
    }.items():  # fmt: skip
        yield f"observations, {what}, by time", f"observations?{urlencode((*filters, by_time))}"
    for column in described["observations"]["columns"]:
        asked = urlencode((app, chart, ("_sort", column)))
        yield f"observations, app and chart, by {column}", f"observations?{asked}"
    for table in ("apps", "snapshots", "fetches", "latest"):
        for column in described[table]["columns"]:
            yield f"{table} by {column}", f"{table}?{urlencode({'_sort_desc': column})}"


def _asked(address: str) -> float:
    """Milliseconds of one answer, all of it; infinite for one that was refused."""
    begun = time.perf_counter()
    try:
        with closing(_OPENER.open(address, timeout=120)) as answer:
            answer.read()
    except HTTPError as refusal:
        with refusal:
            if refusal.read() and refusal.code != HTTPStatus.NOT_FOUND:
                return math.inf
    return (time.perf_counter() - begun) * 1000


def _json(address: str) -> Any:
    with _OPENER.open(address, timeout=120) as answer:
        return json.load(answer)


def _beside(page: str, curve: str, seconds: float) -> list[Figure]:
    """How long PAGE takes alone and while CURVE is drawn over and over, in turns."""
    alone, beside = list[float](), list[float]()
    for _ in range(3):
        alone += _repeated(page, seconds / 6)
        over = threading.Event()
        drawing = threading.Thread(target=_until, args=(over, lambda: _asked(curve)))
        drawing.start()
        time.sleep(0.1)
        beside += _repeated(page, seconds / 6)
        over.set()
        drawing.join()
    return [
        Figure("home.json alone, median", statistics.median(alone), "ms"),
        Figure("home.json while curves are drawn, median", statistics.median(beside), "ms"),
        Figure(
            "what the curves add to it", statistics.median(beside) - statistics.median(alone), "ms",
            most=BESIDE,
        ),
    ]  # fmt: skip


def _until(over: threading.Event, work: Callable[[], object]) -> None:
    while not over.is_set():
        work()


def _repeated(page: str, seconds: float) -> list[float]:
    end, times = time.monotonic() + seconds, list[float]()
    while not times or time.monotonic() < end:
        times.append(_asked(page))
    return times


def main(arguments: Sequence[str] | None = None) -> None:
    reader = argparse.ArgumentParser(prog="python -m benchmarks.browsing", description=__doc__)
    reader.add_argument("file", type=Path, nargs="?", metavar="FILE")
    reader.add_argument("--turns", type=int, default=5)
    options = reader.parse_args(arguments)
    print(", ".join(f"{what} {value}" for what, value in machine().items()), flush=True)
    print(*browsed(options.file, options.turns), sep="\n")


if __name__ == "__main__":
    main()
