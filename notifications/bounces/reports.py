"""Reads reports about mail that came back (RFC 3464) or was not wanted (RFC 5965). Pure.

What a report says is read and not believed: whether it is about a message of ours is decided by
`bounces`, by the signed address it came to or the Message-ID that it returns.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from hashlib import sha256
from typing import Literal

from msgspec import Struct

from notifications.bounces.delivery_status import STATUS_TYPES, flat_text, recipients_of
from notifications.bounces.prose import (
    DELAY,
    Reading,
    is_automatic_answer,
    reading_of,
    reading_of_answer,
    refined,
)
from notifications.bounces.verdicts import Verdict, status_of, verdict_of
from notifications.mail.headers import clean_text

Kind = Literal["bounce", "complaint"]
MESSAGE_ID = re.compile(rb"^message-id:\s*(<[^<>\s]+>)", re.IGNORECASE | re.MULTILINE)
RECIPIENT_HEADERS = ("To", "Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To")
RETURNED_TYPES = ("message/rfc822", "message/global")
HEADER_TYPES = ("text/rfc822-headers", "message/global-headers")
HARMLESS_FEEDBACK = frozenset({"not-spam", "auth-failure", "opt-out-list"})
FAILED_ACTIONS = frozenset({"failure", "fail", ""})
TAG = re.compile(r"<[^>]*>")
COMPLAINT_SUBJECT = re.compile(r"^complaint about message from \S+", re.IGNORECASE)
"""Of the junk mail reports of Outlook.com, which are in no standard form."""


class Report(Struct, frozen=True):
    """The report on one recipient; `arrived_at` are the addresses that may carry our signature.

    What was read from prose is `needs_signature`: a returned Message-ID is not enough. `siblings`
    says how many recipients the same message reports on.
    """

    kind: Kind
    key: str
    recipient: str
    status: str
    action: str
    detail: str
    arrived_at: tuple[str, ...]
    message_id: str | None
    needs_signature: bool = False
    siblings: int = 1

    @property
    def verdict(self) -> Verdict:
        if self.kind == "complaint":
            return "ignored" if self.action in HARMLESS_FEEDBACK else "stop"
        return verdict_of(self.status, self.detail, self.action)


class RecipientReport(Struct, frozen=True):
    """What a message says of one recipient; `sender` is the address that a complaint is about."""

    recipient: str
    status: str
    action: str
    detail: str
    kind: Kind = "bounce"
    sender: str = ""
    needs_signature: bool = False

    def key(self, content: str) -> str:
        """What it is known by, so that it counts once however often it is read."""
        parts = (self.kind, self.recipient.lower(), self.action, self.status, content)
        return sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()


def read_reports(raw: bytes) -> list[Report]:
    """Every report in one message; none in what is no report, such as a reply or an autoreply."""
    message = message_from_bytes(raw)
    of_recipients = (
        list(_complaints(message))
        or list(_bounces(message))
        or list(_header_bounces(message))
        or list(_prose_bounces(message))
    )
    headers = (_text(message, name) for name in RECIPIENT_HEADERS)
    arrived_at = tuple(filter(None, headers))
    # A server hands out with CRLF what a file keeps with LF.
    content = sha256(raw.replace(b"\r\n", b"\n")).hexdigest()
    return [
        Report(
            kind=each.kind,
            key=each.key(content),
            recipient=clean_text(each.recipient, 320),
            status=each.status,
            action=each.action,
            detail=clean_text(each.detail, 300),
            arrived_at=(*arrived_at, each.sender) if each.sender else arrived_at,
            message_id=_message_id(message),
            needs_signature=each.needs_signature,
            siblings=len(of_recipients),
        )
        for each in of_recipients
    ]


def _bounces(message: Message) -> Iterator[RecipientReport]:
    """Reports in the standard form, also inside a message that carries the whole report."""
    for part in message.walk():
        if part.get_content_type() not in STATUS_TYPES:
            continue
        for fields in recipients_of(part):
            named = (fields.get(name, "") for name in ("final-recipient", "original-recipient"))
            addresses = list(filter(None, map(_address, named)))
            # A gateway's own form of an address (X.400) begins with a slash.
            plain = (each for each in addresses if "@" in each and not each.startswith("/"))
            recipient = next(plain, "".join(addresses[:1]))
            diagnostic, status = fields.get("diagnostic-code", ""), fields.get("status", "")
            action = fields.get("action", "").strip().lower()
            if recipient:
                yield RecipientReport(
                    recipient=recipient,
                    status=refined(status_of(status, diagnostic), diagnostic),
                    action="failed" if action in FAILED_ACTIONS else action,
                    detail=diagnostic or status,
                )
        return


def _header_bounces(message: Message) -> Iterator[RecipientReport]:
    """Reports in no standard form, by the X-Failed-Recipients header that some of them have."""
    reading = reading_of(_body(message)) or Reading("5.0.0", "")
    for recipient in _text(message, "X-Failed-Recipients").split(","):
        if recipient.strip():
            yield RecipientReport(
                recipient=recipient.strip(),
                status=reading.status,
                action="failed",
                detail=reading.line,
            )


def _prose_bounces(message: Message) -> Iterator[RecipientReport]:
    """A report for people: worth something only at an address that we signed."""
    text = f"{_body(message)}\n{_text(message, 'Subject')}"
    is_answer = is_automatic_answer(message)
    reading = reading_of_answer(message, text) if is_answer else reading_of(text)
    if reading is None and not is_answer and (warning := DELAY.search(text)):
        reading = Reading("4.0.0", warning[0])
    if reading is not None:
        yield RecipientReport(
            recipient="",
            status=reading.status,
            action="delayed" if DELAY.search(text) else "failed",
            detail=reading.line,
            needs_signature=True,
        )


def _complaints(message: Message) -> Iterator[RecipientReport]:
    """Complaints of readers, in the standard form or in that of Outlook.com."""
    block = next(iter(_inner(_part(message, "message/feedback-report"))), None)
    if block is not None:
        kind = _text(block, "Feedback-Type").lower() or "abuse"
        reporter = _text(block, "User-Agent") or "an unnamed reporter"
        recipient, sender = _text(block, "Original-Rcpt-To"), _text(block, "Original-Mail-From")
    elif COMPLAINT_SUBJECT.match(_text(message, "Subject")) and _part(message, "message/rfc822"):
        kind, reporter, sender = "abuse", _text(message, "From"), ""
        recipient = _text(message, "X-HmXmrOriginalRecipient")
    else:
        return
    yield RecipientReport(
        kind="complaint",
        recipient=_address(recipient),
        status="",
        action=kind,
        detail=f"{kind}, by {reporter}",
        sender=sender,
    )


def _part(message: Message, content_type: str) -> Message | None:
    """The first part of a type, outside the message that came back."""
    for part in message.walk():
        if part.get_content_type() == content_type:
            return part
        if part.get_content_type() == "message/rfc822" and part is not message:
            return None
    return None


def _inner(part: Message | None) -> list[Message]:
    """The messages inside a part of type message/...: blocks of fields, or a whole message."""
    payload: object = part.get_payload() if part is not None else []
    if isinstance(payload, str):
        return [message_from_bytes(payload.encode("utf-8", "replace"))]
    if isinstance(payload, list):
        return [inner for inner in payload if isinstance(inner, Message)]
    return []


def _message_id(message: Message) -> str | None:
    """The Message-ID of what came back: whole, its headers alone, or quoted as text.

    It is searched in the bytes, since headers that came back may be broken.
    """
    for part in message.walk():
        if part is not message and part.get_content_type() in (*RETURNED_TYPES, *HEADER_TYPES):
            inner = _inner(part)
            text = flat_text(inner[0]) if inner else _plain(part)
            return _quoted_id(text.encode())
    texts = (_plain(part) for part in message.walk() if part.get_content_maintype() == "text")
    return next(filter(None, (_quoted_id(text.encode()) for text in texts)), None)


def _quoted_id(text: bytes) -> str | None:
    match = MESSAGE_ID.search(text)
    return match[1].decode("ascii", "replace") if match else None


def _body(message: Message) -> str:
    """The text of a message; of HTML what stands between its tags."""
    texts = {part.get_content_type(): part for part in reversed(list(message.walk()))}
    if "text/plain" in texts:
        return _plain(texts["text/plain"])
    return TAG.sub(" ", _plain(texts["text/html"])) if "text/html" in texts else ""


def _plain(part: Message) -> str:
    payload = part.get_payload(decode=True)
    return payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""


def _text(block: Message, name: str) -> str:
    return " ".join(str(block.get(name, "")).split())


def _address(field: str) -> str:
    """`rfc822; name@example.org` or `<name@example.org>` as an address."""
    return field.rpartition(";")[2].strip().strip("<>")
