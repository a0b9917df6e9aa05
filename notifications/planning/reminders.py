"""Finds grave alerts that are open and unacknowledged, and who is reminded of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from events import format_instant
from notifications.alerts import marks
from notifications.alerts.alert import Alert
from notifications.alerts.noticing import outcomes_of
from notifications.alerts.resolution import OVERDUE
from notifications.alerts.stored import ALERTS, alert_of
from notifications.planning.context import DigestContext
from notifications.planning.decisions import ESCALATED, REMINDED, TOLD, NotificationDecision
from notifications.subscriptions.cadence import interval_words
from notifications.subscriptions.subscription import Subscription
from notifications.tables import NotificationLogRow, table_of

LOG = table_of(NotificationLogRow)
GRAVE = ("warning", "critical")
"""What is for information only needs no acknowledgement."""
SAID = (TOLD, REMINDED, ESCALATED)


def unacknowledged(briefing: DigestContext, *condition: Any) -> list[Alert]:
    """Those of the wanted alerts that are grave and open, neither acknowledged nor snoozed."""
    standing = (ALERTS.c.withdrawn_at.is_(None), ALERTS.c.resolved_at.is_(None))
    query = select(ALERTS).where(*condition, *standing, ALERTS.c.severity.in_(GRAVE))
    rows = briefing.connection.execute(query.order_by(ALERTS.c.at, ALERTS.c.seq))
    alerts = [alert_of(row) for row in rows]
    briefing.read(alerts)
    ended = outcomes_of(briefing.connection, alerts, briefing.now)
    return [alert for alert in alerts if alert.key not in ended and _is_open(alert, briefing)]


def _is_open(alert: Alert, briefing: DigestContext) -> bool:
    return not (
        briefing.muted_by(alert)
        or briefing.mark_of(marks.ACK, alert)
        or briefing.mark_of(marks.SNOOZE, alert)
    )


def reminders(subscription: Subscription, briefing: DigestContext) -> list[Alert]:
    """What this reader was last sent so many days ago that they want it again."""
    if subscription.remind_days is None:
        return []
    before = format_instant(briefing.now - timedelta(days=subscription.remind_days))
    notified = (LOG.c.subscription_id == subscription.id, LOG.c.outcome.in_(SAID))
    last = func.max(LOG.c.at)
    long_ago = select(LOG.c.key).where(*notified).group_by(LOG.c.key).having(last <= before)
    alerts = _as_they_stand(unacknowledged(briefing, ALERTS.c.key.in_(long_ago)))
    return [a for a in alerts if subscription.wants.takes(a, briefing.held(a), briefing.tlp_of(a))]


def _as_they_stand(alerts: list[Alert]) -> list[Alert]:
    """Leaves out that something is overdue where it has lapsed."""
    last = {alert.commitment: alert.key for alert in alerts if alert.kind in OVERDUE}
    return [a for a in alerts if a.kind not in OVERDUE or last[a.commitment] == a.key]


def decisions(subscription: Subscription, alerts: list[Alert]) -> list[NotificationDecision]:
    """Decisions for the record."""
    why = f"not acknowledged, told again every {interval_words(subscription.remind_days)}"
    return [NotificationDecision(alert, REMINDED, why) for alert in alerts]


def words(subscription: Subscription, alert: Alert) -> str:
    """What a reminder says of itself, and how to end it."""
    every = interval_words(subscription.remind_days)
    again = f"told before, and again every {every} until acknowledged"
    return f"{again}: pactwatch ack {alert.key} --reason TEXT"
