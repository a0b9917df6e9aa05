"""Builds events as commands and sheets give them, and previews what each would change."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial

from msgspec import Struct
from msgspec.structs import replace
from uuid_utils import uuid7

from events import EventStore, RecordedEvent, format_instant
from events.cloudevents import CloudEvent
from events.envelope import EventData
from tracker.documents.previews import (
    breaches,
    ends_moved,
    other_news,
)
from tracker.entries.authors import EARLIER, author_of, is_of_a_desk
from tracker.entries.decoding import full_type
from tracker.entries.entry import Entry
from tracker.entries.lookup import numbered
from tracker.entries.streams import (
    STATEMENTS,
    agreement_ids,
    agreements_naming,
    is_of_parties,
    is_reserved,
    party_stream,
    source_stream,
)
from tracker.errors import (
    InvalidEvent,
    TrackerError,
    UnreadableAgreement,
    unknown_agreement,
    unknown_id,
)
from tracker.model.event_types import EVENT_TYPES, Amendment, Promise, Statement
from tracker.recording.as_written import WrittenFields, names_party
from tracker.recording.checks.limits import check_not_far_ahead
from tracker.recording.effect import (
    AlertChanges,
    RecordingDocument,
    effect_of,
    repeat_words,
    standing,
    standing_and_effect,
)
from tracker.recording.intake import Intake
from tracker.rules.agreement import AgreementState, empty_state
from tracker.rules.packages.collective import Outcome

AlertPreview = Callable[[AgreementState, AgreementState, datetime], AlertChanges]
"""Says what alerts a recording would cause, from the agreement before and after, and now.

