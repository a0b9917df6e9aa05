"""A stream with the events queued for it, each judged by the state that it would meet.

Late news is judged where it belongs; see `tracker.rules.replay` for the fold behind it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime

from events import RecordedEvent, format_instant
from tracker.dates.edtf import parse_edtf
from tracker.entries.amendments import AMENDING, short_type
from tracker.entries.decoding import entries, entry_of, revised
from tracker.entries.entry import Entry
from tracker.entries.lookup import Citation, citation
from tracker.entries.parties import FALLBACK_ZONE, Registry
from tracker.entries.streams import is_reserved
from tracker.entries.unreadable import Recorded, readable, reason_of, unreadable
from tracker.errors import IllegalTransition, InvalidEvent
from tracker.model import event_types as types
from tracker.model.commitment import Commitment
from tracker.recording.entry_slips import EntryIndex
from tracker.recording.fields import NEEDED_WHEN_NEW
from tracker.rules.agreement import AgreementState, FoldedAgreement, empty_state
from tracker.rules.evolve import evolve, is_report
from tracker.rules.fold import fold
from tracker.rules.packages.collective import (
    Outcome,
    is_collective,
    moves_nothing,
    outcome_of,
)
from tracker.rules.refusals import PromiseState, numbers, refusal
from tracker.rules.replay import Replay
from tracker.rules.terms.anchors import Outside, nowhere
from tracker.rules.timing import next_change_at
from tracker.rules.transitions import JUDGED, rows_of


def not_applicable(event: str, error: Exception) -> InvalidEvent:
    """The refusal of an entry that readers could not fold."""
    return InvalidEvent(
        f"entry {event!r} cannot be applied: {reason_of(error)}",
        hint="what each type may say: pactwatch record --help",
    )


def _is_readable(recorded: Recorded, folded: Callable[[Recorded], None]) -> bool:
    with suppress(Exception):
        folded(recorded)
        return True
    return False


def _look_ahead(state: AgreementState) -> None:
    """Works out what readers do with a fold, but for the words: that takes half as long."""
    for commitment in state.commitments.values():
        next_change_at(commitment, state.as_of)


def _when(entry: Entry) -> str:
    """The date as said; the instant where the effect is given as one."""
    return entry.payload.effective_at or entry.occurred


def _made_on(promise: Entry, by: str) -> str:
    """When a promise that counts as later than `by` was made instead: at its start, or then."""
    terms = getattr(promise.payload, "terms", None)
    start = getattr(terms, "start", None)
    if not isinstance(start, str):
        return by
    first, latest = parse_edtf(start).first, parse_edtf(by).first
    return start if first and latest and first <= latest else by


class StreamDraft:
    """One stream as read, with what has been taken for it since."""

    def __init__(
        self,
        name: str,
        recorded: Sequence[RecordedEvent],
        registry: Registry,
        outside: Outside = nowhere,
    ) -> None:
        self.name = name
        self.is_reserved = is_reserved(name)
        self.outside = outside
        self.version = len(recorded)
        self.registry = registry
        self.recorded = recorded
        self.taken: list[RecordedEvent] = []
        self._index: EntryIndex | None = None
        self._replay: Replay | None = None
        self.outcomes: dict[str, Outcome] = {}

    @property
    def replay(self) -> Replay:
        """The fold in progress; the stream is read when something is judged by it."""
        if self._replay is None:
            events = [*self.recorded, *self.taken]
            self._replay = Replay(self.name, self.registry, events, self.outside)
        return self._replay

    @property
    def events(self) -> list[RecordedEvent]:
        return self.replay.events

    @property
    def length(self) -> int:
        """How many events there are, those that were taken included."""
        return self.version + len(self.taken)

    @property
    def last(self) -> RecordedEvent | None:
        return (self.taken or self.recorded)[-1] if self.length else None

    def citation_of(self, event: RecordedEvent | Entry) -> Citation:
        """How an entry is cited; what was taken of the same file has no number yet."""
        is_taken = any(each.id == event.id for each in self.taken)
        return citation(event.id, None if is_taken else event.position)

    def take(self, recorded: RecordedEvent, entry: Entry) -> None:
        """Judges an event by the state it would meet, and folds what that judgement gives.

        Raises a TrackerError for what the transition table does not list, and takes nothing then.
        """
        entry = self.place(entry)
        if not isinstance(entry.payload, types.Amendment):
            self._check_date(entry)
        evolved = self._judged(entry)
        if self._replay is not None:
            self._replay.add(recorded, entry, evolved)
        self.taken.append(recorded)
        if isinstance(entry.payload, types.Amendment):
            self._index = None
        elif self._index is not None:
            self._index.add(entry)

    def entry_of(self, event: RecordedEvent) -> Entry:
        """Decodes an event of this stream."""
        if self.is_reserved:
            return entry_of(event, self.registry, FALLBACK_ZONE)
        return self.replay.entry_of(event)

    def place(self, entry: Entry) -> Entry:
        """The entry where it folds; raises UnreadableAgreement where the others cannot be read."""
        return entry if self.is_reserved else self.replay.place(entry)

    def entry_index(self) -> EntryIndex:
        """The entries so far, amended: decoded anew only after an amendment."""
        if self._index is None:
            decoded = entries(self.events, self.registry, only_readable=True)
            self._index = EntryIndex(decoded)
        return self._index

    @property
    def hangs_on(self) -> tuple[str, ...]:
        """What deadlines hang on in other agreements, as far as it was folded."""
        return self._replay.hangs_on if self._replay is not None else ()

    def forget_fold(self) -> None:
        """Begins the fold anew when next it is needed: a zone has moved the dates of entries."""
        if self._replay is not None:
            self._replay.forget()

    def folded(self, now: datetime) -> FoldedAgreement | None:
        """The agreement as readers will fold it, now and when all of it has taken effect.

        Raises a TrackerError naming the entry that they could not. Amendments of an agreement
        that was unreadable before are taken all the same: they are the way out. None for what
        readers do not fold, or fold otherwise, since some of it was not known by now.
        """
        if self.is_reserved:
            return None
        try:
            self.replay.place_late_entries()
            state, moved = self.replay.at(now), self.replay.moved
            _look_ahead(state)
            if self.replay.last_to_come is not None:
                _look_ahead(self.replay.at(self.replay.last_to_come))
        except Exception as error:
            self._refuse(now, error)
            return None
        is_known = all(event.recorded_at <= now for event in self.events)
        if not is_known:
            return None
        return FoldedAgreement(self.events, self.replay.entries, state, moved)

    def _refuse(self, now: datetime, error: Exception) -> None:
        """Raises for what readers cannot fold, unless amendments are to mend what was so before."""

        def folded(events: Recorded) -> None:
            decoded = entries(events, self.registry)
            last = max((entry.effective_at for entry in decoded), default=now)
            for instant in dict.fromkeys((now, max(now, last))):
                _look_ahead(fold(self.name, decoded, instant, self.registry, self.outside))

        failure = unreadable(self.name, self.events, folded, error)
        if failure.event in [event.id for event in self.taken]:
            raise not_applicable(failure.event, failure) from error
        if not all(short_type(event) in AMENDING for event in self.taken):
            raise failure from error
        if _is_readable(self.recorded, folded):
            words = f"with entry {self.taken[-1].id!r}, {failure.message}"
            raise InvalidEvent(words, hint=failure.hint) from error

    def _judged(self, entry: Entry) -> Mapping[str, Commitment]:
        """The commitments as the entry leaves them, by id; none for what moves none."""
        if isinstance(entry.payload, types.FindingRevised):
            self._check_revision(entry, entry.payload)
        if is_collective(entry):
            return self._judged_collective(entry)
        commitment_id = entry.payload.commitment
        if commitment_id is None or isinstance(entry.payload, types.Amendment):
            return {}
        folded = self.replay.before(entry)
        commitment = folded.commitments.get(commitment_id)
        if commitment is not None:
            return {commitment_id: evolve(commitment, entry)}
        if not isinstance(entry.payload, types.Promise):
            if is_report(entry):
                return {}
            raise self._too_early(entry, commitment_id)
        missing = [name for name in NEEDED_WHEN_NEW if not getattr(entry.payload, name)]
        if missing:
            raise InvalidEvent(
                f"{entry.type}: new commitment {commitment_id!r} needs {', '.join(missing)}",
                hint=f"pactwatch record {entry.type} {self.name} commitment={commitment_id} "
                + " ".join(f"{name}={name.upper()}" for name in missing),
            )
        return {commitment_id: folded.package.initial_commitment(entry)}

    def _judged_collective(self, entry: Entry) -> Mapping[str, Commitment]:
        """The promises that an entry about the whole moves; refuses one that moves none."""
        folded = self.replay.before(entry)
        outcome = outcome_of(folded.commitments, entry)
        if not outcome.moved and not folded.package.counts_by_itself(entry):
            raise moves_nothing(entry, outcome)
        self.outcomes[entry.id] = outcome
        return outcome.moved

    def moved_by(self, entry: Entry) -> Iterable[str]:
        """The promises that an entry about the whole moved as it was taken."""
        outcome = self.outcomes.get(entry.id)
        return outcome.moved if outcome is not None else ()

    def _check_date(self, entry: Entry) -> None:
        """Refuses an entry that happened wholly before what it refers to.

        A report may be of a time before the promise: it stays a claim.
        """
        if self.is_reserved:
            return
        before = self.replay.order.contradictions(entry)
        if is_report(entry):
            before = (each for each in before if not isinstance(each.payload, types.Promise))
        later = next(before, None)
        if later is None:
            return
        cited = self.citation_of(later)
        raise InvalidEvent(
            f"{entry.type}: it refers to {later.type} {cited.words}, which happened "
            f"{_when(later)}; found occurred {_when(entry)}, wholly before that",
            hint=f"give its date, or correct the other: pactwatch event correct {cited.argument} "
            f"occurred={_made_on(later, entry.occurred)} --reason '...'",
        )

    def _too_early(self, entry: Entry, commitment_id: str) -> IllegalTransition:
        return IllegalTransition(
            f"{entry.type} (row {numbers(rows_of(entry.type))}) takes effect at "
            f"{format_instant(entry.effective_at)}, before commitment {commitment_id!r} was made",
            hint=f"pactwatch explain {commitment_id}",
        )

    def _check_revision(self, entry: Entry, revision: types.FindingRevised) -> None:
        """Row 34: requires a finding, on a promise that is discharged, violated or expired.

        What moves no commitment is no finding: a replacement for it could leave it unreadable.
        """
        decoded = readable(self.name, self.events, lambda events: entries(events, self.registry))
        target = next((other for other in decoded if other.id == revision.event), None)
        if target is None:
            return
        commitment_id = target.payload.commitment
        if commitment_id is None:
            cited = self.citation_of(target)
            raise InvalidEvent(
                f"expected a finding, found {cited.words}, {target.type}",
                hint=f"pactwatch event correct {cited.argument} FIELD=VALUE --reason WHY",
            ).of_field("event", type_name="FindingRevised")
        commitment = self.replay.before(entry).commitments.get(commitment_id)
        if commitment is None:
            raise self._too_early(entry, commitment_id)
        why = self._why_not_revised(commitment, target, entry, revision)
        if why or commitment.state not in JUDGED:
            raise refusal(PromiseState.of(commitment), entry, "34", why)

    def _why_not_revised(
        self, commitment: Commitment, target: Entry, entry: Entry, revision: types.FindingRevised
    ) -> str:
        cited = self.citation_of(target).words
        if target.type not in types.FINDINGS:
            return f"{cited} is {target.type}, which is no finding; retract or correct it"
        if target.id in commitment.withdrawn:
            return f"finding {cited} is withdrawn already"
        recorded = next(event for event in self.events if event.id == target.id)
        replacement = self.entry_of(revised(recorded, revision))
        if replacement.effective_at > entry.effective_at:
            return "what stands in the finding's place would take effect after the revision"
        return ""

    def commitments(self) -> dict[str, Commitment]:
        """The commitments after the newest entry."""
        return self.replay.newest()

    def state(self, as_of: datetime) -> AgreementState:
        """The agreement at an instant, with the events queued so far.

        A stream of no agreement has no commitments, however many statements are in it.
        """
        return empty_state(self.name, as_of) if self.is_reserved else self.replay.at(as_of)
