"""What keeps the alerts of the settings from working."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tracker.errors import ApptrackError, NothingToShow
from tracker.settings import Settings

if TYPE_CHECKING:
    pass


def need_rules(settings: Settings) -> None:
    if not settings.alerts:
        raise NothingToShow(
            "there are no alerts in the settings; write [[alerts]] tables, such as "
            'rule = "overtake", app = "deepseek", over = "chatgpt"'
        )


def unread_charts(settings: Settings) -> Iterator[str]:
    """The rules' charts that are not read unless somebody names them."""
    wanted = dict.fromkeys(chart for rule in settings.alerts for chart in rule.charts)
    for chart in wanted:
        if chart not in settings.charts:
            yield f"{chart} is in a rule and not in 'charts': no pass reads it unless it is named"


def target_faults(settings: Settings) -> Iterator[str]:
    """What keeps a target from being used; no message is sent to find out."""
    from tracker.alerts.delivery import target_names
    from tracker.alerts.signing import secret_of
    from tracker.notify.apprise import check

    delivery = settings.delivery
    if not delivery.anywhere:
        yield "there is no target: set delivery.webhook or delivery.apprise"
    names = dict(zip(reversed(target_names(delivery)), reversed(delivery.apprise), strict=False))
    for name, address in reversed(names.items()):
        try:
            check(address.reveal())
        except ApptrackError as error:
            yield f"{name}: {error}"
    if delivery.webhook:
        try:
            secret_of(delivery)
        except ApptrackError as error:
            yield str(error)
