"""Finds what must be followed up for a reader: what is over, and what was wrong."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec.structs import replace
from sqlalchemy import ColumnElement, or_, select

from events import format_instant
from notifications.alerts.alert import Alert
from notifications.alerts.outcomes import outcomes_of
from notifications.alerts.resolution import PAST_WORDS, Correction, Resolution
from notifications.alerts.stored import (
    ALERTS,
    IS_NOT_WITHDRAWN,
    is_of_agreements,
    read_alerts,
)
from notifications.language import N_
from notifications.planning import notification_log
from notifications.planning.context import DigestContext
from notifications.planning.decisions import (
    CORRECTED,
    ESCALATED,
    MUTED,
    REMINDED,
    RESOLVED,
    SENT,
    SNOOZED,
    NotificationDecision,
)
from notifications.planning.notification_log import LOG
from notifications.planning.standing import history_until
from notifications.subscriptions.subscription import Subscription

SENT_EARLY = N_("sent before, when it was not so; it is so now")


def resolutions(subscription: Subscription, context: DigestContext) -> list[Resolution]:
    """What this reader was sent that has turned out to be over since."""
    alerts = _earlier_alerts(
        subscription,
        context,
        _is_since_last_digest(ALERTS.c.resolved_seq, subscription, context),
        ALERTS.c.resolved_at.is_not(None),
        IS_NOT_WITHDRAWN,
    )
    last_outcomes = _last_outcomes(subscription, context, alerts)
    sent = [a for a in alerts if last_outcomes.get(a.key) in (SENT, REMINDED, ESCALATED)]
    outcomes = outcomes_of(context.connection, sent, context.now)
    over = [
        Resolution(alert, outcomes[alert.key].change)
        for alert in sent
        if alert.kind in PAST_WORDS and alert.key in outcomes and not outcomes[alert.key].came_true
    ]
    return [each for each in over if _is_for(subscription, context, each.alert, each.change.events)]


def corrections(subscription: Subscription, context: DigestContext) -> list[Correction]:
    """What this reader was sent and later news has undone, also that something was over.

    What a turn ahead of its time sent is undone alike, until its time comes.

    What was noticed before the reader came, or was kept from them, needs no correction.
    """
    told_as_standing = select(LOG.c.key).where(
        LOG.c.subscription_id == subscription.id, LOG.c.outcome == SENT
    )
    withdrawn = _earlier_alerts(
        subscription,
        context,
        _is_since_last_digest(ALERTS.c.withdrawn_seq, subscription, context),
        or_(ALERTS.c.noticed_at >= subscription.created_at, ALERTS.c.key.in_(told_as_standing)),
    )
    reopened = _earlier_alerts(
        subscription,
        context,
        _is_since_last_digest(ALERTS.c.resolved_seq, subscription, context),
        ALERTS.c.resolved_at.is_(None),
        IS_NOT_WITHDRAWN,
    )
    last_outcomes = _last_outcomes(subscription, context, [*withdrawn, *reopened])
    until = history_until(subscription, context.now)
    corrected = [
        Correction(alert, is_ahead=alert.at > format_instant(context.now))
        for alert in withdrawn
        if _was_sent(alert, last_outcomes.get(alert.key), until)
    ]
    corrected += [
        Correction(alert, stands_again=True)
        for alert in reopened
        if last_outcomes.get(alert.key) == RESOLVED
    ]
    return [each for each in corrected if _is_for(subscription, context, each.alert)]


def _was_sent(alert: Alert, outcome: str | None, history_ends: str) -> bool:
    """Whether the reader was sent it; what the log does not know was, unless it was history."""
    if outcome is None:
        return not alert.historical and alert.at >= history_ends
    return outcome not in (SNOOZED, MUTED)


def sent_early(
    subscription: Subscription, context: DigestContext, alerts: Sequence[Alert]
) -> list[NotificationDecision]:
    """Corrections of what is news and was sent before, when it was not so, and not corrected since.

    The digest that says it again says this with it.
    """
    last_outcomes = _last_outcomes(subscription, context, alerts)
    return [
        NotificationDecision(alert, CORRECTED, SENT_EARLY)
        for alert in alerts
        if last_outcomes.get(alert.key) in (SENT, REMINDED, ESCALATED)
    ]


def decisions(
    over: Iterable[Resolution], wrong: Iterable[Correction]
) -> list[NotificationDecision]:
    """Decisions for the record; what stands again counts as sent again, so it can be over again."""
    made = [
        NotificationDecision(each.alert, RESOLVED, f"over by rule {each.change.rule}")
        for each in over
    ]
    for each in wrong:
        outcome = SENT if each.stands_again else CORRECTED
        made.append(NotificationDecision(each.alert, outcome, each.words))
    return made


def _is_since_last_digest(
    number: ColumnElement[int | None], subscription: Subscription, context: DigestContext
) -> ColumnElement[bool]:
    """The condition that something came after the last digest, by a turn that is over."""
    return number.between(subscription.told_until + 1, context.cursor.seq)


def _earlier_alerts(
    subscription: Subscription, context: DigestContext, *conditions: ColumnElement[bool]
) -> list[Alert]:
    """Alerts up to the last one that this reader was sent."""
    alerts = read_alerts(
        context.connection,
        ALERTS.c.seq <= subscription.told_until,
        is_of_agreements(subscription.agreements),
        *conditions,
    )
    context.read(alerts)
    return alerts


def _last_outcomes(
    subscription: Subscription, context: DigestContext, alerts: Iterable[Alert]
) -> dict[str, str]:
    keys = [alert.key for alert in alerts]
    return notification_log.last_outcomes(context.connection, subscription.id, keys)


def _is_for(
    subscription: Subscription, context: DigestContext, alert: Alert, events: tuple[str, ...] = ()
) -> bool:
    """Whether the filter takes it, and the ceiling allows what the news of it rests on."""
    tlp = context.tlp_of(replace(alert, events=(*alert.events, *events)))
    return subscription.wants.takes(alert, context.commitment_of(alert), tlp)
