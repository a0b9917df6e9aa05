"""The mail that asks a new reader to confirm; without list headers. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from events import format_instant
from notifications.digests.render import Rendered
from notifications.digests.templating import wrapped
from notifications.mail.headers import clean_text, mailbox, message_id
from notifications.mail.mime import MimeMessage, to_bytes
from notifications.mail.tokens import hash_of
from notifications.outbox.enqueue import OutgoingMessage
from notifications.subscriptions.outgoing import outgoing_message

if TYPE_CHECKING:
    from notifications.settings import MailSettings
    from notifications.subscriptions.subscription import Subscription

SUBJECT = "Please confirm: digests of milestones"
HASH_DIGITS = 16


def opt_in_message(
    settings: MailSettings, subscription: Subscription, token: str, now: datetime, until: datetime
) -> OutgoingMessage:
    """The opt-in mail of one subscription and one code, which expires at `until`."""
    number, token_hash = str(subscription.id), hash_of(token)[:HASH_DIGITS]
    identity = message_id(settings.domain, "opt-in", settings.tenant, number, token_hash)
    text = _text(settings, subscription, token, until)
    message = MimeMessage(
        sender=settings.mail_from,
        recipient=subscription.email,
        subject=SUBJECT,
        message_id=identity,
        date=now,
        text=text,
    )
    rendered = Rendered(SUBJECT, identity, text, "", to_bytes(message))
    return outgoing_message(settings, subscription, f"opt-in/{number}/{token_hash}", rendered)


def _text(settings: MailSettings, subscription: Subscription, token: str, until: datetime) -> str:
    sender = mailbox(settings.mail_from).addr_spec
    if settings.public_url:
        how_to_confirm = f"  {settings.public_url.rstrip('/')}/c/{token}"
    else:
        command = f"pactwatch subscribe confirm {token}"
        how_to_confirm = f"  {command}\n\n(or pass this code to who runs it for you)"
    paragraphs = [
        f"Somebody asked that {subscription.email} receive {subscription.cadence} digests of "
        f"milestones ({clean_text(subscription.wants.words, 400)}) from {sender}.",
        "If that was you, say so:",
        how_to_confirm,
        f"Without that nothing will be sent; the code is good until {format_instant(until)}. "
        "If it was not you, there is nothing to do.",
    ]
    # A code or link that is broken over two lines cannot be used.
    return "\n\n".join(part if token in part else wrapped(part) for part in paragraphs) + "\n"
