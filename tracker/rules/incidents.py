"""Incidents: alleged, denied, found and counted breaches of a promise. Pure.

An incident counts when it fell while the promise was in force; any other is kept with a tag that
says where it fell, and compliance stands as it did.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from msgspec.structs import replace

from tracker.entries.entry import Entry
from tracker.model import event_types as types
from tracker.model.commitment import Commitment
from tracker.model.parts import Cause, Count, Incident
from tracker.model.vocabulary import State

Effect = Callable[[Commitment, Any, Entry], Commitment]


def violation_alleged(c: Commitment, p: types.ViolationAlleged, entry: Entry) -> Commitment:
    """Row 15: counts an incident that fell in force; otherwise tags it and leaves compliance."""
    incident_id = p.incident or entry.id
    incident = c.incident(incident_id)
    if incident is None:
        at, (counted, tags) = entry.effective_at, _place(c, entry)
        incident = Incident(
            incident_id, "alleged", at, entry.occurred, counted, tags, p.text, p.where
        )
    counts = (*incident.claimed_counts, *counts_of(p, entry))
    speakers = _with_speaker(incident.alleged_by, p.speaker)
    return _judged(c, replace(incident, claimed_counts=counts, alleged_by=speakers), "15", entry)


def _with_speaker(speakers: tuple[str, ...], speaker: str | None) -> tuple[str, ...]:
    return speakers if speaker is None or speaker in speakers else (*speakers, speaker)


def _place(c: Commitment, entry: Entry) -> tuple[bool, tuple[str, ...]]:
    """Whether any moment of an incident fell in force, and the tags that say where it fell."""
    at, span, until = entry.effective_at, entry.span, c.state_end if c.is_open else c.since
    # One account has the window open at the instant, and another has it closed.
    bounds = ((c.start, c.latest_start), (c.earliest, c.latest))
    is_contested = any(first and last and first <= at < last for first, last in bounds)
    contested = ("contested_window",) if is_contested else ()
    began = max(filter(None, (c.entered_at, c.start)), default=None)
    if c.suspension is not None and c.state is State.SUSPENDED and not c.suspension.contested:
        rests = c.suspension.begins(c.zone)
        if not span.overlaps(began, rests):
            return False, ("while_suspended",)
        until = min(until or rests, rests)
    if c.entered_at is None or not span.overlaps(began, until):
        return False, contested if contested and not c.is_open else ("out_of_force",)
    # It bound from a day on, of which no hour is known; its window has an hour.
    edge = () if span.is_within(c.start, until) else ("window_edge",)
    return True, (*edge, *contested)


def is_counted(c: Commitment, entry: Entry) -> bool:
    """Whether the incident that a finding speaks of fell in force."""
    incident = c.incident(getattr(entry.payload, "incident", ""))
    return incident is not None and incident.counted


def counts_of(p: types.ViolationAlleged, entry: Entry) -> tuple[Count, ...]:
    claimed = p.claimed_count
    if claimed is None:
        return ()
    return (Count(p.speaker, claimed, p.said or entry.occurred, time_covered(p, entry)),)


def time_covered(p: types.ViolationAlleged, entry: Entry) -> str | None:
    """The time that a number counts: a tally over a longer time is no change of the first."""
    if p.first_seen and p.last_seen:
        return f"{p.first_seen}/{p.last_seen}"
    is_apart = p.said is not None or "/" in entry.occurred
    return p.first_seen or p.last_seen or (entry.occurred if is_apart else None)


def _put_incident(c: Commitment, incident: Incident) -> Commitment:
    if c.incident(incident.id) is None:
        return replace(c, incidents=(*c.incidents, incident))
    replaced = (incident if each.id == incident.id else each for each in c.incidents)
    return replace(c, incidents=tuple(replaced))


def _judged(c: Commitment, incident: Incident, rule: str, entry: Entry) -> Commitment:
    """Puts an incident as an entry leaves it, and what compliance stands by.

    An entry that moves compliance is its cause. Where the incident behind it goes to another
    status and compliance stays, it stands by the first incident that still has that status.
    """
    before, by_entry = c.incident(incident.id), Cause(rule, (entry.id,))
    is_moved = before is None or before.status != incident.status
    incident = replace(
        incident,
        events=(*incident.events, entry.id),
        cause=by_entry if is_moved else incident.cause,
    )
    judged = _put_incident(c, incident)
    cause = c.compliance_cause
    if judged.compliance is not c.compliance:
        cause = by_entry
    elif cause is not None and before is not None and is_moved and cause == before.cause:
        counted = (each for each in judged.incidents if each.counted)
        alike = (each.cause for each in counted if each.status == judged.compliance.value)
        cause = next(alike, by_entry)
    return replace(judged, compliance_cause=cause)


def finding(status: str, rule: str) -> Effect:
    def effect(c: Commitment, p: types.IncidentFinding, entry: Entry) -> Commitment:
        incident = cast(Incident, c.incident(p.incident))
        by = _with_speaker(incident.confirmed_by, p.speaker) if status == "confirmed" else ()
        incident = replace(incident, status=cast(Any, status), confirmed_by=by)
        return _judged(c, incident, rule, entry)

    return effect


def violation_denied(c: Commitment, p: types.ViolationDenied, entry: Entry) -> Commitment:
    """Disputes an allegation; a finding stays."""
    incident = cast(Incident, c.incident(p.incident))
    denied = replace(incident, denied_by=_with_speaker(incident.denied_by, p.speaker))
    if incident.status in ("confirmed", "refuted"):
        return _put_incident(c, replace(denied, events=(*incident.events, entry.id)))
    return _judged(c, replace(denied, status="disputed"), "16", entry)
