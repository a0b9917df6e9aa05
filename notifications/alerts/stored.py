"""Reads alerts back as they were stored."""

from __future__ import annotations

import json
from typing import Any

from notifications.alerts.alert import Alert
from notifications.tables import AlertRow, table_of

ALERTS = table_of(AlertRow)


def alert_of(row: Any) -> Alert:
    """The alert of a row of `alerts`."""
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
