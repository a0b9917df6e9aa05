"""The mail that asks a new reader for their word; without list headers. Pure."""

from __future__ import annotations

from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from typing import TYPE_CHECKING

from events import format_instant
from notifications.digests.render import Rendered
from notifications.digests.templating import wrapped
from notifications.mail.headers import POLICY, clean_text, mailbox, message_id
from notifications.mail.tokens import hash_of
from notifications.outbox.enqueue import OutgoingMessage
from notifications.subscriptions.outgoing import outgoing_message

if TYPE_CHECKING:
    from notifications.settings import MailSettings
    from notifications.subscriptions.subscription import Subscription

SUBJECT = "Please confirm: digests of milestones"


def opt_in_message(
    settings: MailSettings, held: Subscription, token: str, now: datetime, until: datetime
) -> OutgoingMessage:
    """The opt-in mail of one subscription and one code."""
    kept = hash_of(token)[:16]
    identity = message_id(settings.domain, "opt-in", settings.tenant, str(held.id), kept)
    text = _text(settings, held, token, until)
    message = EmailMessage(policy=POLICY)
    message["Date"] = format_datetime(now)
    message["From"] = mailbox(settings.mail_from)
    message["To"] = mailbox(held.email)
    message["Subject"] = SUBJECT
    message["Message-ID"] = identity
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(text, cte="quoted-printable")
    rendered = Rendered(SUBJECT, identity, text, "", message.as_bytes(policy=POLICY))
    return outgoing_message(settings, held, f"opt-in/{held.id}/{kept}", rendered)


def _text(settings: MailSettings, held: Subscription, token: str, until: datetime) -> str:
    sender = mailbox(settings.mail_from).addr_spec
    paragraphs = [
        f"Somebody asked that {held.email} receive {held.cadence} digests of milestones "
        f"({clean_text(held.wants.words, 400)}) from {sender}.",
        "If that was you, say so:",
        _how(settings, token),
        f"Without that nothing will be sent; the code is good until {format_instant(until)}. "
        "If it was not you, there is nothing to do.",
    ]
    return "\n\n".join(part if token in part else wrapped(part) for part in paragraphs) + "\n"


def _how(settings: MailSettings, token: str) -> str:
    if settings.public_url:
        return f"  {settings.public_url.rstrip('/')}/c/{token}"
    return f"  pactwatch subscribe confirm {token}\n\n(or pass this code to who runs it for you)"
