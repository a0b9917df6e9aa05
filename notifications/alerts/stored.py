"""Reads alerts back from the database."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Connection, select, true

from notifications.alerts.alert import Alert
from notifications.tables import AlertRow, table_of

ALERTS = table_of(AlertRow)


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
    )
