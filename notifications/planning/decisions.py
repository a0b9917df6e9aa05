"""Decides which news one reader is sent, which is delayed or muted, and why. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from msgspec import Struct

from notifications.alerts.alert import Alert
from notifications.alerts.filters import Filter

TOLD, HELD, MUTED, ESCALATED = "told", "held", "muted", "escalated"
RESOLVED, CORRECTED, REMINDED = "resolved", "corrected", "reminded"


class NotificationDecision(Struct, frozen=True):
    """What becomes of one alert for one reader, and why."""

    alert: Alert
    outcome: str
    why: str


def decide(
    alerts: Iterable[Alert],
    wants: Filter,
    commitments: Mapping[str, Mapping[str, Any]],
    *,
    tlp_of: Callable[[Alert], str],
    muted_by: Callable[[Alert], str | None],
    held_by: Callable[[Alert], str | None],
) -> list[NotificationDecision]:
    """A decision for each alert that this reader's filter takes.

    What is graver mutes for good; a snooze holds back until it is over.
    """
    decisions = []
    for alert in alerts:
        if not wants.takes(alert, commitments.get(alert.commitment, {}), tlp_of(alert)):
            continue
        if muted := muted_by(alert):
            decisions.append(NotificationDecision(alert, MUTED, muted))
        elif snooze := held_by(alert):
            decisions.append(NotificationDecision(alert, HELD, snooze))
        else:
            decisions.append(NotificationDecision(alert, TOLD, why_told(alert, wants)))
    return decisions


def alerts_with(decisions: Iterable[NotificationDecision], outcome: str) -> list[Alert]:
    return [decision.alert for decision in decisions if decision.outcome == outcome]


def why_told(alert: Alert, wants: Filter) -> str:
    """The reason for the record: the reader's filter, and the rule and events behind the alert."""
    events = f", events {', '.join(alert.events)}" if alert.events else ""
    return f"follows {wants.words}; rule {alert.rule}{events}"
