"""The ledger: promised, delivered, and what each claimant says, number by number. Pure.

A line is one number by one claimant on one day. Lines are never added up, neither across claimants
nor over time, and a new number never takes the place of an older one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any

from tracker.entries.entry import Entry
from tracker.model import event_types as types
from tracker.model.commitment import Commitment, Incident
from tracker.model.sources import UNATTRIBUTED
from tracker.queries.dossier import Dossier

Line = dict[str, Any]


def ledger(dossier: Dossier) -> dict[str, Any]:
    """The document of `ledger --json` for one agreement."""
    commitments = list(dossier.state.commitments.values())
    stated = list(_stated(dossier))
    within = [event for c in commitments for event in c.events] + [line["event"] for line in stated]
    return {
        "agreement": dossier.state.id,
        "title": dossier.state.title,
        "tlp": dossier.level_of(_counting(within, dossier)),
        "commitments": [_commitment(c, dossier) for c in commitments],
        "statements": _claimants(stated),
    }


def _counting(events: Iterable[str], dossier: Dossier) -> Iterator[str]:
    """The entries of the ledger: not those that only state a promise differently."""
    for entry in filter(None, map(dossier.entry, events)):
        if not isinstance(entry.payload, types.Statement) or _is_number(entry.payload.value):
            yield entry.id


def _commitment(c: Commitment, dossier: Dossier) -> dict[str, Any]:
    entries = dossier.about(c.id)
    return {
        "commitment": c.id,
        "debtor": list(c.debtor),
        "promise": c.promise,
        "promised": c.promised,
        "grade": c.grade.value,
        "delivered": c.delivered,
        "confirmations": [_line(e) for e in entries if e.id in _confirming(c, entries)],
        "claims": _claimants(_performance(c, entries)),
        "incidents": [_incident(incident, entries) for incident in c.incidents],
    }


def _confirming(c: Commitment, entries: Iterable[Entry]) -> set[str]:
    """Confirmations that counted: no mere claims, and none left out by later news."""
    passed_over = {claim.event for claim in c.claims} | set(c.unapplied)
    confirmed = (e.id for e in entries if e.type == "PerformanceConfirmed")
    return {event for event in confirmed if event not in passed_over}


def _line(entry: Entry) -> Line:
    payload: Any = entry.payload
    return {
        "by": payload.speaker or UNATTRIBUTED,
        "said": entry.occurred,
        "value": getattr(payload, "quantity", None),
        "of": getattr(payload, "of", None),
        "at_least": False,
        "basis": payload.basis.value if payload.basis else None,
        "event": entry.id,
    }


def _performance(c: Commitment, entries: Iterable[Entry]) -> Iterator[Line]:
    claimed = {claim.event for claim in c.claims if claim.type.startswith("Performance")}
    return (_line(entry) for entry in entries if entry.id in claimed)


def _incident(incident: Incident, entries: Iterable[Entry]) -> dict[str, Any]:
    own = [e for e in entries if e.id in incident.events]
    return {
        "incident": incident.id,
        "status": incident.status,
        "tags": list(incident.tags),
        "text": incident.text,
        "alleged_by": _speakers(own, "ViolationAlleged"),
        "denials": [_line(entry) for entry in own if entry.type == "ViolationDenied"],
        "denied": any(entry.type == "ViolationDenied" for entry in own),
        "claims": _claimants(filter(None, map(_count, own))),
    }


def _speakers(entries: Iterable[Entry], type_: str) -> list[str]:
    speakers = (e.payload.speaker or UNATTRIBUTED for e in entries if e.type == type_)
    return list(dict.fromkeys(speakers))


def _count(entry: Entry) -> Line | None:
    claimed = getattr(entry.payload, "claimed_count", None)
    if claimed is None:
        return None
    return _line(entry) | {"value": claimed.value, "at_least": claimed.at_least}


def _stated(dossier: Dossier) -> Iterator[Line]:
    """Numbers in statements that name what they count."""
    for entry in dossier.entries:
        payload = entry.payload
        if isinstance(payload, types.Statement) and payload.term and _is_number(payload.value):
            by = payload.by or payload.speaker or UNATTRIBUTED
            yield _line(entry) | {"by": by, "value": payload.value, "term": payload.term}


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _claimants(lines: Iterable[Line]) -> list[dict[str, Any]]:
    """The lines of each claimant in the order they fell, with any drift in its own number."""
    grouped: dict[tuple[str, Any], list[Line]] = {}
    for line in lines:
        grouped.setdefault((line["by"], line.get("term")), []).append(line)
    return [
        ({"term": term} if term else {})
        | {"by": by, "lines": own, "latest": own[-1]["value"], "drift": drift_of(own)}
        for (by, term), own in grouped.items()
    ]


def drift_of(lines: Iterable[Line]) -> dict[str, Any] | None:
    """How a claimant's own number changed; None while it stays the same.

    A number that grew from an "at least" contradicts nothing, and is still told.
    """
    numbers = [line for line in lines if line["value"] is not None]
    values = [line["value"] for line in numbers]
    if len(set(values)) < 2:
        return None
    rises = [later >= earlier for earlier, later in pairwise(values)]
    direction = "raised" if all(rises) else "lowered" if not any(rises) else "varied"
    floors = all(line["at_least"] for line in numbers[:-1])
    return {
        "values": values,
        "direction": direction,
        "contradicts": not (direction == "raised" and floors),
    }


def ledger_rows(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The document as lines for a table: one number, one claimant, one day each."""
    for commitment in document["commitments"]:
        yield from _commitment_rows(commitment)
    for claimant in document["statements"]:
        yield from _claim_rows("", claimant["term"], claimant)


