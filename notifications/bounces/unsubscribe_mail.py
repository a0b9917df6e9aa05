"""Acts on mail to the address of List-Unsubscribe, whose subject carries the token.

A mail program that offers "unsubscribe" may write there instead of following the link.
"""

from __future__ import annotations

import re
from datetime import datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message

from sqlalchemy import Connection

from notifications.addresses.mailbox import masked
from notifications.mail.tokens import LENGTH
from notifications.subscriptions import consent

SUBJECT = re.compile(rf"^\s*(?:re:\s*)?unsubscribe\s+([a-z2-7]{{{LENGTH}}})\s*$", re.IGNORECASE)
BY = "a mail to the unsubscribe address"


def token_in(raw: bytes) -> str | None:
    """The token in the subject of a message; None in any other message."""
    match = SUBJECT.match(header_words(message_from_bytes(raw), "Subject"))
    return match[1].lower() if match else None


def header_words(message: Message, name: str) -> str:
    """A header as people read it; as it stands where its encoding is broken."""
    text = str(message.get(name, ""))
    try:
        return str(make_header(decode_header(text)))
    except (LookupError, ValueError):
        return text


def unsubscribed(connection: Connection, token: str, now: datetime) -> str | None:
    """Ends what a token was given out for; returns its masked address, None for no such token."""
    subscription = consent.unsubscribe(connection, token, now, BY)
    return masked(subscription.email) if subscription else None
