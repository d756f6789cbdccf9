"""The assistants apptrack knows, and the app that a typed text means."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cache
from pathlib import Path

from tracker.errors import NotInStore, UnknownName, echo
from tracker.ids import is_package, store_of_id
from tracker.model import App
from tracker.stores import APP_STORE, IN_SENTENCE, PLAY, STORES


@dataclass(frozen=True, slots=True)
class Assistant:
    """An app in the catalogue, with its ids in each store and how sure they are.

    ``app`` has the id of the App Store.
    """

    app: App
    bundle: str | None
    google_play: str | None
    evidence: str  # "several" independent sources, or "one"

    @property
    def apps(self) -> Iterator[App]:
        """The app in each store that has it; alias, name and colour are the same."""
        yield self.app
        if self.google_play:
            yield replace(self.app, app_id=self.google_play)


@cache
def assistants() -> tuple[Assistant, ...]:
    """The assistants of ``assistants.toml``, in its order."""
    text = Path(__file__).with_name("assistants.toml").read_text("utf-8")
    return tuple(
        Assistant(
            App(row["app_store"], row["name"], row["alias"], row["colour"]),
            row.get("bundle"),
            row.get("google_play"),
            row["evidence"],
        )
        for row in tomllib.loads(text)["assistants"]
    )


@dataclass(frozen=True, slots=True)
class Former:
    """A NAME under which the database knows an app, and which is not its name now.

    ``words``: where and when it had that name, and its name now.
    """

    app: App
    name: str
    words: str


def nobody(text: str) -> Sequence[App]:
    """Used without a database: no app is named TEXT."""
    return ()


def no_former(text: str, whole: bool) -> Sequence[Former]:
    """Used without a database: no app was ever named TEXT."""
    return ()


class Catalog:
    """The assistants, and the person's OWN apps before them.

    SEEN(text) gives the apps of the database whose id is TEXT or whose name contains it;
    FORMER(text, whole) those that were once called TEXT, or unless WHOLE something that contains
    it. SAY is called with a line where an app is found by such a name.
    """

    def __init__(
        self,
        own: Iterable[App] = (),
        seen: Callable[[str], Sequence[App]] = nobody,
        former: Callable[[str, bool], Sequence[Former]] = no_former,
        say: Callable[[str], object] = lambda line: None,
    ) -> None:
        own = tuple(own)
        taken = {(app.alias, store_of_id(app.app_id)) for app in own}
        theirs = (app for assistant in assistants() for app in assistant.apps)
        #: The apps of both stores, the person's own first.
        self.every = (
            *own,
            *(app for app in theirs if (app.alias, store_of_id(app.app_id)) not in taken),
        )
        self._seen, self._former, self._say = seen, former, say

    def of(self, store: str) -> tuple[App, ...]:
        """The apps of STORE, ``app-store`` or ``play``, the person's own first."""
        return tuple(app for app in self.every if store_of_id(app.app_id) == store)

    @property
    def apps(self) -> tuple[App, ...]:
        """The apps of the App Store."""
        return self.of(APP_STORE)

    def find(self, text: str, store: str | None = None) -> App:
        """The one app that TEXT means: an alias, an app id, or a name that fits one app only.

        STORE is the store it must be in; None where any will do, of two the App Store. Raises
        ``UnknownName`` naming the nearest ones, or the candidates with their ids.
        """
        apps = self.meant(text, store)
        if len(apps) > 1:
            ids = ", ".join(app.app_id for app in apps)
            raise UnknownName(f"'{text}' has {len(apps)} ids: {ids}; name one by its id")
        return apps[0]

    def meant(self, text: str, store: str | None = None) -> list[App]:
        """The app that TEXT means; several only where it is an alias that has several ids.

        Raises ``UnknownName`` as ``find`` does, also for an app that is not in STORE.
        """
        wanted = text.strip().casefold()
        if aliased := [app for app in self.every if app.alias == wanted]:
            return self._in_store(aliased, store)
        if same := [app for app in self.every if app.app_id == text.strip()]:
            return self._in_store(same[:1], store)
        if same := [app for app in self.every if app.name.casefold() == wanted]:
            return self._in_store(same, store)[:1]
        if wanted.isascii() and wanted.isdigit():
            return self._in_store([self._by_id(text, wanted)], store)
        if is_package(text.strip()) and (seen := self._with_package(text.strip())):
            return self._in_store(seen, store)
        return [self._by_name(text, wanted, store)]

    def anywhere(self, text: str) -> list[App]:
        """The apps that TEXT means in either store. Raises ``UnknownName`` where it means none."""
        apps: list[App] = []
        for store in STORES:
            with suppress(UnknownName):
                apps += self.meant(text, store)
        return apps or self.meant(text)

    def twin(self, app: App, store: str) -> App:
        """APP as STORE has it: the app of the same alias there, or APP itself where it is of STORE.

        Raises ``NotInStore`` where none is known.
        """
        if store_of_id(app.app_id) == store:
            return app
        for other in self.of(store) if app.alias else ():
            if other.alias == app.alias:
                return other
        raise NotInStore(_without_id(app, store))

    def _in_store(self, apps: Sequence[App], store: str | None) -> list[App]:
        """Those of APPS, which are of one name, that are in STORE; None: in the App Store, if any.

        Raises ``NotInStore`` where none is: an app is never left out silently.
        """
        for wanted in (store,) if store else (APP_STORE, PLAY):
            if there := [app for app in apps if store_of_id(app.app_id) == wanted]:
                return there
        assert store is not None
        app = apps[0]
        twin = self.twin(app, store)
        theirs = IN_SENTENCE[APP_STORE if store == PLAY else PLAY]
        raise NotInStore(
            f"{app.app_id} is {app.name} on {theirs}; on a chart of {IN_SENTENCE[store]} its id is "
            f"{twin.app_id}: name that. Ranks of two stores are never compared"
        )

    def _with_package(self, package: str) -> list[App]:
        """The app of Google Play with the id PACKAGE; none where it may be a name with a dot."""
        if self._seen is nobody:
            return [App(package, package)]
        return [app for app in self._seen(package) if app.app_id == package]

    def _by_id(self, text: str, wanted: str) -> App:
        seen = self._seen(wanted)
        for app in seen:
            if app.app_id == wanted:
                return app
        if self._seen is nobody:
            return App(wanted, wanted)
        if any(app.name == wanted for app in seen):  # an app may be called 2048
            return self._by_name(text, wanted, None)
        raise UnknownName(
            f"no app has the id {wanted}, neither in the catalogue nor in the database; "
            "look it up with 'apptrack apps search'"
        )

    def _by_name(self, text: str, wanted: str, store: str | None) -> App:
        fitting = self._fitting(text.strip(), wanted, store) if wanted else {}
        former = self._formerly(text.strip(), True, store) if wanted else {}
        same = [app for app in fitting.values() if app.name.casefold() == wanted]
        others = (
            [former_name for app_id, former_name in former.items() if app_id != same[0].app_id]
            if same
            else []
        )
        if len(same) == 1 and not others:
            return same[0]
        if len(same) == 1:
            each = "; ".join(former_name.words for former_name in others)
            now = f"{same[0].name} ({same[0].app_id})"
            raise UnknownName(f"'{text}' is {now}, and was another app: {each}; name one by its id")
        if not fitting and not former and wanted:
            former = self._formerly(text.strip(), False, store)
        known = {app.app_id: app for app in self.every}
        fitting |= {
            app_id: known.get(app_id, former_name.app) for app_id, former_name in former.items()
        }
        if len(fitting) == 1:
            self._say_of(former.values())
            return next(iter(fitting.values()))
        if fitting:
            raise UnknownName(f"'{text}' fits {len(fitting)} apps: {_listed(fitting.values())}")
        raise UnknownName(f"no app is called {echo(text)}{self._nearest(wanted)}")

    def _fitting(self, text: str, wanted: str, store: str | None) -> dict[str, App]:
        """The apps whose name contains TEXT, by id; those of the catalogue as it has them."""
        known = {app.app_id: app for app in self.every}
        fitting = {app.app_id: app for app in self._seen(text)}
        fitting |= {
            app.app_id: app
            for app in (self.of(store) if store else self.apps)
            if wanted in app.name.casefold()
        }
        in_store = {
            app_id: known.get(app_id, app)
            for app_id, app in fitting.items()
            if store in (None, store_of_id(app_id))
        }
        if store:
            return in_store
        return {app.app_id: app for app in _one_of_each_name(in_store.values())}

    def _formerly(self, text: str, whole: bool, store: str | None) -> dict[str, Former]:
        """The apps that were once called TEXT, by id."""
        return {
            former.app.app_id: former
            for former in self._former(text, whole)
            if store in (None, store_of_id(former.app.app_id))
        }

    def _say_of(self, former: Iterable[Former]) -> None:
        for former_name in former:
            self._say(former_name.words)

    def _nearest(self, wanted: str) -> str:
        names = {app.alias: app.alias for app in self.every if app.alias}
        names |= {app.name.casefold(): app.alias for app in self.every if app.alias}
        near = dict.fromkeys(names[name] for name in get_close_matches(wanted, names, n=3))
        if near:
            return f"; did you mean {' or '.join(near)}?"
        return "; see 'apptrack apps', or look it up with 'apptrack apps search'"


def _one_of_each_name(apps: Iterable[App]) -> list[App]:
    """APPS without those of Google Play whose name an app of the App Store among them has."""
    apps = list(apps)
    names = {app.name.casefold() for app in apps if store_of_id(app.app_id) == APP_STORE}
    return [
        app
        for app in apps
        if store_of_id(app.app_id) == APP_STORE or app.name.casefold() not in names
    ]


def _without_id(app: App, store: str) -> str:
    """``Kimi (6474233312) has no Google Play id in the catalogue; …``."""
    key = "google_play" if store == PLAY else "id"
    known = f"{app.name} ({app.app_id}) has no {STORES[store]} id in the catalogue"
    return f"{known}; if it is there, give its '{key}' in a table [[apps]]"


def _listed(apps: Iterable[App], most: int = 8) -> str:
    apps = list(apps)
    words = [f"{app.name} ({app.app_id})" for app in apps[:most]]
    more = [f"and {len(apps) - most} more"] if len(apps) > most else []
    return ", ".join(words + more) + "; name one by its id"
