"""The record of why each alert was sent to whom, or was not."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from events import format_instant
from events.batches import batches
from notifications.planning.decisions import ESCALATED, HELD, MUTED, NotificationDecision
from notifications.tables import NotificationLogRow, readable, table_of

LOG = table_of(NotificationLogRow)


def held_keys(connection: Connection, subscription_id: int) -> set[str]:
    """Alerts that a snooze has delayed for this reader so far."""
    return _keys(connection, subscription_id, (HELD,))


def last_outcomes(
    connection: Connection, subscription_id: int, keys: Iterable[str]
) -> dict[str, str]:
    """The last decision on each of these for the reader; those without one are left out."""
    names, outcomes = list(keys), {}
    for some in batches(names):
        theirs = (LOG.c.subscription_id == subscription_id,)
        these = LOG.c.key.in_(some)
        query = select(LOG.c.key, LOG.c.outcome).where(*theirs, these)
        rows = connection.execute(query.order_by(LOG.c.id))
        outcomes.update({row.key: row.outcome for row in rows})
    return outcomes


def _keys(connection: Connection, subscription_id: int, outcomes: tuple[str, ...]) -> set[str]:
    mine = (LOG.c.subscription_id == subscription_id, LOG.c.outcome.in_(outcomes))
    return set(connection.execute(select(LOG.c.key).where(*mine)).scalars())


def record(
    connection: Connection,
    subscription_id: int,
    made: Iterable[NotificationDecision],
    now: datetime,
    dedup_key: str | None = None,
) -> None:
    """Stores the decisions of one digest; a newer decision replaces that an alert was delayed."""
    decisions = list(made)
    _forget_held(connection, subscription_id, [ruling.alert.key for ruling in decisions])
    rows = [
        {
            "subscription_id": subscription_id,
            "key": ruling.alert.key,
            "outcome": ruling.outcome,
            "why": ruling.why,
            "at": format_instant(now),
            "dedup_key": dedup_key if ruling.outcome not in (HELD, MUTED) else None,
        }
        for ruling in decisions
    ]
    if rows:
        connection.execute(insert(LOG), rows)


def _forget_held(connection: Connection, subscription_id: int, keys: list[str]) -> None:
    mine = (LOG.c.subscription_id == subscription_id, LOG.c.outcome == HELD)
    for some in batches(keys):
        connection.execute(delete(LOG).where(*mine, LOG.c.key.in_(some)))


def of_alert(connection: Connection, key: str) -> list[dict[str, Any]]:
    """To whom an alert was sent, delayed or muted, in the order it happened."""
    return _listed(connection, LOG.c.key == key)


def of_subscription(connection: Connection, subscription_id: int) -> list[dict[str, Any]]:
    return _listed(connection, LOG.c.subscription_id == subscription_id)


def escalated_keys(connection: Connection, subscription_id: int) -> set[str]:
    return _keys(connection, subscription_id, (ESCALATED,))


def _listed(connection: Connection, condition: Any) -> list[dict[str, Any]]:
    if not readable(connection, NotificationLogRow):
        return []
    query = select(LOG).where(condition).order_by(LOG.c.id)
    return [dict(row._mapping) for row in connection.execute(query)]
