"""The record of why each alert was sent to whom, or was not."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import TypedDict, cast

from sqlalchemy import ColumnElement, Connection, Select, bindparam, delete, func, insert, select

from events import format_instant
from events.batches import batches
from events.database.owned_tables import table_of
from notifications.planning.decisions import (
    CORRECTED,
    ESCALATED,
    MUTED,
    SNOOZED,
    NotificationDecision,
)
from notifications.tables import NotificationLogRow, has_table

LOG = table_of(NotificationLogRow)
IS_OWN = LOG.c.subscription_id == bindparam("subscription")
IS_AMONG = LOG.c.key.in_(bindparam("keys", expanding=True))
SNOOZED_KEYS = select(LOG.c.key).where(IS_OWN, LOG.c.outcome == SNOOZED)
OUTCOMES_AMONG = select(LOG.c.key, LOG.c.outcome).where(IS_OWN, IS_AMONG).order_by(LOG.c.id)
FORGET_SNOOZED = delete(LOG).where(IS_OWN, LOG.c.outcome == SNOOZED, IS_AMONG)
RECORD = insert(LOG)


class LogEntry(TypedDict):
    """One entry as `alert show` and `subscribe show` print it; `dedup_key` is that of the message.

    `outcome` is one of `NotificationOutcome`, `at` the instant of the decision.
    """

    id: int
    subscription_id: int
    key: str
    outcome: str
    why: str
    at: str
    dedup_key: str | None


def snoozed_keys(connection: Connection, subscription_id: int) -> set[str]:
    """Alerts that a snooze has delayed for this reader so far."""
    return set(connection.execute(SNOOZED_KEYS, {"subscription": subscription_id}).scalars())


def escalated_keys(connection: Connection, subscription_id: int) -> set[str]:
    """Alerts that were escalated for this reader, and not corrected since."""
    is_either = LOG.c.outcome.in_((ESCALATED, CORRECTED))
    query = select(LOG.c.key, LOG.c.outcome).where(LOG.c.subscription_id == subscription_id)
    rows = connection.execute(query.where(is_either).order_by(LOG.c.id))
    last = {row.key: row.outcome for row in rows}
    return {key for key, outcome in last.items() if outcome == ESCALATED}


def escalation_count(connection: Connection, subscription_id: int, keys: Collection[str]) -> int:
    """How often any of these alerts was escalated for this reader."""
    was_escalated = (LOG.c.subscription_id == subscription_id, LOG.c.outcome == ESCALATED)
    escalated = connection.execute(select(LOG.c.key).where(*was_escalated)).scalars()
    return sum(key in keys for key in escalated)


def last_sent_before(
    subscription_id: int, outcomes: Collection[str], instant: datetime
) -> Select[tuple[str]]:
    """The query of the alerts that this reader was last sent, by these outcomes, by an instant."""
    is_own = (LOG.c.subscription_id == subscription_id, LOG.c.outcome.in_(outcomes))
    is_past = func.max(LOG.c.at) <= format_instant(instant)
    return select(LOG.c.key).where(*is_own).group_by(LOG.c.key).having(is_past)


def last_outcomes(
    connection: Connection, subscription_id: int, keys: Iterable[str]
) -> dict[str, str]:
    """What the reader last heard of each of these; that it was kept back, where nothing was."""
    outcomes: dict[str, str] = {}
    for some in batches(list(keys)):
        among = {"subscription": subscription_id, "keys": some}
        for row in connection.execute(OUTCOMES_AMONG, among):
            if row.outcome not in (SNOOZED, MUTED) or row.key not in outcomes:
                outcomes[row.key] = row.outcome
    return outcomes


def record(
    connection: Connection,
    subscription_id: int,
    decisions: Sequence[NotificationDecision],
    now: datetime,
    dedup_key: str | None = None,
) -> None:
    """Stores the decisions of one digest; a newer decision replaces that an alert was snoozed."""
    for some in batches([decision.alert.key for decision in decisions]):
        connection.execute(FORGET_SNOOZED, {"subscription": subscription_id, "keys": some})
    rows = [
        {
            "subscription_id": subscription_id,
            "key": decision.alert.key,
            "outcome": decision.outcome,
            "why": decision.why,
            "at": format_instant(now),
            "dedup_key": dedup_key if decision.outcome not in (SNOOZED, MUTED) else None,
        }
        for decision in decisions
    ]
    if rows:
        connection.execute(RECORD, rows)


def of_alert(connection: Connection, key: str) -> list[LogEntry]:
    """The readers to whom an alert was sent, delayed or muted, in the order it happened."""
    return _entries(connection, LOG.c.key == key)


def of_subscription(connection: Connection, subscription_id: int) -> list[LogEntry]:
    """The alerts that were sent to a reader, delayed or muted, in the order it happened."""
    return _entries(connection, LOG.c.subscription_id == subscription_id)


def _entries(connection: Connection, condition: ColumnElement[bool]) -> list[LogEntry]:
    if not has_table(connection, NotificationLogRow):
        return []
    rows = connection.execute(select(LOG).where(condition).order_by(LOG.c.id))
    return [cast("LogEntry", dict(row._mapping)) for row in rows]
