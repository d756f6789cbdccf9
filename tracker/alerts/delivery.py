"""From the outbox to the targets: at least once, in order, with growing waits between attempts.

A message is marked as delivered after it was sent: a program killed in between sends it again,
with the same id.
"""

from __future__ import annotations

import hashlib
import json
import logging
import threading
from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from tracker.alerts.messages import span_words, summary
from tracker.alerts.signing import secret_of, signed
from tracker.errors import ApptrackError, unexpected
from tracker.fetch.failures import Stopped
from tracker.model import iso
from tracker.notify.apprise import send as send_through_apprise
from tracker.notify.webhook import post
from tracker.settings import DeliverySettings, Secret
from tracker.store import Store
from tracker.store.outbox import Delivery, QueuedAlert, mark_delivered, mark_failed, waiting

log = logging.getLogger("apptrack")

#: The wait after the first failure; it doubles with each one, up to the longest.
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=1)
#: A digest carries so many alerts at most, and lists so many; the others are counted.
MOST_IN_DIGEST, MOST_LISTED = 500, 20
#: A picture in a webhook's message is left out where it is larger, in bytes.
MOST_PICTURE = 1_000_000
#: So many attempts include the picture; later ones do not, for it may be what the target refuses.
TRIES_WITH_PICTURE = 3


@dataclass(frozen=True, slots=True)
class Message:
    """A message. ``id`` is the alert's own, or that of a digest; ``facts`` has one per alert."""

    id: str
    kind: str  # alert, digest or test
    title: str
    text: str
    facts: tuple[object, ...] = ()
    picture: bytes | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """Where messages go. NAME reveals no address; SEND raises ``ApptrackError``."""

    name: str
    send: Callable[[Message], None]


Picture = Callable[[QueuedAlert], bytes | None]


def target_names(delivery: DeliverySettings) -> list[str]:
    """The targets of the settings, by name: ``webhook-1a2b3c4d``, ``slack-5e6f7a8b``."""
    names = [f"webhook-{delivery.webhook.mark}"] if delivery.webhook else []
    return names + [_apprise_name(secret) for secret in delivery.apprise]


def _apprise_name(address: Secret) -> str:
    scheme = address.reveal().partition("://")[0].lower()
    plain = "".join(letter for letter in scheme if letter.isascii() and letter.isalnum())
    return f"{plain[:20] or 'apprise'}-{address.mark}"


def targets_of(
    delivery: DeliverySettings,
    clock: Callable[[], datetime],
    stop: threading.Event | None = None,
) -> list[Target]:
    """The targets of the settings; a wrong one is reported when a message is sent to it."""
    targets = []
    if delivery.webhook:
        send = partial(_to_webhook, delivery=delivery, clock=clock, stop=stop)
        targets.append(Target(f"webhook-{delivery.webhook.mark}", send))
    for address in delivery.apprise:
        targets.append(Target(_apprise_name(address), partial(_to_apprise, address=address)))
    return targets


def _to_webhook(
    message: Message,
    delivery: DeliverySettings,
    clock: Callable[[], datetime],
    stop: threading.Event | None,
) -> None:
    assert delivery.webhook is not None
    body = _body(message)
    headers = signed(body, message.id, secret_of(delivery), clock())
    post(delivery.webhook.reveal(), body, headers, stop=stop)


def _to_apprise(message: Message, address: Secret) -> None:
    # The @ of an id is a mention too: Apprise's Discord would mention a user for …@2026.
    title, text = (words.replace("@", "(at)") for words in (message.title, message.text))
    send_through_apprise(address.reveal(), title, text, message.picture)


def _body(message: Message) -> bytes:
    facts: dict[str, object] = {
        "version": 1,
        "id": message.id,
        "kind": message.kind,
        "title": message.title,
        "text": message.text,
        "alerts": list(message.facts),
    }
    if message.picture and len(message.picture) <= MOST_PICTURE:
        facts["picture"] = {"type": "image/png", "base64": b64encode(message.picture).decode()}
    return json.dumps(facts, ensure_ascii=False).encode()


