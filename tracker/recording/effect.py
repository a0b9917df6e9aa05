"""What an entry does: each axis before and after, as commands show it, and whether it still does.

Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypedDict

from events.envelope import EventData
from tracker.documents.commitments import SuspensionDocument, commitment_json
from tracker.documents.ends import moved_ends, moved_withdrawal, renewal_in_words
from tracker.documents.periods import periods_words
from tracker.documents.previews import BreachDocument, MovedEnd
from tracker.model.commitment import Commitment
from tracker.rules.agreement import AgreementState

AXES = ("state", "compliance", "clear_until", "timing", "fulfilment", "late", "flags")
WHERE_CHANGED = ("clear_through", "suspension", "awaiting")
"""What is listed beside the axes where an entry changes it."""
REMARKS = ("flags", "clear_through")
"""Axes that sum up what is on record, which others change without a bearing on the entry, and what
another axis has by the instant."""


class AxisChange(TypedDict):
    """One axis of a commitment, before and after; null where there is no commitment."""

    commitment: str | None
    axis: str
    before: object
    after: object


class AlertChanges(TypedDict):
    """The alerts that an event would cause, and those already sent that it would withdraw."""

    alerts: list[Any]
    withdrawn: list[Any]


class RecordingDocument(AlertChanges):
    """The document of every command that records an event.

    `position` is its number in the log, by which it is found again; null while it has none.
    `repeats` are the entries that say the same, which a warning points out.
    """

    id: str
    position: int | None
    type: str
    author: str | None
    subject: str
    time: str
    effective_at: str
    data: EventData
    effect: list[AxisChange]
    entry_at: str
    at_entry: list[AxisChange]
    ends: list[MovedEnd]
    breaches: list[BreachDocument]
    news: list[str]
    moves: list[str]
    leaves: dict[str, str]
    axes: list[AxisChange]
    dated_ahead: bool
    already_known: bool
    warnings: list[str]
    repeats: list[str]
    dry_run: bool
    projecting_failed: str | None


def effect_of(before: AgreementState, after: AgreementState) -> list[AxisChange]:
    """Every axis of every commitment that differs."""
    rows: list[AxisChange] = [
        {"commitment": gone, "axis": "state", "before": commitment.state.value, "after": None}
        for gone, commitment in before.commitments.items()
        if gone not in after.commitments
    ]
    is_same_instant = before.as_of == after.as_of
    for name, commitment in after.commitments.items():
        if is_same_instant and commitment is before.commitments.get(name):
            continue  # of most promises an entry changes nothing
        rows += [
            row
            for row in standing(name, before, after)
            if row["before"] != row["after"] and (name in before.commitments or row["after"])
        ]
    return rows


def standing(
    commitment: str | None, before: AgreementState, after: AgreementState
) -> list[AxisChange]:
    """Every axis of the commitment in question, before and after, and each end that moves."""
    old = before.commitments.get(commitment or "")
    new = after.commitments.get(commitment or "")
    if old is None and new is None:
        return []
    axes_before = axes_of(old, before.as_of) if old else {}
    axes_after = axes_of(new, after.as_of) if new else {}
    changes: dict[str, tuple[object, object]] = {
        axis: (axes_before.get(axis), axes_after.get(axis)) for axis in AXES
    }
    changes |= moved_ends(old, new)
    changes |= moved_withdrawal(old, new) if old and new else {}
    renewal = renewal_in_words(old), renewal_in_words(new)
    changes |= {"renewal": renewal} if all(renewal) and renewal[0] != renewal[1] else {}
    for axis in WHERE_CHANGED:
        pair = axes_before.get(axis), axes_after.get(axis)
        changes |= {axis: pair} if pair[0] != pair[1] else {}
    return [
        {"commitment": commitment, "axis": axis, "before": before, "after": after}
        for axis, (before, after) in changes.items()
    ]


def standing_and_effect(
    commitment: str | None, before: AgreementState, after: AgreementState
) -> list[AxisChange]:
    """Every axis of the commitment in question, then whatever else differs."""
    rows = standing(commitment, before, after)
    return [*rows, *(row for row in effect_of(before, after) if row not in rows)]


def axes_of(commitment: Commitment, as_of: datetime) -> Mapping[str, object]:
    """The axes of a commitment in words; fulfilment as grade and quantities."""
    document = commitment_json(commitment, as_of)
    axes: dict[str, object] = {axis: value for axis, value in document.items() if axis in AXES}
    axes["clear_through"] = document["clear_through"]
    done = document["fulfilment"]
    counts = f" {done['delivered'] or 0} of {done['promised']}" if done["promised"] else ""
    if document["periods"]:
        counts = f", {periods_words(document['periods'])}"
    awaiting = document["awaiting"]
    return axes | {
        "fulfilment": done["grade"] + counts,
        "suspension": suspension_words(document["suspension"]),
        "awaiting": awaiting["words"] if awaiting else None,
    }


def suspension_words(suspension: SuspensionDocument | None) -> str | None:
    """Tells who suspends a commitment, and until when; None when nobody does."""
    if suspension is None:
        return None
    until = f" until {suspension['until']}" if suspension["until"] else ""
    alone = " alone" if suspension["contested"] else ""
    return f"by {', '.join(suspension['by']) or 'nobody named'}{alone}{until}"


def repeat_words(entry: str) -> str:
    """What is pointed out of an entry that says what one on record says."""
    return f"{entry} says the same: entered twice?"


def has_same_effect(seen: Sequence[RecordingDocument], now: Sequence[RecordingDocument]) -> bool:
    """Whether entries do what they did when they were shown; what is on record by now does."""
    pairs = zip(seen, now, strict=True)
    return all(each["already_known"] or _is_same(before, each) for before, each in pairs)


def _is_same(seen: RecordingDocument, now: RecordingDocument) -> bool:
    """Whether each axis that an entry moves ends where it did, with no new warning.

    That another has recorded the same meanwhile is none.
    """
    before, after = _outcomes(seen), _outcomes(now)
    warnings = {*now["warnings"]} - {*map(repeat_words, now["repeats"])}
    moved = {
        (row["commitment"], row["axis"])
        for row in (*seen["effect"], *now["effect"])
        if row["axis"] not in REMARKS
    }
    return (
        all(place in before and before[place] == after.get(place) for place in moved)
        and (seen["moves"], seen["leaves"]) == (now["moves"], now["leaves"])
        and warnings <= set(seen["warnings"])
    )


def _outcomes(document: RecordingDocument) -> dict[tuple[str | None, str], object]:
    """What each axis is after the entry; of an end also what it was, since it may move elsewhere.

    Of fulfilment it is the grade alone: counts add up.
    """
    outcomes: dict[tuple[str | None, str], object] = {}
    for row in (*document["axes"], *document["effect"]):
        outcome = row["after"] if row["axis"] in AXES else (row["before"], row["after"])
        if row["axis"] == "fulfilment":
            outcome = str(outcome).partition(" ")[0].rstrip(",")
        outcomes[row["commitment"], row["axis"]] = outcome
    return outcomes
