"""The ledger: promised, delivered, and what each claimant says, number by number. Pure.

A line is one number by one claimant on one day. Lines are never added up, neither across claimants
nor over time, and a new number never takes the place of an older one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from operator import itemgetter
from typing import Any, NotRequired, TypedDict

from msgspec.structs import asdict

from tracker.documents.fulfilment import count_words
from tracker.documents.periods import PeriodsDocument, periods_json
from tracker.entries.entry import Entry
from tracker.model import event_types as types
from tracker.model.commitment import Commitment
from tracker.model.parts import Incident
from tracker.model.sources import UNATTRIBUTED
from tracker.queries.dossier import Dossier
from tracker.rules.incidents import time_covered

PartyOf = Callable[[str], str]
"""The party behind an account."""


class Line(TypedDict):
    """One number, and how it reads; `term` is what it counts, where a statement says so.

    `covers` is the time that it counts, where that is told apart from when it was said.
    """

    by: str
    said: str
    value: int | None
    of: int | None
    at_least: bool
    text: str | None
    covers: str | None
    words: str
    basis: str | None
    event: str
    term: NotRequired[str]
    period: NotRequired[str]


class Drift(TypedDict):
    """How a claimant's own number changed: raised, lowered or varied."""

    values: list[int]
    direction: str
    contradicts: bool


class Claimant(TypedDict):
    term: NotRequired[str]
    by: str
    lines: list[Line]
    latest: int | None
    drift: Drift | None


class IncidentNumbers(TypedDict):
    incident: str
    position: int | None
    status: str
    tags: list[str]
    text: str
    alleged_by: list[str]
    allegations: list[Line]
    denials: list[Line]
    denied: bool
    claims: list[Claimant]


class CommitmentNumbers(TypedDict):
    commitment: str
    debtor: list[str]
    promise: str
    promised: int | None
    grade: str
    delivered: int | None
    periods: PeriodsDocument | None
    confirmations: list[Line]
    claims: list[Claimant]
    incidents: list[IncidentNumbers]


class Ledger(TypedDict):
    """The document of `ledger --json` for one agreement."""

    agreement: str
    title: str
    tlp: str
    speaks_for: dict[str, str]
    commitments: list[CommitmentNumbers]
    statements: list[Claimant]


def ledger(dossier: Dossier, only: str | None = None) -> Ledger:
    """Every number of one agreement, or of `only` one promise of it.

    Its TLP is that of the entries that count something.
    """
    commitments = [c for c in dossier.state.commitments.values() if only in (None, c.id)]
    stated = list(_stated(dossier, only))
    within = [event for c in commitments for event in c.events] + [line["event"] for line in stated]
    counting = (
        entry.id
        for entry in filter(None, map(dossier.entry, within))
        if not isinstance(entry.payload, types.Statement) or _is_number(entry.payload.value)
    )
    return {
        "agreement": dossier.state.id,
        "title": dossier.state.title,
        "tlp": dossier.level_of(counting),
        "speaks_for": dossier.speaks_for,
        "commitments": [_commitment(c, dossier) for c in commitments],
        "statements": _claimants(stated, dossier.party_of),
    }


def _commitment(c: Commitment, dossier: Dossier) -> CommitmentNumbers:
    entries = dossier.about(c.id)
    claimed = {claim.event for claim in c.claims}
    performance = {claim.event for claim in c.claims if claim.type.startswith("Performance")}
    # A mere claim confirms nothing, and later news may have left a confirmation out.
    not_counted = claimed | set(c.unapplied)
    return {
        "commitment": c.id,
        "debtor": list(c.debtor),
        "promise": c.promise,
        "promised": c.promised,
        "grade": c.grade.value,
        "delivered": c.delivered,
        "periods": periods_json(c, dossier.state.as_of),
        "confirmations": [
            _line(entry)
            for entry in entries
            if entry.type == "PerformanceConfirmed" and entry.id not in not_counted
        ],
        "claims": _claimants(
            (_report(entry) for entry in entries if entry.id in performance),
            dossier.party_of,
            _part_of,
        ),
        "incidents": [_incident(incident, entries, dossier.party_of) for incident in c.incidents],
    }


def _line(entry: Entry) -> Line:
    payload: Any = entry.payload
    quantity, grade = getattr(payload, "quantity", None), getattr(payload, "fulfilment", None)
    line: Line = {
        "by": payload.speaker or UNATTRIBUTED,
        "said": payload.said or entry.occurred,
        "value": quantity,
        "of": getattr(payload, "of", None),
        "at_least": False,
        "text": None,
        "covers": None,
        "words": str(grade or "" if quantity is None else quantity),
        "basis": payload.basis.value if payload.basis else None,
        "event": entry.id,
    }
    period = getattr(payload, "period", None)
    return {**line, "period": period} if period else line


