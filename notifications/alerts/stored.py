"""Alerts as rows: which are stored, reading them back, and storing new ones."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, insert, select, true

from events import format_instant
from events.batches import batches
from events.database.owned_tables import table_of
from notifications.alerts.alert import Alert
from notifications.tables import AlertRow

ALERTS = table_of(AlertRow)
IS_NOT_WITHDRAWN = ALERTS.c.withdrawn_at.is_(None)


def read_alerts(connection: Connection, *conditions: Any) -> list[Alert]:
    """The stored alerts that meet all of these conditions, in order of their instants."""
    query = select(ALERTS).where(*conditions).order_by(ALERTS.c.at, ALERTS.c.seq)
    return [alert_of(row) for row in connection.execute(query)]


def is_of_agreements(agreements: Collection[str]) -> ColumnElement[bool]:
    """The condition that an alert is of one of these agreements; met by all when none is named."""
    return ALERTS.c.agreement_id.in_(agreements) if agreements else true()


def alert_of(row: Any) -> Alert:
    """The alert of a stored row."""
    return Alert(
        row.kind,
        row.agreement_id,
        row.commitment_id,
        row.at,
        row.key,
        row.axis,
        row.before,
        row.after,
        row.rule,
        tuple(json.loads(row.events)),
        row.severity,
        row.lead,
        json.loads(row.origin or "{}"),
        bool(row.historical),
    )


def not_stored(connection: Connection, current: Mapping[str, Alert]) -> list[Alert]:
    """Alerts never stored, or stored and withdrawn: what is true again is new again."""
    stored: set[str] = set()
    for keys in batches(list(current)):
        query = select(ALERTS.c.key).where(IS_NOT_WITHDRAWN, ALERTS.c.key.in_(keys))
        stored |= set(connection.execute(query).scalars())
    new = [alert for alert in current.values() if alert.key not in stored]
    return sorted(new, key=lambda alert: (alert.at, alert.commitment, alert.key))


def insert_alerts(connection: Connection, new: Sequence[Alert], now: datetime, seq: int) -> None:
    """Stores alerts under the numbers after `seq`, in place of those withdrawn before."""
    for keys in batches([alert.key for alert in new]):
        is_replaced = ALERTS.c.withdrawn_at.is_not(None) & ALERTS.c.key.in_(keys)
        connection.execute(delete(ALERTS).where(is_replaced))
    rows = [
        {
            "seq": number,
            "key": alert.key,
            "kind": alert.kind,
            "severity": alert.severity,
            "agreement_id": alert.agreement,
            "commitment_id": alert.commitment,
            "at": alert.at,
            "axis": alert.axis,
            "before": alert.before,
            "after": alert.after,
            "rule": alert.rule,
            "events": json.dumps(alert.events),
            "lead": alert.lead,
            "origin": json.dumps(alert.origin) if alert.origin else None,
            "historical": int(alert.historical),
            "noticed_at": format_instant(now),
        }
        for number, alert in enumerate(new, start=seq + 1)
    ]
    if rows:
        connection.execute(insert(ALERTS), rows)
