"""Addresses that get no mail at all: after a lasting bounce or a complaint, until lifted."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from events import format_instant
from notifications.addresses.mailbox import same_mailbox
from notifications.errors import UnknownSubscription
from notifications.outbox.attempts import record_state
from notifications.tables import OutboxRow, SuppressionRow, create_tables, table_of

SUPPRESSIONS, OUTBOX = table_of(SuppressionRow), table_of(OutboxRow)
STANDS = SUPPRESSIONS.c.lifted_at.is_(None)


def suppressed(connection: Connection) -> set[str]:
    """Every mailbox that gets no mail now."""
    return set(connection.execute(select(SUPPRESSIONS.c.address).where(STANDS)).scalars())


def suppression_of(connection: Connection, address: str) -> Any | None:
    """Why this address gets no mail: a row with reason, detail and instant; None when it does."""
    here = SUPPRESSIONS.c.address == same_mailbox(address)
    return connection.execute(select(SUPPRESSIONS).where(here, STANDS)).first()


def suppress(connection: Connection, address: str, reason: str, detail: str, now: datetime) -> bool:
    """Send nothing more to this address; False when that was so already."""
    create_tables(connection)
    if suppression_of(connection, address) is not None:
        return False
    values = {"reason": reason, "detail": detail, "at": format_instant(now)}
    mailbox = same_mailbox(address)
    connection.execute(insert(SUPPRESSIONS).values(address=mailbox, **values))
    _take_back(connection, OUTBOX.c.recipient.in_({mailbox, address}), f"{reason}: {detail}", now)
    return True


def lift_suppression(connection: Connection, address: str, reason: str, now: datetime) -> None:
    """Let an address have mail again, with the reason on record."""
    create_tables(connection)
    if suppression_of(connection, address) is None:
        raise UnknownSubscription(
            f"{address} is not suppressed", hint="pactwatch bounce list --suppressed"
        )
    here = SUPPRESSIONS.c.address == same_mailbox(address)
    lifted = {"lifted_at": format_instant(now), "lifted_because": reason}
    connection.execute(update(SUPPRESSIONS).where(here, STANDS).values(lifted))


def last_lifted(connection: Connection, address: str) -> str:
    """When this address was last let in again; the beginning of time when it never was."""
    here = SUPPRESSIONS.c.address == same_mailbox(address)
    query = select(SUPPRESSIONS.c.lifted_at).where(here, SUPPRESSIONS.c.lifted_at.is_not(None))
    return connection.execute(query.order_by(SUPPRESSIONS.c.id.desc())).scalar() or ""


def suppressions(connection: Connection) -> list[dict[str, Any]]:
    """Every suppression there was, newest last."""
    create_tables(connection)
    query = select(SUPPRESSIONS).order_by(SUPPRESSIONS.c.id)
    return [dict(row._mapping) for row in connection.execute(query)]


def cancel_messages(
    connection: Connection, subscription_id: int, reason: str, now: datetime
) -> None:
    """What waits for a reader who has left is not sent any more."""
    _take_back(connection, OUTBOX.c.subscription_id == subscription_id, reason, now)


def _take_back(connection: Connection, whose: Any, reason: str, now: datetime) -> None:
    words = f"not sent: {reason}"
    waiting = update(OUTBOX).where(whose, OUTBOX.c.state == "due")
    taken = waiting.values(state="dead", last_error=words).returning(OUTBOX)
    record_state(connection, connection.execute(taken).all(), "dead", now, words)
