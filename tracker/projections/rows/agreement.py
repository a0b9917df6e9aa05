"""Makes the rows of an agreement for every projection table, from its fold. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec.json import Encoder
from msgspec.structs import asdict

from events import RecordedEvent, format_instant
from tracker.dates.countries import countries
from tracker.documents.changes import stored_change
from tracker.documents.commitments import (
    CommitmentDocument,
    agreement_json,
    instant_or_none,
)
from tracker.documents.dependencies import of_documents
from tracker.documents.summaries import search_text
from tracker.entries.decoding import commitment_made_by
from tracker.entries.entry import Entry
from tracker.entries.parties import Party, Registry
from tracker.entries.streams import STATEMENTS
from tracker.entries.tlp import highest, levels
from tracker.entries.unreadable import UnreadableDocument
from tracker.model.commitment import Commitment
from tracker.model.event_types import STATEMENTS as STATEMENT_TYPES
from tracker.model.event_types import Statement
from tracker.projections.rows.deadlines import Row, deadline_rows, open_end_rows
from tracker.projections.rows.incidents import dispute_rows, incident_rows, list_text
from tracker.rules.agreement import AgreementState, FoldedAgreement, is_known
from tracker.rules.clock import apply_clock_rules
from tracker.rules.clock_moments import last_moment, next_moment
from tracker.rules.fold import fold_events
from tracker.rules.news.change import Change
from tracker.rules.recurring.moments import next_period_moment
from tracker.rules.terms.anchors import Outside, nowhere
from tracker.rules.timing import timing

Rows = dict[str, list[Row]]
"""Rows to insert, by the name of their table."""
_encode = Encoder().encode
MOMENTS_AHEAD = 24
"""How many instants of the clock are looked ahead; only endless tacit renewals have more."""


def rows_of_events(
    agreement: str,
    recorded: Sequence[RecordedEvent],
    now: datetime,
    registry: Registry,
    outside: Outside = nowhere,
) -> Rows:
    """Every row of an agreement at an instant, folded from its events."""
    return rows_of_fold(fold_events(agreement, recorded, now, registry, outside, now))


def rows_of_fold(folded: FoldedAgreement) -> Rows:
    """Every row of an agreement as folded; for one not yet known, little more than its id."""
    recorded, decoded, state = folded.recorded, folded.entries, folded.state
    document = agreement_json(state)
    commitments = document["commitments"]
    detail = {name: value for name, value in document.items() if name != "commitments"}
    marks = levels(recorded)
    rows: Rows = {
        "agreements": [
            {**_agreement_row(state, detail, recorded, decoded), **_of_stream(recorded, marks)}
        ],
        "commitment_agreements": commitment_agreement_rows(recorded),
        "anchors": [{"agreement_id": state.id, "on_id": name} for name in state.hangs_on],
    }
    if is_known(state):
        rows |= {
            "commitments": _commitment_rows(state, commitments),
            "deadlines": deadline_rows(state),
            "open_ends": open_end_rows(state.id, commitments),
            "incidents": incident_rows(state, decoded),
            "disputes": dispute_rows(state),
            "status_changes": _change_rows(state),
            "statements": statement_rows(decoded),
            "entry_instants": _instant_rows(decoded, marks),
            "clock_outlook": [
                {"commitment_id": c.id, "ordinal": ordinal, "agreement_id": state.id, **row}
                for c in state.commitments.values()
                for ordinal, row in enumerate(_outlook(c, state.as_of), start=1)
            ],
        }
    return rows


def _agreement_row(
    state: AgreementState,
    detail: Mapping[str, Any],
    recorded: Sequence[RecordedEvent],
    decoded: Sequence[Entry],
) -> Row:
    # The next instant at which the clock, an event still to come or late knowledge matters.
    coming = [next_moment(c, state.as_of) for c in state.commitments.values()]
    coming += [next_period_moment(c, state.as_of) for c in state.commitments.values()]
    coming += [state.next_event_at]
    coming += [event.recorded_at for event in recorded if event.recorded_at > state.as_of]
    # The instants at which an event came in or took effect, or the clock changed an axis.
    past: list[datetime | None] = [event.recorded_at for event in recorded]
    past += [entry.effective_at for entry in decoded]
    past += [change.at for change in state.changes]
    past += [last_moment(c, state.as_of) for c in state.commitments.values()]
    return {
        "id": state.id,
        "title": state.title,
        "parties": list_text(state.parties),
        "predecessor": state.predecessor,
        "roll_up": detail["roll_up"],
        "refold_at": instant_or_none(min((at for at in coming if at), default=None)),
        "stable_since": instant_or_none(
            max((at for at in past if at and at <= state.as_of), default=None)
        ),
        "detail": _text(detail) if is_known(state) else None,
        "tlp": detail["tlp"],
        "tags": list_text(detail["tags"]),
        "phases": _text(detail["phases"]),
        "search_text": search_text((state.id, state.title)),
    }


def _of_stream(recorded: Sequence[RecordedEvent], marks: Mapping[str, str]) -> Row:
    """What the row of an agreement says of all of its entries, whatever they say."""
    return {
        "first_position": recorded[0].position,
        "last_position": recorded[-1].position,
        "strictest_tlp": highest(marks.values()),
        "newest_at": format_instant(max(event.recorded_at for event in recorded)),
    }


def _text(value: Any) -> str:
    return _encode(value).decode()


def commitment_agreement_rows(recorded: Sequence[RecordedEvent]) -> list[Row]:
    """The commitments that were ever made in an agreement, retracted ones included."""
    made = dict.fromkeys(filter(None, map(commitment_made_by, recorded)))
    return [{"commitment_id": c, "agreement_id": recorded[0].stream} for c in made]


def unreadable_rows(document: UnreadableDocument, recorded: Sequence[RecordedEvent]) -> Rows:
    """The rows of an agreement that cannot be read: its id, its commitments' ids, and why."""
    return {
        "agreements": [
            {
                "id": document["agreement"],
                "title": document["agreement"],
                "parties": "[]",
                "predecessor": None,
                "roll_up": "",
                "refold_at": None,
                "stable_since": None,
                "detail": None,
                "tlp": document["tlp"],
                "tags": "[]",
                "phases": "[]",
                "search_text": "",
                **_of_stream(recorded, levels(recorded)),
            }
        ],
        "commitment_agreements": commitment_agreement_rows(recorded),
        "unreadable_agreements": [
            {
                "agreement_id": document["agreement"],
                "reason": document["reason"],
                "event_id": document["event"],
                "tlp": document["tlp"],
            }
        ],
    }


