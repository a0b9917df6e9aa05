"""What an operator sees of the outbox and may do: look, send again, give up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select, update

from events import format_instant
from notifications.errors import MessageRefused, UnknownMessage
from notifications.outbox import attempts as steps
from notifications.outbox.locks import OUTBOX
from notifications.tables import create_tables

RETRIED = ("parked", "uncertain", "dead", "due")
DROPPED = ("due", "parked", "uncertain")
SHOWN = [column for column in OUTBOX.c if column.name != "message"]


def listed(
    connection: Connection,
    state: str | None = None,
    recipient: str | None = None,
    limit: int | None = None,
) -> list[dict[str, Any]]:
    """Messages without their bytes, newest last; of a limit, the newest."""
    create_tables(connection)
    query = select(*SHOWN).order_by(OUTBOX.c.id.desc()).limit(limit)
    query = query.where(OUTBOX.c.state == state) if state else query
    query = query.where(func.lower(OUTBOX.c.recipient) == recipient.lower()) if recipient else query
    return [dict(row._mapping) for row in connection.execute(query)][::-1]


def counts(connection: Connection) -> dict[str, int]:
    """How many messages there are in each state."""
    create_tables(connection)
    query = select(OUTBOX.c.state, func.count()).group_by(OUTBOX.c.state)
    return {row[0]: row[1] for row in connection.execute(query)}


def shown(connection: Connection, number: int) -> dict[str, Any]:
    """One message with every step of its way."""
    create_tables(connection)
    row = connection.execute(select(*SHOWN).where(OUTBOX.c.id == number)).first()
    if row is None:
        raise UnknownMessage(f"no message {number} in the outbox", hint="pactwatch outbox list")
    return {**row._mapping, "steps": steps.of_message(connection, number)}


def message_of(connection: Connection, number: int) -> bytes:
    """The bytes as they are sent."""
    shown(connection, number)
    query = select(OUTBOX.c.message).where(OUTBOX.c.id == number)
    return bytes(connection.execute(query).scalar_one())


def retry(
    connection: Connection, numbers: Sequence[int], now: datetime, at: datetime
) -> list[dict[str, Any]]:
    """Make messages due at once, with the same bytes and Message-ID; all of them or none."""
    found = _allowed(connection, numbers, RETRIED, "sent again")
    for row in found:
        again = {"state": "due", "due_at": format_instant(now), "failures": 0}
        _change(connection, row, at, "sent again by the operator", **again)
    return [shown(connection, row["id"]) for row in found]


def drop(
    connection: Connection, numbers: Sequence[int], reason: str, at: datetime
) -> list[dict[str, Any]]:
    """Give messages up: they stay on record as dead, with the reason; all of them or none."""
    found = _allowed(connection, numbers, DROPPED, "dropped")
    for row in found:
        words = f"dropped by the operator: {reason}"
        _change(connection, row, at, words, state="dead", worker=None, last_error=words)
    return [shown(connection, row["id"]) for row in found]


def numbers_in(connection: Connection, state: str) -> list[int]:
    """Every message in a state."""
    query = select(OUTBOX.c.id).where(OUTBOX.c.state == state).order_by(OUTBOX.c.id)
    return list(connection.execute(query).scalars())


def _allowed(
    connection: Connection, numbers: Sequence[int], states: tuple[str, ...], what: str
) -> list[dict[str, Any]]:
    found = [shown(connection, number) for number in sorted(set(numbers))]
    for row in found:
        if row["state"] not in states:
            raise MessageRefused(
                f"message {row['id']} is {row['state']}; only {', '.join(states)} can be {what}",
                hint=f"pactwatch outbox show {row['id']}",
            )
    return found


def _change(
    connection: Connection, row: dict[str, Any], at: datetime, answer: str, **values: Any
) -> None:
    """Refused when a worker has taken the message since it was looked at."""
    as_seen = (
        (OUTBOX.c.id == row["id"])
        & (OUTBOX.c.state == row["state"])
        & (OUTBOX.c.attempts == row["attempts"])
    )
    changed = connection.execute(update(OUTBOX).where(as_seen).values(**values))
    if changed.rowcount != 1:
        raise MessageRefused(
            f"message {row['id']} is just being sent", hint=f"pactwatch outbox show {row['id']}"
        )
    step = {"outbox_id": row["id"], "attempt": row["attempts"], "at": format_instant(at)}
    steps.add(connection, [{**step, "state": values["state"], "answer": answer}])
