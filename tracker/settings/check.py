"""Whether settings are valid, and the requests of one pass under them."""

from __future__ import annotations

import math
import os
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from difflib import get_close_matches
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from tracker.errors import UnknownName
from tracker.settings import KEYS, SIGNING_SECRET, NoneDealt, Settings, examine, file_of, variable
from tracker.sources import source_for
from tracker.words import at_most, counted

#: A variable of ours by its name that is this much like a known one is misspelt.
_ALIKE = 0.85


@dataclass(frozen=True, slots=True)
class Load:
    """The requests of one pass to one HOST; SECONDS from the first to the last at its pace.

    PER_MINUTE is that pace; 0 where there is none.
    """

    host: str
    requests: int
    seconds: float
    per_minute: float


@dataclass(frozen=True, slots=True)
class Check:
    """The faults of settings, and the requests of a pass.

    FILE is None where no file is read. LOADS is empty where there are FAULTS.
    """

    file: Path | None
    settings: Settings
    faults: tuple[str, ...]
    warnings: tuple[str, ...]
    loads: tuple[Load, ...]

    @property
    def requests(self) -> int:
        return sum(load.requests for load in self.loads)

    @property
    def seconds(self) -> float:
        """How long a pass takes at the pace, without the time that the store takes to answer."""
        return max((load.seconds for load in self.loads), default=0.0)


def check(
    file: Path | None = None, env: Mapping[str, str] = os.environ, *, whole: bool = False
) -> Check:
    """Check the settings of FILE (else ``apptrack.toml`` here, if there is one) and of ENV.

    A shard without a chart is a fault of a pass, and a warning beside a plan of the WHOLE world.
    Raises ``SettingsError`` where a file that is named cannot be read, or is not TOML.
    """
    path = file_of(file, env)
    settings, refused = examine(file, env)
    idle = [str(fault) for fault in refused if whole and isinstance(fault, NoneDealt)]
    faults = [line for line in (*map(str, refused), *_faults(settings)) if line not in idle]
    loads = () if faults else tuple(_loads(settings))
    warnings = [*idle, *_misspelt(env), *_missing_extras(settings)]
    if not faults:
        warnings += [*_too_slow(loads, settings), *_never_raised(settings)]
    named = file or "APPTRACK_SETTINGS" in env or path.exists()
    return Check(path if named else None, settings, tuple(faults), tuple(warnings), loads)


def _faults(settings: Settings) -> Iterator[str]:
    for chart in settings.charts:
        try:
            source_for(chart, settings.sources)
        except UnknownName as error:
            yield f"charts: {error}"
    delivery = settings.delivery
    if delivery.secret_file and not os.access(delivery.secret_file, os.R_OK):
        yield f"delivery.secret_file: {delivery.secret_file} cannot be read: create it first"
    elif delivery.webhook and not (delivery.secret_file or delivery.secret):
        yield (
            f"delivery.webhook needs a secret: set {SIGNING_SECRET}, or name a file in "
            "delivery.secret_file"
        )


def _loads(settings: Settings) -> Iterator[Load]:
    """The hosts in the order in which they are first asked."""
    sources = [source for _, source in settings.charts_and_sources(settings.charts)]
    hosts = {source: urlsplit(settings.bases[source.name]).netloc for source in sources}
    pace = settings.fetch.per_minute
    for host, requests in Counter(hosts[source] for source in sources).items():
        own = [settings.own_pace(source) for source in hosts if hosts[source] == host]
        slowest = min([pace, *filter(None, own)])
        seconds = (requests - 1) * 60 / slowest if pace else 0.0
        yield Load(host, requests, seconds, slowest if pace else 0.0)


def _too_slow(loads: tuple[Load, ...], settings: Settings) -> Iterator[str]:
    seconds = max((load.seconds for load in loads), default=0.0)
    if timedelta(seconds=seconds) > settings.every:
        yield (
            f"a pass takes longer than the interval of {at_most(settings.every.total_seconds())}: "
            f"raise 'every' to at least {math.ceil(seconds)}s, or list fewer charts"
        )


def _never_raised(settings: Settings) -> Iterator[str]:
    for number, rule in enumerate(settings.alerts, 1):
        missing = [chart for chart in rule.charts if chart not in settings.charts]
        if missing:
            more = f" and {counted(len(missing) - 1, 'other')}" if len(missing) > 1 else ""
            yield (
                f"alerts: table {number}: {missing[0]}{more} not in 'charts', so 'run' never reads "
                "it and the rule never fires there: add it to 'charts'"
            )


def _missing_extras(settings: Settings) -> Iterator[str]:
    for used, key, package, extra in (
        (settings.delivery.apprise, "delivery.apprise", "apprise", "alerts"),
        (settings.metrics_file, "metrics_file", "prometheus_client", "metrics"),
    ):
        if used and not find_spec(package):
            yield f"{key} needs an extra: run pip install 'apptrack[{extra}]'"


def _misspelt(env: Mapping[str, str]) -> Iterator[str]:
    known = [*map(variable, KEYS), "APPTRACK_SETTINGS", SIGNING_SECRET]
    unknown = (name for name in sorted(env) if name.startswith("APPTRACK_") and name not in known)
    for name in unknown:
        if near := get_close_matches(name, known, n=1, cutoff=_ALIKE):
            yield f"the variable {name} is not read; did you mean {near[0]}?"
