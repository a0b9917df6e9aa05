"""Reports about mail that came back or was not wanted: RFC 3464 and RFC 5965. Pure.

What a report says is read, never believed: whether it is about a message of ours is for
`bounces` to tell, by the signed address it came to or the Message-ID that it returns.
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
ARRIVED_AT = ("To", "Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To")
WELL = frozenset({"delivered", "relayed", "expanded"})
NO_COMPLAINT = frozenset({"not-spam", "auth-failure", "opt-out-list"})
ROUTING = "5.4.4"
"""No route: name servers fail for an hour oftener than for good."""


class Report(Struct, frozen=True):
    """One recipient's fate: `arrived_at` are the addresses that may carry our signature."""

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
            return "ignored" if self.action in NO_COMPLAINT else "stop"
        return verdict_of(self.status, self.action)


def verdict_of(status: str, action: str = "failed") -> Verdict:
    """What follows from an enhanced status (RFC 3463): 5 stops, 4 counts."""
    if action in WELL or status.startswith("2"):
        return "ignored"
    if action == "delayed" or status == ROUTING:
        return "transient"
    return {"5": "stop", "4": "count"}.get(status[:1], "ignored")  # type: ignore[return-value]


def read_reports(raw: bytes) -> list[Report]:
    """Every report in one message; none when it is no report, as a reply or an autoreply."""
    message = message_from_bytes(raw)
    kind = str(message.get_param("report-type", "", unquote=True)).lower()
    if kind == "feedback-report" or _part(message, "message/feedback-report"):
        return list(_complaints(message, raw))
    if _part(message, "message/delivery-status"):
        return list(_bounces(message, raw))
    return list(_old_bounces(message, raw))


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


def _old_bounces(message: Message, raw: bytes) -> Iterator[Report]:
    """Reports from before RFC 3464, by the header that most of them have."""
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
    arrived = tuple(filter(None, (*(_text(message, name) for name in ARRIVED_AT), *more)))
    seed = "\0".join((kind, recipient.lower(), action, status, sha256(raw).hexdigest()))
    key = sha256(seed.encode("utf-8", "replace")).hexdigest()
    shown = clean_text(detail, 300)
    about = _message_id(message)
    return Report(kind, key, clean_text(recipient, 320), status, action, shown, arrived, about)


def _part(message: Message, content_type: str) -> Message | None:
    """The first part of a type, outside the message that came back."""
    for part in message.walk():
        if part.get_content_type() == content_type:
            return part
        if part.get_content_type() == "message/rfc822" and part is not message:
            return None
    return None


def _inner(part: Message | None) -> list[Message]:
    """What a part of type message/... holds: blocks of fields, or a whole message."""
    held: object = part.get_payload() if part is not None else []
    if isinstance(held, str):
        return [message_from_bytes(held.encode("utf-8", "replace"))]
    return [inner for inner in held if isinstance(inner, Message)] if isinstance(held, list) else []


def _message_id(message: Message) -> str | None:
    """The Message-ID of what came back: whole, its headers alone, or quoted as text."""
    for part in message.walk():
        if part.get_content_type() == "message/rfc822":
            return next((_text(inner, "Message-ID") for inner in _inner(part)), "") or None
        if part.get_content_type() in ("text/rfc822-headers", "message/global-headers"):
            return _quoted_id(_plain(part))
    return _quoted_id(_body(message))


def _quoted_id(text: str) -> str | None:
    found = MESSAGE_ID.search(text)
    return found[1] if found else None


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
    """The enhanced status; when it says nothing in particular, the one in the diagnostic."""
    found, said = STATUS.search(given), STATUS.search(diagnostic)
    if said and (found is None or found[0].endswith(".0.0")):
        return said[0]
    if found:
        return found[0]
    reply = REPLY.search(diagnostic)
    return f"{reply[1]}.0.0" if reply else ""
