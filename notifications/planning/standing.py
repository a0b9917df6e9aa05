"""How things stand for a reader whose first digest it is: what is overdue, lapsed or contested.

What led to it was noticed before the reader came, or lay too far back to be news. It counts as told
from then on, so that the reader hears when it is over.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import and_, or_

from events import format_instant, parse_instant
from notifications.alerts.alert import HISTORY, Alert
from notifications.alerts.filters import SEVERITIES
from notifications.alerts.resolution import OVERDUE
from notifications.alerts.stored import ALERTS, is_of_agreements
from notifications.planning.context import DigestContext
from notifications.subscriptions.subscription import Subscription
from tracker.model.vocabulary import CLOSED_STATES

CONTESTED = ("alleged", "disputed", "confirmed")
IS_STANDING = or_(
    ALERTS.c.kind.in_((*OVERDUE, "contested_end_began", "due_while_conditional")),
    and_(ALERTS.c.axis == "compliance", ALERTS.c.after.in_(CONTESTED)),
)
"""Of what a newcomer is told, though it is no news."""


def standing_alerts(
    subscription: Subscription, context: DigestContext, fresh: Collection[Alert]
) -> list[Alert]:
    """The last alert of each sort that still stands of a promise, beside what is news."""
    news = {alert.key for alert in fresh}
    alerts = context.open_alerts(IS_STANDING, is_of_agreements(subscription.agreements))
    standing = (
        alert
        for alert in alerts
        if alert.key not in news and context.commitment_of(alert).get("state") not in CLOSED_STATES
    )
    # What has lapsed was overdue before.
    last = {(a.commitment, "due" if a.kind in OVERDUE else a.axis): a for a in standing}
    return list(last.values())


def looks_over(subscription: Subscription) -> bool:
    """Whether the next digest looks over all that is followed: the first, of all sorts of news."""
    wants = subscription.wants
    return subscription.awaits_overview and not wants.kinds and wants.severity == SEVERITIES[0]


def covered_by_overview(subscription: Subscription, alert: Alert) -> str | None:
    """Why a mere change is not told: the reader came later, and is told how things stand."""
    is_earlier = alert.severity == SEVERITIES[0] and alert.at < subscription.created_at
    return "came before the reader" if is_earlier and looks_over(subscription) else None


def history_until(subscription: Subscription, now: datetime) -> str:
    """The instant before which an alert is history to this reader, and no news.

    None is, where the reader comes after this turn: its instant is given, or its clock was wrong.
    """
    came = parse_instant(subscription.created_at)
    return format_instant(came - HISTORY) if came <= now else ""
