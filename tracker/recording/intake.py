"""Checks every new event against the record before anything is written.

Checks run in file order against the record as it would stand by then, so a file may bring an
agreement and all that follows it. All or nothing: one refused line refuses the file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from events import EventStore, RecordedEvent, format_instant
from events.cloudevents import CloudEvent
from events.errors import HintedError
from tracker.entries.amendments import RETRACTED, short_type
from tracker.entries.entry import Entry
from tracker.entries.lookup import known_as
from tracker.entries.parties import Registry, add_command
from tracker.entries.party_stream import party_as_registered, read_registry, registry_of
from tracker.entries.streams import (
    STATEMENTS,
    StreamEvents,
    is_of_parties,
    is_reserved,
    party_events,
)
from tracker.errors import AlreadyOnRecord, ClockBehind, InvalidEvent, UnreadableAgreement
from tracker.model import event_types as types
from tracker.projections.commitment_index import CommitmentIndex
from tracker.recording.accepted import About, Accepted, Remark
from tracker.recording.checks.limits import check_not_far_ahead
from tracker.recording.checks.payloads import check_fields, mentioned_parties
from tracker.recording.checks.references import References
from tracker.recording.conflicts import is_same
from tracker.recording.entry_slips import CitedDocuments, slips_in
from tracker.recording.lint import lint_commitment
from tracker.recording.stream_draft import StreamDraft, not_applicable
from tracker.rules.agreement import FoldedAgreement, Judged
from tracker.rules.terms.elsewhere import Elsewhere

CLOCK_SLACK = timedelta(minutes=1)
"""So far the clocks of two machines may be apart by themselves."""


class Intake:
    """Takes events one by one; `accepted` is what may then be appended in one transaction."""

    def __init__(self, store: EventStore, now: datetime) -> None:
        self.store = store
        self.now = now
        self.registry: Registry = read_registry(store)
        self.index = CommitmentIndex(store)
        self.streams: dict[str, StreamDraft] = {}
        self.taken: dict[str, RecordedEvent] = {}
        self.looked_up: dict[str, RecordedEvent | None] = {}
        """What the log has under the ids that were asked for; None where it has none."""
        self.retracted: set[str] = set()
        """The entries that some line of the same file retracts."""
        self.already_known = 0
        """How many of the events given were on record."""
        self.remarks: dict[str, Remark] = {}
        self.unknown_parties: set[str] = set()
        self.promised: dict[str, Entry] = {}
        """The first entry taken of each new or changed promise, which is linted in the end."""
        self.cited = CitedDocuments()
        self.head = store.head()
        self.elsewhere = Elsewhere(self.registry, self._events_of, self._agreement_of)
        self.references = References(
            store, self.registry, self.index, self.taken, self.streams, self.stream
        )

    def take(self, event: CloudEvent) -> None:
        """Checks one event and queues it; raises a TrackerError, and takes nothing, if refused."""
        earlier = self.find(event.id)
        if earlier is not None:
            if not is_same(earlier, event):
                raise InvalidEvent(
                    f"event id {event.id!r} is taken by another event at position "
                    f"{earlier.position}",
                    hint="give the new event an id of its own",
                )
            self.already_known += 1
            return
        recorded = self.provisional(event)
        try:
            self._take(recorded)
        except HintedError:
            raise
        except Exception as error:
            raise not_applicable(event.id, error) from error
        self.taken[event.id] = recorded

    def _take(self, recorded: RecordedEvent) -> None:
        stream = self.stream(recorded.stream)
        self._check_recorded_at(recorded, stream)
        entry = stream.entry_of(recorded)
        check_not_far_ahead(entry)
        check_fields(entry.payload)
        self.references.check_sources(entry.payload)
        try:
            self.references.check(entry, stream)
            stream.take(recorded, entry)
        except AlreadyOnRecord as error:
            raise error.beside(stream.events, self.taken) from None
        for name in self.elsewhere.forget(stream.name):
            self.stream(name).forget_fold()
        self.elsewhere.hang(stream.name, stream.hangs_on)
        self._note(entry)
        self._lint(entry, stream)

    def expect(self, events: Sequence[CloudEvent]) -> None:
        """Looks up at once what these events will be asked for one by one."""
        from tracker.recording.merging import references_of

        ids = [event.id for event in events]
        ids += (name for event in events for name in references_of(event.data))
        self.looked_up = {**dict.fromkeys(ids), **self.store.find_all(ids)}
        retractions = (event for event in events if short_type(event) == RETRACTED)
        self.retracted |= {str(event.data.get("event")) for event in retractions}
        named = (event.data.get("commitment") for event in events)
        self.index.expect(name for name in named if isinstance(name, str))

    def find(self, event_id: str) -> RecordedEvent | None:
        """The event with this id, taken or on record."""
        if event_id in self.taken:
            return self.taken[event_id]
        if event_id not in self.looked_up:
            self.looked_up[event_id] = self.store.find(event_id)
        return self.looked_up[event_id]

    def accepted(self) -> Accepted:
        """What may be appended; raises a TrackerError for what readers could not fold."""
        names = dict.fromkeys(event.stream for event in self.taken.values())
        folded = {name: self.stream(name).folded(self.now) for name in names}
        versions = {name: self.stream(name).version for name in names}
        remarks = (*self.remarks.values(), *self._remarks_at_the_end())
        events = tuple(self.taken.values())
        latest = max((event.recorded_at for event in events), default=None)
        return Accepted(events, versions, self.already_known, remarks, self._folded(folded), latest)

    def _remarks_at_the_end(self) -> Iterator[Remark]:
        """What an expert would point out about promises and citations once everything is taken."""
        for named, entry in self.promised.items():
            known = self.stream(entry.stream).commitments()
            for slip in lint_commitment(known[named], known) if named in known else ():
                words = str(slip)
                yield Remark(About.PROMISE, words, entry.position, words, code=slip.code)
        yield from self.cited.remarks(self._events_of)

    def _folded(self, folded: Mapping[str, FoldedAgreement | None]) -> Judged[FoldedAgreement]:
        """The agreements that readers will fold to the same: none that hangs on others."""
        head = self.head + len(self.taken)
        known = {name: f for name, f in folded.items() if f and not f.state.hangs_on}
        return Judged(head, self.now, self.registry, known)

    def provisional(self, event: CloudEvent) -> RecordedEvent:
        """The event as it would be recorded if it were taken next."""
        subject = event.subject or STATEMENTS
        return RecordedEvent(
            position=self.next_position(),
            stream=subject,
            version=self.stream(subject).length + 1,
            id=event.id,
            type=event.type,
            source=event.source,
            recorded_at=event.time,
            data=event.data,
        )

    def as_recorded(self, event: CloudEvent) -> RecordedEvent:
        """The event as it is taken or on record, or as it would be if it were taken next."""
        return self.find(event.id) or self.provisional(event)

    def placed(self, recorded: RecordedEvent) -> Entry:
        """The entry of an event, where it folds in its stream."""
        stream = self.stream(recorded.stream)
        return stream.place(stream.entry_of(recorded))

    def next_position(self) -> int:
        """Where the event that is taken next will stand in the log."""
        return self.head + len(self.taken) + 1

    def remark(self, text: str, key: str | None = None, code: str | None = None) -> None:
        """Notes what a reader should know of the event that is taken next; of one key only once."""
        if (key or text) not in self.remarks:
            remark = Remark(About.ENTRY, key or text, self.next_position(), text, code=code)
            self.remarks[remark.key] = remark

    def stream(self, subject: str) -> StreamDraft:
        """A stream with the events queued for it."""
        if subject not in self.streams:
            recorded = StreamEvents(self.store, subject)
            self.streams[subject] = StreamDraft(
                subject, recorded, self.registry, self.elsewhere.steps
            )
        return self.streams[subject]

    def _events_of(self, agreement: str) -> Sequence[RecordedEvent]:
        return self.stream(agreement).events

    def _agreement_of(self, name: str) -> str | None:
        if not is_reserved(name) and self.stream(name).length:
            return name
        return self.index.get(name)

    def _check_recorded_at(self, event: RecordedEvent, stream: StreamDraft) -> None:
        """Refuses an entry of the future, unless it was a slip that its own file takes back."""
        if event.recorded_at > self.now and event.id not in self.retracted:
            raise InvalidEvent(
                f"time {format_instant(event.recorded_at)} lies in the future of "
                f"{format_instant(self.now)}",
                hint="`time` says when it was recorded; give --now to load a later history",
            )
        self._check_last(event, stream)

    def _check_last(self, event: RecordedEvent, stream: StreamDraft) -> None:
        """Points at the last entry of the stream where it lies ahead of now: a wrong clock?

        Statements of no agreement are projected from the newest backward, up to the last one that
        was known; so there it is refused.
        """
        last = stream.last
        if last is None or last.recorded_at <= self.now or event.data.get("event") == last.id:
            return
        # What stands in the same file has no number yet.
        name = last.id if last.id in self.taken else known_as(last.id, last.position)
        words = f"{name} is recorded at {format_instant(last.recorded_at)}, later than now"
        ahead = last.recorded_at - self.now
        if ahead <= CLOCK_SLACK:
            raise ClockBehind(
                f"{words}: this clock is {ahead.total_seconds():.0f} s behind the one before",
                hint="give the same command again in a moment",
            )
        retract = f"pactwatch event retract {name.removeprefix('#')} --reason 'wrong clock'"
        if stream.name == STATEMENTS:
            raise InvalidEvent(words, hint=f"{retract}, if it was one")
        if last.id in self.retracted:
            return
        self.remark(f"{words}; was it a wrong clock? {retract}")

    def _lint(self, entry: Entry, stream: StreamDraft) -> None:
        """Collects what an expert would point out; for promises, once everything is taken in."""
        named = entry.payload.commitment
        commitment = None
        # What is odd about an entry of the whole is so of any promise that it moves.
        about = named or next(iter(stream.moved_by(entry)), None)
        is_notice = isinstance(entry.payload, types.NonRenewalNotified)
        if about is not None and (is_notice or entry.payload.basis is not None):
            with suppress(UnreadableAgreement):
                commitment = stream.commitments().get(about)
        for slip in slips_in(entry, commitment, stream.entry_index):
            self.remark(str(slip), code=slip.code)
        if named and isinstance(entry.payload, types.Promise):
            self.promised.setdefault(named, entry)

    def _note(self, entry: Entry) -> None:
        """Keeps what later lines of the same file may refer to."""
        payload = entry.payload
        if isinstance(payload, types.PartyRegistered):
            self._register(payload, entry)
        elif isinstance(payload, types.Amendment) and is_of_parties(entry.stream):
            self._register_anew()
        self.cited.add(entry)
        if isinstance(payload, types.Promise) and payload.commitment:
            self.index.setdefault(payload.commitment, entry.stream)
        for party in mentioned_parties(payload):
            if not self.registry.knows(party) and party not in self.unknown_parties:
                # What is spelt alike takes a look at every party, so each is told once.
                self.unknown_parties.add(party)
                self.remark(
                    f"party {party!r} is not registered, and its days are read in UTC"
                    f"{self.registry.nearest(party)}; to register it: {add_command(party)}",
                    key=party,
                )

    def _register(self, payload: types.PartyRegistered, entry: Entry) -> None:
        """Takes a party for what follows.

        A zone moves the dates of entries that are folded already, and the party behind an account
        decides whose act they are.
        """
        before = self.registry.parties.get(payload.party)
        party = party_as_registered(payload, entry, before)
        spoke = (before.speaks_for, before.tenures) if before else (None, ())
        was = self.registry.zone_of(party.id), *spoke
        self.registry.register(party)
        if was != (party.zone, party.speaks_for, party.tenures):
            self._forget_folds()

    def _register_anew(self) -> None:
        """Works out the parties again after an amendment of one."""
        drafts = {name: draft for name, draft in self.streams.items() if is_of_parties(name)}
        events = [event for event in party_events(self.store) if event.stream not in drafts]
        events += [event for draft in drafts.values() for event in draft.events]
        events.sort(key=lambda event: event.position)
        self.registry.become(registry_of(events).parties)
        self._forget_folds()

    def _forget_folds(self) -> None:
        self.elsewhere.forget_all()
        for stream in self.streams.values():
            stream.forget_fold()
