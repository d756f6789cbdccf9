"""The assistants apptrack knows, and the app that a typed text means."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib import resources

from tracker.errors import UnknownName, echo
from tracker.model import App


@dataclass(frozen=True, slots=True)
class Assistant:
    """An app in the catalogue, with its ids in each store and how sure they are."""

    app: App
    bundle: str | None
    google_play: str | None
    evidence: str  # "several" independent sources, or "one"


@cache
def assistants() -> tuple[Assistant, ...]:
    """The assistants of ``assistants.toml``, in its order."""
    text = (resources.files("tracker") / "assistants.toml").read_text("utf-8")
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
        aliases = {app.alias for app in own}
        theirs = (assistant.app for assistant in assistants())
        self.apps = (*own, *(app for app in theirs if app.alias not in aliases))
        self._seen, self._former, self._say = seen, former, say

    def find(self, text: str) -> App:
        """The one app that TEXT means: an alias, an app id, or a name that fits one app only.

        Raises ``UnknownName`` naming the nearest ones, or the candidates with their ids.
        """
        apps = self.meant(text)
        if len(apps) > 1:
            ids = ", ".join(app.app_id for app in apps)
            raise UnknownName(f"'{text}' has {len(apps)} ids: {ids}; name one by its id")
        return apps[0]

    def meant(self, text: str) -> list[App]:
        """The app that TEXT means; several only where it is an alias that has several ids.

        Raises ``UnknownName`` as ``find`` does.
        """
        wanted = text.strip().casefold()
        if aliased := [app for app in self.apps if app.alias == wanted]:
            return aliased
        for exact in (
            [app for app in self.apps if app.app_id == wanted],
            [app for app in self.apps if app.name.casefold() == wanted],
        ):
            if exact:
                return exact[:1]
        if wanted.isascii() and wanted.isdigit():
            return [self._by_id(text, wanted)]
        return [self._by_name(text, wanted)]

    def _by_id(self, text: str, wanted: str) -> App:
        seen = self._seen(wanted)
        for app in seen:
            if app.app_id == wanted:
                return app
        if self._seen is nobody:
            return App(wanted, wanted)
        if any(app.name == wanted for app in seen):  # an app may be called 2048
            return self._by_name(text, wanted)
        raise UnknownName(
            f"no app has the id {wanted}, neither in the catalogue nor in the database; "
            "look it up with 'apptrack apps search'"
        )

    def _by_name(self, text: str, wanted: str) -> App:
        fitting = self._fitting(text.strip(), wanted) if wanted else {}
        former = (
            {
                former_name.app.app_id: former_name
                for former_name in self._former(text.strip(), True)
            }
            if wanted
            else {}
        )
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
            former = {
                former_name.app.app_id: former_name
                for former_name in self._former(text.strip(), False)
            }
        known = {app.app_id: app for app in self.apps}
        fitting |= {
            app_id: known.get(app_id, former_name.app) for app_id, former_name in former.items()
        }
        if len(fitting) == 1:
            self._say_of(former.values())
            return next(iter(fitting.values()))
        if fitting:
            raise UnknownName(f"'{text}' fits {len(fitting)} apps: {_listed(fitting.values())}")
        raise UnknownName(f"no app is called {echo(text)}{self._nearest(wanted)}")

    def _fitting(self, text: str, wanted: str) -> dict[str, App]:
        """The apps whose name contains TEXT, by id; those of the catalogue as it has them."""
        known = {app.app_id: app for app in self.apps}
        fitting = {app.app_id: app for app in self._seen(text)}
        fitting |= {app.app_id: app for app in self.apps if wanted in app.name.casefold()}
        return {app_id: known.get(app_id, app) for app_id, app in fitting.items()}

    def _say_of(self, former: Iterable[Former]) -> None:
        for former_name in former:
            self._say(former_name.words)

    def _nearest(self, wanted: str) -> str:
        names = {app.alias: app.alias for app in self.apps if app.alias}
        names |= {app.name.casefold(): app.alias for app in self.apps if app.alias}
        near = dict.fromkeys(names[name] for name in get_close_matches(wanted, names, n=3))
        if near:
            return f"; did you mean {' or '.join(near)}?"
        return "; see 'apptrack apps', or look it up with 'apptrack apps search'"


def _listed(apps: Iterable[App], most: int = 8) -> str:
    apps = list(apps)
    words = [f"{app.name} ({app.app_id})" for app in apps[:most]]
    more = [f"and {len(apps) - most} more"] if len(apps) > most else []
    return ", ".join(words + more) + "; name one by its id"
