"""The commands alerts test, list, send-test, outbox, redirect."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tracker.alerts.check import need_rules, target_faults, unread_charts
from tracker.commands.context import existing, open_to_read, settings_of
from tracker.commands.options import SINCE, db_option, table_options
from tracker.commands.output import Table, print_json, print_table, say
from tracker.errors import ApptrackError, InvalidValue, NothingToShow
from tracker.exports import printable
from tracker.model import iso
from tracker.queries.apps import catalog_of
from tracker.report.alerts import (
    DELIVERY_COLUMNS,
    delivery_cells,
    delivery_json,
    rule_cells,
    rule_json,
)
from tracker.service import now, open_to_write

if TYPE_CHECKING:
    from tracker.alerts.rehearsal import Tried


@click.group("alerts")
def alerts_command() -> None:
    """Try, list and follow the alerts of the settings.

    Rules are [[alerts]] tables of apptrack.toml; 'collect' and 'run' raise and deliver them. An
    overtake is reported when it is confirmed. A message has the interval in which it happened:
    after one snapshot and by another.
    """


@alerts_command.command("test")
@click.option(
    "--since",
    type=SINCE,
    default="90d",
    show_default=True,
    help="From then on: 90d, 2026-07, 2026-07-03 (UTC), yesterday or an instant.",
)
@table_options
@db_option
@click.pass_context
def test_command(context: click.Context, since: datetime, table: Table, db: Path | None) -> None:
    """Show what each rule would have sent over the past.

    Also how many flips (overtakes that did not last) it would have held back, and how many returns
    from them. Sends nothing and writes nothing. Exit code 1 where there is no snapshot since then,
    or a rule's app is unknown.
    """
    from tracker.alerts.rehearsal import tell_empty, tried_json, try_all, unknown_apps

    settings = settings_of(context, db)
    need_rules(settings)
    with open_to_read(settings) as reader:
        tried = list(try_all(reader, settings, since, now()))
        lines = list(tell_empty(reader, tried, since))
        unknown = list(unknown_apps(settings, catalog_of(settings.apps, reader)))
    tried = list(table.pick(tried, lambda trial: tried_json(trial, since)))
    if table.for_programs:
        table.write(tried_json(trial, since) for trial in tried)
    else:
        print_tried(tried, since)
    for line in unknown or lines:
        say(printable(line))
    if unknown:
        context.exit(1)


#: So many alerts are listed for people; --json has all.
_MOST_LISTED = 50
#: So many deliveries are listed without ``--limit``.
_DELIVERIES = 50


def print_tried(tried: list[Tried], since: datetime) -> None:
    from tracker.alerts.messages import rule_words, title
    from tracker.alerts.transitions import Verdict

    columns = (
        "rule", "chart", "source", "snapshots", "would send", "flips held back",
        "returns held back", "pending",
    )  # fmt: skip
    rows = [
        (
            rule_words(trial.rule),
            str(trial.chart),
            trial.source or "never observed",
            str(trial.snapshots),
            *(str(trial.counts[verdict]) for verdict in Verdict),
        )
        for trial in tried
    ]
    print_table(f"since {iso(since)}", columns, rows)
    sent = {
        alert.id: alert
        for trial in tried
        for alert, verdict in trial.verdicts
        if verdict is Verdict.SENT
    }
    listed = sorted(sent.values(), key=lambda alert: (alert.confirmed_at, alert.id))
    if len(listed) > _MOST_LISTED:
        click.echo(f"the last {_MOST_LISTED} of {len(listed)} (--json lists all):")
    for alert in listed[-_MOST_LISTED:]:
        click.echo(f"{iso(alert.confirmed_at)}  {printable(title(alert))}")


@alerts_command.command("list")
@table_options
@click.pass_context
def list_command(context: click.Context, table: Table) -> None:
    """List the rules, and the targets without addresses.

    Exit code 1 where a target cannot be used as it is set. A rule's chart that 'run' does not
    read is reported.
    """
    from tracker.alerts.delivery import target_names

    settings = settings_of(context)
    need_rules(settings)
    flaws = list(target_faults(settings))
    rules = list(table.pick(settings.alerts, rule_json))
    names = target_names(settings.delivery)
    if table.as_json:
        rows = list(map(rule_json, rules))
        print_json({"rules": rows, "targets": names, "problems": flaws})
    elif table.as_csv:
        table.write(map(rule_json, rules))
    else:
        columns = ("rule", "charts", "snapshots to confirm", "picture")
        print_table("", columns, list(map(rule_cells, rules)))
        for name in names:
            click.echo(f"target: {name}")
    for flaw in (*unread_charts(settings), *flaws):
        say(flaw)
    if flaws:
        context.exit(1)


@alerts_command.command("send-test")
@click.pass_context
def send_test_command(context: click.Context) -> None:
    """Send one message, marked as a test, to each target.

    Exit code 1 if any fails; its line says why.
    """
    from tracker.alerts.delivery import targets_of, trial

    settings = settings_of(context)
    if not settings.delivery.anywhere:
        raise NothingToShow("there is no target: set delivery.webhook or delivery.apprise")
    failed = 0
    for target in targets_of(settings.delivery, now):
        try:
            target.send(trial(now()))
        except ApptrackError as error:
            failed += 1
            click.echo(f"failed  {target.name}  {printable(str(error))}")
        else:
            click.echo(f"sent  {target.name}")
    if failed:
        context.exit(1)


@alerts_command.command("outbox")
@table_options
@db_option
@click.pass_context
def outbox_command(context: click.Context, table: Table, db: Path | None) -> None:
    """List the alerts raised, and their delivery to each target.

    pending: not tried yet. failed: not accepted, with the reason, and tried again. delivered:
    accepted at least once.
    """
    from tracker.alerts.delivery import target_names
    from tracker.store.outbox import listed, undelivered, unsent

    settings = settings_of(context, db)
    with open_to_read(settings) as reader:
        deliveries = listed(reader, table.limit or _DELIVERIES)
        waiting, nowhere = undelivered(reader), unsent(reader)
    deliveries = list(table.pick(deliveries, delivery_json))
    if table.for_programs:
        table.write(map(delivery_json, deliveries), DELIVERY_COLUMNS)
    else:
        columns = ("raised (UTC)", "state", "target", "tries", "alert", "")
        print_table("", columns, [delivery_cells(delivery) for delivery in deliveries])
        click.echo(f"not delivered: {sum(waiting.values())}")
    for name in sorted(set(waiting) - set(target_names(settings.delivery))):
        say(
            f"{waiting[name]} wait for {name}, which is not a target of the settings any more; "
            f"'apptrack alerts redirect {name} TARGET' sends them to another"
        )
    if nowhere:
        say(f"{nowhere} were raised while there was no target, and go nowhere")


@alerts_command.command("redirect")
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="TARGET")
@db_option
@click.pass_context
def redirect_command(context: click.Context, old: str, new: str, db: Path | None) -> None:
    """Send the alerts that wait for an OLD target to TARGET.

    An address that changes gets a new name, and alerts for the old name keep waiting. Those
    redirected are sent with the next pass. TARGET gets no alert twice.
    """
    from tracker.alerts.delivery import target_names
    from tracker.store.outbox import redirect

    settings = settings_of(context, db)
    names = target_names(settings.delivery)
    if new not in names:
        known = f"one of {', '.join(names)}" if names else "there is none"
        raise InvalidValue(f"'{new}' is not a target of the settings ({known})")
    if old in names:
        raise InvalidValue(f"'{old}' is still a target of the settings, and gets what waits for it")
    existing(settings)
    with open_to_write(settings) as store:
        click.echo(f"{redirect(store, old, new)} redirected to {new}")
