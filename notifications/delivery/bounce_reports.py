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

from notifications.mail.headers import clean_text

Kind = Literal["bounce", "complaint"]
Verdict = Literal["stop", "count", "transient", "ignored"]
STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
REPLY = re.compile(r"(?<![\d.])([45])\d\d[ -]")
MESSAGE_ID = re.compile(r"^message-id:\s*(<[^<>\s]+>)", re.IGNORECASE | re.MULTILINE)
RECIPIENT_HEADERS = ("To", "Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To")
DELIVERED_ACTIONS = frozenset({"delivered", "relayed", "expanded"})
HARMLESS_FEEDBACK = frozenset({"not-spam", "auth-failure", "opt-out-list"})
NO_ROUTE = "5.4.4"
"""Unable to route (RFC 3463): name servers fail for an hour more often than for good."""


class Report(Struct, frozen=True):
    """The report on one recipient; `arrived_at` are the addresses that may carry our signature."""

    kind: Kind
    key: str
    recipient: str
    status: str
    action: str
    detail: str
    arrived_at: tuple[str, ...]
    message_id: str | None

    @property
    def verdict(self) -> Verdict:
        if self.kind == "complaint":
            return "ignored" if self.action in HARMLESS_FEEDBACK else "stop"
        return verdict_of(self.status, self.action)


def verdict_of(status: str, action: str = "failed") -> Verdict:
    """What follows from an enhanced status (RFC 3463): 5.x stops the address, 4.x counts."""
    if action in DELIVERED_ACTIONS or status.startswith("2"):
        return "ignored"
    if action == "delayed" or status == NO_ROUTE:
        return "transient"
    return {"5": "stop", "4": "count"}.get(status[:1], "ignored")  # type: ignore[return-value]


def read_reports(raw: bytes) -> list[Report]:
    """Every report in one message; none in what is no report, such as a reply or an autoreply."""
    message = message_from_bytes(raw)
    kind = str(message.get_param("report-type", "", unquote=True)).lower()
    if kind == "feedback-report" or _part(message, "message/feedback-report"):
        return list(_complaints(message, raw))
    if _part(message, "message/delivery-status"):
        return list(_bounces(message, raw))
    return list(_header_bounces(message, raw))


def _bounces(message: Message, raw: bytes) -> Iterator[Report]:
    for block in _inner(_part(message, "message/delivery-status")):
        recipient = _address(_text(block, "Original-Recipient") or _text(block, "Final-Recipient"))
        if not recipient:
            continue
        diagnostic = _text(block, "Diagnostic-Code")
        yield _report(
            message,
            raw,
            recipient=recipient,
            status=_status(_text(block, "Status"), diagnostic),
            action=_text(block, "Action").lower() or "failed",
            detail=diagnostic or _text(block, "Status"),
        )


def _header_bounces(message: Message, raw: bytes) -> Iterator[Report]:
    """Reports in no standard form, by the X-Failed-Recipients header that most of them have."""
    body = _body(message)
    for recipient in _text(message, "X-Failed-Recipients").split(","):
        if recipient.strip():
            yield _report(
                message,
                raw,
                recipient=recipient.strip(),
                status=_status("", body),
                action="failed",
                detail=next((line for line in body.splitlines() if REPLY.search(line)), ""),
            )


def _complaints(message: Message, raw: bytes) -> Iterator[Report]:
    block = next(iter(_inner(_part(message, "message/feedback-report"))), None)
    if block is None:
        return
    kind = _text(block, "Feedback-Type").lower() or "abuse"
    yield _report(
        message,
        raw,
        kind="complaint",
        recipient=_address(_text(block, "Original-Rcpt-To")),
        status="",
        action=kind,
        detail=f"{kind}, by {_text(block, 'User-Agent') or 'an unnamed reporter'}",
        more=(_text(block, "Original-Mail-From"),),
    )


def _report(
    message: Message,
    raw: bytes,
    *,
    recipient: str,
    status: str,
    action: str,
    detail: str,
    kind: Kind = "bounce",
    more: tuple[str, ...] = (),
) -> Report:
    headers = (_text(message, name) for name in RECIPIENT_HEADERS)
    identity = "\0".join((kind, recipient.lower(), action, status, sha256(raw).hexdigest()))
    return Report(
        kind=kind,
        key=sha256(identity.encode("utf-8", "replace")).hexdigest(),
        recipient=clean_text(recipient, 320),
        status=status,
        action=action,
        detail=clean_text(detail, 300),
        arrived_at=tuple(filter(None, (*headers, *more))),
        message_id=_message_id(message),
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
    """The Message-ID of what came back: whole, its headers alone, or quoted as text."""
    for part in message.walk():
        if part.get_content_type() == "message/rfc822":
            return next((_text(inner, "Message-ID") for inner in _inner(part)), "") or None
        if part.get_content_type() in ("text/rfc822-headers", "message/global-headers"):
            return _quoted_id(_plain(part))
    return _quoted_id(_body(message))


def _quoted_id(text: str) -> str | None:
    match = MESSAGE_ID.search(text)
    return match[1] if match else None


def _body(message: Message) -> str:
    part = next((p for p in message.walk() if p.get_content_type() == "text/plain"), None)
    return _plain(part) if part is not None else ""


def _plain(part: Message) -> str:
    payload = part.get_payload(decode=True)
    return payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""


def _text(block: Message, name: str) -> str:
    return " ".join(str(block.get(name, "")).split())


def _address(field: str) -> str:
    """`rfc822; name@example.org` or `<name@example.org>` as an address."""
    return field.rpartition(";")[2].strip().strip("<>")


def _status(given: str, diagnostic: str) -> str:
    """The enhanced status; an unspecific one (x.0.0) gives way to the one in the diagnostic."""
    status, detailed = STATUS.search(given), STATUS.search(diagnostic)
    if detailed and (status is None or status[0].endswith(".0.0")):
        return detailed[0]
    if status:
        return status[0]
    reply = REPLY.search(diagnostic)
    return f"{reply[1]}.0.0" if reply else ""