def _commitment_rows(commitment: dict[str, Any]) -> Iterator[dict[str, Any]]:
    own = commitment["commitment"]
    if commitment["promised"] is not None:
        by = ", ".join(commitment["debtor"])
        yield _table_row(own, "promised", by, {"said": "", "value": commitment["promised"]}, "")
    for line in commitment["confirmations"]:
        yield _table_row(own, "delivered", line["by"], line, f"confirmed: {line['basis']}")
    for claimant in commitment["claims"]:
        yield from _claim_rows(own, "delivery claimed", claimant)
    for incident in commitment["incidents"]:
        yield from _incident_rows(own, incident)


def _incident_rows(own: str, incident: dict[str, Any]) -> Iterator[dict[str, Any]]:
    what = f"incident {incident['incident']}"
    counted = {claimant["by"] for claimant in incident["claims"]}
    for by in incident["alleged_by"]:
        if by not in counted:
            yield _table_row(own, what, by, {}, f"alleges, no number; {incident['status']}")
    for claimant in incident["claims"]:
        yield from _claim_rows(own, what, claimant, incident["status"])
    for line in incident["denials"]:
        yield _table_row(own, what, line["by"], line, "denies")
    if not incident["denied"]:
        yield _table_row(own, what, "", {}, "no denial on record")


def _claim_rows(
    own: str, what: str, claimant: dict[str, Any], status: str = ""
) -> Iterator[dict[str, Any]]:
    drift = claimant["drift"]
    for line in claimant["lines"]:
        is_last = line is claimant["lines"][-1]
        notes = ["claimed", status] + ([_drift_words(drift)] if drift and is_last else [])
        yield _table_row(own, what, claimant["by"], line, "; ".join(filter(None, notes)))


def _drift_words(drift: dict[str, Any]) -> str:
    path = " -> ".join(map(str, drift["values"]))
    still = "" if drift["contradicts"] else ", within 'at least'"
    return f"DRIFT {drift['direction']}: {path}{still}"


def _table_row(own: str, what: str, by: str, line: Line, note: str) -> dict[str, Any]:
    value = line.get("value")
    number = "" if value is None else f"{'at least ' if line.get('at_least') else ''}{value}"
    return {
        "commitment": own,
        "what": what,
        "by": by,
        "said": line.get("said", ""),
        "number": number,
        "note": note,
        "event": line.get("event", ""),
    }
