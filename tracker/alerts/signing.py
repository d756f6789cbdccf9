"""How a webhook's message proves where it comes from: HMAC-SHA256 over its time and its bytes.

``Apptrack-Signature: v1=HEX`` is the HMAC, under the shared secret, of the value of
``Apptrack-Timestamp`` (seconds since 1970), a full stop, and the body as it came. A receiver
computes it again, compares in constant time, refuses a time long gone, and then knows an
``Apptrack-Id`` it has seen before as a repetition.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime

from tracker.errors import SettingsError
from tracker.settings import SIGNING_SECRET, DeliverySettings, Secret

_SHORTEST = 16


def secret_of(delivery: DeliverySettings) -> Secret:
    """The shared secret, from the environment or its file; raises ``SettingsError`` without."""
    if delivery.secret:
        text = delivery.secret.reveal()
    elif delivery.secret_file:
        try:
            text = delivery.secret_file.read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "is not UTF-8 text"
            raise SettingsError(f"delivery.secret_file cannot be read: {reason}") from None
    else:
        raise SettingsError(
            f"delivery.webhook needs a secret: set {SIGNING_SECRET}, or name a file in "
            "delivery.secret_file"
        )
    if len(text) < _SHORTEST:
        raise SettingsError(f"the webhook's secret is shorter than {_SHORTEST} letters")
    return Secret(text)


def signed(body: bytes, message_id: str, secret: Secret, now: datetime) -> dict[str, str]:
    """The headers of a message."""
    stamp = str(int(now.timestamp()))
    return {
        "Content-Type": "application/json",
        "Apptrack-Id": message_id,
        "Apptrack-Timestamp": stamp,
        "Apptrack-Signature": "v1=" + signature(body, stamp, secret),
    }


def signature(body: bytes, stamp: str, secret: Secret) -> str:
    """The HMAC in hexadecimal."""
    data = stamp.encode() + b"." + body
    return hmac.new(secret.reveal().encode(), data, hashlib.sha256).hexdigest()
