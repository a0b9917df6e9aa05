"""One change of state as a JSON document."""

from __future__ import annotations

from typing import Any

from events import format_instant
from tracker.rules.changes import Change

CHANGE_FIELDS = ("at", "known_at", "axis", "before", "after", "rule", "lead")


def change_json(change: Change) -> dict[str, Any]:
    """A change as the table of them holds it."""
    return {
        "at": format_instant(change.at),
        "known_at": format_instant(change.known_at),
        "axis": change.axis,
        "before": change.before,
        "after": change.after,
        "rule": change.rule,
        "lead": change.lead,
        "events": list(change.events),
        "commitment": change.commitment,
        "agreement": change.agreement,
    }
