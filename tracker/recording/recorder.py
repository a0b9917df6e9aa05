"""Builds events as commands and sheets give them, for the streams that they belong to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from msgspec.structs import replace
from uuid_utils import uuid7

from events import EventStore, RecordedEvent, format_instant
from events.cloudevents import CloudEvent
from events.envelope import EventData
from tracker.entries.authors import EARLIER, is_of_a_desk
from tracker.entries.decoding import full_type
from tracker.entries.streams import (
    STATEMENTS,
    agreement_ids,
    is_reserved,
    party_stream,
    source_stream,
)
from tracker.errors import (
    InvalidEvent,
    UnreadableAgreement,
    unknown_agreement,
    unknown_id,
)
from tracker.model.event_types import EVENT_TYPES, Amendment, Promise, Statement
from tracker.recording.as_written import WrittenFields, names_party
from tracker.recording.effect import (
    AlertChanges,
)
from tracker.recording.intake import Intake
from tracker.rules.agreement import AgreementState, empty_state

AlertPreview = Callable[[AgreementState, AgreementState, datetime], AlertChanges]
"""Says what alerts a recording would cause, from the agreement before and after, and now.

Alerts are worked out in a package above, which hands it in.
"""

HALF_A_DAY = timedelta(hours=12)
FREE_STANDING = (Statement, Amendment)
"""What may stand in a stream that is no agreement."""


class Recording:
    """Builds events for a target; `intake` takes them, and has what to append."""

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

    def state(self, subject: str, at: datetime) -> tuple[AgreementState, list[str]]:
        """The agreement at an instant; one that cannot be read as one without commitments, why."""
        try:
            return self.intake.stream(subject).state(at), []
        except UnreadableAgreement as error:
            return empty_state(subject, at), [error.message]

    def is_ahead(self, event: CloudEvent) -> bool:
        """Whether an event that was taken is dated later than now."""
        entry = self.intake.placed(self.intake.as_recorded(event))
        return "occurred" in event.data and (entry.span.first or self.now) > self.now


def ahead_words(data: EventData, now: datetime) -> str:
    """Says that an entry is dated later than now."""
    at = format_instant(now)
    return f"its date, {data['occurred']}, lies ahead of the clock, which says {at}"


def is_amendment(event: CloudEvent) -> bool:
    payload = EVENT_TYPES.get(event.type.split(".")[1])
    return payload is not None and issubclass(payload, Amendment)
