"""The alerts on record, with how each stands now and to whom it was sent."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from events.errors import did_you_mean
from notifications.alerts import marks
from notifications.alerts.alert import as_json
from notifications.alerts.noticing import outcomes_of
from notifications.alerts.resolution import Outcome, state_of
from notifications.alerts.stored import ALERTS, alert_of
from notifications.errors import UnknownAlert
from notifications.planning import notification_log
from notifications.tables import AlertRow, readable


def alert_rows(connection: Connection, now: datetime) -> list[dict[str, Any]]:
    """Every alert noticed, oldest first, each with its state of `resolution.STATES`."""
    from notifications.planning.context import DigestContext

    if not readable(connection, AlertRow):
        return []
    rows = list(connection.execute(select(ALERTS).order_by(ALERTS.c.seq)))
    briefing = DigestContext(connection, now)
    alerts = [alert_of(row) for row in rows]
    briefing.read(alerts)
    outcomes = outcomes_of(connection, alerts, now)
    return [_standing(row, briefing, outcomes.get(row.key)) for row in rows]


def _standing(row: Any, briefing: Any, outcome: Outcome | None) -> dict[str, Any]:
    alert = alert_of(row)
    came_true = outcome.change.at if outcome and outcome.came_true else None
    state = state_of(
        withdrawn=row.withdrawn_at is not None,
        resolved=outcome is not None and not outcome.came_true,
        came_true=came_true is not None,
        snoozed=briefing.mark_of(marks.SNOOZE, alert) is not None,
        acknowledged=briefing.mark_of(marks.ACK, alert) is not None,
    )
    noticed = {"noticed_at": row.noticed_at, "withdrawn_at": row.withdrawn_at}
    muted = briefing.muted_by(alert)
    return {"state": state, **as_json(alert), **noticed, "muted_by": muted, "came_true": came_true}


def alert_details(connection: Connection, key: str, now: datetime) -> dict[str, Any]:
    """One alert with its marks, and to whom it was sent and why, or why not."""
    by_key = {row["key"]: row for row in alert_rows(connection, now)}
    if key not in by_key:
        raise UnknownAlert(
            f"unknown alert {key!r}{did_you_mean(key, by_key)}", hint="pactwatch alert list"
        )
    notifications = notification_log.of_alert(connection, key)
    marks_ = [mark for mark in marks.all_of(connection) if mark.key == key]
    return {**by_key[key], "marks": [mark_row(mark) for mark in marks_], "told": notifications}


def mark_row(mark: marks.Mark) -> dict[str, Any]:
    """A mark as commands print it."""
    return {
        "id": mark.id,
        "mark": mark.mark,
        "about": mark.key or mark.wants.words,
        "calendar": list(mark.calendar),
        "zone": mark.zone,
        "reason": mark.reason,
        "by": mark.by,
        "at": mark.at,
        "until": mark.until,
        "ended_at": mark.ended_at,
        "ended_because": mark.ended_because,
    }
