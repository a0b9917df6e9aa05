"""An entry as the evidence that `explain` names for a state, a claim or a judgement. Pure."""

from __future__ import annotations

from typing import Any, TypedDict

from events import format_instant
from tracker.entries.authors import author_of
from tracker.entries.entry import Entry
from tracker.model.payload import Source, is_set


class EvidenceDocument(TypedDict):
    """An entry as evidence; `says` is the words of it that matter most, or its value.

    `term` is what that is a value of. `author` is who recorded it, null where another program did.
    `party` is the one that its speaker speaks for; null where it speaks for itself.
    """

    id: str
    position: int
    type: str
    occurred: str
    recorded_at: str
    author: str | None
    speaker: str | None
    party: str | None
    reported_by: list[str]
    primary_source: str | None
    derived_from: list[str]
    root: str
    source: dict[str, object] | None
    rating: str
    tlp: str
    basis: str | None
    by: str | None
    term: str | None
    says: Any
    said: str | None
    text: str | None
    likelihood: str | None
    analytic_confidence: str | None


def evidence_json(entry: Entry) -> EvidenceDocument:
    """What an entry says and when, who says so, how reliable that is, and where to read it."""
    payload: Any = entry.payload
    says = ("text", "reason", "promise", "value", "fulfilment")
    values = (getattr(payload, name, None) for name in says)
    return {
        "id": entry.id,
        "position": entry.position,
        "type": entry.type,
        "occurred": entry.occurred,
        "recorded_at": format_instant(entry.recorded_at),
        "author": author_of(entry.source),
        "speaker": payload.speaker,
        "party": entry.speaker_party if entry.speaker_party != payload.speaker else None,
        "reported_by": list(payload.reported_by),
        "primary_source": payload.primary_source,
        "derived_from": list(payload.derived_from),
        "root": entry.chain.root,
        "source": _source(payload.source),
        "rating": f"{payload.reliability}{payload.credibility}",
        "tlp": payload.tlp,
        "basis": payload.basis.value if payload.basis else None,
        "by": getattr(payload, "by", None),
        "term": getattr(payload, "term", None),
        "says": next((v for v in values if is_set(v) and v not in (None, "")), None),
        "said": payload.said,
        "text": payload.text or None,
        "likelihood": getattr(payload, "likelihood", None),
        "analytic_confidence": getattr(payload, "analytic_confidence", None),
    }


def _source(source: Source | None) -> dict[str, object] | None:
    if source is None:
        return None
    fields = {name: getattr(source, name) for name in source.__struct_fields__}
    return {name: value for name, value in fields.items() if value is not None}
