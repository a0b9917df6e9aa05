"""Mutes what is not worth a message because something graver holds, with the reason. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from notifications.alerts.alert import Alert
from tracker.model.vocabulary import CLOSED_STATES, State

MILESTONES = frozenset({"due_soon", "stale", "suggestion"})
"""Warnings about what is still to come; what has come is told whatever else stands."""
LAPSED = frozenset({State.LAPSED, State.VIOLATED, State.EXPIRED, State.CANCELLED})
PAST = frozenset({State.OVERDUE, State.LAPSED}) | CLOSED_STATES
WAITING = frozenset({State.PROPOSED, State.CONDITIONAL, State.SUSPENDED})


def lapsed_agreements(commitments: Iterable[Mapping[str, Any]]) -> set[str]:
    """Agreements of which something has lapsed and nothing is in force or due any more.

    Each commitment is `{"agreement": ..., "state": ...}`.
    """
    states: dict[str, set[str]] = {}
    for commitment in commitments:
        states.setdefault(commitment["agreement"], set()).add(commitment["state"])
    at_rest = LAPSED | CLOSED_STATES | WAITING
    return {name for name, own in states.items() if own & LAPSED and own <= at_rest}


def muted_by(alert: Alert, state: str | None, lapsed: set[str]) -> str | None:
    """Why a milestone is muted: its commitment or its agreement has lapsed; None when it is not."""
    if alert.kind not in MILESTONES:
        return None
    if state in PAST:
        return f"{alert.commitment} is {state}"
    if alert.agreement in lapsed:
        return f"the agreement {alert.agreement} has lapsed"
    return None
