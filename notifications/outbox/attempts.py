"""The way of each message, step by step: rows that are only ever added."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from events import format_instant
from notifications.tables import OutboxStepRow, table_of

STEPS = table_of(OutboxStepRow)


def record(
    connection: Connection, rows: Iterable[Any], state: str, at: datetime, **more: Any
) -> None:
    """One step of each of these messages; `more` is phase, code and answer."""
    add(connection, [step(row, state, at, **more) for row in rows])


def step(
    row: Any,
    state: str,
    at: datetime,
    phase: str | None = None,
    code: int | None = None,
    answer: str | None = None,
) -> dict[str, Any]:
    return {
        "outbox_id": row.id,
        "attempt": row.attempts,
        "at": format_instant(at),
        "state": state,
        "worker": row.worker,
        "phase": phase,
        "code": code,
        "answer": answer,
    }


def add(connection: Connection, steps: list[dict[str, Any]]) -> None:
    if steps:
        connection.execute(insert(STEPS), steps)


def of_message(connection: Connection, number: int) -> list[dict[str, Any]]:
    """The steps of one message, oldest first."""
    query = select(STEPS).where(STEPS.c.outbox_id == number).order_by(STEPS.c.id)
    return [dict(row._mapping) for row in connection.execute(query)]
