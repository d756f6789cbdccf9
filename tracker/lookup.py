"""Names for apps that a chart has by id alone, looked up after a pass.

A name found here is stored with its storefront and time, as every other name is; no rank is.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from tracker.errors import FetchError, ParseError
from tracker.fetch import Fetcher
from tracker.model import Chart
from tracker.settings import Settings
from tracker.sources import itunes_search
from tracker.store import Store
from tracker.store.lookups import store_found, unnamed
from tracker.stores import APP_STORE

#: Ids in one call; 100 to 150 are known to work.
BATCH = 150
#: Calls after one pass. The next one goes on where this one stopped.
CALLS = 4


def look_up_names(
    charts: Sequence[Chart],
    *,
    settings: Settings,
    store: Store,
    fetcher: Fetcher,
    clock: Callable[[], datetime],
    stop: threading.Event,
    say: Callable[[str, bool], None],
) -> None:
    """Look up the unnamed apps of the newest snapshots of CHARTS, in each one's storefront.

    SAY is called with a line for each call. Raises ``FetchError`` where the store gives no answer.
    """
    batches = list(_batches(charts, settings, store, clock()))
    for storefront, ids in batches[:CALLS]:
        if stop.is_set():
            return
        url = itunes_search.lookup_url(ids, storefront, settings.bases["itunes-search"])
        try:
            body = fetcher.get(url)
        except FetchError:
            if stop.is_set():
                return
            raise
        try:
            names = [
                (app.app_id, app.name, app.developer) for app in itunes_search.parse_found(body)
            ]
        except ParseError as error:
            store_found(store, storefront, clock(), ids, [])  # else asked for after every pass
            say(f"names of {len(ids)} apps in {storefront}: {error}", True)
            continue
        named = store_found(store, storefront, clock(), ids, names)
        say(f"names of {len(ids)} apps looked up in {storefront}, {named} found", False)


def _batches(
    charts: Sequence[Chart], settings: Settings, store: Store, now: datetime
) -> Iterator[tuple[str, list[str]]]:
    """Storefronts, each with at most ``BATCH`` ids; an app is asked for in one storefront."""
    wanted: dict[str, str] = {}
    known = [chart for chart in charts if chart.store == APP_STORE]  # whose ids it looks up
    for chart, source in settings.charts_and_sources(known):
        for app_id in unnamed(store, chart, source.name, now):
            wanted.setdefault(app_id, chart.storefront)
    for storefront in dict.fromkeys(wanted.values()):
        ids = [app_id for app_id, front in wanted.items() if front == storefront]
        for start in range(0, len(ids), BATCH):
            yield storefront, ids[start : start + BATCH]