def _commitment_rows(state: AgreementState, documents: list[CommitmentDocument]) -> list[Row]:
    return [
        {
            "id": detail["id"],
            "kind": detail["kind"],
            "promise": detail["promise"],
            "state": detail["state"],
            "compliance": detail["compliance"],
            "timing": detail["timing"],
            "earliest": detail["earliest"],
            "latest": detail["latest"],
            "agreement_id": state.id,
            "ordinal": ordinal,
            "debtor": list_text(detail["debtor"]),
            "creditor": list_text(detail["creditor"]),
            "fulfilment": detail["fulfilment"]["grade"],
            "delivered": detail["fulfilment"]["delivered"],
            "promised": detail["fulfilment"]["promised"],
            "is_late": detail["late"],
            "flags": list_text(detail["flags"]),
            "next_change_at": detail["next_change_at"],
            "detail": _text(detail),
            "deadline_at": _deadline_at(state.commitments[detail["id"]]),
            "tlp": detail["tlp"],
            "search_text": search_text((detail["id"], detail["promise"])),
            "hangs_on": _text(hangs_on[0]) if (hangs_on := of_documents([detail])) else None,
        }
        for ordinal, detail in enumerate(documents)
    ]


def _deadline_at(c: Commitment) -> str | None:
    """The instant at which the state changes: the governing reading of the end, or the latest."""
    return instant_or_none(c.state_end) if c.is_open else None


def _outlook(c: Commitment, now: datetime) -> Iterator[Row]:
    """Each change by the clock alone; a tacit renewal without end is followed up to a limit."""
    before, at = _axes(c, now), next_moment(c, now)
    for _ in range(MOMENTS_AHEAD):
        if at is None:
            return
        was = c.state
        c = apply_clock_rules(c, at)
        axes = _axes(c, at)
        if axes != before:
            changed = {"is_state_change": c.state is not was}
            yield {"at": format_instant(at), **axes, **changed}
        before, at = axes, next_moment(c, at)


def _axes(c: Commitment, at: datetime) -> Row:
    when = timing(c, at)[0].value
    return {
        "state": c.state.value,
        "timing": when,
        "earliest": instant_or_none(c.earliest),
        "latest": instant_or_none(c.latest),
        "deadline_at": _deadline_at(c),
    }


def _change_rows(state: AgreementState) -> list[Row]:
    counts: dict[str, int] = {}
    rows = []
    for change in state.changes:
        counts[change.commitment] = counts.get(change.commitment, 0) + 1
        rows.append(_change_row(change, counts[change.commitment]))
    return rows


def _change_row(change: Change, ordinal: int) -> Row:
    stored = stored_change(change)
    return {
        **asdict(stored),
        "ordinal": ordinal,
        "events": list_text(stored.events),
        "origin": _text(stored.origin) if stored.origin else None,
    }


def _instant_rows(decoded: Sequence[Entry], marks: Mapping[str, str]) -> list[Row]:
    return [
        {
            "position": entry.position,
            "agreement_id": entry.stream,
            "effective_at": format_instant(entry.effective_at),
            "tlp": marks[entry.id],
        }
        for entry in decoded
    ]


def statement_rows(decoded: Sequence[Entry]) -> list[Row]:
    """The positions, forecasts, facts, assessments and requests among some entries."""
    return [
        {
            "event_id": entry.id,
            "agreement_id": None if entry.stream == STATEMENTS else entry.stream,
            "kind": entry.type,
            "by": entry.payload.by or entry.payload.speaker,
            "text": entry.payload.text,
            "occurred": entry.occurred,
            "position": entry.position,
        }
        for entry in decoded
        if entry.type in STATEMENT_TYPES and isinstance(entry.payload, Statement)
    ]


def party_rows(registry: Registry) -> list[Row]:
    """The registered parties, and every country that is not: known by its code all the same."""
    others = [Party(c.id, c.name, c.zone) for c in countries().values()]
    return [
        {
            "id": party.id,
            "name": party.name,
            "zone": party.zone,
            "aliases": list_text(party.aliases),
            "qid": party.qid,
        }
        for party in ({party.id: party for party in others} | registry.parties).values()
    ]
