"""Finds grave alerts that are open and unacknowledged, and who is reminded of them."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import ColumnElement

from notifications.alerts import marks
from notifications.alerts.alert import Alert
from notifications.alerts.resolution import OVERDUE
from notifications.alerts.stored import ALERTS
from notifications.language import Language
from notifications.planning.context import DigestContext
from notifications.planning.decisions import REMINDED, SENT_OUTCOMES, NotificationDecision
from notifications.planning.notification_log import last_sent_before
from notifications.subscriptions.cadence import interval_words
from notifications.subscriptions.subscription import Subscription

GRAVE = ("warning", "critical")
"""What is for information only needs no acknowledgement."""


def unacknowledged(context: DigestContext, condition: ColumnElement[bool]) -> list[Alert]:
    """Alerts of this condition that are grave, open, and neither acknowledged nor snoozed."""
    return [
        alert
        for alert in context.open_alerts(condition, ALERTS.c.severity.in_(GRAVE))
        if not context.muted_by(alert)
        and not context.mark_of(marks.ACK, alert)
        and not context.mark_of(marks.SNOOZE, alert)
    ]


def reminders(subscription: Subscription, context: DigestContext) -> list[Alert]:
    """What this reader was last sent so many days ago that they want it again."""
    if subscription.remind_days is None:
        return []
    before = context.now - timedelta(days=subscription.remind_days)
    long_ago = last_sent_before(subscription.id, SENT_OUTCOMES, before)
    alerts = unacknowledged(context, ALERTS.c.key.in_(long_ago))
    # What has lapsed was overdue before: one reminder is enough.
    last_overdue = {alert.commitment: alert.key for alert in alerts if alert.kind in OVERDUE}
    return [
        alert
        for alert in alerts
        if (alert.kind not in OVERDUE or last_overdue[alert.commitment] == alert.key)
        and subscription.wants.takes(alert, context.commitment_of(alert), context.tlp_of(alert))
    ]


def decisions(subscription: Subscription, alerts: list[Alert]) -> list[NotificationDecision]:
    """Decisions for the record."""
    why = f"not acknowledged, told again every {interval_words(subscription.remind_days)}"
    return [NotificationDecision(alert, REMINDED, why) for alert in alerts]


def words(subscription: Subscription, alert: Alert, language: Language, *, has_link: bool) -> str:
    """What a reminder says of itself, and how to end it: by its link where it has one."""
    days = subscription.remind_days or 0
    if has_link:
        return language.count(
            "a reminder, which comes every day until somebody acknowledges it",
            "a reminder, which comes every {n} days until somebody acknowledges it",
            days,
        )
    return language.count(
        "a reminder, which comes every day until somebody says: pactwatch ack {key} --reason TEXT",
        "a reminder, which comes every {n} days until somebody says: "
        "pactwatch ack {key} --reason TEXT",
        days,
        key=alert.key,
    )
