"""What a promise waits for until it binds, by which instant, as `status --json` has it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypedDict

from events import format_instant
from tracker.model.commitment import Commitment
from tracker.model.readings import rule_of_end
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
