"""Find the app that a text means: by alias, app id, name or former name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from tracker.catalog import Catalog, Former
from tracker.errors import NotInStore, UnknownName
from tracker.ids import store_of_id
from tracker.model import App, Chart
from tracker.queries.selection import Notify, quiet
from tracker.store import Reader
from tracker.store.charts import family
from tracker.store.names import Name, names_like
from tracker.store.snapshots import ranked_between
from tracker.words import with_distinct_names


def catalog_of(own: Iterable[App], reader: Reader, notify: Notify = quiet) -> Catalog:
    """The assistants, the person's OWN apps, and those of the database.

    NOTIFY gets a line where a text is a name that the app no longer has.
    """

    def former(text: str, whole: bool) -> list[Former]:
        return [
            Former(App(name.app_id, name.now or name.app_id), name.name, _former_words(name))
            for name in names_like(reader, text, whole=whole)
            if name.name != name.now
        ]

    return Catalog(own, reader.apps_named, former, notify)


def namesakes(reader: Reader, apps: Iterable[App]) -> list[App]:
    """APPS that are shown together, each with its id where any other app has its name.

    The other one may be among APPS or anywhere in the database.
    """
    return [
        replace(app, name=f"{app.name} ({app.app_id})") if _shared(reader, app) else app
        for app in with_distinct_names(apps)
    ]


def _shared(reader: Reader, app: App) -> bool:
    """Whether the database has another app of APP's name in its store."""
    name, store = app.name.casefold(), store_of_id(app.app_id)
    return any(
        other.app_id != app.app_id
        and other.name.casefold() == name
        and store_of_id(other.app_id) == store
        for other in reader.apps_named(app.name)
    )


Pick = Callable[[str, Sequence[App]], App]


def find_apps(
    catalog: Catalog, texts: Iterable[str], pick: Pick | None = None, store: str | None = None
) -> list[App]:
    """The apps meant, each once, in the order given; those of one name with their ids.

    PICK chooses where an alias has several ids; without it such an alias is refused. STORE is the
    store that they must be in.
    """
    apps = (find_app(catalog, text, pick, store) for text in texts)
    return with_distinct_names({app.app_id: app for app in apps}.values())


def twins(catalog: Catalog, apps: Sequence[App], chart: Chart, notify: Notify) -> list[App]:
    """APPS as the store of CHART has them; none, and a line why, where one has no id there."""
    try:
        return [catalog.twin(app, chart.store) for app in apps]
    except NotInStore as error:
        notify(f"left out: {chart}: {error}")
        return []


def find_app(
    catalog: Catalog, text: str, pick: Pick | None = None, store: str | None = None
) -> App:
    """The app meant."""
    meant = catalog.meant(text, store) if pick else [catalog.find(text, store)]
    return pick(text, meant) if pick and len(meant) > 1 else meant[0]


#: When an app id was first and last ranked from one time to another; None for never.
Ranked = Callable[[str, datetime | None, datetime | None], tuple[datetime, datetime] | None]


def ranked_on(
    reader: Reader,
    chart: Chart,
    since: datetime | None,
    until: datetime | None,
    part: str | None = None,
    notify: Notify = quiet,
) -> Pick:
    """Choose the one id of an alias that is ranked on CHART then, and say so.

    With PART also on the charts that differ from it in nothing else, such as storefront.
    """

    def ranked(
        app_id: str, first: datetime | None, last: datetime | None
    ) -> tuple[datetime, datetime] | None:
        charts = family(reader, chart, part) if part else [chart]
        return ranked_between(reader, app_id, charts, first, last)

    return the_ranked_one(ranked, since, until, notify)


def the_ranked_one(
    ranked_between: Ranked, since: datetime | None, until: datetime | None, notify: Notify
) -> Pick:
    """Choose the one id of an alias that is ranked from SINCE to UNTIL, and say so.

    Series of two ids are never joined: ``UnknownName`` says when each was ranked, where both are
    ranked then or none is.
    """

    def pick(text: str, apps: Sequence[App]) -> App:
        ranked = {app: ranked_between(app.app_id, since, until) for app in apps}
        there = [app for app, when in ranked.items() if when]
        ids = f"'{text}' has {len(apps)} ids"
        if len(there) == 1:
            notify(f"{ids}; {there[0].app_id} is the one that is ranked there then")
            return there[0]
        ever = {app: ranked_between(app.app_id, None, None) for app in apps}
        each = ", ".join(f"{app.app_id} ({_when_words(when)})" for app, when in ever.items())
        many = f"{len(there)} of them are" if there else "none of them is"
        raise UnknownName(f"{ids}, and {many} ranked there then: {each}; name one by its id")

    return pick


def _when_words(when: tuple[datetime, datetime] | None) -> str:
    return f"{when[0]:%Y-%m-%d} to {when[1]:%Y-%m-%d}" if when else "never ranked there"


def _former_words(former: Name) -> str:
    """``'Plain Calculator' (us, 2026-06-01 to 2026-06-08) is now called Lucky Slots (1111)``."""
    when = f"{former.first_at:%Y-%m-%d} to {former.last_at:%Y-%m-%d}"
    name = f"{former.now or 'not known by name'} ({former.app_id})"
    where = f"'{former.name}' ({former.storefront}, {when})"
    if former.storefront == former.now_in:
        return f"{where} is now called {name}"
    return f"{where} is called {name} in {former.now_in}"
