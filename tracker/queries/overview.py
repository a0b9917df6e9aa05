"""All that is known of one agreement or commitment at one instant: the document of `show`.

The history interleaves entries and the clock. An entry stands where it took effect, with when it
was recorded, what it moved, and the amendments beside it; what the clock moved stands by itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from events import EventStore, format_instant
from tracker.dates.instants import both_clocks
from tracker.documents.commitments import agreement_json, commitment_json
from tracker.entries.tlp import highest
from tracker.errors import UnknownId
from tracker.queries.agreements import (
    Survey,
    find,
    find_commitment,
    states,
    survey,
    unknown_by_then,
)
from tracker.queries.entries import Document, listed
from tracker.rules.changes import Change
from tracker.rules.fold import AgreementState
from tracker.rules.roll_up import roll_up


def agreement_rows(store: EventStore, as_of: datetime, known_at: datetime) -> Survey[Document]:
    """One row an agreement."""
    return survey(store, as_of, known_at, _agreement_row)


def _agreement_row(state: AgreementState) -> Document:
    commitments = [
        commitment_json(commitment, state.as_of) for commitment in state.commitments.values()
    ]
    coming = [row["next_change_at"] for row in commitments if row["next_change_at"]]
    return {
        "id": state.id,
        "title": state.title,
        "parties": list(state.parties),
        "roll_up": roll_up(state.commitments.values()).value,
        "commitments": len(commitments),
        "next_change_at": min(coming, default=None),
        "tlp": state.tlp,
    }


def commitment_rows(
    store: EventStore, as_of: datetime, known_at: datetime, agreement: str | None = None
) -> Survey[Document]:
    """One row a commitment, of one agreement or of all."""

    def rows_in(state: AgreementState) -> list[Document]:
        return [
            {"agreement": state.id, **commitment_json(commitment, as_of)}
            for commitment in state.commitments.values()
        ]

    if agreement:
        return Survey(rows_in(_agreement(store, agreement, as_of, known_at)), [])
    found = survey(store, as_of, known_at, rows_in)
    return Survey([row for rows in found.answers for row in rows], found.unreadable)


def _agreement(store: EventStore, name: str, as_of: datetime, known_at: datetime) -> AgreementState:
    """The agreement, begun and known by then; a commitment's id is reported as such."""
    state = find(store, name, as_of, known_at)
    if state.id != name:
        raise UnknownId(
            f"{name!r} is a commitment of {state.id!r}",
            hint=f"pactwatch commitment show {name}",
        )
    if not state.commitments and state.title == state.id:
        known = (each.id for each in states(store, as_of, known_at))
        raise unknown_by_then(store, "agreement", name, as_of, known_at, known)
    return state


def agreement_overview(
    store: EventStore, name: str, as_of: datetime, known_at: datetime
) -> Document:
    """An agreement with its commitments, what was said without committing, and its history."""
    state = _agreement(store, name, as_of, known_at)
    entries = listed(store, state.id, as_of=as_of, known_at=known_at)
    return {
        **_clocks(store, as_of, known_at),
        "tlp": highest([state.tlp, *(entry["tlp"] for entry in entries)]),
        "agreement": agreement_json(state) | {"precedents": list(state.precedents)},
        "history": history(entries, state.changes),
    }


def commitment_overview(
    store: EventStore, commitment_id: str, as_of: datetime, known_at: datetime
) -> Document:
    """A commitment, the agreement it belongs to, and its own history."""
    state, commitment = find_commitment(store, commitment_id, as_of, known_at)
    entries = listed(store, state.id, as_of=as_of, known_at=known_at)
    row = _agreement_row(state)
    own = [entry for entry in entries if _about(entry, entries) == commitment.id]
    return {
        **_clocks(store, as_of, known_at),
        "tlp": highest([state.tlp, *(entry["tlp"] for entry in own)]),
        "agreement": {name: row[name] for name in ("id", "title", "parties", "roll_up")},
        "commitment": commitment_json(commitment, as_of),
        "history": history(
            own,
            [change for change in state.changes if change.commitment == commitment.id],
        ),
    }


