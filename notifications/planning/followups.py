"""Finds what must be followed up for a reader: what is over, and what was wrong."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property

from msgspec.structs import replace
from sqlalchemy import ColumnElement, or_, select

from events import in_order, parse_instant
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
    MUTED,
    RESOLVED,
    SENT,
    SENT_OUTCOMES,
    SNOOZED,
    NotificationDecision,
)
from notifications.planning.notification_log import LOG
from notifications.planning.standing import history_until
from notifications.subscriptions.subscription import Subscription
from tracker.model.vocabulary import CLOSED_STATES

SENT_EARLY = N_("sent before, when it was not so; it is so now")


class Followups:
    """What must be followed up for one reader since their last digest."""

    def __init__(self, subscription: Subscription, context: DigestContext) -> None:
        self.subscription = subscription
        self.context = context

    @cached_property
    def resolutions(self) -> list[Resolution]:
        """What this reader was sent that has turned out to be over since."""
        alerts = self._earlier_alerts(
            ALERTS.c.resolved_seq, ALERTS.c.resolved_at.is_not(None), IS_NOT_WITHDRAWN
        )
        last_outcomes = self._last_outcomes(alerts)
        sent = [alert for alert in alerts if last_outcomes.get(alert.key) in SENT_OUTCOMES]
        outcomes = outcomes_of(self.context.connection, sent, self.context.now)
        over = [
            Resolution(alert, outcomes[alert.key].change)
            for alert in sent
            if alert.kind in PAST_WORDS
            and alert.key in outcomes
            and not outcomes[alert.key].came_true
            and not self._is_used_or_over(alert)
        ]
        return [each for each in over if self._is_followed(each.alert, each.change.events)]

    @cached_property
    def corrections(self) -> list[Correction]:
        """What this reader was sent and later news has undone, also that something was over.

        What a turn ahead of its time sent is undone alike, until its time comes. What was noticed
        before the reader came, or was kept from them, needs no correction.
        """
        subscription, now = self.subscription, self.context.now
        sent = select(LOG.c.key).where(
            LOG.c.subscription_id == subscription.id, LOG.c.outcome == SENT
        )
        withdrawn = self._earlier_alerts(
            ALERTS.c.withdrawn_seq,
            or_(ALERTS.c.noticed_at >= subscription.created_at, ALERTS.c.key.in_(sent)),
        )
        reopened = self._earlier_alerts(
            ALERTS.c.resolved_seq, ALERTS.c.resolved_at.is_(None), IS_NOT_WITHDRAWN
        )
        last_outcomes = self._last_outcomes([*withdrawn, *reopened])
        history_ends = history_until(subscription, now)
        wrong = [
            Correction(alert, is_ahead=parse_instant(alert.at) > now)
            for alert in withdrawn
            if _was_sent(alert, last_outcomes.get(alert.key), history_ends)
        ]
        wrong += [
            Correction(alert, stands_again=True)
            for alert in reopened
            if last_outcomes.get(alert.key) == RESOLVED
        ]
        return [each for each in wrong if self._is_followed(each.alert)]

    def sent_early(self, alerts: Sequence[Alert]) -> list[NotificationDecision]:
        """Corrections of what is news and was sent before, when it was not so.

        What was corrected since is left out; the digest that says it again says this with it.
        """
        last_outcomes = self._last_outcomes(alerts)
        return [
            NotificationDecision(alert, CORRECTED, SENT_EARLY)
            for alert in alerts
            if last_outcomes.get(alert.key) in SENT_OUTCOMES
        ]

    def decisions(self) -> list[NotificationDecision]:
        """Decisions for the record; what stands again counts as sent, so it can be over again."""
        over = [
            NotificationDecision(each.alert, RESOLVED, f"over by rule {each.change.rule}")
            for each in self.resolutions
        ]
        wrong = [
            NotificationDecision(each.alert, SENT if each.stands_again else CORRECTED, each.words)
            for each in self.corrections
        ]
        return over + wrong

    def _is_used_or_over(self, alert: Alert) -> bool:
        """Whether the right to walk away was used, or went with its promise: that is the news."""
        state = self.context.commitment_of(alert).get("state")
        return alert.kind == "release_available" and state in CLOSED_STATES

    def _earlier_alerts(
        self, number: ColumnElement[int | None], *conditions: ColumnElement[bool]
    ) -> list[Alert]:
        """Alerts up to the last one that this reader was sent, to which something came since.

        `number` is the column that counts what came, by a turn that is over.
        """
        told_until, last = self.subscription.told_until, self.context.cursor.seq
        if told_until >= last:
            return []  # in most turns, to most readers
        alerts = read_alerts(
            self.context.connection,
            number.between(told_until + 1, last),
            ALERTS.c.seq <= told_until,
            is_of_agreements(self.subscription.agreements),
            *conditions,
        )
        self.context.read(alerts)
        return alerts

    def _last_outcomes(self, alerts: Iterable[Alert]) -> dict[str, str]:
        keys = [alert.key for alert in alerts]
        return notification_log.last_outcomes(self.context.connection, self.subscription.id, keys)

    def _is_followed(self, alert: Alert, events: tuple[str, ...] = ()) -> bool:
        """Whether the filter takes it, and the ceiling allows what the news of it rests on."""
        tlp = self.context.tlp_of(replace(alert, events=(*alert.events, *events)))
        return self.subscription.wants.takes(alert, self.context.commitment_of(alert), tlp)


def _was_sent(alert: Alert, outcome: str | None, history_ends: str) -> bool:
    """Whether the reader was sent it; what the log does not know was, unless it was history."""
    if outcome is None:
        return not alert.historical and in_order(alert.at) >= in_order(history_ends)
    return outcome not in (SNOOZED, MUTED)
