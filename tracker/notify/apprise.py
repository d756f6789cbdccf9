"""Send messages through Apprise to Slack, mail, Telegram and many more.

Apprise opens its own connections, with its own limit of four seconds between two bytes unless an
address says otherwise (``cto``, ``rto``); its log lines hold addresses and are shut off. It follows
no redirect, for that would carry the message to another host: a status of 3xx is a failure.
"""

from __future__ import annotations

import logging
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from tracker.errors import FetchError, MissingExtra, SettingsError

if TYPE_CHECKING:
    from apprise import Apprise


def check(address: str) -> None:
    """Raise ``SettingsError`` where Apprise does not know the address, ``MissingExtra`` without."""
    _notifier(address)


def send(address: str, title: str, text: str, picture: bytes | None = None) -> None:
    """Send a message; raises ``FetchError`` where it did not arrive."""
    notifier = _notifier(address)
    from apprise import AppriseAttachment, NotifyFormat, OverflowMode

    for service in notifier:
        # Apprise would send texts longer than a service accepts, which it would refuse every time.
        service.overflow_mode = OverflowMode.SPLIT
    with TemporaryDirectory(prefix="apptrack-") as folder:
        attached = AppriseAttachment()
        if picture:
            file = Path(folder) / "plot.png"
            file.write_bytes(picture)
            attached.add(str(file))
        arrived = notifier.notify(
            body=text, title=title, body_format=NotifyFormat.TEXT, attach=attached or None
        )
    if not arrived:
        raise FetchError("Apprise could not deliver it")


def _notifier(address: str) -> Apprise:
    try:
        from apprise import Apprise, AppriseAsset
    except ImportError:
        raise MissingExtra(
            "alerts through Apprise need the extra 'alerts': pip install 'apptrack[alerts]'"
        ) from None
    if not hasattr(AppriseAsset, "http_redirects"):
        raise MissingExtra(
            "this version of Apprise follows redirects and has no option against it: "
            "pip install 'apprise>=1.11'"
        )
    logging.getLogger("apprise").disabled = True
    notifier = Apprise(asset=AppriseAsset(http_redirects=False))
    if not notifier.add(address):
        raise SettingsError("Apprise does not know this address; see its own documentation")
    if any(service.redirects for service in notifier):
        raise SettingsError("no redirect is followed: remove redirect=yes from the address")
    return notifier
