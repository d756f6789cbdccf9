"""The two stores whose charts apptrack reads: which one a device belongs to, and their names."""

from __future__ import annotations

from collections.abc import Mapping

APP_STORE = "app-store"
PLAY = "play"
#: The stores by the word that the database has for them, and their names for people.
STORES: Mapping[str, str] = {APP_STORE: "App Store", PLAY: "Google Play"}
#: The same within a sentence.
IN_SENTENCE: Mapping[str, str] = {APP_STORE: "the App Store", PLAY: "Google Play"}
#: The devices of the charts, and the store of each.
DEVICES: Mapping[str, str] = {
    "iphone": APP_STORE, "ipad": APP_STORE, "mac": APP_STORE, "android": PLAY,
}  # fmt: skip


def store_of(device: str) -> str:
    """The store whose charts are those of DEVICE: ``play`` for ``android``, else ``app-store``."""
    return DEVICES[device]
