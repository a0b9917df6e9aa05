"""The commands of a subscription that is there: pause, resume, remove, confirm, resend, test,
secret."""

from __future__ import annotations

from contextlib import closing

import click

from notifications.cli.subscription_options import emit_held
from tracker.terminal.options import HELP, now_option, pass_session
from tracker.terminal.output import emit
from tracker.terminal.session import Session


@click.command("pause", context_settings=HELP)
@click.argument("subscription", type=int)
@click.option("--until", metavar="T", help="Go on by itself from then, e.g. +14d.")
@now_option
@pass_session
def pause(session: Session, subscription: int, until: str | None) -> None:
    """Send nothing for a while; what is noticed meanwhile comes in the first digest after.

    \b
    Examples:
      pactwatch subscribe pause 1 --until +14d
    """
    from events.database.engine import write_transaction
    from notifications.subscriptions import consent

    end = session.instant(until) if until else None
    with closing(session.store()), write_transaction(session.engine()) as connection:
        held = consent.pause(connection, subscription, session.now, end)
        emit_held(session, connection, held)


@click.command("resume", context_settings=HELP)
@click.argument("subscription", type=int)
@now_option
@pass_session
def resume(session: Session, subscription: int) -> None:
    """Go on after a pause, at the next usual hour.

    \b
    Examples:
      pactwatch subscribe resume 1
    """
    from events.database.engine import write_transaction
    from notifications.subscriptions import consent

    with closing(session.store()), write_transaction(session.engine()) as connection:
        emit_held(session, connection, consent.resume(connection, subscription, session.now))


@click.command("remove", context_settings=HELP)
@click.argument("subscription", type=int)
@now_option
@pass_session
def remove(session: Session, subscription: int) -> None:
    """End a subscription and what waits for it; the record of it stays. Twice is once.

    \b
    Examples:
      pactwatch subscribe remove 1
    """
    from events.database.engine import write_transaction
    from notifications.subscriptions import consent

    with closing(session.store()), write_transaction(session.engine()) as connection:
        held = consent.remove(connection, subscription, session.now, "an operator")
        emit_held(session, connection, held)


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
    from events.database.engine import write_transaction
    from notifications.subscriptions import consent

    with closing(session.store()), write_transaction(session.engine()) as connection:
        emit_held(session, connection, consent.confirm(connection, code, session.now))


@click.command("resend", context_settings=HELP)
@click.argument("subscription", type=int)
@now_option
@pass_session
def resend(session: Session, subscription: int) -> None:
    """Ask a recipient again who has not confirmed; the next turn sends a new code.

    \b
    Examples:
      pactwatch subscribe resend 1
    """
    from events.database.engine import write_transaction
    from notifications.settings import MailSettings
    from notifications.subscriptions import consent

    with closing(session.store()), write_transaction(session.engine()) as connection:
        held = consent.request_opt_in_again(connection, MailSettings(), subscription, session.now)
        emit_held(session, connection, held)


@click.command("test", context_settings=HELP)
@click.argument("subscription", type=int)
@now_option
@pass_session
def test(session: Session, subscription: int) -> None:
    """Send a sample now: what the subscription is about as it stands; nothing counts as told.

    \b
    Examples:
      pactwatch subscribe test 1
    """
    from events.database.engine import write_transaction
    from notifications.delivery.lanes import deliver_http, mail_transport
    from notifications.delivery.worker import Rules, deliver
    from notifications.outbox import operator as outbox_desk
    from notifications.outbox.clocks import TurnClock
    from notifications.planning.sample import enqueue_sample
    from notifications.scheduler.tick import worker_name
    from notifications.settings import MailSettings
    from notifications.subscriptions import subscription as subscriptions
    from tracker.projections import catch_up as projections

    settings, engine = MailSettings(), session.engine()
    with closing(session.store()) as store, write_transaction(engine) as connection:
        projections.catch_up(store, connection, session.now)
        held = subscriptions.get(connection, subscription)
        identity = enqueue_sample(connection, settings, held, session.now)
    deliver(engine, mail_transport(settings), session.now, worker_name())
    deliver_http(engine, settings, worker_name(), Rules(), TurnClock(session.now))
    with write_transaction(engine) as connection:
        rows = [row for row in outbox_desk.messages(connection) if row["message_id"] == identity]
    emit(session, rows[0], rows, ["recipient", "subject", "state", "location", "last_error"])


@click.command("secret", context_settings=HELP)
@click.argument("subscription", type=int)
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
    from events.database.engine import write_transaction
    from notifications.delivery.webhook_signature import secret_text
    from notifications.settings import MailSettings
    from notifications.subscriptions import destinations
    from notifications.subscriptions import subscription as subscriptions

    with closing(session.store()), write_transaction(session.engine()) as connection:
        held = subscriptions.get(connection, subscription)
        if rotate:
            destinations.rotate_secret(connection, held.id, session.now)
        keys = destinations.secrets_of(connection, MailSettings(), held.id, session.now)
        url = destinations.url_of(connection, held.id)
    secrets = [secret_text(key) for key in keys]
    rows = [{"id": held.id, "url": url, "secret": text} for text in secrets or [""]]
    emit(session, {"id": held.id, "url": url, "secrets": secrets}, rows, ["id", "url", "secret"])
