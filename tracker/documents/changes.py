"""A change of one axis in text: as a row of `status_changes`, and as JSON."""

from __future__ import annotations

import json
from typing import Any, TypedDict

from msgspec import Struct

from events import format_instant
from tracker.rules.changes import Change


class StepDocument(TypedDict):
    """What a history says of one change, where its commitment is known."""

    at: str
    axis: str
    before: str | None
    after: str
    rule: str
    events: list[str]
    lead: str | None


class ChangeDocument(TypedDict):
    at: str
    known_at: str
    axis: str
    before: str | None
    after: str
    rule: str
    lead: str | None
    events: list[str]
    commitment: str
    agreement: str


class StoredChange(Struct, frozen=True):
    """`at` is when it came about, `known_at` when it could first be reported; both RFC 3339."""

    agreement_id: str
    commitment_id: str
    at: str
    known_at: str
    axis: str
    before: str | None
    after: str
    rule: str
    events: tuple[str, ...]
    lead: str | None


def stored_change(change: Change) -> StoredChange:
    """The text of a change that the fold has found."""
    return StoredChange(
        change.agreement,
        change.commitment,
        format_instant(change.at),
        format_instant(change.known_at),
        change.axis,
        change.before and str(change.before),
        str(change.after),
        change.rule,
        change.events,
        change.lead,
    )


def change_of_row(row: Any) -> StoredChange:
    """The change of a row of `status_changes`, read by column name."""
    plain = {name: row[name] for name in StoredChange.__struct_fields__ if name != "events"}
    return StoredChange(**plain, events=tuple(json.loads(row["events"])))


def change_json(change: StoredChange) -> ChangeDocument:
    """The change as a JSON object."""
    return {
        "at": change.at,
        "known_at": change.known_at,
        "axis": change.axis,
        "before": change.before,
        "after": change.after,
        "rule": change.rule,
        "lead": change.lead,
        "events": list(change.events),
        "commitment": change.commitment_id,
        "agreement": change.agreement_id,
    }


def step_json(change: Change) -> StepDocument:
    """What a history says of one change of a commitment."""
    stored = stored_change(change)
    return {
        "at": stored.at,
        "axis": stored.axis,
        "before": stored.before,
        "after": stored.after,
        "rule": stored.rule,
        "events": list(stored.events),
        "lead": stored.lead,
    }