def _report(entry: Entry) -> Line:
    """What a party says was delivered; the day it speaks of, where it said so on another."""
    return _line(entry) | {"covers": entry.occurred if entry.payload.said else None}


def _incident(incident: Incident, entries: Iterable[Entry], party_of: PartyOf) -> IncidentNumbers:
    own = [entry for entry in entries if entry.id in incident.events]
    alleging = [entry for entry in own if entry.type == "ViolationAlleged"]
    denials = [_line(entry) for entry in own if entry.type == "ViolationDenied"]
    return {
        "incident": incident.id,
        "position": own[0].position if own else None,
        "status": incident.status,
        "tags": list(incident.tags),
        "text": incident.text,
        "alleged_by": list(dict.fromkeys(e.payload.speaker or UNATTRIBUTED for e in alleging)),
        "allegations": list(map(_line, alleging)),
        "denials": denials,
        "denied": bool(denials),
        "claims": _claimants(filter(None, map(_count, own)), party_of),
    }


def _count(entry: Entry) -> Line | None:
    payload = entry.payload
    if not isinstance(payload, types.ViolationAlleged) or payload.claimed_count is None:
        return None
    claimed, line = payload.claimed_count, _line(entry)
    line["value"], line["at_least"] = claimed.number, claimed.at_least is not False
    line["text"], line["words"] = claimed.text, count_words(asdict(claimed))
    line["covers"] = time_covered(payload, entry)
    return line


def _stated(dossier: Dossier, only: str | None) -> Iterator[Line]:
    """Numbers in statements that name what they count."""
    for entry in dossier.entries if only is None else dossier.about(only):
        payload = entry.payload
        if isinstance(payload, types.Statement) and payload.term and _is_number(payload.value):
            by = payload.by or payload.speaker or UNATTRIBUTED
            number: Any = {"by": by, "value": payload.value, "words": str(payload.value)}
            yield _line(entry) | number | {"term": payload.term}


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _part_of(line: Line) -> str:
    """Which part of what is delivered a report counts: parts add up, and each day has its own."""
    return line.get("period") or line["covers"] or line["said"]


def _claimants(
    lines: Iterable[Line],
    party_of: PartyOf,
    counted: Callable[[Line], str | None] = itemgetter("covers"),
) -> list[Claimant]:
    """The lines of each claimant in the order they fell, with any drift in its own number.

    The accounts of one party are one claimant: named by the account where there is one alone.
    `counted` tells apart numbers of different things, which do not contradict each other: by the
    time that each counts, where that is another than when it was said.
    """
    grouped: dict[tuple[str, str | None], list[Line]] = {}
    for line in lines:
        grouped.setdefault((party_of(line["by"]), line.get("term")), []).append(line)
    claimants: list[Claimant] = []
    for (party, term), own in grouped.items():
        accounts = {line["by"] for line in own}
        by = own[0]["by"] if len(accounts) == 1 else party
        latest, drift = own[-1]["value"], _last_drift(own, counted)
        claimant: Claimant = {"by": by, "lines": own, "latest": latest, "drift": drift}
        claimants.append({"term": term, **claimant} if term else claimant)
    return claimants


def _last_drift(lines: Iterable[Line], counted: Callable[[Line], str | None]) -> Drift | None:
    """The latest change of a number that counts the same."""
    same: dict[str | None, list[Line]] = {}
    for line in lines:
        same.setdefault(counted(line), []).append(line)
    drifts = list(filter(None, map(drift_of, same.values())))
    return drifts[-1] if drifts else None


def drift_of(lines: Iterable[Line]) -> Drift | None:
    """How a claimant's own number changed; None while it stays the same.

    A number that grew from an "at least" contradicts nothing, and is reported all the same.
    """
    numbers = [(line["value"], line["at_least"]) for line in lines if line["value"] is not None]
    values = [value for value, _ in numbers]
    if len(set(values)) < 2:
        return None
    rises = [later >= earlier for earlier, later in pairwise(values)]
    direction = "raised" if all(rises) else "lowered" if not any(rises) else "varied"
    floors = all(at_least for _, at_least in numbers[:-1])
    return {
        "values": values,
        "direction": direction,
        "contradicts": not (direction == "raised" and floors),
    }
