"""The command `digest preview`: what a subscriber would receive now, before it is sent."""

from __future__ import annotations

import sys
from contextlib import closing

import click

from notifications.cli.subscription_options import SubscriptionType
from tracker.terminal.command_groups import CommandGroup
from tracker.terminal.options import HELP, now_option, pass_session
from tracker.terminal.output import emit
from tracker.terminal.session import Session
from tracker.terminal.text import print_info


@click.group(cls=CommandGroup, context_settings=HELP)
def digest() -> None:
    """Show the digest that would be sent.

    \b
    Examples:
      pactwatch digest preview 1
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
