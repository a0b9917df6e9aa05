"""The documents of `show` and `list`: an agreement or a commitment in full, or in a row."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TypedDict

from events import EventStore, in_order
from tracker.dates.instants import Clocks, both_clocks
from tracker.documents.commitments import (
    AgreementDocument,
    CommitmentDocument,
    agreement_json,
    commitment_json,
)
from tracker.entries.tlp import highest
from tracker.entries.unreadable import UnreadableDocument
from tracker.errors import UnknownId
from tracker.model.commitment import Commitment
from tracker.queries.agreements import (
    Survey,
    find,
    find_commitment,
    states,
    unknown_by_then,
)
from tracker.queries.entries import EntryDocument, KnownEntries
from tracker.queries.history import HistoryRow, data_now, history
from tracker.queries.status import each_agreement
from tracker.rules.agreement import AgreementState, roll_up


class ListedAgreement(TypedDict):
    """An agreement in a list: how it stands as a whole, and how many commitments it has."""

    id: str
    title: str
    parties: list[str]
    roll_up: str
    commitments: int
    next_change_at: str | None
    tlp: str


class CommitmentOfAgreement(CommitmentDocument):
    """One commitment, with the agreement that it belongs to."""

    agreement: str


class AgreementWithPrecedents(AgreementDocument):
    """An agreement, with the agreements that it names as its precedents."""

    precedents: list[str]


class AgreementInBrief(TypedDict):
    """The agreement of a commitment, in brief."""

    id: str
    title: str
    parties: list[str]
    roll_up: str


class _Overview(Clocks):
    position: int
    tlp: str
    history: list[HistoryRow]


class AgreementOverview(_Overview):
    """The document of `agreement show`."""

    agreement: AgreementWithPrecedents


class CommitmentOverview(_Overview):
    """The document of `commitment show`; its history is that of the commitment alone."""

    agreement: AgreementInBrief
    commitment: CommitmentDocument


def agreement_rows(
    store: EventStore, as_of: datetime, known_at: datetime
) -> Survey[ListedAgreement]:
    """Makes a row an agreement."""
    unreadable: list[UnreadableDocument] = []
    with store.snapshot():
        each = each_agreement(store, as_of, known_at, unreadable)
        return Survey([_agreement_row(agreement) for agreement in each], unreadable)


def _agreement_row(agreement: AgreementDocument) -> ListedAgreement:
    commitments = agreement["commitments"]
    coming = (c["next_change_at"] for c in commitments if c["next_change_at"])
    return {
        "id": agreement["id"],
        "title": agreement["title"],
        "parties": agreement["parties"],
        "roll_up": agreement["roll_up"],
        "commitments": len(commitments),
        "next_change_at": min(coming, key=in_order, default=None),
        "tlp": agreement["tlp"],
    }


def commitment_rows(
    store: EventStore, as_of: datetime, known_at: datetime, agreement: str | None
) -> Survey[CommitmentOfAgreement]:
    """Makes a row a commitment, of one agreement or of all."""
    unreadable: list[UnreadableDocument] = []
    with store.snapshot():
        if agreement:
            agreements = iter([agreement_json(_agreement(store, agreement, as_of, known_at))])
        else:
            agreements = each_agreement(store, as_of, known_at, unreadable)
        rows = [
            CommitmentOfAgreement(agreement=each["id"], **c)
            for each in agreements
            for c in each["commitments"]
        ]
    return Survey(rows, unreadable)


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
) -> AgreementOverview:
    """An agreement with its commitments, and the history of both."""
    state = _agreement(store, name, as_of, known_at)
    entries = list(KnownEntries(store, known_at).each(state.id, as_of=as_of))
    return {
        **both_clocks(as_of, known_at),
        "position": store.head(),
        "tlp": highest([state.tlp, *(entry["tlp"] for entry in entries)]),
        "agreement": {**agreement_json(state), "precedents": list(state.precedents)},
        "history": history(entries, state.changes),
    }


def commitment_overview(
    store: EventStore, commitment_id: str, as_of: datetime, known_at: datetime
) -> CommitmentOverview:
    """A commitment, the agreement it belongs to, and its own history."""
    state, commitment = find_commitment(store, commitment_id, as_of, known_at)
    entries = list(KnownEntries(store, known_at).each(state.id, as_of=as_of))
    by_id = {entry["id"]: entry for entry in entries}
    own = [entry for entry in entries if _concerns(entry, by_id, commitment)]
    return {
        **both_clocks(as_of, known_at),
        "position": store.head(),
        "tlp": highest([state.tlp, *(entry["tlp"] for entry in own)]),
        "agreement": {
            "id": state.id,
            "title": state.title,
            "parties": list(state.parties),
            "roll_up": roll_up(state.commitments.values()).value,
        },
        "commitment": commitment_json(commitment, as_of),
        "history": history(
            own,
            [change for change in state.changes if change.commitment == commitment.id],
        ),
    }


def _concerns(
    entry: EntryDocument, by_id: Mapping[str, EntryDocument], commitment: Commitment
) -> bool:
    """Whether an entry is about a commitment, or is one about the whole agreement that moved it.

    So is what amends such an entry.
    """
    if entry["commitment"] == commitment.id or entry["id"] in commitment.events:
        return True
    amended = by_id.get(str(data_now(entry).get("event")))
    return amended is not None and amended["id"] in commitment.events