Alerts are worked out in a package above, which hands it in.
"""

HALF_A_DAY = timedelta(hours=12)
FREE_STANDING = (Statement, Amendment)
"""What may stand in a stream that is no agreement."""


class Snapshot(Struct, frozen=True):
    """An agreement when an entry takes effect, and today; `unreadable` is why it cannot be read."""

    at_entry: AgreementState
    today: AgreementState
    unreadable: list[str]


class Recording:
    """Builds an event for a target and shows what it would change; `intake` has what to append."""

    def __init__(
        self,
        store: EventStore,
        now: datetime,
        preview_alerts: AlertPreview,
        source: str = EARLIER,
    ) -> None:
        self.store = store
        self.source = source
        self.now = now.replace(microsecond=0)
        self.preview_alerts = preview_alerts
        self.intake = Intake(store, now)

    def written_fields(self, target: str, zone: str, event_id: str | None) -> WrittenFields:
        """Resolves what is typed about a target; days count in `zone`.

        Under an id that is on record `yesterday` is the day that it was the first time.
        """
        earlier = self.store.find(event_id) if event_id else None
        now = earlier.recorded_at if earlier is not None else self.now
        subject = self.intake.index.get(target) or target
        is_party = partial(names_party, self.intake.stream(subject).events)
        return WrittenFields(now, zone, self.intake.registry, is_party)

    def event(self, name: str, target: str, data: EventData, event_id: str | None) -> CloudEvent:
        """The event as it would stand in an event file.

        Under an id that is on record it is the same command again, after a lost answer: its times
        are those of the first, and so is its author.
        """
        subject = self.resolve_target(name, target, data)
        earlier = self.store.find(event_id) if event_id else None
        repeated = earlier if earlier is not None and is_of_a_desk(earlier.source) else None
        event = CloudEvent(
            id=event_id or str(uuid7()),
            source=repeated.source if repeated else self.source,
            type=full_type(name),
            subject=subject,
            time=earlier.recorded_at if earlier is not None else self.now,
            data=data,
        )
        return self.taking_effect(event, earlier)

    def taking_effect(self, event: CloudEvent, earlier: RecordedEvent | None) -> CloudEvent:
        """The event with the instant at which it takes effect, where its date does not say it.

        It is that of the same entry on record; an entry of today takes effect when it is
        recorded, not at a later noon. Today is the day that its agreement has, and without a date
        that of its speaker.
        """
        if "effective_at" in event.data:
            return event
        if earlier is not None:
            at = earlier.data.get("effective_at")
        else:
            stream = self.intake.stream(event.subject or STATEMENTS)
            noon = stream.entry_of(self.intake.provisional(event)).effective_at
            has_begun = "occurred" not in event.data or noon - HALF_A_DAY <= self.now
            is_later_today = self.now < noon and has_begun
            at = format_instant(self.now) if is_later_today else None
        return event if at is None else replace(event, data={**event.data, "effective_at": at})

    def resolve_target(self, name: str, target: str, data: EventData) -> str:
        """The stream the event belongs to; a commitment's id is put into the data."""
        if name == "PartyRegistered":
            data.setdefault("party", target)
            return party_stream(str(data["party"]))
        if name in ("SourceRegistered", "SourceLineRead"):
            data.setdefault("document", target)
            return source_stream(str(data["document"]))
        if name == "AgreementRecorded":
            data.setdefault("agreement", target)
            return target
        agreement = self.intake.index.get(target)
        if agreement is not None and target != data.get("commitment", target):
            raise InvalidEvent(f"two commitments named: {target!r} and {data['commitment']!r}")
        if agreement is not None and "commitment" not in data:
            data["commitment"] = target
        return agreement or self._agreement(name, target)

    def _agreement(self, name: str, target: str) -> str:
        if is_reserved(target) and issubclass(EVENT_TYPES[name], FREE_STANDING):
            return target
        if not self.store.stream_version(target):
            if issubclass(EVENT_TYPES[name], Promise):
                raise unknown_agreement(target, agreement_ids(self.store))
            known = {*self.intake.index, *agreement_ids(self.store)}
            raise unknown_id("agreement or commitment", target, known)
        return target

    def lacks_commitment(self, name: str, target: str, data: EventData) -> bool:
        """Whether the event is about a commitment, and none is named."""
        about_one = EVENT_TYPES[name].level in ("commitment", "new", "new_or_existing")
        return about_one and "commitment" not in data and target not in self.intake.index

    def is_new(self, name: str, target: str, data: EventData) -> bool:
        """Whether the event would bring a commitment into being."""
        named = data.get("commitment", target)
        return issubclass(EVENT_TYPES[name], Promise) and named not in self.intake.index

    def preview(self, event: CloudEvent, *, dry_run: bool = False) -> RecordingDocument:
        """Checks the event and returns its effect: changed axes, alerts it would cause."""
        subject, own = event.subject or STATEMENTS, self._own_instant(event)
        moved = self._concerned(event, subject)
        before = self._snapshot(moved, own)
        self.intake.take(event)
        accepted = self.intake.accepted()
        after = self._snapshot(moved, own)
        entry = self.intake.placed(self.intake.as_recorded(event))
        is_ahead = self.is_ahead(event)
        about, repeats = self._about(event), [*self._repeated(event)]
        outcome = self.intake.stream(subject).outcomes.get(event.id, Outcome())
        was, now = (
            (before.at_entry, after.at_entry) if own > self.now else (before.today, after.today)
        )
        # Of an agreement that could not be read nobody knows which alerts were sent of it.
        alerts_before = after.today if before.unreadable else before.today
        return {
            "id": event.id,
            "position": None,
            "type": event.type,
            "author": author_of(event.source),
            "subject": subject,
            "time": format_instant(event.time),
            "effective_at": format_instant(entry.effective_at),
            "data": event.data,
            "effect": effect_of(before.today, after.today),
            "axes": standing(about, before.today, after.today),
            "entry_at": format_instant(own),
            "at_entry": standing_and_effect(about, before.at_entry, after.at_entry),
            "ends": ends_moved(was.commitments, now.commitments),
            "breaches": breaches(event.id, was.commitments, now.commitments, self.intake.find),
            "news": other_news(event.id, was, now),
            "moves": [*outcome.moved],
            "leaves": outcome.left,
            **self.preview_alerts(alerts_before, after.today, self.now),
            "dated_ahead": is_ahead,
            "already_known": not accepted.events,
            "warnings": [
                *accepted.warnings,
                *map(repeat_words, repeats),
                *self._waiting_words(event, entry, is_ahead=is_ahead),
                *after.unreadable,
            ],
            "repeats": repeats,
            "dry_run": dry_run,
            "projecting_failed": None,
        }

    def _concerned(self, event: CloudEvent, subject: str) -> list[str]:
        """The agreements that an event can move: its own, or those that name a party or account.

        All of the log is read for them, as all of it is projected anew after news of a party.
        """
        if not is_of_parties(subject):
            return [subject]
        amended = self.intake.find(str(event.data.get("event"))) if is_amendment(event) else None
        party = str((amended or event).data.get("party"))
        registry = self.intake.registry
        accounts = (account for account in registry.parties if party in registry.chain(account))
        return agreements_naming(self.store, {party, *accounts})

    def _snapshot(self, subjects: list[str], at: datetime) -> Snapshot:
        at_entry, _ = self._state_of(subjects, at)
        return Snapshot(at_entry, *self._state_of(subjects, self.now))

    def _state_of(self, subjects: list[str], at: datetime) -> tuple[AgreementState, list[str]]:
        """Some agreements at an instant, as one with the promises and the changes of all."""
        if len(subjects) == 1:
            return self.state(subjects[0], at)
        answers = [self.state(subject, at) for subject in subjects]
        states = [state for state, _ in answers]
        whole = replace(
            empty_state(STATEMENTS, at),
            commitments={name: c for state in states for name, c in state.commitments.items()},
            changes=tuple(change for state in states for change in state.changes),
        )
        return whole, [reason for _, reasons in answers for reason in reasons]

    def state(self, subject: str, at: datetime) -> tuple[AgreementState, list[str]]:
        """The agreement at an instant; one that cannot be read as one without commitments, why."""
        try:
            return self.intake.stream(subject).state(at), []
        except UnreadableAgreement as error:
            return empty_state(subject, at), [error.message]

    def _repeated(self, event: CloudEvent) -> Iterator[str]:
        """Names the entry that says the same and was not taken back: likely entered twice."""
        stream = self.intake.stream(event.subject or STATEMENTS)
        # Of statements there may be many, and they are not read to record one more.
        recorded = () if stream.is_reserved else stream.recorded
        if is_amendment(event) or any(each.id == event.id for each in recorded):
            return
        gone = {each.data.get("event") for each in recorded if "EntryRetracted" in each.type}
        for each in reversed(recorded):
            if (each.type, each.data) == (event.type, event.data) and each.id not in gone:
                yield numbered(each.id, each.position)
                return

    def is_ahead(self, event: CloudEvent) -> bool:
        """Whether an event that was taken is dated later than now."""
        entry = self.intake.placed(self.intake.as_recorded(event))
        return "occurred" in event.data and (entry.span.first or self.now) > self.now

    def _waiting_words(self, event: CloudEvent, entry: Entry, *, is_ahead: bool) -> list[str]:
        """Says that an entry is dated ahead of the clock, or takes effect only later."""
        if is_ahead:
            return [ahead_words(event.data, self.now)]
        at = entry.effective_at
        return [f"it takes effect only at {format_instant(at)}"] if at > self.now else []

    def _own_instant(self, event: CloudEvent) -> datetime:
        """When an event takes effect; of an amendment, when the entry does that it amends.

        Now for what will be refused: an agreement is not folded up to the year 9999 for that.
        """
        amended = self.intake.find(str(event.data.get("event"))) if is_amendment(event) else None
        try:
            entry = self.intake.placed(amended or self.intake.as_recorded(event))
            check_not_far_ahead(entry)
        except TrackerError:
            return self.now
        return entry.effective_at

    def _about(self, event: CloudEvent) -> str | None:
        """The commitment that an event is about; for an amendment, that of its entry."""
        recorded = self.intake.find(event.id)
        while recorded is not None and "commitment" not in recorded.data:
            amended = self.intake.find(str(recorded.data.get("event")))
            # A log of another writer may name the entry itself, or a later one.
            is_earlier = amended is not None and amended.position < recorded.position
            recorded = amended if is_earlier else None
        return recorded.data.get("commitment") if recorded else None


def ahead_words(data: EventData, now: datetime) -> str:
    """Says that an entry is dated later than now."""
    at = format_instant(now)
    return f"its date, {data['occurred']}, lies ahead of the clock, which says {at}"


def is_amendment(event: CloudEvent) -> bool:
    payload = EVENT_TYPES.get(event.type.split(".")[1])
    return payload is not None and issubclass(payload, Amendment)
