"""Locks rows of the outbox so that no two transactions wait for each other in a circle.

Either rows are taken in the order of their ids, or rows that are taken are passed over. SQLite has
one writer at a time, so there is nothing to lock.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, select, update

from events.batches import batches
from events.database.owned_tables import table_of
from notifications.outbox.arrays import takes_arrays
from notifications.tables import OutboxRow

OUTBOX = table_of(OutboxRow)
LOCK_IN_ORDER = "SELECT FROM outbox WHERE id = ANY(%(ids)s) ORDER BY id FOR UPDATE"
OutboxMessage = Row[*tuple[Any, ...]]
"""A row of the outbox as it was when a worker claimed it; its `attempts` is the fence."""


def locking_available(*conditions: ColumnElement[bool]) -> Select[Any]:
    """Locks the rows that meet the conditions, except those another transaction is changing.

    For a constant: a statement that is built for each execution costs five times as much.
    """
    columns = (OUTBOX.c.id, OUTBOX.c.attempts, OUTBOX.c.worker)
    query = select(*columns).where(*conditions).order_by(OUTBOX.c.id)
    # SKIP LOCKED: what is locked is being claimed or settled by a live worker, and the next turn
    # sees what came of it. SQLAlchemy leaves the clause out for SQLite.
    return query.with_for_update(skip_locked=True)


def lock_in_order(connection: Connection, messages: Iterable[OutboxMessage]) -> None:
    """Locks the rows that a transaction is going to change, waiting for each in order of id."""
    ids = [message.id for message in messages]
    if ids and takes_arrays(connection):
        connection.exec_driver_sql(LOCK_IN_ORDER, {"ids": ids})


def update_messages(
    connection: Connection, messages: Sequence[OutboxMessage], **values: Any
) -> None:
    for some in batches(messages):
        ids = [message.id for message in some]
        connection.execute(update(OUTBOX).where(OUTBOX.c.id.in_(ids)).values(**values))
