"""The history of each message: one row per change of its state, only ever added.

Rate limits are counted from these rows, and `outbox show` prints them as the message's steps.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.structs import asdict
from sqlalchemy import Connection, select

from events import format_instant
from events.database.owned_tables import table_of
from notifications.outbox.arrays import insert_rows
from notifications.outbox.locks import OutboxMessage
from notifications.tables import OutboxAttemptRow

ATTEMPTS = table_of(OutboxAttemptRow)


class Attempt(Struct, frozen=True):
    """One change of state: the state entered, in which attempt, and what the server answered."""

    outbox_id: int
    attempt: int
    at: str
    state: str
    worker: str | None = None
    phase: str | None = None
    code: int | None = None
    answer: str | None = None


def attempt_of(
    message: OutboxMessage,
    state: str,
    at: datetime,
    phase: str | None = None,
    code: int | None = None,
    answer: str | None = None,
) -> Attempt:
    """A change of state of a message by the worker that has it."""
    when = format_instant(at)
    return Attempt(message.id, message.attempts, when, state, message.worker, phase, code, answer)


def record_attempts(connection: Connection, attempts: Sequence[Attempt]) -> None:
    insert_rows(connection, ATTEMPTS, [asdict(attempt) for attempt in attempts])


def record_state(
    connection: Connection,
    messages: Iterable[OutboxMessage],
    state: str,
    at: datetime,
    answer: str | None = None,
) -> None:
    """Records that all of these messages entered one state, and why."""
    attempts = [attempt_of(message, state, at, answer=answer) for message in messages]
    record_attempts(connection, attempts)


def attempts_of(connection: Connection, message_id: int) -> list[dict[str, object]]:
    """The history of one message, oldest first."""
    query = select(ATTEMPTS).where(ATTEMPTS.c.outbox_id == message_id).order_by(ATTEMPTS.c.id)
    return [dict(row._mapping) for row in connection.execute(query)]
