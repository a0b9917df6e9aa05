"""What follows from bounces and complaints: stop, count, or nothing; each report counts once.

Only a report about a message of ours has an effect: it came to the address signed for that
message, or returns its Message-ID. Anybody can write the rest.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, func, insert, select

from events import format_instant
from notifications.addresses.mailbox import same_mailbox
from notifications.delivery.bounce_reports import REPLY, STATUS, Report, Verdict, verdict_of
from notifications.errors import TransportError
from notifications.mail.tokens import bounced_message
from notifications.subscriptions.suppression import last_lifted, suppress
from notifications.tables import BounceRow, OutboxRow, create_tables, table_of

BOUNCES, OUTBOX = table_of(BounceRow), table_of(OutboxRow)
SOFT_LIMIT, SOFT_WINDOW = 5, timedelta(days=30)
"""So many passing failures in so many days are a lasting one."""
POLICY = "5.7."


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
    """Act on reports, in order; without a secret no address is taken for signed."""
    create_tables(connection)
    return [_take(connection, report, secret, now) for report in reports]


def _take(connection: Connection, report: Report, secret: bytes | None, now: datetime) -> Outcome:
    message = _message_of(connection, report, secret)
    address = message.recipient if message else report.recipient
    told = (report.kind, address, report.status, report.verdict)
    if message is None:
        return Outcome(*told, "unmatched", "about no message that was sent from here")
    values = {
        "key": report.key,
        "kind": report.kind,
        "address": address,
        "status": report.status,
        "verdict": report.verdict,
        "detail": report.detail,
        "outbox_id": message.id,
    }
    return Outcome(*told, _record(connection, values, now), report.detail)


def _message_of(connection: Connection, report: Report, secret: bytes | None) -> Any | None:
    """The message a report is about, by our signature first, by the Message-ID else."""
    arrived = report.arrived_at if secret is not None else ()
    signed = (bounced_message(secret or b"", address) for address in arrived)
    name = next((found for found in signed if found is not None), None)
    is_it = OUTBOX.c.message_id == report.message_id
    if name is not None:
        is_it = OUTBOX.c.message_id.like(f"<d.{name}@%")
    return connection.execute(select(OUTBOX.c.id, OUTBOX.c.recipient).where(is_it)).first()


def _record(connection: Connection, values: dict[str, Any], now: datetime) -> str:
    """Keep one report, and stop its address when that follows."""
    known = select(BOUNCES.c.id).where(BOUNCES.c.key == values["key"])
    if connection.execute(known).first() is not None:
        return "repeated"
    address = same_mailbox(values["address"])
    at = format_instant(now)
    connection.execute(insert(BOUNCES).values({**values, "address": address, "at": at}))
    detail = f"{values['status']} {values['detail']}".strip()
    if values["verdict"] == "stop":
        suppress(connection, address, values["kind"], detail, now)
        return "suppressed"
    if values["verdict"] != "count":
        return "noted"
    if _counted(connection, address, now) < SOFT_LIMIT:
        return "counted"
    many = f"{SOFT_LIMIT} passing failures in {SOFT_WINDOW.days} days, last: {detail}"
    suppress(connection, address, values["kind"], many, now)
    return "suppressed"


def _counted(connection: Connection, address: str, now: datetime) -> int:
    """Passing failures of late; those before the address was last let in again are forgiven."""
    since = max(format_instant(now - SOFT_WINDOW), last_lifted(connection, address))
    query = select(func.count()).where(
        BOUNCES.c.address == address, BOUNCES.c.verdict == "count", BOUNCES.c.at > since
    )
    return int(connection.execute(query).scalar_one())


def record_refusal(
    connection: Connection, row: Any, now: datetime, error: TransportError
) -> str | None:
    """A recipient refused for good in the conversation is a bounce, too; what it led to.

    `row` is the message in the outbox. Any other failure is None: it says nothing of the address.
    """
    if error.phase != "recipient" or not error.permanent:
        return None
    status = status_of(error.message)
    values = {
        "key": f"refusal/{row.id}/{row.attempts}",
        "kind": "bounce",
        "address": row.recipient,
        "status": status,
        "verdict": verdict_at_rcpt(status),
        "detail": error.message[:300],
        "outbox_id": row.id,
    }
    return _record(connection, values, now)


def verdict_at_rcpt(status: str) -> Verdict:
    """As in a report, but a policy of our own relay against us must not silence every reader."""
    return "count" if status.startswith(POLICY) else verdict_of(status)


def status_of(answer: str) -> str:
    """The enhanced status in an SMTP answer, or the class of its code."""
    found, reply = STATUS.search(answer), REPLY.search(f"{answer} ")
    if found:
        return found[0]
    return f"{reply[1]}.0.0" if reply else ""


def bounces_of(connection: Connection, address: str) -> list[dict[str, Any]]:
    return _listed(connection, BOUNCES.c.address == same_mailbox(address))


def all_bounces(connection: Connection) -> list[dict[str, Any]]:
    """Every report taken, oldest first."""
    return _listed(connection, BOUNCES.c.id.is_not(None))


def _listed(connection: Connection, wanted: Any) -> list[dict[str, Any]]:
    create_tables(connection)
    query = select(BOUNCES).where(wanted).order_by(BOUNCES.c.id)
    return [dict(row._mapping) for row in connection.execute(query)]
