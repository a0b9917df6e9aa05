"""The fold: an agreement's entries and the clock, interleaved, give where every promise stands.

Pure: entries in fold order and an instant go in, an `AgreementState` comes out, together with
every change of every axis on the way. The clock appends nothing; it only passes.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from tracker import event_types as types
from tracker.clock import judge_end, next_moment, pass_moment, timing
from tracker.commitment import Cause, Claim, Commitment
from tracker.effects import EFFECTS, antecedents_hold
from tracker.errors import TrackerError
from tracker.history import Change, changes_between, lead_at_entry, lead_moment, suggestion
from tracker.judge import CLAIM_ROW, NOTE_ROW, judge, refusal
from tracker.record import Entry, ZoneOf, without_revised
from tracker.tlp import OPEN, highest
from tracker.transitions import Row, To, rows_of
from tracker.vocabulary import Compliance, Kind, State
from tracker.windows import with_readings


class AgreementState(Struct, frozen=True):
    """An agreement at an instant: its commitments in the order they were made, and how it came."""

    id: str
    title: str
    parties: tuple[str, ...]
    predecessor: str | None
    commitments: dict[str, Commitment]
    changes: tuple[Change, ...]
    as_of: datetime
    next_event_at: datetime | None = None
    precedents: tuple[str, ...] = ()
    tlp: str = OPEN


def fold(
    agreement: str, entries: Iterable[Entry], as_of: datetime, zone_of: ZoneOf
) -> AgreementState:
    """Where the agreement stands at `as_of`; `entries` in fold order, as `record.entries` gives."""
    listed = list(entries)
    folding = Folding(agreement, zone_of)
    for entry in without_revised(listed, as_of):
        folding.pass_time(entry.effective_at)
        folding.take(entry)
    folding.pass_time(as_of)
    waiting = (entry.effective_at for entry in listed if entry.effective_at > as_of)
    return folding.state(as_of, min(waiting, default=None))


class Folding:
    """The fold in progress."""

    def __init__(self, agreement: str, zone_of: ZoneOf) -> None:
        self.id = agreement
        self.zone_of = zone_of
        self.heading: Any = None
        self.commitments: dict[str, Commitment] = {}
        self.clocks: dict[str, datetime] = {}
        self.next: dict[str, datetime | None] = {}
        self.changes: list[Change] = []
        self.precedents: list[str] = []
        self.tlp = OPEN

    def state(self, as_of: datetime, next_event_at: datetime | None) -> AgreementState:
        heading = self.heading
        return AgreementState(
            self.id,
            heading.title if heading else self.id,
            heading.parties if heading else (),
            heading.predecessor if heading else None,
            self.commitments,
            tuple(self.changes),
            as_of,
            next_event_at,
            tuple(self.precedents),
            self.tlp,
        )

    def pass_time(self, until: datetime) -> None:
        """Let the clock strike every moment up to and including `until`, in order."""
        while (at := self._first_moment(until)) is not None:
            for commitment_id in list(self.commitments):
                if self.next[commitment_id] == at:
                    self._strike(commitment_id, at)

    def _first_moment(self, until: datetime) -> datetime | None:
        return min(
            (at for at in self.next.values() if at is not None and at <= until), default=None
        )

    def _stands(self, commitment: Commitment, at: datetime) -> None:
        """Keep a commitment as it stands at an instant, and when the clock next matters to it."""
        self.clocks[commitment.id] = at
        self.commitments[commitment.id] = commitment
        self.next[commitment.id] = next_moment(commitment, at)

    def _strike(self, commitment_id: str, at: datetime) -> None:
        before, clock = self.commitments[commitment_id], self.clocks[commitment_id]
        after = pass_moment(before, at)
        self._stands(after, at)
        was = timing(before, clock)[0]
        known_at = max(at, before.recorded_at or at)
        self.changes += changes_between(before, after, was, at, known_at, clock=True)
        self.changes += lead_moment(before, after, at, known_at)
        self.changes += suggestion(before, at, known_at)

    def take(self, entry: Entry) -> None:
        """Apply one entry; an agreement-level one only informs."""
        self.tlp = highest((self.tlp, entry.payload.tlp))
        if isinstance(entry.payload, types.AgreementRecorded):
            self.heading = entry.payload
        if isinstance(entry.payload, types.PrecedentLinked):
            self.precedents.append(entry.payload.precedent)
        commitment_id = entry.payload.commitment
        if commitment_id is None:
            return
        if commitment_id in self.commitments:
            self._apply(commitment_id, entry)
        elif isinstance(entry.payload, types.Promise):
            self._begin(entry)

    def _begin(self, entry: Entry) -> None:
        """A first event that a retraction has left without what it leant on begins nothing."""
        try:
            commitment = begun(self.id, entry, self.zone_of)
        except TrackerError:
            return
        self._put(None, commitment, entry)

    def _apply(self, commitment_id: str, entry: Entry) -> None:
        before = self.commitments[commitment_id]
        self._put(before, evolve(before, entry), entry)

    def _put(self, before: Commitment | None, after: Commitment, entry: Entry) -> None:
        at, known_at = entry.effective_at, max(entry.effective_at, entry.recorded_at)
        after = pass_moment(after, at)
        if entry.payload.tlp != OPEN:
            after = replace(after, tlp=highest((after.tlp, entry.payload.tlp)))
        self._stands(after, at)
        was = timing(before, at)[0] if before else None
        self.changes += changes_between(before, after, was, at, known_at, events=(entry.id,))
        self.changes += lead_at_entry(before, after, at, known_at, entry.id)
        self._watch_releases(at, known_at, entry.id)

    def _watch_releases(self, at: datetime, known_at: datetime, event: str) -> None:
        """Row 27's condition: what a breach on one side opens to the other."""
        for commitment in list(self.commitments.values()):
            available = release_available(commitment, self._mirrors(commitment))
            if available == commitment.release_available:
                continue
            self.commitments[commitment.id] = replace(commitment, release_available=available)
            if available:
                change = ("flag", None, "release_available", "27", (event,))
                self.changes.append(Change(self.id, commitment.id, at, known_at, *change))

    def _mirrors(self, commitment: Commitment) -> list[Commitment]:
        """Mirrored commitments are linked, never computed from one another."""
        return [
            other
            for other in self.commitments.values()
            if other.id != commitment.id
            and (other.id == commitment.reciprocal_with or other.reciprocal_with == commitment.id)
        ]


