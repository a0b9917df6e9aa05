"""The commands of subscribers: who hears, of what, when, and by what leave."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import click

from notifications.addresses.channels import WEBHOOK
from notifications.alerts.filters import CEILINGS
from notifications.cli import subscription_change as amending_console
from notifications.cli import subscription_lifecycle as standing_console
from notifications.cli.subscription_options import (
    SUBSCRIPTION_COLUMNS,
    applied,
    columns,
    filter_options,
    rhythm_options,
    take_filter,
)
from notifications.subscriptions import description
from tracker.terminal.options import HELP, now_option, pass_session
from tracker.terminal.output import emit
from tracker.terminal.session import Session
from tracker.terminal.tables import table
from tracker.terminal.text import print_data, print_info

TOLD_COLUMNS = ["at", "outcome", "key", "why"]


@click.group(context_settings=HELP)
def subscribe() -> None:
    """Who receives digests.

    \b
    Examples:
      pactwatch subscribe add me@example.org --cadence daily --hour 8 --zone Europe/Kyiv
      pactwatch subscribe list
    """


@subscribe.command("add")
@click.argument("email", required=False)
@click.option("--webhook", metavar="URL", help="Not by mail: as JSON to this https:// address.")
@click.option("--channel", metavar="URL", help="Not by mail: as text to an address for apprise.")
@applied([*filter_options("info", CEILINGS[-1]), *rhythm_options("daily", 8, "skip")])
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
    **options: Any,
) -> None:
    """Add a recipient; without a filter they follow everything.

    When mail leaves by SMTP, the recipient is asked first, and hears nothing until they confirm
    (setting PACTWATCH_OPT_IN). A webhook gets the same facts at the same times, signed by a secret
    that `pactwatch subscribe secret` tells.

    \b
    Examples:
      pactwatch subscribe add me@example.org
      pactwatch subscribe add me@example.org --agreement energy-pause-2025 --cadence immediate
      pactwatch subscribe add me@example.org --cadence weekly --on fri --severity warning
      pactwatch subscribe add --webhook https://hooks.example.org/pacts --cadence immediate
      pactwatch subscribe add --channel tgram://BOT-TOKEN/CHAT-ID --severity critical
    """
    from events.database.engine import write_transaction
    from notifications.settings import MailSettings
    from notifications.subscriptions import consent
    from notifications.subscriptions.cadence import parse_on
    from tracker.projections import catch_up as projections

    settings, chosen = MailSettings(), take_filter(options)
    destination = _destination(settings, email, webhook, channel)
    on_day = parse_on(cadence, on)
    with closing(session.store()) as store, write_transaction(session.engine()) as connection:
        projections.catch_up(store, connection, session.now)
        done = consent.sign_up(
            connection,
            settings,
            email=email,
            destination=destination,
            now=session.now,
            wants=chosen,
            cadence=cadence,
            on_day=on_day,
            zone=zone or session.tz,
            **options,
        )
        row = description.subscription_row(connection, done.subscription, session.now)
    row |= {"warnings": done.warnings}
    emit(session, row, [row], columns(session))
    for warning in done.warnings:
        print_info(session, f"warning: {warning}")
    _tell(session, done)


def _destination(settings: Any, email: str | None, webhook: str | None, channel: str | None) -> Any:
    """Where it goes when not by mail; one subscription has one place to go."""
    from notifications.subscriptions import destinations

    if sum(place is not None for place in (email, webhook, channel)) != 1:
        raise click.UsageError("name one recipient: an address, --webhook URL or --channel URL")
    if webhook is not None:
        return destinations.webhook_destination(webhook, settings)
    return None if channel is None else destinations.apprise_destination(channel, settings)


def _tell(session: Session, done: Any) -> None:
    held = done.subscription
    if not done.is_new:
        print_info(session, f"already on record as subscription {held.id}")
    if held.channel == WEBHOOK:
        print_info(session, f"next: pactwatch subscribe secret {held.id}")
    elif done.opt_in_requested:
        print_info(
            session, f"{held.email} is asked by mail with the next turn, and hears nothing before"
        )
        print_info(session, "next: pactwatch tick, then pactwatch subscribe confirm CODE")
    else:
        print_info(session, f"next: pactwatch digest preview {held.id}")


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
    from events.database.engine import write_transaction
    from notifications.subscriptions import subscription as subscriptions

    session.store().close()
    with write_transaction(session.engine()) as connection:
        rows = [
            description.subscription_row(connection, held, session.now)
            for held in subscriptions.all_subscriptions(connection, removed=removed)
        ]
    emit(session, {"subscriptions": rows}, rows, columns(session))


@subscribe.command("show")
@click.argument("subscription", type=int)
@now_option
@pass_session
def subscribe_show(session: Session, subscription: int) -> None:
    """One subscription in full: filter, next due, last sent, consent, suppression, what was told.

    \b
    Examples:
      pactwatch subscribe show 1
      pactwatch subscribe show 1 --json
    """
    from events.database.engine import write_transaction
    from notifications.planning import subscription_report as subscription_views
    from notifications.subscriptions import subscription as subscriptions

    session.store().close()
    with write_transaction(session.engine()) as connection:
        held = subscriptions.get(connection, subscription)
        document = subscription_views.in_full(connection, held, session.now)
    if session.format != "table":
        emit(session, document, [document], SUBSCRIPTION_COLUMNS)
        return
    print_data(f"subscription {held.id}: {held.email}")
    for label, words in description.description_lines(document):
        print_data(f"  {label}: {words}")
    for warning in document["warnings"]:
        print_info(session, f"warning: {warning}")
    if document["told"]:
        print_data("\nlast told, held back or muted, and why:")
        table(document["told"][-10:], TOLD_COLUMNS)


for command in (
    amending_console.change,
    standing_console.pause,
    standing_console.resume,
    standing_console.remove,
    standing_console.confirm,
    standing_console.resend,
    standing_console.test,
    standing_console.secret,
):
    subscribe.add_command(command)
