"""The assistants apptrack knows, and how what a person types becomes one app."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib import resources

from tracker.errors import UnknownName
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


def nobody(text: str) -> Sequence[App]:
    """Stand-in for a database that is not there: it has seen no app named TEXT."""
    return ()


class Catalog:
    """The assistants, and the person's OWN apps before them.

    SEEN(text) gives the apps of the database whose id is TEXT or whose name contains it.
    """

    def __init__(
        self, own: Iterable[App] = (), seen: Callable[[str], Sequence[App]] = nobody
    ) -> None:
        apps = (*own, *(assistant.app for assistant in assistants()))
        self.apps = tuple({app.alias: app for app in reversed(apps)}.values())[::-1]
        self._seen = seen

    def find(self, text: str) -> App:
        """The one app that TEXT means: an alias, an app id, or a name that fits one app only.

        Raises ``UnknownName`` naming the nearest ones, or the candidates with their ids.
        """
        wanted = text.strip().casefold()
        for exact in (
            [app for app in self.apps if app.alias == wanted],
            [app for app in self.apps if app.app_id == wanted],
            [app for app in self.apps if app.name.casefold() == wanted],
        ):
            if exact:
                return exact[0]
        if wanted.isascii() and wanted.isdigit():
            return next(
                (app for app in self._seen(wanted) if app.app_id == wanted), App(wanted, wanted)
            )
        return self._by_name(text, wanted)

    def _by_name(self, text: str, wanted: str) -> App:
        fitting = {app.app_id: app for app in self._seen(text.strip())} if wanted else {}
        known = {app.app_id: app for app in self.apps}
        fitting |= {
            app.app_id: app for app in self.apps if wanted and wanted in app.name.casefold()
        }
        fitting = {app_id: known.get(app_id, app) for app_id, app in fitting.items()}
        same = [app for app in fitting.values() if app.name.casefold() == wanted]
        if len(same) == 1 or len(fitting) == 1:
            return (same or list(fitting.values()))[0]
        if fitting:
            raise UnknownName(f"'{text}' fits {len(fitting)} apps: {_listed(fitting.values())}")
        raise UnknownName(f"no app is called '{text}'{self._nearest(wanted)}")

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