def release_available(commitment: Commitment, mirrors: list[Commitment]) -> bool:
    """Whether the debtor may now walk away; a right, never exercised by itself."""
    if commitment.state not in (State.IN_FORCE, State.SUSPENDED):
        return False
    enough = {Compliance.CONFIRMED}
    if commitment.release_on == "alleged":
        enough |= {Compliance.ALLEGED, Compliance.DISPUTED}
    return any(mirror.compliance in enough for mirror in mirrors)


def begun(agreement: str, entry: Entry, zone_of: ZoneOf) -> Commitment:
    """A commitment as its first event makes it; raises when the event lacks what it needs."""
    payload = entry.payload
    assert isinstance(payload, types.Promise)
    row = _first_row(entry)
    zone = payload.terms.zone if payload.terms and isinstance(payload.terms.zone, str) else None
    at = entry.effective_at
    assert payload.kind is not None
    blank = Commitment(
        id=payload.commitment or "",
        agreement=agreement,
        kind=payload.kind,
        debtor=payload.debtor,
        creditor=payload.creditor,
        promise=payload.promise or "",
        zone=zone or zone_of(payload.debtor[0] if payload.debtor else None),
        deontic=payload.deontic or "obligation",
        proposed_by=payload.proposed_by,
        reciprocal_with=payload.reciprocal_with,
        state=State.PROPOSED,
        since=at,
        state_cause=Cause(row.number, (entry.id,)),
        recorded_at=entry.recorded_at,
    )
    return _moved_by(row, EFFECTS[entry.type](blank, payload, entry), entry)


