"""How an alert stands now: a condition that still holds, or one that is over. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

STATES = ("withdrawn", "resolved", "snoozed", "acknowledged", "open")
OVERDUE = ("overdue", "lapsed")


def is_resolved(alert: Any, held: Mapping[str, Any]) -> bool:
    """Whether what was alerted no longer holds, by how the commitment stands now.

    An alert about something that happened once (it ended, it was resumed) is no condition and
    does not resolve.
    """
    timing, state = held.get("timing"), held.get("state")
    over = {
        "overdue": state not in OVERDUE,
        "lapsed": state != "lapsed",
        "due_soon": timing != "due_soon",
        "contested_end_began": timing != "contested_end",
        "stale": timing != "stale",
        "suggestion": timing != "stale",
        "release_available": "release_available" not in held.get("flags", ()),
    }
    if alert.kind == "state_changed" and alert.axis == "compliance":
        return bool(held.get("compliance") != alert.after)
    return over.get(alert.kind, False)


def state_of(
    *, withdrawn: bool, resolved: bool, snoozed: bool = False, acknowledged: bool = False
) -> str:
    """One word of STATES: the first that holds."""
    holds = (withdrawn, resolved, snoozed, acknowledged, True)
    return next(word for word, is_so in zip(STATES, holds, strict=True) if is_so)
