"""Write snapshots as Google Play answers: the inverse of ``sources.google_play``."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tracker.loopback.filler import compact, name_of, prose_of
from tracker.model import PLAY_CATEGORIES, Chart, Entry

_RANKINGS = {
    "topselling_free": "top-free", "topselling_paid": "top-paid", "topgrossing": "top-grossing",
}  # fmt: skip
_GENRES = {word: genre for genre, word in PLAY_CATEGORIES.items()}
#: A real answer has 4 to 9 kB for each app, much of it addresses of pictures, which compress badly.
_PICTURES = 28
_CURRENCIES = {"us": "USD", "jp": "JPY", "gb": "GBP", "de": "EUR", "fr": "EUR", "vn": "VND"}


def google_play(chart: Chart, entries: Sequence[Entry]) -> bytes:
    """The answer with ENTRIES, about 4 to 9 kB each; no date, for the store states none."""
    return answer(chart, apps_of(chart, entries))


def apps_of(chart: Chart, entries: Sequence[Entry]) -> list[Any]:
    """The rows of ENTRIES, as the answer has them."""
    return [_app(chart, entry) for entry in entries]


def answer(chart: Chart, apps: Sequence[Any] | None) -> bytes:
    """The answer with the rows APPS; None, as the store says that it has no such chart."""
    inside: list[Any] = [None] * 29
    inside[3], inside[28] = [_identity(chart)], [list(apps or ())]
    return frame(json_text([[None, None if apps is None else [inside], None, [], True, []]]))


def frame(said: str | None, *, error: Sequence[Any] | None = None, lengths: bool = True) -> bytes:
    """The lines of an answer whose frame has the text SAID, and ERROR where the store has one."""
    pieces = [
        [["wrb.fr", "vyAe2", said, None, None, error, "generic"]],
        [["di", 187], ["af.httprm", 186, "-756854778693036725", 73]],
        [["e", 4, None, None, len(said or "")]],
    ]
    lines = []
    for piece in pieces:
        text = json_text(piece)
        lines += [str(len(text) + 2), text] if lengths else [text]
    return ("\n".join([")]}'", "", *lines]) + "\n").encode()


def chart_asked(path: str) -> Chart | None:
    """The chart that a request asks for, its form behind ``#``; None where it is none."""
    address, _, form = path.partition("#")
    parts = urlsplit(address)
    query = parse_qs(parts.query)
    try:
        ((call,),) = json.loads(parse_qs(form)["f.req"][0])
        ((_, (_, _, _, fields), (_, ranking, category)),) = json.loads(call[1])
        if parts.path != "/_/PlayStoreUi/data/batchexecute" or not fields or call[0] != "vyAe2":
            return None
        return Chart(query["gl"][0].lower(), "android", _RANKINGS[ranking], _GENRES[category])
    except (KeyError, ValueError, TypeError, IndexError):
        return None


def json_text(value: Any) -> str:
    return compact(value).decode()


def _identity(chart: Chart) -> str:
    ranking = next(word for word, name in _RANKINGS.items() if name == chart.ranking)
    name = f"{ranking}_{PLAY_CATEGORIES[chart.genre]}".encode()
    inside = b"\n" + bytes([len(name)]) + name + b"\x10-\x18\x03"
    token = b"\xe2\x04" + bytes([len(inside) + 2]) + b"\n" + bytes([len(inside)]) + inside
    return base64.b64encode(b"\xaa\x02\x26\x12\x24\x10\x00" + token).decode()


def _app(chart: Chart, entry: Entry) -> list[Any]:
    details: list[Any] = [None] * 29
    details[0] = [entry.app_id, 7]
    details[1] = [None, 2, [512, 512], [None, None, _picture(entry.app_id, 0)]]
    details[2] = [[None, 2, [1080, 1920], [None, None, _picture(entry.app_id, number)]]
                  for number in range(1, _PICTURES)]  # fmt: skip
    details[3] = name_of(entry)
    details[4] = ["4.4", 4.405965]
    details[8] = [None, [[0, _CURRENCIES.get(chart.storefront, "USD"), ""]]]
    details[10] = [None] * 4 + [[None, None, f"/store/apps/details?id={entry.app_id}"]]
    details[13] = [None, prose_of(entry.app_id)]
    details[14] = entry.developer
    details[15] = "1,000,000+"
    return [details, [], 0]


def _picture(app_id: str, number: int) -> str:
    digest = hashlib.sha512(f"{app_id} {number}".encode()).digest()
    return f"https://play-lh.googleusercontent.com/{base64.urlsafe_b64encode(digest).decode()[:86]}"