def _first_row(entry: Entry) -> Row:
    payload = entry.payload
    assert isinstance(payload, types.Promise)
    rows = (row for row in rows_of(entry.type) if None in row.sources)
    row = next(rows, None)
    if row is None or payload.kind is None:
        kind = payload.kind or Kind.ACHIEVEMENT
        raise refusal(payload.commitment or "", kind, None, entry)
    return row


def evolve(commitment: Commitment, entry: Entry) -> Commitment:
    """The commitment after an entry. What cannot apply here is kept, and moves nothing."""
    try:
        return applied(commitment, entry)
    except TrackerError:
        noted = replace(commitment, events=(*commitment.events, entry.id))
        return replace(noted, unapplied=(*noted.unapplied, entry.id))


def applied(commitment: Commitment, entry: Entry) -> Commitment:
    """The commitment after an entry; raises a TrackerError when the entry cannot apply."""
    row = judge(commitment, entry)
    noted = replace(
        commitment,
        events=(*commitment.events, entry.id),
        last_activity=_latest(commitment.last_activity, entry.effective_at),
    )
    if row is NOTE_ROW:
        return noted
    if row is CLAIM_ROW or entry.type == "PerformanceReported":
        return _claimed(noted, entry)
    effect = EFFECTS.get(entry.type)
    changed = effect(noted, entry.payload, entry) if effect else noted
    return _moved_by(row, changed, entry)


def _latest(one: datetime | None, other: datetime) -> datetime:
    return other if one is None else max(one, other)


def _claimed(commitment: Commitment, entry: Entry) -> Commitment:
    payload: Any = entry.payload
    claim = Claim(
        entry.id,
        entry.type,
        payload.speaker,
        entry.occurred,
        getattr(payload, "quantity", None),
        getattr(payload, "of", None),
    )
    return replace(commitment, claims=(*commitment.claims, claim))


def _moved_by(row: Row, commitment: Commitment, entry: Entry) -> Commitment:
    """Move the state as the row says."""
    at, cause = entry.effective_at, Cause(row.number, (entry.id,))
    if not commitment.events:
        commitment = replace(commitment, events=(entry.id,), last_activity=at)
    if row.to is To.RECOMPUTED_END:
        ended = commitment.state is State.EXPIRED and commitment.state_cause.rule in ("T8", "35")
        return judge_end(commitment, commitment.since, "T8") if ended else commitment
    if row.to is To.END_NOW:
        return judge_end(commitment, at, row.number)
    target = _target(row, commitment, entry)
    stays = target is commitment.state and commitment.entered_at is not None
    if row.to is To.SAME or (stays and not isinstance(entry.payload, types.Promise)):
        return commitment
    return _entered(commitment, target, at, cause)


def _target(row: Row, commitment: Commitment, entry: Entry) -> State:
    to = row.to
    if isinstance(to, State):
        return to
    if to is To.WHEN_ANTECEDENTS_HOLD:
        return State.IN_FORCE if antecedents_hold(commitment) else State.CONDITIONAL
    if to is To.IN_FORCE_OR_SUSPENDED:
        return commitment.state if commitment.state is State.SUSPENDED else State.IN_FORCE
    if to is To.BREACH:
        return _breach_target(commitment, entry)
    if to is To.REPUDIATION:
        clause = getattr(entry.payload, "withdrawal_clause", False)
        return State.CANCELLED if clause else State.VIOLATED
    return commitment.state


def _breach_target(commitment: Commitment, entry: Entry) -> State:
    incident = commitment.incident(getattr(entry.payload, "incident", ""))
    counted = incident is not None and incident.counted
    return State.VIOLATED if counted and not commitment.perdurant else commitment.state


def _entered(commitment: Commitment, target: State, at: datetime, cause: Cause) -> Commitment:
    first_entry = target is State.IN_FORCE and commitment.entered_at is None
    if target is not State.SUSPENDED and commitment.suspension is not None:
        commitment = replace(commitment, suspension=None)
    commitment = replace(commitment, state=target, since=at, state_cause=cause)
    return with_readings(replace(commitment, entered_at=at)) if first_entry else commitment
