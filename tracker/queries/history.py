"""The history of an agreement or a commitment: its entries and what the clock moved, in one order.

An entry stands where it took effect, with when it was recorded, what it moved, and the amendments
beside it; what the clock moved stands by itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypedDict

from events import format_instant, parse_instant
from events.envelope import EventData
from tracker.documents.changes import Origin, stored_change
from tracker.queries.entries import AmendmentDocument, EntryDocument, amendments_of
from tracker.queries.subjects import summary
from tracker.rules.news.change import Change


class MovedAxis(Origin):
    """One change of one axis of a commitment, without when and by which entries it came about."""

    commitment: str
    axis: str
    before: str | None
    after: str
    rule: str
    lead: str | None


class HistoryAmendment(AmendmentDocument):
    """What amends an entry of a history: `how` is corrected, revised or retracted."""

    how: str


class HistoryRow(TypedDict):
    """An entry where it took effect, or what the clock moved: of type `clock` and no entry."""

    at: str
    occurred: str | None
    recorded_at: str | None
    position: int | None
    event: str | None
    type: str
    commitment: str | None
    speaker: str | None
    reported_by: list[str] | None
    rating: str | None
    tlp: str | None
    text: str
    said: str | None
    source: dict[str, str] | None
    standing: str
    moved: list[MovedAxis]
    amendments: list[HistoryAmendment]


def history(entries: list[EntryDocument], changes: Iterable[Change]) -> list[HistoryRow]:
    """Entries and changes by the clock, in the order in which they took effect."""
    effective = {entry["id"]: entry["effective_at"] for entry in entries}
    moved: dict[str, list[MovedAxis]] = {}
    rows: list[HistoryRow] = []
    for change in changes:
        at = format_instant(change.at)
        cause = next((event for event in change.events if effective.get(event) == at), None)
        if cause:
            moved.setdefault(cause, []).append(_moved_axis(change))
        else:
            rows.append(_clock_row(at, change))
    rows += [_entry_row(entry, moved.get(entry["id"], [])) for entry in entries]
    return sorted(rows, key=lambda row: (parse_instant(row["at"]), row["position"] or 0))


def _moved_axis(change: Change) -> MovedAxis:
    stored = stored_change(change)
    return {
        "commitment": stored.commitment_id,
        "axis": stored.axis,
        "before": stored.before,
        "after": stored.after,
        "rule": stored.rule,
        "lead": stored.lead,
        **stored.origin,
    }


def _clock_row(at: str, change: Change) -> HistoryRow:
    return {
        "at": at,
        "occurred": None,
        "recorded_at": None,
        "position": None,
        "event": None,
        "type": "clock",
        "commitment": change.commitment,
        "speaker": None,
        "reported_by": None,
        "rating": None,
        "tlp": None,
        "text": "",
        "said": None,
        "source": None,
        "standing": "",
        "moved": [_moved_axis(change)],
        "amendments": [],
    }


def _entry_row(entry: EntryDocument, moved: list[MovedAxis]) -> HistoryRow:
    data = data_now(entry)
    return {
        "at": entry["effective_at"],
        "occurred": entry["occurred"],
        "recorded_at": entry["recorded_at"],
        "position": entry["position"],
        "event": entry["id"],
        "type": entry["name"],
        "commitment": entry["commitment"],
        "speaker": data.get("speaker"),
        "reported_by": list(data.get("reported_by") or ()),
        "rating": f"{data.get('reliability', 'F')}{data.get('credibility', 6)}",
        "tlp": entry["tlp"],
        "text": summary(data),
        "said": data.get("said"),
        "source": data.get("source"),
        "standing": entry["standing"],
        "moved": moved,
        "amendments": [{"how": how, **amendment} for how, amendment in amendments_of(entry)],
    }


def data_now(entry: EntryDocument) -> EventData:
    """The data of an entry as it is corrected."""
    return entry["corrected"] or entry["data"]
