"""Delivery over HTTP: signed, bounded, at least once whatever ends the program in between."""

from __future__ import annotations

import base64
import hashlib
import hmac
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import repeat
from pathlib import Path

import pytest

from tests.support.fetching import sooner_than
from tests.support.receiver import Got, receiving
from tests.support.shop import CHART, Shop, apptrack, ranked
from tests.support.waiting import another_second
from tests.test_outbox import Faulty, queued
from tracker.alerts.delivery import Message, deliver, target_names, targets_of, trial
from tracker.errors import ApptrackError, FetchError, MissingExtra, SettingsError
from tracker.loopback.server import Answer, LoopbackStore, fixed
from tracker.notify.apprise import check
from tracker.notify.webhook import ping, post
from tracker.settings import DeliverySettings, Secret
from tracker.store import Store
from tracker.store.outbox import listed, put, waiting

NOW = datetime(2026, 8, 17, 4, 50, 46, tzinfo=UTC)
SECRET = "a secret of the tests"
MESSAGE = Message("event-1", "alert", "Title", "Text…", ({"id": "event-1"},), b"\x89PNG")


def webhook(base: str, secret: str = SECRET) -> DeliverySettings:
    return DeliverySettings(webhook=Secret(f"{base}/hook"), secret=Secret(secret))


def send(delivery: DeliverySettings, message: Message = MESSAGE) -> None:
    for target in targets_of(delivery, lambda: NOW):
        target.send(message)


def hours(after: int) -> datetime:
    return NOW + timedelta(hours=after)


def is_signed(got: Got, secret: str = SECRET) -> bool:
    """As a receiver would check it, from what is documented."""
    data = got.headers["apptrack-timestamp"].encode() + b"." + got.body
    mine = hmac.new(secret.encode(), data, hashlib.sha256).hexdigest()
    return hmac.compare_digest(got.headers["apptrack-signature"], f"v1={mine}")


# The webhook


def test_a_message_is_signed_over_its_time_and_bytes() -> None:
    with receiving() as receiver:
        send(webhook(receiver.base))
    (got,) = receiver.got
    assert (got.method, got.path, got.headers["content-type"]) == (
        "POST", "/hook", "application/json",
    )  # fmt: skip
    assert got.headers["apptrack-timestamp"] == str(int(NOW.timestamp()))
    assert got.headers["apptrack-id"] == "event-1"
    assert is_signed(got)
    assert not is_signed(got, SECRET + "x")
    assert got.json == {
        "version": 1, "id": "event-1", "kind": "alert", "title": "Title", "text": "Text…",
        "alerts": [{"id": "event-1"}],
        "picture": {"type": "image/png", "base64": "iVBORw=="},
    }  # fmt: skip


@pytest.mark.parametrize("status", [199, 300, 301, 302, 307, 400, 404, 429, 500, 503])
def test_anything_but_200_to_299_is_a_failure_and_no_redirect_is_followed(status: int) -> None:
    with (
        receiving() as other,
        receiving(lambda n: status, f"{other.base}/else") as receiver,
        pytest.raises(FetchError) as caught,
    ):
        send(webhook(receiver.base))
    assert other.got == []
    assert "127.0.0.1" not in str(caught.value)
    assert "hook" not in str(caught.value)


@pytest.mark.parametrize("answer", [Answer(hang=30), Answer(head_pause=0.2)])
def test_a_receiver_that_hangs_or_trickles_is_bounded(answer: Answer) -> None:
    with (
        LoopbackStore(lambda request: answer) as store,
        sooner_than(5),
        pytest.raises(FetchError, match=r"longer than 0\.5 s|nothing came in time"),
    ):
        ping(store.base, total=0.5)


def test_no_more_than_the_status_is_read_of_an_answer_that_never_ends() -> None:
    endless = Answer(pieces=repeat(b"x" * 1000), pause=0.01)
    with LoopbackStore(lambda request: endless) as store, sooner_than(5):
        ping(store.base, total=3)


def test_a_stop_ends_a_message_under_way() -> None:
    stop = threading.Event()
    with LoopbackStore(fixed(b"", hang=30)) as store, sooner_than(6):
        threading.Timer(0.2, stop.set).start()
        with pytest.raises(FetchError, match="was stopped"):
            ping(store.base, stop=stop)
        with pytest.raises(FetchError, match="was stopped"):
            ping(store.base, stop=stop)