def batches(
    pending: Sequence[Delivery], now: datetime, over: int, after: timedelta
) -> list[tuple[list[Delivery], str | None]]:
    """Split PENDING into messages: one for each alert, or digests and the reason for them.

    Digests where more than OVER wait, or the oldest of several has waited longer than AFTER.
    """
    oldest = min((delivery.alert.raised_at for delivery in pending), default=now)
    if len(pending) > over:
        why = f"more than {over} were waiting"
    elif len(pending) > 1 and now - oldest > after:
        why = f"the oldest had waited longer than {span_words(after)}"
    else:
        return [([delivery], None) for delivery in pending]
    starts = range(0, len(pending), MOST_IN_DIGEST)
    return [(list(pending[start : start + MOST_IN_DIGEST]), why) for start in starts]


def message_of(batch: Sequence[Delivery], why: str | None, picture: Picture) -> Message:
    """The message of one alert, or of several as a digest, which has no picture."""
    alerts = [delivery.alert for delivery in batch]
    facts = tuple(json.loads(queued_alert.facts) for queued_alert in alerts)
    if why is None:
        (queued_alert,) = alerts
        shown = (
            picture(queued_alert)
            if queued_alert.picture and batch[0].attempts < TRIES_WITH_PICTURE
            else None
        )
        return Message(
            queued_alert.event, "alert", queued_alert.title, queued_alert.text, facts, shown
        )
    digest = hashlib.sha256(
        "\n".join(queued_alert.event for queued_alert in alerts).encode()
    ).hexdigest()
    listed = list(zip(alerts, facts, strict=True))[:MOST_LISTED]
    lines = [
        f"{iso(queued_alert.raised_at)}  {queued_alert.title}: {summary(fact)}"
        for queued_alert, fact in listed
    ]
    left = len(alerts) - len(lines)
    if left:
        lines.append(f"and {left} more: apptrack alerts outbox")
    text = "\n".join([f"In one message, because {why}:", *lines])
    title = f"apptrack: {len(alerts)} alerts since {iso(alerts[0].raised_at)}"
    return Message(f"digest-{digest[:16]}", "digest", title, text, facts)


@dataclass(frozen=True, slots=True)
class Sent:
    """The result of one message: its TARGET, how many alerts it had, the ERROR if it failed."""

    target: str
    alerts: int
    error: str | None


def deliver(
    store: Store,
    targets: Sequence[Target],
    delivery: DeliverySettings,
    *,
    clock: Callable[[], datetime],
    picture: Picture = lambda letter: None,
    on_result: Callable[[Sent], None] = lambda sent: None,
    stop: threading.Event | None = None,
) -> bool:
    """Send what waits and is due; whether all of it arrived. After a failure a target waits."""
    done = [
        _deliver(store, target, delivery, clock, picture, on_result, stop) for target in targets
    ]
    return all(done)


def _deliver(
    store: Store,
    target: Target,
    delivery: DeliverySettings,
    clock: Callable[[], datetime],
    picture: Picture,
    on_result: Callable[[Sent], None],
    stop: threading.Event | None,
) -> bool:
    pending, now = waiting(store, target.name), clock()
    due = max((delivery.next_at for delivery in pending if delivery.next_at), default=now)
    # A clock that was set back must not delay the next attempt for long.
    if now < due <= now + LONGEST_WAIT:
        return False
    for batch, why in batches(pending, now, delivery.digest_over, delivery.digest_after):
        if stop and stop.is_set():
            return False
        try:
            message = message_of(batch, why, picture)
            target.send(message)
        except Stopped:
            return False  # the target did not fail, and keeps its wait
        except ApptrackError as error:
            return _failed(store, target, batch, str(error), clock(), on_result)
        except Exception as bug:
            log.exception("a message to %s failed, by a bug", target.name)
            return _failed(store, target, batch, unexpected(bug), clock(), on_result)
        mark_delivered(store, batch, message.id, clock())
        on_result(Sent(target.name, len(batch), None))
    return True


def _failed(
    store: Store,
    target: Target,
    batch: Sequence[Delivery],
    error: str,
    now: datetime,
    on_result: Callable[[Sent], None],
) -> bool:
    tries = max(delivery.attempts for delivery in batch)
    wait = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(tries, 10))
    mark_failed(store, batch, error, now + wait)
    on_result(Sent(target.name, len(batch), error))
    return False


def trial(now: datetime) -> Message:
    """A test message, which says so."""
    return Message(
        f"test-{int(now.timestamp())}",
        "test",
        "apptrack: a test message",
        f"Sent at {iso(now)} by 'apptrack alerts send-test'. Nothing happened on any chart.",
    )
