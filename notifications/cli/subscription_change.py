"""The commands that change what a subscription asks, and that take its address off the record."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

import click

from notifications.cli.subscription_options import (
    PARTS,
    applied,
    columns,
    filter_options,
    given,
    rhythm_options,
)
from notifications.subscriptions import description
from tracker.terminal.options import HELP, now_option, pass_session
from tracker.terminal.output import emit
from tracker.terminal.session import Session
from tracker.terminal.text import print_info

if TYPE_CHECKING:
    from notifications.subscriptions.change import ChangeResult
    from notifications.subscriptions.destinations import Destination

NO_QUIET: dict[str, Any] = {"quiet": ()}
NO_REMINDERS: dict[str, Any] = {"remind_days": None}
NO_ESCALATION: dict[str, Any] = {"escalate_to": None, "escalate_days": None}


@click.command("change", context_settings=HELP)
@click.argument("subscription", type=int)
@click.option("--everything", is_flag=True, help="Follow everything, but for what is named here.")
@applied([*filter_options(), *rhythm_options()])
@click.option("--no-quiet-hours", is_flag=True, help="Delay nothing any more.")
@click.option("--no-reminders", is_flag=True, help="Tell nothing again any more.")
@click.option("--no-escalation", is_flag=True, help="Escalate to nobody any more.")
@click.option("--webhook", metavar="URL", help="Another address, where it is a webhook.")
@click.option("--channel", metavar="URL", help="Another address, where it goes by apprise.")
@click.option("-n", "--dry-run", is_flag=True, help="Show what would change, change nothing.")
@now_option
@pass_session
def change(
    session: Session,
    /,
    subscription: int,
    everything: bool,
    no_quiet_hours: bool,
    no_reminders: bool,
    no_escalation: bool,
    webhook: str | None,
    channel: str | None,
    dry_run: bool,
    **options: Any,
) -> None:
    """Change what a subscription follows or when it hears; what is not named stays.

    A part of the filter that is named takes the place of that part. The next digest is due by the
    new hours, and tells what was not told yet. A mailbox has to be asked for leave, so another
    address is another subscription.

    \b
    Examples:
      pactwatch subscribe change 1 --cadence weekly --on fri --hour 7 --dry-run
      pactwatch subscribe change 1 --everything --severity warning
      pactwatch subscribe change 1 --no-quiet-hours
    """
    from events.database.engine import write_transaction
    from notifications.settings import MailSettings
    from notifications.subscriptions import change as amending
    from tracker.projections import catch_up as projections

    named = given(options)
    parts = {name: named.pop(name) for name in PARTS if name in named}
    parts = {**(_everything() if everything else {}), **parts}
    for dropped, off in ((no_quiet_hours, NO_QUIET), (no_reminders, NO_REMINDERS),
                         (no_escalation, NO_ESCALATION)):  # fmt: skip
        named |= off if dropped else {}
    settings = MailSettings()
    place = _place(settings, webhook, channel)
    if not (parts or named or place):
        raise click.UsageError("name what to change")
    with closing(session.store()) as store, write_transaction(session.engine()) as connection:
        projections.catch_up(store, connection, session.now)
        with connection.begin_nested() as tried:
            done = amending.change_subscription(
                connection,
                settings,
                subscription,
                parts=parts,
                rest=_rest(connection, subscription, named),
                now=session.now,
                destination=place,
            )
            row = description.subscription_row(connection, done.subscription, session.now)
            if dry_run:
                tried.rollback()
    row |= {"changed": done.changes, "warnings": done.warnings, "dry_run": dry_run}
    emit(session, row, [row], columns(session))
    _tell(session, done, dry_run)


def _everything() -> dict[str, Any]:
    from msgspec.structs import asdict

    from notifications.alerts.filters import Filter

    return asdict(Filter())


def _place(settings: Any, webhook: str | None, channel: str | None) -> Destination | None:
    from notifications.subscriptions import destinations

    if webhook is not None and channel is not None:
        raise click.UsageError("one subscription has one place to go")
    if webhook is not None:
        return destinations.webhook_destination(webhook, settings)
    return None if channel is None else destinations.apprise_destination(channel, settings)


def _rest(connection: Any, subscription: int, named: dict[str, Any]) -> dict[str, Any]:
    """A day is read by the cadence it belongs to."""
    from notifications.subscriptions import subscription as subscriptions
    from notifications.subscriptions.cadence import parse_on

    if "on" not in named:
        return named
    cadence = named.get("cadence") or subscriptions.get(connection, subscription).cadence
    day = parse_on(cadence, named["on"])
    return {name: value for name, value in named.items() if name != "on"} | {"on_day": day}


def _tell(session: Session, done: ChangeResult, dry_run: bool) -> None:
    for name, change in done.changes.items():
        was, now = (_word(change[key]) for key in ("from", "to"))
        print_info(session, f"{name.replace('_', ' ')}: {was} -> {now}")
    if not done.changes:
        print_info(session, "as it was: that is what it says already")
    elif dry_run:
        print_info(session, "nothing was changed: a dry run")
    for warning in done.warnings:
        print_info(session, f"warning: {warning}")


def _word(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(value) or "none"
    return "none" if value is None else str(value)
