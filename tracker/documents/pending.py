"""What a promise, or a date of it, waits for, and by which instant. Pure.

As `status --json` has it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypedDict

from events import format_instant
from tracker.model.commitment import Commitment
from tracker.model.readings import rule_of_end
from tracker.model.relative import Relative
from tracker.rules.terms.anchors import relatives_stated
from tracker.rules.terms.pending import (
    is_due_while_conditional,
    pending_deadlines,
    pending_leads,
)


class PendingDocument(TypedDict):
    """A deadline of an `offer` or a `condition`, or an own `due` or `end` that has passed before.

    `timing` is ahead, soon (within a lead time) or passed.
    """

    term: str
    id: str
    at: str
    rule: str
    zone: str
    timing: str


class ConditionDocument(TypedDict):
    """What a promise waits for; `zone` is that of its deadline, null where it has none."""

    id: str
    text: str
    status: str
    deadline: str | None
    zone: str | None
    by: str | None
    on: str | None
    awaits: str | None


class AwaitingDocument(TypedDict):
    """The moment of another promise that a deadline hangs on, while it is not known."""

    after: str
    moment: str
    by: str
    count: str | None
    words: str


class AnchorDocument(AwaitingDocument):
    """A moment that a deadline is counted from, and whether it is known when it was."""

    known: bool


def pending_json(c: Commitment, as_of: datetime) -> list[PendingDocument]:
    """The deadlines of what does not bind yet, in the order of the record."""
    soon = {deadline for deadline, _, at in pending_leads(c) if at <= as_of}
    waiting = [
        _document(c, each.axis, each.id, each.at, "soon" if each in soon else "ahead")
        for each in pending_deadlines(c)
    ]
    if is_due_while_conditional(c, as_of) and c.state_end is not None:
        waiting.append(_document(c, c.end_term, c.end_term, c.state_end, "passed"))
    return waiting


def awaiting_json(relative: Relative) -> AwaitingDocument:
    return {
        "after": relative.after,
        "moment": relative.moment,
        "by": relative.by,
        "count": relative.count,
        "words": relative.words,
    }


def anchors_json(c: Commitment) -> list[AnchorDocument]:
    """The moments that its deadlines are counted from, each once."""
    return [
        {**awaiting_json(relative), "known": bool(c.anchored.get(relative.anchor))}
        for relative in dict.fromkeys(relatives_stated(c))
    ]


def conditions_json(c: Commitment) -> list[ConditionDocument]:
    return [
        {
            "id": condition.id,
            "text": condition.text,
            "status": condition.status,
            "deadline": format_instant(condition.deadline) if condition.deadline else None,
            "zone": c.zone if condition.deadline else None,
            "by": condition.by,
            "on": condition.on,
            "awaits": condition.awaits.value if condition.awaits else None,
        }
        for condition in c.conditions
    ]


def _document(c: Commitment, term: str, name: str, at: datetime, timing: str) -> PendingDocument:
    return {
        "term": term,
        "id": name,
        "at": format_instant(at),
        "rule": rule_of_end(at, c.zone),
        "zone": c.zone,
        "timing": timing,
    }


WORDS = {
    ("offer", "soon"): "offer_expires_soon",
    ("condition", "soon"): "condition_due_soon",
    ("due", "passed"): "due_while_conditional",
    ("end", "passed"): "due_while_conditional",
}


def pending_words(commitment: Mapping[str, Any]) -> set[str]:
    """What of it wants attention, in the words of `check` and of alerts."""
    places = ((each["term"], each["timing"]) for each in commitment["pending"])
    return {WORDS[place] for place in places if place in WORDS}
