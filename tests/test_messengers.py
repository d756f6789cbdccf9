"""What Apprise sends: no redirect is followed, and no app's name calls anybody or is markup."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from operator import add
from pathlib import Path
from urllib.parse import unquote_plus

import apprise
import pytest

from tests.support.messengers import Sent, messengers
from tests.support.receiver import receiving
from tests.support.shop import CHART, Shop, apptrack, ranked
from tests.support.waiting import another_second
from tests.test_outbox import queued
from tracker.alerts.delivery import deliver, target_names, targets_of
from tracker.errors import FetchError, SettingsError
from tracker.loopback.server import LoopbackStore
from tracker.notify.apprise import check, send
from tracker.settings import DeliverySettings, Secret
from tracker.store import Store
from tracker.store.outbox import listed, put

NOW = datetime(2026, 8, 17, 4, 50, 46, tzinfo=UTC)
#: Apprise asks for a module of Python's that is on its way out, to see whether it is there; and the
#: proxy's certificate is nobody's, so that it is not asked for.
pytestmark = [
    pytest.mark.filterwarnings("ignore:'imghdr' is deprecated"),
    pytest.mark.filterwarnings("ignore:Unverified HTTPS request"),
]
SCHEMAS = ("json", "xml", "form", "mmost", "ntfy", "gotify")


def at(schema: str, base: str, more: str = "") -> str:
    paths = {"mmost": "/abcdefghijklmnopqrstuvwx", "ntfy": "/topic", "gotify": "/" + "t" * 15}
    return base.replace("http://", f"{schema}://") + paths.get(schema, "/hook") + more


# Redirects


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("schema", SCHEMAS)
def test_no_redirect_is_followed_and_one_is_a_failure(schema: str, status: int) -> None:
    with (
        receiving() as other,
        receiving(lambda number: status, f"{other.base}/else") as receiver,
        pytest.raises(FetchError, match="could not deliver"),
    ):
        send(at(schema, receiver.base), "Title", "Text", b"\x89PNG")
    assert other.got == []
    assert receiver.got


def test_a_message_that_is_redirected_waits_and_is_tried_again(tmp_path: Path) -> None:
    with (
        receiving() as other,
        receiving(lambda number: 307 if number == 1 else 200, f"{other.base}/x") as receiver,
    ):
        delivery = DeliverySettings(apprise=(Secret(at("json", receiver.base)),))
        with Store(tmp_path / "x.db") as store:
            put(store, queued(1), target_names(delivery))
            for hour in (1, 2):
                clock = partial(add, NOW, timedelta(hours=hour))
                whole = deliver(store, targets_of(delivery, clock), delivery, clock=clock)
                assert whole is (hour == 2)
            (done,) = listed(store, 9)
        assert other.got == []
    assert (done.state, done.attempts) == ("delivered", 2)


def test_an_address_that_asks_for_redirects_is_refused() -> None:
    check("json://127.0.0.1/x?redirect=no")
    with pytest.raises(SettingsError, match="remove redirect=yes from the address"):
        check("json://127.0.0.1/x?redirect=yes")


def requests_of(tree: ast.AST) -> Iterator[ast.Call]:
    """The calls that ask over HTTP: ``requests.post(…)``, and ``fn(…)`` where that is one."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            verb = name.removeprefix("requests.")
            asks = verb in ("get", "post", "put", "patch", "delete", "head", "request")
            keywords = {keyword.arg for keyword in node.keywords}
            if (name != verb and asks) or {"timeout", "verify", "headers"} <= keywords:
                yield node


def test_every_service_of_this_apprise_obeys() -> None:
    allowed = {"self.redirects", "False", "False if credentials else self.redirects"}
    calls = 0
    for file in sorted((Path(apprise.__file__).parent / "plugins").rglob("*.py")):
        for call in requests_of(ast.parse(file.read_text("utf-8"))):
            calls += 1
            words = {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords}
            assert words.get("allow_redirects") in allowed, f"{file.name}:{call.lineno}"
    assert calls > 150, "Apprise asks in another way now; read how"


# Mentions and markup

MENTIONS = "@everyone <@123> <!channel> @here"
MARKUP = "**b** __u__ ~~s~~ ||p|| [x](http://evil.example) `c` # h <b>x</b>"
#: None of this may stand in any message. Of @ none at all: in Markdown Apprise's Discord calls
#: a user of the 2026 in an id such as ``…@2026-08-17T05:00:00Z``.
CALLS = ("@", "<!", "<b>x", "](", "http://evil", "**b", "__u", "~~s", "||",
         "`c", "# h", "#1")  # fmt: skip
TARGETS = {
    "discord.com": "discord://123456789012345678/abcdefghijklmnop?verify=no",
    "hooks.slack.com": "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/?verify=no",
    "api.telegram.org": "tgram://123456789:abcdefg_hijklmnop/12315544/?verify=no",
    "chat.googleapis.com": "gchat://space/key/token?verify=no",
    "chat.example": "mmosts://chat.example/abcdefghijklmnopqrstuvwx?verify=no",
    "ntfy.sh": "ntfys://topic?verify=no",
    "json.example": "jsons://json.example/x?verify=no",
    "xml.example": "xmls://xml.example/x?verify=no",
    "form.example": "forms://form.example/x?verify=no",
}


def plain(sent: Sent) -> str:
    """What was sent, as the messenger reads it: text out of JSON, XML or a form."""
    try:
        return json.dumps(json.loads(sent.body), ensure_ascii=False)
    except ValueError:
        return unquote_plus(sent.body).replace("&lt;", "<").replace("&gt;", ">")


@pytest.mark.parametrize("form", ["", "&format=markdown", "&format=html"])
def test_no_name_calls_anybody_or_is_markup_in_what_arrives(
    form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hostile feed, the real program, and what leaves it for each messenger."""
    first, second = ranked("1", "2")
    entries = [replace(first, name=MENTIONS), replace(second, name=MARKUP)]
    turned = [replace(entry, rank=3 - entry.rank) for entry in entries[::-1]]
    addresses = ", ".join(f'"{address}{form}"' for address in TARGETS.values())
    Path("apptrack.toml").write_text(
        f'charts = ["{CHART}"]\n[delivery]\napprise = [{addresses}]\n'
        '[[alerts]]\nrule = "overtake"\napp = "1"\nover = "2"\nconfirm = 1\n'
        '[[alerts]]\nrule = "number-one"\nconfirm = 1\n',
        "utf-8",
    )
    shop = Shop({CHART: tuple(turned)})
    with messengers() as (proxy, sent), LoopbackStore(shop) as store:
        monkeypatch.setenv("HTTPS_PROXY", proxy)
        assert apptrack("collect", base=store.base).returncode == 0
        shop.charts[CHART] = tuple(entries)
        another_second()
        done = apptrack("collect", base=store.base)
        assert done.returncode == 0, done.stderr
    assert "not delivered" not in done.stderr
    assert {message.host for message in sent} == set(TARGETS)
    for message in sent:
        assert not [call for call in CALLS if call in plain(message)], message
        assert "(at)everyone" in plain(message).replace("\\", "")
        assert '"allow_mentions"' not in message.body


@pytest.mark.parametrize("name", [MENTIONS, MARKUP])
def test_a_name_as_it_is_would_have_been_seen(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Or else the test above could not fail."""
    with messengers() as (proxy, sent):
        monkeypatch.setenv("HTTPS_PROXY", proxy)
        send(TARGETS["discord.com"], name, name)
    assert [call for call in CALLS if call in plain(sent[-1])]
