"""The order in which the entries of an agreement fold: one zone, and none before what it refers to.

A day is one instant for the whole agreement, whoever speaks, so entries of one date keep the order
in which they were recorded. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from msgspec.structs import replace

from events import RecordedEvent
from tracker.dates.edtf import Span
from tracker.dates.zones import is_zone
from tracker.entries.amendments import short_type
from tracker.entries.entry import Entry
from tracker.entries.parties import FALLBACK_ZONE, Registry
from tracker.model import event_types as types
from tracker.model.payload import Collective

Subject = tuple[str, str | None, str | None]
"""What an entry brings on record and others refer to: its kind, commitment and id."""
Ids = tuple[str | None, ...]
REPEATED = ("suspension", "withdrawal")
"""Kinds of which a promise may have one after the other."""


def agreement_zone(standing: Iterable[RecordedEvent], registry: Registry) -> str:
    """The zone of an agreement's days: as it states, else of its first party's capital, else UTC.

    `standing` are its events as amended; raw data is read, since another writer may have put
    anything there.
    """
    recorded = (event for event in standing if short_type(event) == "AgreementRecorded")
    data = next((event.data for event in recorded), {})
    return stated_zone(data.get("zone"), data.get("parties"), registry)


def stated_zone(zone: object, parties: object, registry: Registry) -> str:
    """The zone that is stated, else that of the first party's capital, else UTC."""
    if isinstance(zone, str) and is_zone(zone):
        return zone
    first = parties[0] if isinstance(parties, list | tuple) and parties else None
    return registry.zone_of(first) if isinstance(first, str) else FALLBACK_ZONE


class FoldOrder:
    """Places entries on the clock of their agreement, in the order in which they were recorded."""

    def __init__(self) -> None:
        self._subjects: dict[Subject, Entry] = {}

    def place(self, entry: Entry) -> Entry:
        """The entry where it folds: where its date overlaps that of what it refers to, not before.

        One that lies wholly before stays where it is; see `contradictions`.
        """
        known = self._subjects
        referred = (known[each] for each in _references(entry) if each in known)
        later = [e for e in referred if e.effective_at > entry.effective_at]
        if not later:
            return entry
        span = _span_of(entry)
        overlapping = [e.effective_at for e in later if not span.is_before(_span_of(e))]
        return replace(entry, effective_at=max(overlapping)) if overlapping else entry

    def contradictions(self, entry: Entry) -> Iterator[Entry]:
        """What the entry refers to and lies wholly before; nothing where the dates agree.

        Of several suspensions or notices, the state says which one it ends.
        """
        span, subjects = _span_of(entry), self._subjects
        for each in _references(entry):
            known = subjects.get(each) if each[0] not in REPEATED else None
            if known is not None and span.is_before(_span_of(known)):
                yield known

    def add(self, entry: Entry) -> None:
        """Records what later entries may refer to; `entry` is as `place` gives it."""
        for subject in _brought(entry):
            known = self._subjects.get(subject)
            # A promise and an incident begin with their earliest word; a suspension and a notice
            # are ended by what follows the last.
            if known is None or subject[0] in REPEATED or entry.order < known.order:
                self._subjects[subject] = entry

    def hangs_on_record(self, entry: Entry) -> bool:
        """Whether it matters for an entry, or for others, which of them was recorded first.

        What comes in later than others that were recorded after it then moves their places.
        """
        refers = any(subject[0] in REPEATED for subject in _references(entry))
        return refers or any(True for _ in _brought(entry))


def _span_of(entry: Entry) -> Span:
    """When it happened, as far as the order goes: an instant where its effect is given as one."""
    stated = entry.payload.effective_at is not None
    return Span(entry.effective_at, entry.effective_at) if stated else entry.span


def _brought(entry: Entry) -> Iterator[Subject]:
    about = entry.payload.commitment
    if entry.type in types.PROMISES:
        yield "promise", about, None
    if entry.type in types.FINDINGS:
        yield "finding", None, entry.id
    if entry.type in BROUGHT:
        kind, ids_of = BROUGHT[entry.type]
        yield from ((kind, about, each) for each in ids_of(entry))


def _references(entry: Entry) -> list[Subject]:
    payload, about = entry.payload, entry.payload.commitment
    subjects: list[Subject] = []
    if isinstance(payload, types.FindingRevised):
        subjects.append(("finding", None, payload.event))
    if about is not None:
        if entry.type == "CommitmentProposed":
            return subjects
        subjects.append(("promise", about, None))
    elif isinstance(payload, Collective):
        subjects += [("promise", each, None) for each in payload.commitments]
    else:
        return subjects
    if entry.type in REFERRED:
        kind, ids_of = REFERRED[entry.type]
        # A condition or a rest may be that of the whole agreement.
        owners = (about,) if kind == "incident" else (about, None)
        subjects += [(kind, owner, each) for owner in owners for each in ids_of(entry)]
    return subjects


def _only_one(_: Entry) -> Ids:
    return (None,)


def _antecedent(entry: Entry) -> Ids:
    payload: Any = entry.payload
    antecedent = payload.antecedent
    return (antecedent if isinstance(antecedent, str) else antecedent.id,)


def _antecedents(entry: Entry) -> Ids:
    payload: Any = entry.payload
    return tuple(each.id for each in payload.antecedents)


def _incident(entry: Entry) -> Ids:
    payload: Any = entry.payload
    return (payload.incident or entry.id,)


BROUGHT: dict[str, tuple[str, Callable[[Entry], Ids]]] = {
    "AcceptedConditionally": ("condition", _antecedents),
    "ConditionAdded": ("condition", _antecedent),
    "ViolationAlleged": ("incident", _incident),
    "SuspensionDeclared": ("suspension", _only_one),
    "WithdrawalNotified": ("withdrawal", _only_one),
}
"""What each type brings on record beside promises and findings, and how that is called."""
REFERRED: dict[str, tuple[str, Callable[[Entry], Ids]]] = {
    "ViolationDenied": ("incident", _incident),
    "ViolationConfirmed": ("incident", _incident),
    "ViolationRefuted": ("incident", _incident),
    "ConditionSatisfied": ("condition", _antecedent),
    "ConditionFailed": ("condition", _antecedent),
    "Resumed": ("suspension", _only_one),
    "WithdrawalRevoked": ("withdrawal", _only_one),
}
"""What each type speaks of beside promises and findings."""
