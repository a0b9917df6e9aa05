"""Finds what must be followed up for a reader: what is over, and what was wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from msgspec.structs import replace
from sqlalchemy import select

from notifications.alerts.alert import Alert
from notifications.alerts.noticing import outcomes_of
from notifications.alerts.resolution import WAS, Correction, Resolution
from notifications.alerts.stored import ALERTS, alert_of
from notifications.planning import notification_log
from notifications.planning.context import DigestContext
from notifications.planning.decisions import (
    CORRECTED,
    ESCALATED,
    HELD,
    MUTED,
    REMINDED,
    RESOLVED,
    TOLD,
    NotificationDecision,
)
from notifications.subscriptions.subscription import Subscription

TURNED = ALERTS.c.resolved_seq
STANDS = ALERTS.c.withdrawn_seq.is_(None)


def resolutions(subscription: Subscription, briefing: DigestContext) -> list[Resolution]:
    """What this reader was sent that has turned out to be over since."""
    turned = (subscription.told_until < TURNED, ALERTS.c.resolved_at.is_not(None), STANDS)
    alerts = _told(subscription, briefing, turned, lambda last: last in (TOLD, REMINDED, ESCALATED))
    outcomes = outcomes_of(briefing.connection, alerts, briefing.now)
    over = [
        Resolution(alert, outcomes[alert.key].change)
        for alert in alerts
        if alert.kind in WAS and alert.key in outcomes and not outcomes[alert.key].came_true
    ]
    return [
        each for each in over if _is_for(subscription, briefing, each.alert, each.change.events)
    ]


def corrections(subscription: Subscription, briefing: DigestContext) -> list[Correction]:
    """What this reader was sent and later news has undone, also that something was over.

    What was noticed before the reader came, or was kept from them, needs no correction.
    """
    theirs = ALERTS.c.noticed_at >= subscription.created_at
    undone = (ALERTS.c.withdrawn_seq > subscription.told_until, theirs)
    again = (subscription.told_until < TURNED, ALERTS.c.resolved_at.is_(None), STANDS)
    wrong = _told(subscription, briefing, undone, lambda last: last not in (HELD, MUTED))
    early = _told(subscription, briefing, again, lambda last: last == RESOLVED)
    corrected = [Correction(alert) for alert in wrong]
    corrected += [Correction(alert, stands_again=True) for alert in early]
    return [each for each in corrected if _is_for(subscription, briefing, each.alert)]


def decisions(
    over: Iterable[Resolution], wrong: Iterable[Correction]
) -> list[NotificationDecision]:
    """Decisions for the record; what stands again counts as sent again, so it can be over again."""
    decided = [
        NotificationDecision(each.alert, RESOLVED, f"over by rule {each.change.rule}")
        for each in over
    ]
    for each in wrong:
        outcome = TOLD if each.stands_again else CORRECTED
        decided.append(NotificationDecision(each.alert, outcome, each.words))
    return decided


def _told(
    subscription: Subscription,
    briefing: DigestContext,
    conditions: Iterable[Any],
    heard: Callable[[str | None], bool],
) -> list[Alert]:
    """Alerts up to the last one sent, selected by what became of each for this reader."""
    query = select(ALERTS).where(ALERTS.c.seq <= subscription.told_until, *conditions)
    if subscription.agreements:
        query = query.where(ALERTS.c.agreement_id.in_(subscription.agreements))
    rows = briefing.connection.execute(query.order_by(ALERTS.c.at, ALERTS.c.seq))
    alerts = [alert_of(row) for row in rows]
    keys = [alert.key for alert in alerts]
    last = notification_log.last_outcomes(briefing.connection, subscription.id, keys)
    briefing.read(alerts)
    return [alert for alert in alerts if heard(last.get(alert.key))]


def _is_for(
    subscription: Subscription, briefing: DigestContext, alert: Alert, events: tuple[str, ...] = ()
) -> bool:
    """Whether the filter takes it, and the ceiling allows what the news of it rests on."""
    tlp = briefing.tlp_of(replace(alert, events=(*alert.events, *events)))
    return subscription.wants.takes(alert, briefing.held(alert), tlp)
