"""Makes the rows of incidents, with who alleged, denied and found each; and of disputes. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from json.encoder import encode_basestring
from operator import attrgetter

from events import format_instant, place_of
from tracker.documents.changes import OF_INCIDENT
from tracker.entries.entry import Entry
from tracker.model.parts import Incident
from tracker.projections.rows.deadlines import Row
from tracker.rules.agreement import AgreementState
from tracker.rules.news.change import Change
from tracker.rules.news.entries import speakers_of

ALLEGING, DENYING = ("ViolationAlleged",), ("ViolationDenied",)
FINDING = ("ViolationConfirmed", "ViolationRefuted")


def list_text(texts: Iterable[str]) -> str:
    """The JSON of a list of texts, as columns that dashboards read have it."""
    return f"[{', '.join(map(encode_basestring, texts))}]"


def incident_rows(state: AgreementState, decoded: Sequence[Entry]) -> list[Row]:
    """Every incident of an agreement, commitment by commitment; `decoded` are its entries."""
    alleged = [(c, incident) for c in state.commitments.values() for incident in c.incidents]
    by_id = {entry.id: entry for entry in decoded} if alleged else {}
    return [
        {
            "commitment_id": c.id,
            "incident_id": incident.id,
            "agreement_id": state.id,
            "status": incident.status,
            "tags": list_text(incident.tags),
            "occurred": incident.occurred,
            "text": incident.text,
            "at": format_instant(incident.at),
            **_acts(incident, by_id),
        }
        for c, incident in alleged
    ]


def dispute_rows(state: AgreementState) -> list[Row]:
    """Every incident that changes of an agreement tell of, with what became of it last."""
    steps: dict[tuple[str, str], list[Change]] = {}
    for change in sorted(state.changes, key=attrgetter("at")):
        if change.axis.startswith(OF_INCIDENT):
            incident = change.axis.removeprefix(OF_INCIDENT)
            steps.setdefault((change.commitment, incident), []).append(change)
    return [
        {
            "commitment_id": commitment,
            "ordinal": ordinal,
            "agreement_id": state.id,
            "incident": incident,
            "status": str(each[-1].after),
            "latest_at": place_of(each[-1].at),
        }
        for ordinal, ((commitment, incident), each) in enumerate(steps.items())
    ]


def _acts(incident: Incident, by_id: Mapping[str, Entry]) -> Row:
    """Who alleged it first, denied it last and found last, and when; nulls where nobody did."""
    entries = [by_id[event] for event in incident.events if event in by_id]
    return {
        **_columns("alleged", next(_of_types(ALLEGING, entries), None)),
        **_columns("denied", next(_of_types(DENYING, reversed(entries)), None)),
        **_columns("found", next(_of_types(FINDING, reversed(entries)), None)),
    }


def _of_types(types: tuple[str, ...], entries: Iterable[Entry]) -> Iterator[Entry]:
    return (entry for entry in entries if entry.type in types)


def _columns(name: str, entry: Entry | None) -> Row:
    return {
        f"{name}_by": list_text(speakers_of(entry.payload)) if entry else None,
        f"{name}_at": format_instant(entry.effective_at) if entry else None,
    }
