"""Acts on bounces and complaints: suppresses an address, counts, or only records the report.

Only a report about a message of ours has an effect: it came to the address signed for that
message, or returns its Message-ID. Anybody can write the rest.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict
from sqlalchemy import Connection, func, insert, select

from events import format_instant
from events.database.owned_tables import table_of
from notifications.addresses.mailbox import same_mailbox
from notifications.bounces.prose import refined
from notifications.bounces.reports import Report
from notifications.bounces.verdicts import status_of, verdict_of
from notifications.errors import TransportError
from notifications.mail.tokens import bounced_message
from notifications.outbox.locks import OUTBOX, OutboxMessage
from notifications.subscriptions.suppression import last_lifted, suppress
from notifications.tables import BounceRow, create_tables, has_table

BOUNCES = table_of(BounceRow)
SOFT_LIMIT, SOFT_WINDOW = 5, timedelta(days=30)
"""So many messages that failed in so many days, one after another, stop the address."""
SUCCESS = timedelta(days=2)
"""A message that was taken and did not come back for so long has arrived."""


class Bounce(Struct, frozen=True):
    """A report as it is recorded; `key` makes it count once."""

    key: str
    kind: str
    address: str
    status: str
    verdict: str
    detail: str
    outbox_id: int


class RecordedBounce(Struct, frozen=True):
    """A row of `bounces`."""

    id: int
    key: str
    kind: str
    address: str
    status: str
    verdict: str
    detail: str
    at: str
    outbox_id: int | None


class Outcome(Struct, frozen=True):
    """What one report led to: suppressed, counted, noted, repeated, or unmatched."""

    kind: str
    address: str
    status: str
    verdict: str
    outcome: str
    detail: str


def record_bounces(
    connection: Connection, reports: Iterable[Report], secret: bytes | None, now: datetime
) -> list[Outcome]:
    """Records reports in order and acts on each; without a secret no address counts as signed."""
    create_tables(connection)
    outcomes = []
    for report in reports:
        message = _reported_message(connection, report, secret)
        address = message.recipient if message else report.recipient
        is_own = same_mailbox(report.recipient or address) == same_mailbox(address)
        is_member = report.siblings > 1 and not is_own
        # A failure of one of an alias's members only counts.
        verdict = "count" if report.verdict == "stop" and is_member else report.verdict
        facts = (report.kind, address, report.status, verdict)
        outcome, detail = "unmatched", "about no message that was sent from here"
        if message is not None:
            bounce = Bounce(report.key, *facts, report.detail, message.id)
            outcome, detail = _record(connection, bounce, now), report.detail
        outcomes.append(Outcome(*facts, outcome, detail))
    return outcomes


def _reported_message(
    connection: Connection, report: Report, secret: bytes | None
) -> OutboxMessage | None:
    """The message a report is about: by our signature first, else by the Message-ID."""
    addresses = report.arrived_at if secret is not None else ()
    names = (bounced_message(secret or b"", address) for address in addresses)
    signed_name = next((name for name in names if name is not None), None)
    is_message = OUTBOX.c.message_id == report.message_id
    if signed_name is None and report.needs_signature:
        return None
    if signed_name is not None:
        is_message = OUTBOX.c.message_id.like(f"<d.{signed_name}@%")
    query = select(OUTBOX.c.id, OUTBOX.c.recipient).where(is_message)
    return connection.execute(query).first()


def _record(connection: Connection, bounce: Bounce, now: datetime) -> str:
    """Stores one report and suppresses its address when that follows; returns the outcome."""
    is_same = BOUNCES.c.key == bounce.key
    if connection.execute(select(BOUNCES.c.id).where(is_same)).first() is not None:
        return "repeated"
    address = same_mailbox(bounce.address)
    values = {**asdict(bounce), "address": address, "at": format_instant(now)}
    connection.execute(insert(BOUNCES).values(values))
    # The server's words mostly name the status themselves.
    is_named = bounce.status in bounce.detail
    detail = bounce.detail if is_named else f"{bounce.status} {bounce.detail}".strip()
    if bounce.verdict == "stop":
        suppress(connection, address, bounce.kind, detail, now)
        return "suppressed"
    if bounce.verdict != "count":
        return "noted"
    if _failures(connection, bounce.address, now) < SOFT_LIMIT:
        return "counted"
    reason = f"{SOFT_LIMIT} messages failed in {SOFT_WINDOW.days} days, the last: {detail}"
    suppress(connection, address, bounce.kind, reason, now)
    return "suppressed"


def _failures(connection: Connection, recipient: str, now: datetime) -> int:
    """How many messages to an address have failed lately, since the last one that arrived."""
    address = same_mailbox(recipient)
    arrived = select(func.max(OUTBOX.c.planned_at)).where(
        OUTBOX.c.recipient.in_({recipient, address}),
        OUTBOX.c.state == "sent",
        OUTBOX.c.planned_at < format_instant(now - SUCCESS),
        OUTBOX.c.id.not_in(select(BOUNCES.c.outbox_id).where(BOUNCES.c.address == address)),
    )
    since = max(
        format_instant(now - SOFT_WINDOW),
        last_lifted(connection, address),
        connection.execute(arrived).scalar() or "",
    )
    is_recent = (BOUNCES.c.verdict == "count") & (BOUNCES.c.at > since)
    messages = select(func.count(BOUNCES.c.outbox_id.distinct()))
    recent = messages.where(BOUNCES.c.address == address, is_recent)
    return int(connection.execute(recent).scalar_one())


def record_refusal(
    connection: Connection, message: OutboxMessage, now: datetime, error: TransportError
) -> str | None:
    """Records a recipient refused for good in the SMTP conversation; returns the outcome.

    Any other failure is None: it says nothing of the address.
    """
    if error.phase != "recipient" or not error.permanent:
        return None
    status = refined(status_of(error.message), error.message)
    bounce = Bounce(
        key=f"refusal/{message.id}/{message.attempts}",
        kind="bounce",
        address=message.recipient,
        status=status,
        verdict=verdict_of(status, error.message),
        detail=error.message[:300],
        outbox_id=message.id,
    )
    return _record(connection, bounce, now)


def bounces_of(connection: Connection, address: str) -> list[RecordedBounce]:
    """Every report about an address, oldest first."""
    return _recorded(connection, BOUNCES.c.address == same_mailbox(address))


def all_bounces(connection: Connection) -> list[RecordedBounce]:
    """Every report recorded, oldest first."""
    return _recorded(connection, BOUNCES.c.id.is_not(None))


def _recorded(connection: Connection, condition: Any) -> list[RecordedBounce]:
    if not has_table(connection, BounceRow):
        return []
    query = select(BOUNCES).where(condition).order_by(BOUNCES.c.id)
    return [RecordedBounce(**row._mapping) for row in connection.execute(query)]
