"""Decides which news one reader is sent, which is delayed or muted, and why. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal

from msgspec import Struct

from notifications.alerts.alert import Alert
from notifications.alerts.filters import Filter
from notifications.alerts.wording import why_sent

NotificationOutcome = Literal[
    "told", "held", "muted", "escalated", "resolved", "corrected", "reminded"
]
"""As it is stored, and shown by `alert show` and `subscribe show`."""
SENT: NotificationOutcome = "told"
SNOOZED: NotificationOutcome = "held"
MUTED: NotificationOutcome = "muted"
ESCALATED: NotificationOutcome = "escalated"
RESOLVED: NotificationOutcome = "resolved"
CORRECTED: NotificationOutcome = "corrected"
REMINDED: NotificationOutcome = "reminded"
SENT_OUTCOMES = (SENT, REMINDED, ESCALATED)


class NotificationDecision(Struct, frozen=True):
    """What becomes of one alert for one reader, and why."""

    alert: Alert
    outcome: NotificationOutcome
    why: str


def decide(
    alerts: Iterable[Alert],
    wants: Filter,
    commitments: Mapping[str, Mapping[str, Any]],
    *,
    tlp_of: Callable[[Alert], str],
    muted_by: Callable[[Alert], str | None],
    snoozed_by: Callable[[Alert], str | None],
) -> list[NotificationDecision]:
    """A decision for each alert that this reader's filter takes.

    What is graver mutes for good; a snooze delays until it is over.
    """
    decisions = []
    for alert in alerts:
        if not wants.takes(alert, commitments.get(alert.commitment, {}), tlp_of(alert)):
            continue
        if muted := muted_by(alert):
            decisions.append(NotificationDecision(alert, MUTED, muted))
        elif snooze := snoozed_by(alert):
            decisions.append(NotificationDecision(alert, SNOOZED, snooze))
        else:
            decisions.append(NotificationDecision(alert, SENT, reason_for_sending(alert, wants)))
    return decisions


def alerts_with(
    decisions: Iterable[NotificationDecision], outcome: NotificationOutcome
) -> list[Alert]:
    return [decision.alert for decision in decisions if decision.outcome == outcome]


def reason_for_sending(alert: Alert, wants: Filter) -> str:
    """The reason for the record: the reader's filter, and the rule and events behind the alert."""
    return f"follows {wants.words}; {why_sent(alert)}"
