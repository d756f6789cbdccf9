"""``python -m benchmarks.fiveyears FILE``: years of hourly charts, invented, as a real database.

The tables are the program's own. Each hour some neighbours change places, so that about three
quarters of the ranks differ after three hours, as on recorded charts; every app wanders, so the
assistants pass each other, leave the chart and come back. Some hours have no data, and some
snapshots came short. The same arguments always make the same rows.
"""

from __future__ import annotations

import argparse
import random
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import repeat
from pathlib import Path

from tracker.catalog import assistants
from tracker.model import Chart, Provenance, iso
from tracker.store import Store
from tracker.store.completing import complete

DEPTH = 100
HOURS_A_YEAR = 8760
START = datetime(2021, 1, 1, tzinfo=UTC)
SOURCE = "apple-rss"
CHARTS = tuple(
    Chart.parse(f"{storefront}/iphone/top-free/apps")
    for storefront in ("us", "jp", "de", "gb", "fr", "in", "br", "kr", "ca", "au")
)

_SWAPS = 47  # how many neighbours change places in an hour
_PLACES = 129  # as many contenders as a byte's upper seven bits, and one more, can swap
_NEWCOMER = 0.05  # how probable an app never seen before is, each hour
_SHORT = 0.01  # the share of snapshots that came short
_MISSED = 0.003  # the share of hours in which one chart could not be read
_OUTAGE = 0.0005  # how probable it is, each hour, that there is no data for a while
_LONGEST_OUTAGE = 48  # hours
#: The fillers of each chart are numbered from a multiple of this on.
_FIRST_FILLER = 1_000_000


class Market:
    """One chart's contenders in order, the best first; each app is a row id of ``apps``."""

    def __init__(self, number: int) -> None:
        self._chance = random.Random(number)
        self.assistants = range(1, len(assistants()) + 1)
        self.newcomers = [_FIRST_FILLER * (number + 1)]
        fillers = (self._newcomer() for _ in range(_PLACES - len(self.assistants)))
        self.order = [*self.assistants, *fillers]
        self._chance.shuffle(self.order)

    def _newcomer(self) -> int:
        self.newcomers.append(self.newcomers[-1] + 1)
        return self.newcomers[-1]

    def hour(self) -> int | None:
        """Let an hour pass; the depth of what is seen then, None where nothing could be read."""
        order, chance = self.order, self._chance
        for byte in chance.randbytes(_SWAPS):
            place = byte >> 1
            order[place], order[place + 1] = order[place + 1], order[place]
        if chance.random() < _NEWCOMER and order[-1] not in self.assistants:
            order[-1] = self._newcomer()
        seen = chance.random()
        if seen < _MISSED:
            return None
        return chance.randrange(25, DEPTH) if seen < _MISSED + _SHORT else DEPTH


def make(path: Path, years: float = 5, count: int = 10) -> None:
    """Write YEARS of COUNT charts, hourly, into a new database at PATH: about 30 bytes a rank.

    It is written beside PATH and put there when it is whole.
    """
    unfinished = path.with_name(path.name + ".unfinished")
    unfinished.unlink(missing_ok=True)
    Store(unfinished).close()
    with closing(sqlite3.connect(unfinished, isolation_level=None)) as connection:
        # Quick rather than safe: a file that did not come to its end is made again.
        for pragma in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -100000"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("BEGIN")
        _fill(connection, round(years * HOURS_A_YEAR), CHARTS[:count])
        connection.execute("COMMIT")
        connection.execute("PRAGMA journal_mode = WAL")
    with Store(unfinished) as store:
        complete(store)
    unfinished.replace(path)


def _fill(connection: sqlite3.Connection, hours: int, wanted: Sequence[Chart]) -> None:
    markets = [Market(number) for number, _ in enumerate(wanted)]
    ranks = range(1, DEPTH + 1)
    for index, (number, at, depth) in enumerate(_snapshot_rows(markets, hours), 1):
        head = (index, number + 1, SOURCE, at, depth, Provenance.RECORDED)
        connection.execute(
            "INSERT INTO snapshots (id, chart, source, observed_at, depth, provenance)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            head,
        )
        rows = zip(repeat(index, depth), ranks, markets[number].order, strict=False)
        connection.executemany("INSERT INTO entries VALUES (?, ?, ?)", rows)
    for number, wanted_chart in enumerate(wanted, 1):
        chart = (
            number,
            wanted_chart.slug,
            wanted_chart.storefront,
            wanted_chart.device,
            wanted_chart.ranking,
            wanted_chart.genre,
        )
        connection.execute("INSERT INTO charts VALUES (?, ?, ?, ?, ?, ?)", chart)
    sql = "INSERT INTO apps (id, store, store_id, name) VALUES (?, 'app-store', ?, ?)"
    known = enumerate((assistant.app for assistant in assistants()), 1)
    connection.executemany(sql, ((number, app.app_id, app.name) for number, app in known))
    fillers = (filler for market in markets for filler in market.newcomers)
    connection.executemany(
        sql, ((filler, str(10**9 + filler), f"Filler {filler}") for filler in fillers)
    )


def _snapshot_rows(markets: Sequence[Market], hours: int) -> Iterator[tuple[int, str, int]]:
    """Each look in order of time: the market's number, the time, the depth."""
    chance = random.Random(hours)
    away = 0
    for hour in range(hours):
        away = max(away - 1, chance.randrange(2, _LONGEST_OUTAGE) * (chance.random() < _OUTAGE))
        for number, market in enumerate(markets):
            depth = market.hour()
            if depth and not away:
                seconds = 3 * number + chance.randrange(3)
                yield number, iso(START + timedelta(hours=hour, seconds=seconds)), depth


def changed(path: Path, hours: int = 3) -> float:
    """The share of the ranks of the first chart that another app has HOURS snapshots later."""
    sql = """SELECT avg(earlier.app <> later.app) FROM
             (SELECT id, lead(id, ?) OVER (ORDER BY observed_at) AS next
              FROM snapshots WHERE chart = 1 LIMIT 1000) AS looks
             JOIN entries AS earlier ON earlier.snapshot = looks.id
             JOIN entries AS later ON later.snapshot = looks.next AND later.rank = earlier.rank"""
    with closing(sqlite3.connect(path)) as connection:
        return float(connection.execute(sql, (hours,)).fetchone()[0])


def main(arguments: Sequence[str] | None = None) -> None:
    reader = argparse.ArgumentParser(prog="python -m benchmarks.fiveyears", description=__doc__)
    reader.add_argument("file", type=Path, metavar="FILE")
    reader.add_argument("--years", type=float, default=5)
    reader.add_argument("--charts", type=int, default=10, help="1 to 10")
    options = reader.parse_args(arguments)
    make(options.file, options.years, options.charts)
    with closing(sqlite3.connect(options.file)) as connection:
        (ranks,) = connection.execute("SELECT sum(depth) FROM snapshots").fetchone()
    size = options.file.stat().st_size
    print(
        f"{options.file}: {ranks:,} ranks, {size / 1e6:,.0f} MB, {size / ranks:.1f} bytes a rank; "
        f"{changed(options.file, 1):.0%} of the ranks differ an hour later, "
        f"{changed(options.file):.0%} three hours later"
    )


if __name__ == "__main__":
    main()
