"""Addresses that get no mail at all: after a permanent bounce or a complaint, until lifted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, insert, select, update

from events import format_instant
from events.database.owned_tables import table_of
from notifications.addresses.mailbox import same_mailbox
from notifications.errors import UnknownSubscription
from notifications.outbox.attempts import record_state
from notifications.outbox.locks import OUTBOX, OutboxMessage
from notifications.outbox.undelivered import CANCELLED
from notifications.tables import SuppressionRow, create_tables, has_table

SUPPRESSIONS = table_of(SuppressionRow)
IS_IN_FORCE = SUPPRESSIONS.c.lifted_at.is_(None)
SUPPRESSED = select(SUPPRESSIONS.c.address).where(IS_IN_FORCE)


class Suppression(Struct, frozen=True):
    """An address that gets no mail from `at` until it is lifted."""

    id: int
    address: str
    reason: str
    detail: str
    at: str
    lifted_at: str | None
    lifted_because: str | None


def suppressed(connection: Connection) -> set[str]:
    """Every mailbox that gets no mail now."""
    return set(connection.execute(SUPPRESSED).scalars())


def suppression_of(connection: Connection, address: str) -> Suppression | None:
    """Why this address gets no mail; None when it does."""
    is_address = SUPPRESSIONS.c.address == same_mailbox(address)
    row = connection.execute(select(SUPPRESSIONS).where(is_address, IS_IN_FORCE)).first()
    return None if row is None else Suppression(**row._mapping)


def all_suppressions(connection: Connection) -> list[Suppression]:
    """Every suppression there was, newest last."""
    if not has_table(connection, SuppressionRow):
        return []
    query = select(SUPPRESSIONS).order_by(SUPPRESSIONS.c.id)
    return [Suppression(**row._mapping) for row in connection.execute(query)]


def suppress(connection: Connection, address: str, reason: str, detail: str, now: datetime) -> bool:
    """Stops all mail to this address and cancels what waits; False when it was stopped before."""
    create_tables(connection)
    if suppression_of(connection, address) is not None:
        return False
    values = {"reason": reason, "detail": detail, "at": format_instant(now)}
    mailbox = same_mailbox(address)
    connection.execute(insert(SUPPRESSIONS).values(address=mailbox, **values))
    cancel_due_messages(
        connection, OUTBOX.c.recipient.in_({mailbox, address}), f"{reason}: {detail}", now
    )
    return True


def lift_suppression(connection: Connection, address: str, reason: str, now: datetime) -> None:
    """Lets an address have mail again; raises UnknownSubscription when it is not suppressed."""
    if not has_table(connection, SuppressionRow) or suppression_of(connection, address) is None:
        raise UnknownSubscription(f"{address} is not suppressed", hint="pactwatch suppression list")
    is_address = SUPPRESSIONS.c.address == same_mailbox(address)
    values = {"lifted_at": format_instant(now), "lifted_because": reason}
    connection.execute(update(SUPPRESSIONS).where(is_address, IS_IN_FORCE).values(values))


def last_lifted(connection: Connection, address: str) -> str:
    """When this address was last let in again; empty, which is before any instant, when never."""
    is_address = SUPPRESSIONS.c.address == same_mailbox(address)
    lifted_at = SUPPRESSIONS.c.lifted_at
    query = select(lifted_at).where(is_address, lifted_at.is_not(None))
    return connection.execute(query.order_by(SUPPRESSIONS.c.id.desc())).scalar() or ""


def cancel_messages(
    connection: Connection, subscription_id: int, reason: str, now: datetime
) -> None:
    """Sends nothing more of what waits for a subscription that has ended."""
    cancel_due_messages(connection, OUTBOX.c.subscription_id == subscription_id, reason, now)


def cancel_due_messages(
    connection: Connection, condition: ColumnElement[bool], reason: str, now: datetime
) -> Sequence[OutboxMessage]:
    """Cancels what waits in the outbox and meets the condition; returns it as it then is."""
    words = f"{CANCELLED}: {reason}"
    # Only what is due: a message that a worker has may be on the wire already.
    statement = (
        update(OUTBOX)
        .where(condition, OUTBOX.c.state == "due")
        .values(state="dead", last_error=words)
        .returning(OUTBOX)
    )
    cancelled = connection.execute(statement).all()
    record_state(connection, cancelled, "dead", now, words)
    return cancelled