def test_a_message_too_large_is_not_sent() -> None:
    with receiving() as receiver, pytest.raises(FetchError, match="larger than"):
        post(receiver.base, b"x" * 2_000_001, {})
    assert receiver.got == []
    with receiving() as receiver:
        post(receiver.base, b"x" * 2_000_000, {})
    assert len(receiver.got) == 1


def test_a_message_that_a_stop_cuts_off_waits_as_it_did(tmp_path: Path) -> None:
    stop, gate = threading.Event(), threading.Event()
    timer = threading.Timer(0.3, stop.set)

    def answer(number: int) -> int:
        timer.start()
        gate.wait(30)
        return 200

    with receiving(answer) as receiver, Store(tmp_path / "x.db") as outbox:
        delivery = webhook(receiver.base)
        (name,) = target_names(delivery)
        put(outbox, queued(1), [name])
        targets = targets_of(delivery, lambda: NOW, stop)
        assert not deliver(outbox, targets, delivery, clock=lambda: NOW, stop=stop)
        gate.set()
        (left,) = waiting(outbox, name)
    assert (left.attempts, left.error, left.next_at) == (0, None, None)
    assert len(receiver.got) == 1


def test_a_target_that_does_not_answer_is_reported_without_its_address() -> None:
    with receiving() as receiver:
        base = receiver.base
    with pytest.raises(FetchError, match=r"^connection refused$"):
        send(webhook(base))


def test_the_secret_may_come_from_a_file_and_must_be_there() -> None:
    file = Path("secret.txt")
    file.write_text(SECRET + "\n", "utf-8")
    with receiving() as receiver:
        secret = Secret(f"{receiver.base}/hook")
        send(DeliverySettings(webhook=secret, secret_file=file))
        assert is_signed(receiver.got[0])
        for delivery, why in (
            (DeliverySettings(webhook=secret), "set APPTRACK_DELIVERY_SECRET, or name a file"),
            (DeliverySettings(webhook=secret, secret_file=Path("none")), "cannot be read: No such"),
            (DeliverySettings(webhook=secret, secret=Secret("short")), "shorter than 16"),
        ):
            with pytest.raises(SettingsError, match=why):
                send(delivery)
        assert len(receiver.got) == 1
        send(webhook(receiver.base, "x" * 16))
        assert is_signed(receiver.got[1], "x" * 16)


def test_a_receiver_that_fails_n_times_gets_it_under_the_same_id_in_the_end(
    tmp_path: Path,
) -> None:
    with receiving(lambda number: 503 if number <= 3 else 204) as receiver:
        delivery = webhook(receiver.base)
        (name,) = target_names(delivery)
        with Store(tmp_path / "x.db") as store:
            put(store, queued(1), [name])
            for tries in range(1, 5):
                assert deliver(
                    store, targets_of(delivery, lambda: NOW), delivery, clock=partial(hours, tries)
                ) is (tries == 4)
            (done,) = listed(store, 9)
    assert receiver.ids == ["event-1"] * 4
    assert (done.state, done.attempts, done.error) == ("delivered", 4, None)


# Apprise

#: Apprise asks for a module of Python's that is on its way out, to see whether it is there.
apprises = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated")


@apprises
def test_apprise_carries_words_and_picture() -> None:
    with receiving() as receiver:
        address = receiver.base.replace("http://", "json://") + "/hook"
        send(DeliverySettings(apprise=(Secret(address),)))
    (got,) = receiver.got
    assert (got.json["title"], got.json["message"]) == ("Title", "Text…")
    assert got.json["attachments"][0]["base64"] == "iVBORw=="


@apprises
def test_what_is_longer_than_a_service_takes_is_sent_in_pieces() -> None:
    """A service that refuses it would refuse it again, for ever."""
    lines = "\n".join(f"line {number} of a digest" for number in range(400))
    with receiving() as receiver:
        address = receiver.base.replace("http://", "mmost://") + "/abcdefghijklmnopqrstuvwx"
        send(DeliverySettings(apprise=(Secret(address),)), Message("d", "digest", "Title", lines))
    sent = [got.json["text"] for got in receiver.got]
    assert len(sent) > 1
    assert all(len(row) <= 4000 for row in sent), "what Mattermost takes"
    assert "line 399 of a digest" in sent[-1]


