"""Taking rows of the outbox without two transactions waiting for each other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, select, update

from notifications.tables import OutboxRow, table_of

OUTBOX = table_of(OutboxRow)
Held = Row[Any]
"""A message that a worker has claimed: its row, as it was when claimed."""


def locked(connection: Connection, *wanted: ColumnElement[bool]) -> Sequence[Held]:
    """Rows to change, but for those that another transaction is changing."""
    columns = (OUTBOX.c.id, OUTBOX.c.attempts, OUTBOX.c.worker)
    query = select(*columns).where(*wanted).order_by(OUTBOX.c.id)
    return connection.execute(query.with_for_update(skip_locked=True)).all()


def lock(connection: Connection, rows: Iterable[Held]) -> None:
    """Take the rows that a transaction is going to change, in one order for everybody.

    Whoever else waits for rows takes them by this too, and all others pass over what is taken, so
    no two wait for each other. SQLite has one writer, so there is nothing to take.
    """
    ids = [row.id for row in rows]
    if ids and connection.dialect.name == "postgresql":
        query = select(OUTBOX.c.id).where(OUTBOX.c.id.in_(ids)).order_by(OUTBOX.c.id)
        connection.execute(query.with_for_update()).all()


def change(connection: Connection, rows: Sequence[Held], **values: Any) -> None:
    for n in range(0, len(rows), 500):
        ids = [row.id for row in rows[n : n + 500]]
        connection.execute(update(OUTBOX).where(OUTBOX.c.id.in_(ids)).values(**values))
