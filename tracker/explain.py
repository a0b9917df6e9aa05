"""Why a commitment stands where it stands: the rule, the events and the readings of each axis."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from events import EventStore, RecordedEvent, format_instant
from tracker.clock_rules import BY_NUMBER
from tracker.commitment import Commitment
from tracker.queries import events_by_id, find_commitment
from tracker.record import type_name
from tracker.report import commitment_json
from tracker.transitions import TABLE, To


def rule_text(number: str) -> str:
    """A rule row in words, as the tables have it."""
    if number in BY_NUMBER:
        rule = BY_NUMBER[number]
        return f"{rule.moment}: {rule.effect}"
    rows = [row for row in TABLE if row.number == number]
    return "; ".join(dict.fromkeys(f"{row.event} -> {_destination(row.to)}" for row in rows))


def _destination(to: Any) -> str:
    return to.value if isinstance(to, To) else str(to)


def explain(
    store: EventStore, commitment_id: str, as_of: datetime, known_at: datetime
) -> dict[str, Any]:
    """Each axis with its rule in words and the events behind it, then readings and history."""
    state, commitment = find_commitment(store, commitment_id, as_of, known_at)
    recorded = events_by_id(store, state.id)
    status = commitment_json(commitment, as_of)
    return {
        "as_of": format_instant(as_of),
        "known_at": format_instant(known_at),
        "agreement": state.id,
        "commitment": status,
        "axes": [_axis(axis, status, recorded) for axis in _AXES],
        "history": [
            _step(change) for change in state.changes if change.commitment == commitment_id
        ],
        "events": [event_json(recorded[event]) for event in commitment.events if event in recorded],
        "unapplied": _unapplied(commitment, recorded),
    }


_AXES = ("state", "compliance", "timing", "fulfilment")


def _axis(axis: str, status: dict[str, Any], recorded: dict[str, RecordedEvent]) -> dict[str, Any]:
    because = status["because"][axis]
    value = status[axis]["grade"] if axis == "fulfilment" else status[axis]
    rule = because.get("rule", "")
    return {
        "axis": axis,
        "value": value,
        "rule": rule,
        "meaning": rule_text(rule) if rule else "nothing has been recorded that would set it",
        "events": [event_json(recorded[e]) for e in because.get("events", []) if e in recorded],
    }


def event_json(event: RecordedEvent) -> dict[str, Any]:
    """An event as a reader wants it: what, when, who says so, and where it stands."""
    data = event.data
    return {
        "id": event.id,
        "position": event.position,
        "type": type_name(event.type),
        "occurred": data.get("occurred"),
        "recorded_at": format_instant(event.recorded_at),
        "speaker": data.get("speaker"),
        "reported_by": list(data.get("reported_by", ())),
        "primary_source": data.get("primary_source"),
        "source": data.get("source"),
        "rating": f"{data.get('reliability', 'F')}{data.get('credibility', 6)}",
    }


def _step(change: Any) -> dict[str, Any]:
    return {
        "at": format_instant(change.at),
        "axis": change.axis,
        "before": change.before,
        "after": change.after,
        "rule": change.rule,
        "events": list(change.events),
        "lead": change.lead,
    }


def _unapplied(c: Commitment, recorded: dict[str, RecordedEvent]) -> list[dict[str, Any]]:
    """Entries that later knowledge has made impossible: kept, shown, and moving nothing."""
    return [event_json(recorded[event]) for event in c.unapplied if event in recorded]
