"""The order in which the entries of an agreement fold: one zone, and none before what it refers to.

A day is one instant for the whole agreement, whoever speaks, so entries of one date keep the order
in which they were recorded. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

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

        One that lies wholly before stays where it is; see `contradiction`.
        """
        span = _span_of(entry)
        overlapping = (e for e in self._referred(entry) if not span.is_before(_span_of(e)))
        latest = max((e.effective_at for e in overlapping), default=entry.effective_at)
        return replace(entry, effective_at=latest) if latest > entry.effective_at else entry

    def contradiction(self, entry: Entry) -> Entry | None:
        """What the entry refers to and lies wholly before; None where the dates agree.

        Of several suspensions or notices, the state says which one it ends.
        """
        span = _span_of(entry)
        once = (each for each in _references(entry) if each[0] not in REPEATED)
        known = (self._subjects[each] for each in once if each in self._subjects)
        return next((e for e in known if span.is_before(_span_of(e))), None)

    def add(self, entry: Entry) -> None:
        """Records what later entries may refer to; `entry` is as `place` gives it."""
        for subject in _brought(entry):
            known = self._subjects.get(subject)
            # A promise and an incident begin with their earliest word; a suspension and a notice
            # are ended by what follows the last.
            if known is None or subject[0] in REPEATED or entry.order < known.order:
                self._subjects[subject] = entry

    def _referred(self, entry: Entry) -> Iterator[Entry]:
        return (self._subjects[each] for each in _references(entry) if each in self._subjects)


def _span_of(entry: Entry) -> Span:
    """When it happened, as far as the order goes: an instant where its effect is given as one."""
    stated = entry.payload.effective_at is not None
    return Span(entry.effective_at, entry.effective_at) if stated else entry.span


def _brought(entry: Entry) -> Iterator[Subject]:
    payload, about = entry.payload, entry.payload.commitment
    if isinstance(payload, types.Promise):
        yield "promise", about, None
    if isinstance(payload, types.AcceptedConditionally):
        yield from (("condition", about, each.id) for each in payload.antecedents)
    if isinstance(payload, types.ConditionAdded):
        yield "condition", about, _antecedent(payload)
    if isinstance(payload, types.ViolationAlleged):
        yield "incident", about, payload.incident or entry.id
    if isinstance(payload, types.SuspensionDeclared):
        yield "suspension", about, None
    if isinstance(payload, types.WithdrawalNotified):
        yield "withdrawal", about, None
    if entry.type in types.FINDINGS:
        yield "finding", None, entry.id


def _references(entry: Entry) -> Iterator[Subject]:
    payload, about = entry.payload, entry.payload.commitment
    if isinstance(payload, types.FindingRevised):
        yield "finding", None, payload.event
    if isinstance(payload, Collective) and about is None:
        yield from (("promise", each, None) for each in payload.commitments)
    elif about is None or entry.type == "CommitmentProposed":
        return
    else:
        yield "promise", about, None
    if isinstance(payload, types.IncidentFinding):
        yield "incident", about, payload.incident
    if isinstance(payload, types.ConditionSatisfied | types.ConditionFailed):
        yield from (("condition", whom, _antecedent(payload)) for whom in {about, None})
    if isinstance(payload, types.Resumed):
        yield from (("suspension", whom, None) for whom in {about, None})
    if isinstance(payload, types.WithdrawalRevoked):
        yield from (("withdrawal", whom, None) for whom in {about, None})


def _antecedent(
    payload: types.ConditionAdded | types.ConditionSatisfied | types.ConditionFailed,
) -> str:
    antecedent = payload.antecedent
    return antecedent if isinstance(antecedent, str) else antecedent.id
