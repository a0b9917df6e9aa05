"""Finds new alerts in `status_changes`, in the transaction that projected them.

Looked at are the changes that the clock has reached since the last turn, and everything of the
agreements that have news. An alert that late news has undone is withdrawn, and so corrected.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, or_, select, true, update

from events import format_instant
from events.batches import batches
from notifications.alerts.alert import Alert, alerts_among
from notifications.alerts.resolution import CONDITIONS, Outcome, outcome_of
from notifications.alerts.stored import ALERTS, alert_of
from notifications.tables import AlertCursorRow, table_of
from tracker.documents.changes import StoredChange, change_of_row
from tracker.projections.tables import AgreementRow, StatusChangeRow

CURSOR = table_of(AlertCursorRow)
CHANGES, AGREEMENTS = table_of(StatusChangeRow), table_of(AgreementRow)
AXES = ("state", "timing", "compliance", "flag")
CONDITIONAL = (
    ALERTS.c.withdrawn_at.is_(None),
    or_(ALERTS.c.kind.in_(CONDITIONS), ALERTS.c.axis == "compliance"),
)
"""Alerts of something that lasts, and so can be over."""


def mark_resolved(connection: Connection, agreements: Any, now: datetime, seq: int) -> int:
    """Marks and unmarks the alerts of these agreements (a query); returns how many changed."""
    rows = list(
        connection.execute(
            select(ALERTS).where(*CONDITIONAL, ALERTS.c.agreement_id.in_(agreements))
        )
    )
    ended = outcomes_of(connection, map(alert_of, rows), now)
    over = {key for key, outcome in ended.items() if not outcome.came_true}
    marked = {row.key for row in rows if row.resolved_at is not None}
    _turn(connection, over - marked, format_instant(now), seq)
    _turn(connection, marked - over, None, seq)
    return len(over ^ marked)


def changes_of(
    connection: Connection, commitments: Iterable[str], now: datetime
) -> dict[str, list[StoredChange]]:
    """The changes of these commitments up to `now`, on every axis that ends an alert, in order."""
    by_commitment: dict[str, list[StoredChange]] = {}
    named, c = sorted(commitments), CHANGES.c
    for some in batches(named):
        conditions = (c.commitment_id.in_(some), c.axis.in_(AXES))
        query = select(CHANGES).where(*conditions, c.at <= format_instant(now))
        for row in connection.execute(query.order_by(c.commitment_id, c.ordinal)):
            by_commitment.setdefault(row.commitment_id, []).append(change_of_row(row._mapping))
    return by_commitment


def outcomes_of(
    connection: Connection, alerts: Iterable[Alert], now: datetime
) -> dict[str, Outcome]:
    """How those of these alerts ended that have ended by `now`, by key."""
    known = list(alerts)
    history = changes_of(connection, {alert.commitment for alert in known}, now)
    ended = ((a.key, outcome_of(a, history.get(a.commitment, ()))) for a in known)
    return {key: outcome for key, outcome in ended if outcome is not None}


def _turn(connection: Connection, keys: Iterable[str], at: str | None, seq: int) -> None:
    values = {"resolved_at": at, "resolved_seq": seq}
    for some in batches(sorted(keys)):
        connection.execute(update(ALERTS).where(ALERTS.c.key.in_(some)).values(values))


def record_alerts(connection: Connection, now: datetime, position: int) -> list[Alert]:
    """Stores the alerts that are new up to `now`; the same turn again stores nothing."""
    cursor = connection.execute(select(CURSOR)).first()
    moved = _moved_agreements(cursor)
    current = {alert.key: alert for alert in _candidates(connection, cursor, moved, now)}
    fresh = _unknown(connection, current)
    seq = (cursor.seq if cursor else 0) + 1
    withdrawn = _withdraw(connection, moved, current, now, seq)
    _insert(connection, fresh, now, seq)
    turned = mark_resolved(connection, _stirred(cursor, moved, now), now, seq)
    last = seq + len(fresh) if fresh or withdrawn or turned else seq - 1
    _advance(connection, cursor, now, position, last)
    return fresh


def _moved_agreements(cursor: Any) -> Any:
    """A query for agreements with events since the last look; all of them at first."""
    after = cursor.position if cursor else 0
    return select(AGREEMENTS.c.id).where(AGREEMENTS.c.last_position > after)


def _stirred(cursor: Any, moved: Any, now: datetime) -> Any:
    """A query for agreements with events, or with a change by the clock, since the last look."""
    since = CHANGES.c.at > cursor.instant if cursor else true()
    struck = select(CHANGES.c.agreement_id).where(CHANGES.c.at <= format_instant(now), since)
    return moved.union(struck)


def _candidates(connection: Connection, cursor: Any, moved: Any, now: datetime) -> Iterable[Alert]:
    """Reads two index ranges, so that what is neither new nor due costs nothing."""
    reached = CHANGES.c.at <= format_instant(now)
    since = CHANGES.c.at > cursor.instant if cursor else true()
    struck = select(CHANGES).where(reached, since)
    in_moved = select(CHANGES).where(reached, CHANGES.c.agreement_id.in_(moved))
    both = struck.union(in_moved)
    ordered = both.order_by(both.selected_columns.commitment_id, both.selected_columns.ordinal)
    changes = [change_of_row(row._mapping) for row in connection.execute(ordered)]
    yield from alerts_among(changes)


def _unknown(connection: Connection, current: dict[str, Alert]) -> list[Alert]:
    """Alerts never stored, or stored and withdrawn: what is true again is new again."""
    known: set[str] = set()
    for keys in batches(list(current)):
        standing = ALERTS.c.withdrawn_at.is_(None)
        query = select(ALERTS.c.key).where(standing, ALERTS.c.key.in_(keys))
        known |= set(connection.execute(query).scalars())
    fresh = [alert for alert in current.values() if alert.key not in known]
    return sorted(fresh, key=lambda alert: (alert.at, alert.commitment, alert.key))


def _withdraw(
    connection: Connection, moved: Any, current: dict[str, Alert], now: datetime, seq: int
) -> int:
    """Withdraws what was stored of these agreements and is no longer true, up to `now`."""
    query = select(ALERTS.c.key).where(
        ALERTS.c.agreement_id.in_(moved),
        ALERTS.c.withdrawn_at.is_(None),
        ALERTS.c.at <= format_instant(now),
    )
    gone = [key for key in connection.execute(query).scalars() if key not in current]
    values = {"withdrawn_at": format_instant(now), "withdrawn_seq": seq}
    for key in gone:
        connection.execute(update(ALERTS).where(ALERTS.c.key == key).values(values))
    return len(gone)


def _insert(connection: Connection, fresh: list[Alert], now: datetime, seq: int) -> None:
    rows = [_row(alert, now, seq + n) for n, alert in enumerate(fresh, start=1)]
    for keys in batches([row["key"] for row in rows]):
        again = ALERTS.c.withdrawn_at.is_not(None) & ALERTS.c.key.in_(keys)
        connection.execute(delete(ALERTS).where(again))
    if rows:
        connection.execute(insert(ALERTS), rows)


def _row(alert: Alert, now: datetime, seq: int) -> dict[str, Any]:
    return {
        "seq": seq,
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
        "noticed_at": format_instant(now),
    }


def _advance(connection: Connection, cursor: Any, now: datetime, position: int, seq: int) -> None:
    """The position never goes back. The instant follows the clock: what is looked at twice is
    told once by its key, while what a turn in the past left out must be looked at again.
    """
    values = {
        "position": max(position, cursor.position) if cursor else position,
        "instant": format_instant(now),
        "seq": seq,
    }
    if cursor is None:
        connection.execute(insert(CURSOR).values(id=1, **values))
    else:
        connection.execute(update(CURSOR).values(values))
