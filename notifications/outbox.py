"""The outbox: each message once, claimed under a lease, its way recorded step by step.

due -> leased -> transmitting -> sent; back to due after a passing failure, parked after a lasting
one, uncertain when the answer to the final dot was lost. Uncertain is never silently due again.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zlib import crc32

from sqlalchemy import Connection, Row, insert, select, update

from events import format_instant
from notifications.errors import TransportError
from notifications.tables import OutboxRow, create_tables, table_of

if TYPE_CHECKING:
    from notifications.planning import Planned
    from notifications.subscriptions import Subscription

OUTBOX = table_of(OutboxRow)
STATES = ("due", "leased", "transmitting", "sent", "uncertain", "parked", "dead")
LEASE = timedelta(minutes=5)
FIRST_RETRY = timedelta(minutes=1)
LONGEST_RETRY = timedelta(hours=6)
MOST_ATTEMPTS = 20
BATCH = 50


def put(
    connection: Connection,
    subscription: Subscription,
    planned: Planned,
    now: datetime,
    *,
    envelope_from: str | None = None,
) -> int:
    """Insert a message unless its key is taken; returns how many were inserted.

    `envelope_from` is the address that bounces of it go to (None: that of the sender).
    """
    taken = select(OUTBOX.c.id).where(OUTBOX.c.dedup_key == planned.dedup_key)
    if connection.execute(taken).first() is not None:
        return 0
    rendered, at = planned.rendered, format_instant(now)
    values = {
        "dedup_key": planned.dedup_key,
        "subscription_id": subscription.id,
        "recipient": subscription.email,
        "message_id": rendered.message_id,
        "subject": rendered.subject,
        "message": rendered.message,
        "state": "due",
        "due_at": at,
        "planned_at": at,
        "attempts": 0,
        "envelope_from": envelope_from,
    }
    connection.execute(insert(OUTBOX).values(values))
    return 1


def claim(connection: Connection, worker: str, now: datetime) -> list[Row[Any]]:
    """Lease what is due to this worker; `attempts` is the fence that a stale worker fails at."""
    _reap(connection, now)
    due = (
        select(OUTBOX.c.id)
        .where(OUTBOX.c.state == "due", OUTBOX.c.due_at <= format_instant(now))
        .order_by(OUTBOX.c.due_at, OUTBOX.c.id)
        .limit(BATCH)
    )
    claimed = (
        update(OUTBOX)
        .where(OUTBOX.c.id.in_(due))
        .values(
            state="leased",
            worker=worker,
            lease_until=format_instant(now + LEASE),
            attempts=OUTBOX.c.attempts + 1,
        )
        .returning(OUTBOX)
    )
    return sorted(connection.execute(claimed), key=lambda row: row.id)


def _reap(connection: Connection, now: datetime) -> None:
    """Leases that ran out: not begun is due again, begun is uncertain.

    The uncertain keep their worker, who may only be slow and can still say how it went.
    """
    over = OUTBOX.c.lease_until < format_instant(now)
    outcomes: tuple[tuple[str, dict[str, Any]], ...] = (
        ("leased", {"state": "due", "worker": None}),
        ("transmitting", {"state": "uncertain", "last_error": "no word before the lease ran out"}),
    )
    for held, values in outcomes:
        connection.execute(update(OUTBOX).where(OUTBOX.c.state == held, over).values(values))


def _move(connection: Connection, row: Row[Any], **values: Any) -> bool:
    """Change a message that is still ours; False when another worker has it now."""
    ours = (OUTBOX.c.id == row.id) & (OUTBOX.c.worker == row.worker)
    fence = ours & (OUTBOX.c.attempts == row.attempts)
    moved = connection.execute(update(OUTBOX).where(fence).values(**values))
    return moved.rowcount == 1


def mark_transmitting(connection: Connection, row: Row[Any]) -> bool:
    return _move(connection, row, state="transmitting")


def mark_sent(connection: Connection, row: Row[Any], now: datetime, location: str) -> bool:
    sent = {"state": "sent", "sent_at": format_instant(now), "location": location}
    return _move(connection, row, **sent, lease_until=None, last_error=None)


def mark_failed(connection: Connection, row: Row[Any], now: datetime, error: TransportError) -> str:
    """Park, hold or postpone a message, by how far it came; returns its new state."""
    state = _after(row, error)
    due = now + backoff(row.attempts, row.dedup_key)
    failed = {"state": state, "due_at": format_instant(due), "last_error": error.message}
    _move(connection, row, **failed, lease_until=None)
    return state


def _after(row: Row[Any], error: TransportError) -> str:
    if error.phase == "after_data":
        return "uncertain"
    if error.permanent:
        return "parked"
    return "dead" if row.attempts >= MOST_ATTEMPTS else "due"


def backoff(attempts: int, key: str) -> timedelta:
    """Doubling, capped, spread by up to a quarter so that retries do not march in step."""
    base = min(FIRST_RETRY * (1 << min(attempts - 1, 10)), LONGEST_RETRY)
    return base + base * (crc32(f"{key}/{attempts}".encode()) % 256) / 1024


def listed(connection: Connection, state: str | None = None) -> list[dict[str, Any]]:
    """Messages without their bytes, newest last."""
    create_tables(connection)
    shown = [column for column in OUTBOX.c if column.name != "message"]
    query = select(*shown).order_by(OUTBOX.c.id)
    query = query.where(OUTBOX.c.state == state) if state else query
    return [dict(row._mapping) for row in connection.execute(query)]
