"""``python -m benchmarks [NAME …] [--keep]``: print the figures, or those named.

The long ones run only when named.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence

from benchmarks.browsing import browsed
from benchmarks.collecting import collecting
from benchmarks.figures import Figure
from benchmarks.ledger import fiveyears
from benchmarks.load import load
from benchmarks.machine import keep, machine
from benchmarks.memory import memory
from benchmarks.merging import merging
from benchmarks.parsing import parsing
from benchmarks.payloads import payload_bytes
from benchmarks.plotting import plotting
from benchmarks.saving import rank_bytes, saving
from benchmarks.scale import scale
from benchmarks.soak import soak
from benchmarks.startup import startup

BENCHMARKS: dict[str, Callable[[], list[Figure]]] = {
    "startup": startup,
    "parsing": parsing,
    "saving": saving,
    "payloads": payload_bytes,
    "ranks": rank_bytes,
    "collecting": collecting,
    "memory": memory,
    "merging": merging,
    "fiveyears": fiveyears,
    "plotting": plotting,
    "browsing": browsed,
    "load": load,
    "soak": soak,
    "scale": scale,
}
LONG = {"browsing", "load", "scale", "soak"}


def main(arguments: Sequence[str] | None = None) -> None:
    reader = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    reader.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    reader.add_argument("--keep", action="store_true", help="keep the figures in benchmarks/runs")
    options = reader.parse_args(arguments)
    if unknown := set(options.names) - set(BENCHMARKS):
        reader.error(f"no benchmark named {min(unknown)} (one of {', '.join(BENCHMARKS)})")
    print(", ".join(f"{what} {value}" for what, value in machine().items()))
    run = {}
    for name in options.names or [benchmark for benchmark in BENCHMARKS if benchmark not in LONG]:
        run[name] = BENCHMARKS[name]()
        print(f"\n{name}", *run[name], sep="\n  ", flush=True)
    if options.keep:
        print(f"\nkept in {keep(run)}")


if __name__ == "__main__":
    main()
