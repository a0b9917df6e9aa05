"""The group `subscribe`, and its commands add, list and show."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

import click

from notifications.addresses.channels import WEBHOOK
from notifications.alerts.filters import CEILINGS
from notifications.cli.printing import print_dated
from notifications.cli.subscriptions import change, lifecycle
from notifications.cli.subscriptions.options import (
    SUBSCRIPTION_COLUMNS,
    columns,
    destination_of,
    filter_options,
    hook_version_option,
    pop_filter,
    rhythm_options,
    subscription_argument,
)
from tracker.terminal.command_groups import CommandGroup
from tracker.terminal.options import HELP, now_option, option_named, pass_session, with_options
from tracker.terminal.output import emit
from tracker.terminal.session import Session
from tracker.terminal.text import print_data, print_heading, print_info, with_local_instants

if TYPE_CHECKING:
    from notifications.subscriptions.consent import SignUpResult
    from notifications.subscriptions.description import SubscriptionDocument

LOG_ROWS = 10


@click.group(cls=CommandGroup, context_settings=HELP)
def subscribe() -> None:
    """Who receives digests.

    \b
    Examples:
      pactwatch subscribe add me@example.org --cadence daily --hour 8 \\
          --zone Europe/Kyiv
      pactwatch subscribe list
    """


@subscribe.command("add")
@click.argument("email", required=False)
@click.option("--webhook", metavar="URL", help="Not by mail: as JSON to this https:// address.")
@click.option("--channel", metavar="URL", help="Not by mail: as text to an address for apprise.")
@hook_version_option(2)
@with_options(filter_options("info", CEILINGS[-1]))
@with_options(rhythm_options("daily", 8, "skip", "en", 24))
@click.option("--consent", metavar="TEXT", help="Where consent is on record; nobody is asked then.")
@now_option
@pass_session
def subscribe_add(
    session: Session,
    /,
    email: str | None,
    webhook: str | None,
    channel: str | None,
    on: str | None,
    cadence: str,
    zone: str | None,
    consent: str | None,
    **options: Any,
) -> None:
    """Add a recipient; without a filter they follow everything.

    When mail leaves by SMTP, the recipient is asked first, and hears nothing until they confirm
    (setting PACTWATCH_OPT_IN). A webhook gets the same facts at the same times, signed by a secret
    that `pactwatch subscribe secret` tells.

    \b
    Examples:
      pactwatch subscribe add me@example.org
      pactwatch subscribe add me@example.org --agreement energy-pause-2025 \\
          --cadence immediate
      pactwatch subscribe add me@example.org --cadence weekly --on fri \\
          --severity warning
      pactwatch subscribe add --webhook https://hooks.example.org/pacts \\
          --cadence immediate
      pactwatch subscribe add --channel tgram://BOT-TOKEN/CHAT-ID \\
          --severity critical
    """
    from events.database.engine import write_transaction
    from notifications.settings import MailSettings
    from notifications.subscriptions.cadence import parse_on
    from notifications.subscriptions.consent import sign_up
    from notifications.subscriptions.description import subscription_row
    from notifications.subscriptions.preferences import Preferences
    from tracker.projections.catch_up import catch_up

    settings, wants = MailSettings(), pop_filter(options)
    if sum(recipient is not None for recipient in (email, webhook, channel)) != 1:
        raise click.UsageError("name one recipient: an address, --webhook URL or --channel URL")
    destination = destination_of(settings, webhook, channel)
    with option_named("--on"):
        on_day = parse_on(cadence, on)
    preferences = Preferences(wants, cadence, on_day=on_day, zone=zone or session.tz, **options)
    with closing(session.store()) as store, write_transaction(session.engine()) as connection:
        # The filter may name agreements that were recorded after the last turn.
        catch_up(store, connection, session.now)
        recipient = destination or str(email)
        result = sign_up(connection, settings, recipient, preferences, session.now, consent=consent)
        row = subscription_row(connection, result.subscription, session.now)
    row |= {"warnings": result.warnings}
    emit(session, row, [row], columns(session))
    for warning in result.warnings:
        print_info(session, f"warning: {warning}")
    print_next_steps(session, result)


def print_next_steps(session: Session, result: SignUpResult) -> None:
    subscription = result.subscription
    if not result.is_new:
        print_info(session, f"already on record as subscription {subscription.id}")
    if subscription.channel == WEBHOOK:
        print_info(session, f"next: pactwatch subscribe secret {subscription.id}")
    elif result.opt_in_requested:
        print_info(
            session,
            f"{subscription.email} is asked by mail with the next turn, and hears nothing before",
        )
        print_info(session, "next: pactwatch tick, then pactwatch subscribe confirm CODE")
    else:
        print_info(session, f"next: pactwatch digest preview {subscription.id}")


@subscribe.command("list")
@click.option("--all", "removed", is_flag=True, help="Those that were removed, too.")
@now_option
@pass_session
def subscribe_list(session: Session, removed: bool) -> None:
    """Every recipient, what they follow, how it stands, and when they hear next.

    \b
    Examples:
      pactwatch subscribe list
      pactwatch --format csv subscribe list
    """
    from notifications.subscriptions.description import subscription_row
    from notifications.subscriptions.subscription import all_subscriptions

    with session.snapshot() as connection:
        rows = [
            subscription_row(connection, subscription, session.now)
            for subscription in all_subscriptions(connection, removed=removed)
        ]
    emit(session, {"subscriptions": rows}, rows, columns(session))
    if not rows:
        print_heading(session, "nobody is subscribed; next: pactwatch subscribe add ADDRESS")


@subscribe.command("show")
@subscription_argument
@now_option
@pass_session
def subscribe_show(session: Session, subscription: int) -> None:
    """One subscription in full: filter, next due, last sent, consent, suppression, what was told.

    \b
    Examples:
      pactwatch subscribe show 1
      pactwatch subscribe show 1 --json
    """
    from notifications.planning import subscription_report
    from notifications.subscriptions import subscription as subscriptions

    with session.snapshot() as connection:
        document = subscription_report.in_full(
            connection, subscriptions.get(connection, subscription), session.now
        )
    emit(
        session,
        document,
        [document],
        SUBSCRIPTION_COLUMNS,
        draw=lambda: print_subscription(session, document),
    )


def print_subscription(session: Session, document: SubscriptionDocument) -> None:
    """Prints a subscription as labelled lines, then the newest rows of its notification log."""
    from notifications.subscriptions.description import description_lines

    print_data(f"subscription {document['id']}: {document['recipient']}")
    for label, words in description_lines(document):
        print_data(f"  {label}: {with_local_instants(words, session.tz)}")
    for warning in document["warnings"]:
        print_info(session, f"warning: {warning}")
    if document["told"]:
        print_data("\nlast told, held back or muted, and why:")
    for entry in document["told"][-LOG_ROWS:]:
        print_dated(entry["at"], f"{entry['outcome']}: {entry['key']}", entry["why"], session.tz)


for command in (
    change.change,
    lifecycle.pause,
    lifecycle.resume,
    lifecycle.remove,
    lifecycle.confirm,
    lifecycle.resend,
    lifecycle.test,
    lifecycle.secret,
):
    subscribe.add_command(command)
