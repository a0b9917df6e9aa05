"""The command `subscribe change`: other preferences or another address for a subscription."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

import click

from notifications.cli.subscriptions.options import (
    FILTER_PARTS,
    Options,
    columns,
    destination_of,
    filter_options,
    given,
    hook_version_option,
    rhythm_options,
    subscription_argument,
)
from tracker.terminal.options import HELP, now_option, option_named, pass_session, with_options
from tracker.terminal.output import emit
from tracker.terminal.session import Session
from tracker.terminal.text import print_info

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from notifications.subscriptions.change import ChangeResult

NO_QUIET_HOURS: Options = {"quiet": ()}
NO_REMINDERS: Options = {"remind_days": None}
NO_ESCALATION: Options = {"escalate_to": None, "escalate_days": None}


@click.command("change", context_settings=HELP)
@subscription_argument
@click.option("--everything", is_flag=True, help="Follow everything, but for what is named here.")
@with_options([*filter_options(), *rhythm_options()])
@click.option("--no-quiet-hours", is_flag=True, help="Delay nothing any more.")
@click.option("--no-reminders", is_flag=True, help="Tell nothing again any more.")
@click.option("--no-escalation", is_flag=True, help="Escalate to nobody any more.")
@click.option("--webhook", metavar="URL", help="Another address, where it is a webhook.")
@click.option("--channel", metavar="URL", help="Another address, where it goes by apprise.")
@hook_version_option(None)
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
    from msgspec.structs import asdict

    from events.database.engine import write_transaction
    from notifications.alerts.filters import Filter
    from notifications.settings import MailSettings
    from notifications.subscriptions.change import PreferenceChanges, change_subscription
    from notifications.subscriptions.description import subscription_row
    from tracker.projections.catch_up import catch_up

    chosen = given(options)
    wants = asdict(Filter()) if everything else {}
    wants |= {name: chosen.pop(name) for name in FILTER_PARTS if name in chosen}
    if no_quiet_hours:
        chosen |= NO_QUIET_HOURS
    if no_reminders:
        chosen |= NO_REMINDERS
    if no_escalation:
        chosen |= NO_ESCALATION
    if webhook is not None and channel is not None:
        raise click.UsageError("one subscription has one place to go")
    settings = MailSettings()
    destination = destination_of(settings, webhook, channel)
    if not (wants or chosen or destination):
        raise click.UsageError("name what to change")
    with closing(session.store()) as store, write_transaction(session.engine()) as connection:
        catch_up(store, connection, session.now)
        with connection.begin_nested() as savepoint:
            result = change_subscription(
                connection,
                settings,
                subscription,
                PreferenceChanges(wants, with_day(connection, subscription, chosen)),
                now=session.now,
                destination=destination,
            )
            row = subscription_row(connection, result.subscription, session.now)
            if dry_run:
                savepoint.rollback()
    row |= {"changed": result.changes, "warnings": result.warnings, "dry_run": dry_run}
    emit(session, row, [row], columns(session))
    print_changes(session, result, dry_run)


def with_day(connection: Connection, subscription: int, chosen: Options) -> Options:
    """The options with `--on` read as a day of the cadence that it belongs to, new or old."""
    from notifications.subscriptions import subscription as subscriptions
    from notifications.subscriptions.cadence import parse_on

    if "on" not in chosen:
        return chosen
    cadence = chosen.get("cadence") or subscriptions.get(connection, subscription).cadence
    with option_named("--on"):
        on_day = parse_on(cadence, chosen["on"])
    return {name: value for name, value in chosen.items() if name != "on"} | {"on_day": on_day}


def print_changes(session: Session, result: ChangeResult, dry_run: bool) -> None:
    for name, difference in result.changes.items():
        before, after = _words(difference["from"]), _words(difference["to"])
        print_info(session, f"{name.replace('_', ' ')}: {before} -> {after}")
    if not result.changes:
        print_info(session, "as it was: that is what it says already")
    elif dry_run:
        print_info(session, "nothing was changed: a dry run")
    for warning in result.warnings:
        print_info(session, f"warning: {warning}")


def _words(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(value) or "none"
    return "none" if value is None else str(value)