def _clocks(store: EventStore, as_of: datetime, known_at: datetime) -> Document:
    return {
        **both_clocks(as_of, known_at),
        "position": store.head(),
    }


def _about(entry: Document, entries: list[Document]) -> str | None:
    """The commitment of an entry; an amendment is about that of the entry it amends."""
    by_id = {each["id"]: each for each in entries}
    data = _said(entry)
    while "commitment" not in data and data.get("event") in by_id:
        data = _said(by_id[data["event"]])
    commitment = data.get("commitment")
    return None if commitment is None else str(commitment)


def _said(entry: Document) -> Document:
    return dict(entry["corrected"] or entry["data"])


def history(entries: list[Document], changes: Iterable[Change]) -> list[Document]:
    """Entries and changes by the clock, in the order in which they took effect."""
    by_id = {entry["id"]: entry for entry in entries}
    moved: dict[str, list[Document]] = {}
    rows = []
    for change in changes:
        own = next((e for e in change.events if _made(change, by_id.get(e))), None)
        if own:
            moved.setdefault(own, []).append(_step(change))
        else:
            rows.append(_clock_row(change))
    rows += [_entry_row(entry, entries, moved.get(entry["id"], [])) for entry in entries]
    return sorted(rows, key=lambda row: (row["at"], row["position"] or 0))


def _made(change: Change, entry: Document | None) -> bool:
    """Whether an entry caused a change, rather than the clock."""
    return entry is not None and entry["effective_at"] == format_instant(change.at)


def _step(change: Change) -> Document:
    return {
        "commitment": change.commitment,
        "axis": change.axis,
        "before": change.before and str(change.before),
        "after": str(change.after),
        "rule": change.rule,
        "lead": change.lead,
    }


def _clock_row(change: Change) -> Document:
    return dict.fromkeys(ENTRY_FIELDS) | {
        "at": format_instant(change.at),
        "commitment": change.commitment,
        "type": "clock",
        "text": "",
        "moved": [_step(change)],
        "standing": "",
        "amendments": [],
    }


ENTRY_FIELDS = ("at", "occurred", "recorded_at", "position", "event", "type", "commitment",
                "speaker", "reported_by", "rating", "tlp", "text", "standing", "moved",
                "amendments")  # fmt: skip


def _entry_row(entry: Document, entries: list[Document], moved: list[Document]) -> Document:
    data = _said(entry)
    return {
        "at": entry["effective_at"],
        "occurred": entry["occurred"],
        "recorded_at": entry["recorded_at"],
        "position": entry["position"],
        "event": entry["id"],
        "type": entry["name"],
        "commitment": _about(entry, entries),
        "speaker": data.get("speaker"),
        "reported_by": list(data.get("reported_by", ())),
        "rating": f"{data.get('reliability', 'F')}{data.get('credibility', 6)}",
        "tlp": entry["tlp"],
        "text": summary(data),
        "standing": entry["standing"],
        "moved": moved,
        "amendments": [
            {"how": how} | amendment
            for how in ("corrected", "revised", "retracted")
            for amendment in _listed(entry[f"{how}_by"])
        ],
    }


def _listed(value: Any) -> list[Document]:
    return value if isinstance(value, list) else [value] if value else []


TOLD = ("title", "promise", "text", "reason", "why", "milestone", "incident", "precedent",
        "successor", "to", "event")  # fmt: skip


def summary(data: Document) -> str:
    """An entry in one line: its first field with text, and its quantity."""
    words = next((str(data[name]) for name in TOLD if data.get(name)), "")
    if data.get("term"):
        value = "says nothing" if data.get("value") is None else data["value"]
        words = f"{data['term']}: {value if 'value' in data else data.get('reading')}"
    if data.get("antecedent"):
        antecedent = data["antecedent"]
        words = (
            antecedent
            if isinstance(antecedent, str)
            else str(antecedent.get("text") or antecedent.get("id"))
        )
    if data.get("quantity") is not None:
        words += (
            f" {data['quantity']} of {data['of']}" if data.get("of") else f" {data['quantity']}"
        )
    return words.strip()
