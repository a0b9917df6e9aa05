"""Alerts whose condition is over are marked so once, and unmarked when later news undoes that.

Looked at are the agreements that have news and those of which the clock has moved something. The
mark has a number like an alert, so each reader is told of it by what they have been told before.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from events import format_instant
from notifications.alerts.alert import Noticed
from notifications.alerts.resolution import STANDS, resolving
from notifications.planning.alert_report import ALERTS, alert_of
from notifications.tables import table_of
from tracker.projections.tables import StatusChangeRow

CHANGES = table_of(StatusChangeRow)
AXES = ("state", "timing")


def mark_resolved(connection: Connection, agreements: Any, now: datetime, seq: int) -> int:
    """Mark and unmark the alerts of these agreements (a query); returns how many turned."""
    watched = (ALERTS.c.kind.in_(STANDS), ALERTS.c.withdrawn_at.is_(None))
    query = select(ALERTS).where(*watched, ALERTS.c.agreement_id.in_(agreements))
    rows = list(connection.execute(query))
    history = changes_of(connection, {row.commitment_id for row in rows}, now)
    over = {row.key for row in rows if resolving(alert_of(row), history.get(row.commitment_id, ()))}
    marked = {row.key for row in rows if row.resolved_at is not None}
    _turn(connection, over - marked, format_instant(now), seq)
    _turn(connection, marked - over, None, seq)
    return len(over ^ marked)


def changes_of(
    connection: Connection, commitments: Iterable[str], now: datetime
) -> dict[str, list[Noticed]]:
    """What has happened up to `now` to the state and timing of each of these, in order."""
    found: dict[str, list[Noticed]] = {}
    named, c = sorted(commitments), CHANGES.c
    for n in range(0, len(named), 500):
        wanted = (c.commitment_id.in_(named[n : n + 500]), c.axis.in_(AXES))
        query = select(CHANGES).where(*wanted, c.at <= format_instant(now))
        for row in connection.execute(query.order_by(c.commitment_id, c.ordinal)):
            found.setdefault(row.commitment_id, []).append(change_of(row._mapping))
    return found


def change_of(fields: Any) -> Noticed:
    """A row of `status_changes`."""
    plain = {name: fields[name] for name in Noticed.__struct_fields__ if name != "events"}
    return Noticed(**plain, events=tuple(json.loads(fields["events"])))


def _turn(connection: Connection, keys: Iterable[str], at: str | None, seq: int) -> None:
    named = sorted(keys)
    for n in range(0, len(named), 500):
        these = ALERTS.c.key.in_(named[n : n + 500])
        values = {"resolved_at": at, "resolved_seq": seq}
        connection.execute(update(ALERTS).where(these).values(values))