@apprises
def test_a_failure_of_apprise_shows_no_address(capfd: pytest.CaptureFixture[str]) -> None:
    with receiving(lambda number: 503) as receiver:
        address = receiver.base.replace("http://", "json://") + "/HIDDEN-token"
        with pytest.raises(FetchError, match=r"^Apprise could not deliver it$"):
            send(DeliverySettings(apprise=(Secret(address),)))
    assert "".join(capfd.readouterr()) == ""
    with pytest.raises(SettingsError, match="does not know this address") as caught:
        check("nonsense://HIDDEN")
    assert "HIDDEN" not in str(caught.value)
    assert "".join(capfd.readouterr()) == ""


def test_without_apprise_a_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    with pytest.raises(MissingExtra, match=r"pip install 'apptrack\[alerts\]'"):
        send(DeliverySettings(apprise=(Secret("json://127.0.0.1/x"),)))


def test_targets_are_named_without_their_addresses() -> None:
    delivery_settings = DeliverySettings(
        apprise=(Secret("slack://HIDDEN/b"), Secret("slack://HIDDEN/c"), Secret("§://HIDDEN")),
        webhook=Secret("https://HIDDEN.example/x"),
    )
    names = target_names(delivery_settings)
    assert [name.split("-")[0] for name in names] == ["webhook", "slack", "slack", "apprise"]
    assert len(set(names)) == 4
    assert "HIDDEN" not in "".join(names)
    assert names == target_names(delivery_settings)


# The program

TOML = """
charts = ["us/iphone/top-free/apps"]
[[alerts]]
rule = "overtake"
app = "1"
over = "2"
confirm = 1
[delivery]
webhook = "{base}/hook"
"""


@pytest.fixture
def shop() -> Iterator[tuple[Shop, str]]:
    shop = Shop({CHART: ranked("2", "1")})
    with LoopbackStore(shop) as store:
        yield shop, store.base


def test_a_daemon_tries_again_between_its_passes(shop: tuple[Shop, str]) -> None:
    """The next pass is an hour away; what waits is observed every minute, here more often."""
    from tracker.daemon import serve

    stop, chores = threading.Event(), 0
    passes = 0

    def one_pass() -> None:
        nonlocal passes
        passes += 1

    def chore() -> None:
        nonlocal chores
        chores += 1
        if chores == 3:
            stop.set()

    serve(one_pass, every=timedelta(hours=1), stop=stop, chore=chore,
          chore_every=timedelta(seconds=0.05))  # fmt: skip
    assert (passes, chores) == (1, 3)


def test_two_processes_do_not_deliver_at_once(tmp_path: Path) -> None:
    from tracker.daemon import turn

    path = tmp_path / "x.db"
    with turn(path, "delivery") as mine, turn(path, "delivery") as other:
        assert (mine, other) == (True, False)
    with turn(path, "delivery") as mine, turn(path, "other") as other:
        assert (mine, other) == (True, True)


def test_the_picture_is_attached_if_asked(shop: tuple[Shop, str]) -> None:
    goods, base = shop
    with receiving() as receiver:
        text = TOML.format(base=receiver.base).replace("confirm = 1", "confirm = 1\npicture = true")
        Path("apptrack.toml").write_text(text, "utf-8")
        for turned in (False, False, True):
            another_second()
            goods.charts[CHART] = ranked("1", "2") if turned else ranked("2", "1")
            done = apptrack("collect", "--db", "x.db", base=base, APPTRACK_DELIVERY_SECRET=SECRET)
            assert done.returncode == 0, done.stderr
    (got,) = receiver.got
    picture = base64.b64decode(got.json["picture"]["base64"])
    assert picture.startswith(b"\x89PNG")
    Path("picture.png").write_bytes(picture)


def test_a_target_that_is_wrong_keeps_no_other_from_its_alerts(tmp_path: Path) -> None:
    with Store(tmp_path / "x.db") as store, receiving() as receiver:
        wrong = DeliverySettings(webhook=Secret(f"{receiver.base}/hook"))
        names = [*target_names(wrong), "fine"]
        put(store, queued(1), names)
        fine = Faulty()
        from tracker.alerts.delivery import Target

        targets = [*targets_of(wrong, lambda: NOW), Target("fine", fine)]
        assert not deliver(store, targets, wrong, clock=lambda: NOW)
        assert len(fine.got) == 1
        assert "needs a secret" in (waiting(store, names[0])[0].error or "")


def test_a_trial_says_that_it_is_one() -> None:
    message = trial(NOW)
    assert (message.kind, message.id) == ("test", "test-1786942246")
    assert "Nothing happened" in message.text
    assert isinstance(message, Message)
    assert issubclass(FetchError, ApptrackError)
