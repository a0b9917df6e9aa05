"""Commands on an existing subscription: pause, resume, remove, confirm, resend, test, secret."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import click

from notifications.cli.subscriptions.options import emit_subscription, subscription_argument
from tracker.terminal.options import HELP, now_option, pass_session, read_instant
from tracker.terminal.output import emit
from tracker.terminal.session import Session
from tracker.terminal.text import print_info

if TYPE_CHECKING:
    from datetime import datetime

    from notifications.outbox.operator import MessageDocument
    from notifications.settings import MailSettings

SENT_COLUMNS = ["recipient", "subject", "state", "location", "last_error"]


@click.command("pause", context_settings=HELP)
@subscription_argument
@click.option(
    "--until", metavar="T", callback=read_instant, help="Go on by itself from then, e.g. +14d."
)
@now_option
@pass_session
def pause(session: Session, subscription: int, until: datetime | None) -> None:
    """Send nothing for a while; what is noticed meanwhile comes in the first digest after.

    \b
    Examples:
      pactwatch subscribe pause 1 --until +14d
      pactwatch subscribe pause me@example.org
    """
    from notifications.subscriptions import consent

    with session.transaction() as connection:
        paused = consent.pause(connection, subscription, session.now, until)
        emit_subscription(session, connection, paused)


@click.command("resume", context_settings=HELP)
@subscription_argument
@now_option
@pass_session
def resume(session: Session, subscription: int) -> None:
    """Go on after a pause, at the next usual hour.

    \b
    Examples:
      pactwatch subscribe resume 1
    """
    from notifications.subscriptions import consent

    with session.transaction() as connection:
        emit_subscription(
            session, connection, consent.resume(connection, subscription, session.now)
        )


@click.command("remove", context_settings=HELP)
@subscription_argument
@now_option
@pass_session
def remove(session: Session, subscription: int) -> None:
    """End a subscription and what waits for it; the record of it stays. Twice is once.

    \b
    Examples:
      pactwatch subscribe remove 1
    """
    from notifications.subscriptions import consent

    with session.transaction() as connection:
        removed = consent.remove(connection, subscription, session.now, "an operator")
        emit_subscription(session, connection, removed)


@click.command("confirm", context_settings=HELP)
@click.argument("code", metavar="TOKEN")
@now_option
@pass_session
def confirm(session: Session, code: str) -> None:
    """Confirm a subscription with the code that was sent to its address.

    \b
    Examples:
      pactwatch subscribe confirm mzxw6ytboi4tqmrrgq2tmnzyhe3tsobq
    """
    from notifications.subscriptions import consent

    with session.transaction() as connection:
        emit_subscription(session, connection, consent.confirm(connection, code, session.now))


@click.command("resend", context_settings=HELP)
@subscription_argument
@now_option
@pass_session
def resend(session: Session, subscription: int) -> None:
    """Ask a recipient again who has not confirmed; the next turn sends a new code.

    \b
    Examples:
      pactwatch subscribe resend 1
    """
    from notifications.settings import MailSettings
    from notifications.subscriptions import consent

    with session.transaction() as connection:
        pending = consent.request_opt_in_again(
            connection, MailSettings(), subscription, session.now
        )
        emit_subscription(session, connection, pending)


@click.command("test", context_settings=HELP)
@subscription_argument
@now_option
@pass_session
def test(session: Session, subscription: int) -> None:
    """Send a sample now: what the subscription is about as it stands; nothing counts as told.

    Exits with 1 where it was not delivered, so that it tries out a relay or a webhook; what waits
    is tried again by each turn.

    \b
    Examples:
      pactwatch subscribe test 1
    """
    from events.database.engine import write_transaction
    from notifications.errors import NotDelivered
    from notifications.planning.sample import enqueue_sample
    from notifications.settings import MailSettings
    from notifications.subscriptions import subscription as subscriptions
    from tracker.projections.catch_up import catch_up

    settings, engine, now = MailSettings(), session.engine(), session.now
    with closing(session.store()) as store, write_transaction(engine) as connection:
        catch_up(store, connection, now)
        recipient = subscriptions.get(connection, subscription)
        message_id = enqueue_sample(connection, settings, recipient, now)
    message = deliver_and_emit(session, settings, message_id)
    if message["state"] != "sent":
        raise NotDelivered(
            f"the sample to {message['recipient']} was not delivered; it is {message['state']} now",
            hint=f"pactwatch outbox show {message['id']}",
        )


def deliver_and_emit(session: Session, settings: MailSettings, message_id: str) -> MessageDocument:
    """Delivers what is due; prints and returns what has become of the message of this id.

    One that waits for a relay that is left alone has no error of its own.
    """
    from events.database.engine import write_transaction
    from notifications.delivery.lanes import (
        deliver_http,
        deliver_mail,
        due_lanes,
        mail_transport,
    )
    from notifications.delivery.worker import DeliveryRun
    from notifications.outbox.circuit import failing_relays
    from notifications.outbox.clocks import TurnClock
    from notifications.outbox.operator import messages
    from notifications.scheduler.last_turn import worker_name
    from notifications.scheduler.tick import rules_of

    engine, clock = session.engine(), TurnClock(session.now)
    run = DeliveryRun(engine, worker_name(), clock, rules_of(settings))
    deliver_mail(run, mail_transport(settings))
    deliver_http(run, settings, due_lanes(engine, session.now))
    with write_transaction(engine) as connection:
        rows = [row for row in messages(connection) if row["message_id"] == message_id]
        relays = failing_relays(connection) if rows[0]["state"] == "due" else []
    emit(session, rows[0], rows, SENT_COLUMNS)
    for relay in relays:
        print_info(session, f"relay in trouble: {relay.words}")
    return rows[0]


@click.command("secret", context_settings=HELP)
@subscription_argument
@click.option("--rotate", is_flag=True, help="Make a new one; the old one signs as well for a day.")
@now_option
@pass_session
def secret(session: Session, subscription: int, rotate: bool) -> None:
    """What nothing else shows: the whole address, and what a webhook's signatures are checked with.

    \b
    Examples:
      pactwatch subscribe secret 3
      pactwatch subscribe secret 3 --rotate
    """
    from notifications.delivery.webhook import secret_text
    from notifications.settings import MailSettings
    from notifications.subscriptions import destinations
    from notifications.subscriptions import subscription as subscriptions

    with session.transaction() as connection:
        subscriptions.get(connection, subscription)
        if rotate:
            destinations.rotate_secret(connection, subscription, session.now)
        settings, now = MailSettings(), session.now
        keys = destinations.secrets_of(connection, settings, subscription, now)
        url = destinations.url_of(connection, subscription)
    secrets = [secret_text(key) for key in keys]
    document = {"id": subscription, "url": url, "secrets": secrets}
    # One row per secret, or a row without one: an apprise address has none.
    rows = [{"id": subscription, "url": url, "secret": text} for text in secrets or [""]]
    emit(session, document, rows, ["id", "url", "secret"])
