"""Which of the news one reader is told, which is held back or muted, and why. Pure."""

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
    """A ruling for each alert that this reader's filter takes.

    What is graver mutes for good; a snooze holds back until it is over.
    """
    rulings = []
    for alert in alerts:
        if not wants.takes(alert, commitments.get(alert.commitment, {}), tlp_of(alert)):
            continue
        if muted := muted_by(alert):
            rulings.append(NotificationDecision(alert, MUTED, muted))
        elif snooze := held_by(alert):
            rulings.append(NotificationDecision(alert, HELD, snooze))
        else:
            rulings.append(NotificationDecision(alert, TOLD, why_told(alert, wants)))
    return rulings


def of(rulings: Iterable[NotificationDecision], outcome: str) -> list[Alert]:
    return [ruling.alert for ruling in rulings if ruling.outcome == outcome]


def why_told(alert: Alert, wants: Filter) -> str:
    """The reason for the record: the reader's filter, and the rule and events behind the alert."""
    events = f", events {', '.join(alert.events)}" if alert.events else ""
    return f"follows {wants.words}; rule {alert.rule}{events}"
