"""The commands `digest preview` and `digest send`: what a subscriber would receive now."""

from __future__ import annotations

import sys
from contextlib import closing

import click

from notifications.cli.subscriptions.lifecycle import SENT_COLUMNS, deliver_and_emit
from notifications.cli.subscriptions.options import SubscriptionType, subscription_argument
from tracker.terminal.command_groups import CommandGroup
from tracker.terminal.options import HELP, now_option, pass_session
from tracker.terminal.output import emit
from tracker.terminal.session import Session
from tracker.terminal.text import print_info


@click.group(cls=CommandGroup, context_settings=HELP)
def digest() -> None:
    """Show the digest that would be sent, and send it before it is due.

    \b
    Examples:
      pactwatch digest preview 1
      pactwatch digest send 1
    """


@digest.command("preview")
@click.argument("subscription", type=SubscriptionType(), required=False)
@click.option(
    "--part",
    type=click.Choice(["text", "html", "message"]),
    default="text",
    show_default=True,
    help="Its text, its HTML, or the whole message as it is sent.",
)
@now_option
@pass_session
def digest_preview(session: Session, subscription: int | None, part: str) -> None:
    """What this subscription would receive now; the message is byte-identical to what is sent.

    Without a subscription, what a newcomer who follows everything would be told. Nothing is sent
    and nothing is kept.

    \b
    Examples:
      pactwatch digest preview 1
      pactwatch digest preview 1 --part message > digest.eml
    """
    from notifications.planning.preview import preview
    from notifications.settings import MailSettings

    with closing(session.store()) as store:
        settings, engine = MailSettings(), session.engine()
        rendered = preview(
            store, engine, settings, subscription, session.now, session.tz, session.signer
        )
    if words := settings.words_of_templates:
        print_info(session, words)
    if rendered is None:
        print_info(session, "nothing to say, so nothing would be sent")
        if session.format == "json":
            emit(session, {"subject": None}, [], [])
        return
    if session.format == "json":
        document = {
            "subject": rendered.subject,
            "message_id": rendered.message_id,
            "text": rendered.text,
            "html": rendered.html,
        }
        emit(session, document)
    elif part == "message":
        sys.stdout.buffer.write(rendered.message)
    else:
        text = f"Subject: {rendered.subject}\n\n{rendered.text}"
        click.echo(rendered.html if part == "html" else text)


@digest.command("send")
@subscription_argument
@now_option
@pass_session
def digest_send(session: Session, subscription: int) -> None:
    """Send now what `digest preview` shows; what it says counts as told.

    The digest that is due at the subscription's hour comes all the same, with what is new by
    then.

    \b
    Examples:
      pactwatch digest send 1
      pactwatch digest send me@example.org
    """
    from notifications.planning.preview import send_now
    from notifications.settings import MailSettings

    with closing(session.store()) as store:
        settings, engine = MailSettings(), session.engine()
        message = send_now(store, engine, settings, subscription, session.now, session.signer)
    if message is None:
        print_info(session, "nothing to say, so nothing is sent")
        emit(session, {"subject": None}, [], SENT_COLUMNS)
        return
    deliver_and_emit(session, settings, message.rendered.message_id)
