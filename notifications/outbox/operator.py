"""What an operator may do with the outbox: look, send again, give up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select, update

from events import format_instant
from notifications.errors import MessageRefused, UnknownMessage
from notifications.outbox.attempts import Attempt, attempts_of, record_attempts
from notifications.outbox.locks import OUTBOX
from notifications.outbox.undelivered import DROPPED
from notifications.tables import OutboxRow, has_table

RETRYABLE = ("parked", "uncertain", "dead", "due")
DROPPABLE = ("due", "parked", "uncertain", "dead")
COLUMNS = [column for column in OUTBOX.c if column.name != "message"]
MessageDocument = dict[str, Any]
"""A message as JSON shows it: every column but its bytes, and in details its `steps`."""


def messages(
    connection: Connection,
    state: str | None = None,
    recipient: str | None = None,
    limit: int | None = None,
) -> list[MessageDocument]:
    """Messages in order of id; with a limit, the newest so many."""
    if not has_table(connection, OutboxRow):
        return []
    query = select(*COLUMNS).order_by(OUTBOX.c.id.desc()).limit(limit)
    if state:
        query = query.where(OUTBOX.c.state == state)
    if recipient:
        query = query.where(func.lower(OUTBOX.c.recipient) == recipient.lower())
    return [dict(row._mapping) for row in connection.execute(query)][::-1]


def state_counts(connection: Connection) -> dict[str, int]:
    """How many messages there are in each state."""
    if not has_table(connection, OutboxRow):
        return {}
    query = select(OUTBOX.c.state, func.count()).group_by(OUTBOX.c.state)
    return {row[0]: row[1] for row in connection.execute(query)}


def message_details(connection: Connection, message_id: int) -> MessageDocument:
    """Reads a message with its history; raises UnknownMessage."""
    query = select(*COLUMNS).where(OUTBOX.c.id == message_id)
    row = connection.execute(query).first() if has_table(connection, OutboxRow) else None
    if row is None:
        raise UnknownMessage(f"no message {message_id} in the outbox", hint="pactwatch outbox list")
    return {**row._mapping, "steps": attempts_of(connection, message_id)}


def message_bytes(connection: Connection, message_id: int) -> bytes:
    """The message as it is sent; raises UnknownMessage."""
    message_details(connection, message_id)
    query = select(OUTBOX.c.message).where(OUTBOX.c.id == message_id)
    return bytes(connection.execute(query).scalar_one())


def message_ids(connection: Connection, state: str) -> list[int]:
    """Every message in a state."""
    if not has_table(connection, OutboxRow):
        return []
    query = select(OUTBOX.c.id).where(OUTBOX.c.state == state).order_by(OUTBOX.c.id)
    return list(connection.execute(query).scalars())


def retry(
    connection: Connection, message_ids: Sequence[int], now: datetime, at: datetime
) -> list[MessageDocument]:
    """Makes messages due at once, with the same bytes and Message-ID; all of them or none."""
    before = _in_states(connection, message_ids, RETRYABLE, "sent again")
    for message in before:
        values = {"state": "due", "due_at": format_instant(now), "failures": 0, "resends": 0}
        _change_state(connection, message, at, "sent again by the operator", **values)
    return [message_details(connection, message["id"]) for message in before]


def drop(
    connection: Connection, message_ids: Sequence[int], reason: str, at: datetime
) -> list[MessageDocument]:
    """Gives messages up: they stay on record as dead, with the reason; all of them or none."""
    before = _in_states(connection, message_ids, DROPPABLE, "dropped")
    for message in before:
        words = f"{DROPPED}: {reason}"
        _change_state(connection, message, at, words, state="dead", worker=None, last_error=words)
    return [message_details(connection, message["id"]) for message in before]


def _in_states(
    connection: Connection, message_ids: Sequence[int], states: tuple[str, ...], action: str
) -> list[MessageDocument]:
    """The messages with these ids; raises MessageRefused for the first in any other state."""
    documents = [message_details(connection, number) for number in sorted(set(message_ids))]
    for message in documents:
        if message["state"] not in states:
            raise MessageRefused(
                f"message {message['id']} is {message['state']}; "
                f"only {', '.join(states)} can be {action}",
                hint=f"pactwatch outbox show {message['id']}",
            )
    return documents


def _change_state(
    connection: Connection, before: MessageDocument, at: datetime, reason: str, **values: Any
) -> None:
    """Changes a message that is as it was read; raises MessageRefused if a worker took it since."""
    is_unchanged = (
        (OUTBOX.c.id == before["id"])
        & (OUTBOX.c.state == before["state"])
        & (OUTBOX.c.attempts == before["attempts"])
    )
    result = connection.execute(update(OUTBOX).where(is_unchanged).values(**values))
    if result.rowcount != 1:
        raise MessageRefused(
            f"message {before['id']} is just being sent",
            hint=f"pactwatch outbox show {before['id']}",
        )
    when = format_instant(at)
    attempt = Attempt(before["id"], before["attempts"], when, values["state"], answer=reason)
    record_attempts(connection, [attempt])
