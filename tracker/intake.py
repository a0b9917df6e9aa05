"""The way in: every new event is checked against the record before anything is written.

Checks run in file order against the record as it would stand by then, so a file may bring an
agreement and all that follows it. All or nothing: one refused line refuses the file.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from difflib import get_close_matches
from typing import Any

from msgspec import Struct

from events import EventStore, EventStoreError, NewEvent, RecordedEvent, format_instant
from events.cloudevents import CloudEvent, parse_line
from tracker import event_types as types
from tracker.effects import said_terms
from tracker.errors import ImportRefused, InvalidEvent, TrackerError, UnknownId
from tracker.fold import Folding, begun
from tracker.judge import judge
from tracker.parties import STREAM as PARTIES
from tracker.parties import Party, Registry, read_registry
from tracker.record import Entry, cached_edtf, entries, entry_of, without_revised
from tracker.terms import check_terms
from tracker.when import parse_zone

STATEMENTS = "statements"
ERASABLE = ("note",)


class Accepted(Struct, frozen=True):
    """What an intake would write: new events in order, and what a reader should know."""

    items: tuple[tuple[str, NewEvent], ...]
    versions: dict[str, int]
    known: int
    warnings: tuple[str, ...]


class Intake:
    """Takes events one by one; `accepted` is what may then be appended in one transaction."""

    def __init__(self, store: EventStore, now: datetime) -> None:
        self.store = store
        self.now = now
        self.registry: Registry = read_registry(store)
        self.owners = commitment_owners(store)
        self.streams: dict[str, _Stream] = {}
        self.items: list[tuple[str, NewEvent]] = []
        self.taken: dict[str, RecordedEvent] = {}
        self.known = 0
        self.warnings: dict[str, None] = {}
        self.head = store.head()

    def take(self, event: CloudEvent) -> None:
        """Check one event and line it up; raises a TrackerError and takes nothing if it is not."""
        subject = event.subject or STATEMENTS
        earlier = self.taken.get(event.id) or self.store.find(event.id)
        if earlier is not None:
            self._same_again(event, subject, earlier)
            return
        stream = self._stream(subject)
        self._check_time(event, subject, stream)
        self._line_up(event, subject, stream)

    def _line_up(self, event: CloudEvent, subject: str, stream: _Stream) -> None:
        recorded = self._provisional(event, subject, stream)
        entry = entry_of(recorded, self.registry.zone_of)
        check_fields(entry.payload)
        self._check_subject(entry, stream)
        stream.check(entry)
        stream.add(recorded, entry)
        self._note(entry, subject)
        self.taken[event.id] = recorded
        self.items.append((subject, new_event(event)))

    def accepted(self) -> Accepted:
        versions = {name: self._stream(name).version for name, _ in self.items}
        return Accepted(tuple(self.items), versions, self.known, tuple(self.warnings))

    def _stream(self, subject: str) -> _Stream:
        if subject not in self.streams:
            held = list(self.store.read_stream(subject))
            self.streams[subject] = _Stream(subject, held, self.registry)
        return self.streams[subject]

    def _provisional(self, event: CloudEvent, subject: str, stream: _Stream) -> RecordedEvent:
        return RecordedEvent(
            position=self.head + len(self.items) + 1,
            stream=subject,
            version=len(stream.events) + 1,
            id=event.id,
            type=event.type,
            source=event.source,
            recorded_at=event.time,
            data=event.data,
        )

    def _same_again(self, event: CloudEvent, subject: str, earlier: RecordedEvent) -> None:
        same = (
            earlier.stream == subject
            and (earlier.type, earlier.source) == (event.type, event.source)
            and earlier.recorded_at == event.time
            and earlier.data == event.data
        )
        if not same:
            raise InvalidEvent(
                f"event id {event.id!r} is taken by another event at position {earlier.position}",
                hint="give the new event an id of its own",
            )
        self.known += 1

    def _check_time(self, event: CloudEvent, subject: str, stream: _Stream) -> None:
        if event.time > self.now:
            raise InvalidEvent(
                f"time {format_instant(event.time)} lies in the future of "
                f"{format_instant(self.now)}",
                hint="`time` says when it was recorded; give --now to load a later history",
            )
        last = stream.events[-1].recorded_at if stream.events else None
        if last is not None and event.time < last:
            raise InvalidEvent(
                f"time {format_instant(event.time)} is earlier than {format_instant(last)}, the "
                f"last event of subject {subject!r}",
                hint="`time` must not decrease within a subject; `occurred` says when it happened",
            )

    def _check_subject(self, entry: Entry, stream: _Stream) -> None:
        payload = entry.payload
        if payload.level == "registry":
            _expect_stream(entry, PARTIES)
        elif isinstance(payload, types.AgreementRecorded):
            self._check_new_agreement(entry, payload, stream)
        elif not (stream.name in (STATEMENTS, PARTIES) and _needs_no_agreement(entry)):
            self._check_agreement(entry, stream)

    def _check_new_agreement(
        self, entry: Entry, payload: types.AgreementRecorded, stream: _Stream
    ) -> None:
        _expect_stream(entry, payload.agreement)
        if stream.events:
            raise InvalidEvent(
                f"agreement {payload.agreement!r} is already on record",
                hint=f"pactwatch status {payload.agreement}",
            )
        predecessor = payload.predecessor
        if predecessor is not None and not self._stream(predecessor).events:
            raise self._unknown("agreement", predecessor, self._agreements())

    def _check_agreement(self, entry: Entry, stream: _Stream) -> None:
        if not stream.events or stream.name in (STATEMENTS, PARTIES):
            raise self._unknown("agreement", stream.name, self._agreements())
        if isinstance(entry.payload, types.Amendment):
            self._check_target(entry.payload, stream)
        if isinstance(entry.payload, types.PrecedentLinked):
            self._check_precedent(entry.payload.precedent)
        self._check_commitment(entry, stream)

    def _check_precedent(self, precedent: str) -> None:
        if not self._stream(precedent).events:
            raise self._unknown("agreement", precedent, self._agreements())

    def _check_target(self, payload: types.Amendment, stream: _Stream) -> None:
        ids = [event.id for event in stream.events]
        if payload.event not in ids:
            raise self._unknown("event", payload.event, ids)

    def _check_commitment(self, entry: Entry, stream: _Stream) -> None:
        commitment = entry.payload.commitment
        if commitment is None:
            if entry.payload.level in ("commitment", "new", "new_or_existing"):
                raise InvalidEvent(
                    f"{entry.type}: `commitment` is required", hint="pactwatch record --help"
                )
            return
        owner = self.owners.get(commitment)
        if owner is not None and owner != stream.name:
            raise InvalidEvent(
                f"commitment {commitment!r} belongs to agreement {owner!r}, not {stream.name!r}",
                hint=f"pactwatch status {owner}",
            )
        if owner is None and not isinstance(entry.payload, types.Promise):
            raise self._unknown("commitment", commitment, list(self.owners))

    def _agreements(self) -> list[str]:
        return sorted({*self.owners.values(), *self.streams} - {PARTIES, STATEMENTS})

    def _unknown(self, what: str, wanted: str, known: list[str]) -> UnknownId:
        return unknown_id(what, wanted, known)

    def _note(self, entry: Entry, subject: str) -> None:
        """Keep what later lines of the same file may lean on."""
        payload = entry.payload
        if isinstance(payload, types.PartyRegistered):
            self.registry.parties.update(read_party(payload))
        if isinstance(payload, types.Promise) and payload.commitment:
            self.owners.setdefault(payload.commitment, subject)
        for party in mentioned_parties(payload):
            if not self.registry.knows(party):
                self.warnings[f"party {party!r} is not registered; its days are read in UTC"] = None


def read_party(payload: types.PartyRegistered) -> dict[str, Party]:
    party = Party(payload.party, payload.name, payload.zone, payload.aliases, payload.qid)
    return {payload.party: party}


def mentioned_parties(payload: types.Payload) -> list[str]:
    """The parties whose zone or name an event leans on."""
    named = [payload.speaker] if payload.speaker else []
    if isinstance(payload, types.Promise):
        named += [*payload.debtor, *payload.creditor]
    if isinstance(payload, types.AgreementRecorded):
        named += payload.parties
    return named


def unknown_id(what: str, wanted: str, known: Iterable[str]) -> UnknownId:
    """An id that is not on record, with the nearest that are."""
    listed = list(known)
    close = get_close_matches(wanted, listed, n=3)
    suggestion = f"; did you mean {', '.join(close)}?" if close else ""
    hint = f"pactwatch status {close[0]}" if close and what != "event" else "pactwatch status"
    return UnknownId(f"unknown {what} {wanted!r}{suggestion}", hint=hint)


def _expect_stream(entry: Entry, expected: str) -> None:
    if entry.stream != expected:
        raise InvalidEvent(
            f"{entry.type}: expected subject {expected!r}, found {entry.stream!r}",
            hint=f'set "subject" to "{expected}"',
        )


def _needs_no_agreement(entry: Entry) -> bool:
    return isinstance(entry.payload, types.Statement | types.Amendment)


def check_fields(payload: types.Payload) -> None:
    """What a struct cannot say by itself: dates, zones and terms that must be readable."""
    terms = getattr(payload, "terms", None)
    if terms is not None:
        check_terms(terms)
    if isinstance(payload, types.PartyRegistered):
        parse_zone(payload.zone)
    if isinstance(payload, types.ReadingAsserted | types.TermsClarified):
        _check_reading(payload)
    _check_deadlines(payload)


def _check_reading(payload: types.ReadingAsserted | types.TermsClarified) -> None:
    if payload.term is None and payload.terms is None and getattr(payload, "power", None) is None:
        raise InvalidEvent(
            f"{type(payload).__name__}: expected `term` with `value`, or `terms`; found neither",
            hint="a length: term=duration value=P30D",
        )
    check_terms(checked_terms(said_terms, payload))


def checked_terms(said_terms: Any, payload: Any) -> Any:
    """The terms a reading names, with a wrong type told as such."""
    from msgspec import ValidationError, convert, to_builtins

    from tracker.terms import Terms

    terms, _ = said_terms(payload)
    try:
        return convert(to_builtins(terms), Terms)
    except ValidationError as error:
        raise InvalidEvent(f"{type(payload).__name__}: term {payload.term!r}: {error}") from error


def _check_deadlines(payload: types.Payload) -> None:
    given = [getattr(payload, name, None) for name in ("until", "offer_valid_until")]
    given += [a.deadline for a in getattr(payload, "antecedents", ())]
    for text in given:
        if isinstance(text, str):
            cached_edtf(text)


def new_event(event: CloudEvent) -> NewEvent:
    return NewEvent(
        type=event.type,
        data=event.data,
        id=event.id,
        source=event.source,
        recorded_at=event.time,
        erasable=ERASABLE,
    )


class _Stream:
    """One stream as read, and its fold as far as the newest entry."""

    def __init__(self, name: str, held: list[RecordedEvent], registry: Registry) -> None:
        self.name = name
        self.events = held
        self.version = len(held)
        self.registry = registry
        self._folding: Folding | None = None
        self._last: tuple[datetime, int] | None = None

    def check(self, entry: Entry) -> None:
        """Refuse what the table does not list for the state this entry would meet."""
        commitment_id = entry.payload.commitment
        if commitment_id is None:
            return
        commitment = self._folded_before(entry).commitments.get(commitment_id)
        if commitment is not None:
            judge(commitment, entry)
        elif isinstance(entry.payload, types.Promise):
            self._check_new(entry)
        else:
            raise InvalidEvent(
                f"{entry.type} takes effect at {format_instant(entry.effective_at)}, before "
                f"commitment {commitment_id!r} was made",
                hint=f"pactwatch explain {commitment_id}",
            )

    def _check_new(self, entry: Entry) -> None:
        payload: Any = entry.payload
        missing = [name for name in ("kind", "debtor", "promise") if not getattr(payload, name)]
        if missing:
            raise InvalidEvent(
                f"{entry.type}: new commitment {payload.commitment!r} needs {', '.join(missing)}",
                hint=f"pactwatch record {entry.type} AGREEMENT commitment={payload.commitment} "
                "kind=achievement debtor=RUS promise='...'",
            )
        begun(self.name, entry, self.registry.zone_of)

    def _folded_before(self, entry: Entry) -> Folding:
        """The fold up to this entry: carried on for the newest, made anew for a late one."""
        if self._folding is None or self._last is None or entry.order < self._last:
            self._folding = self._fold(entry)
        self._folding.pass_time(entry.effective_at)
        return self._folding

    def _fold(self, before: Entry) -> Folding:
        folding = Folding(self.name, self.registry.zone_of)
        listed = entries(self.events, self.registry.zone_of)
        for entry in without_revised(listed, before.effective_at):
            if entry.order < before.order:
                folding.pass_time(entry.effective_at)
                folding.take(entry)
        return folding

    def add(self, recorded: RecordedEvent, entry: Entry) -> None:
        self.events.append(recorded)
        is_newest = self._last is None or entry.order > self._last
        plain = not isinstance(entry.payload, types.Amendment)
        if self._folding is None or not (is_newest and plain):
            self._folding = None
            self._last = None
            return
        self._folding.take(entry)
        self._last = entry.order


def commitment_owners(store: EventStore) -> dict[str, str]:
    """Commitment id -> agreement id, for every commitment on record."""
    owners: dict[str, str] = {}
    for event in store.read_all():
        if event.type.split(".")[1] in types.PROMISES:
            owners.setdefault(event.data["commitment"], event.stream)
    return owners


def read_lines(lines: Iterable[bytes], intake: Intake) -> Accepted:
    """Take every line of an event file; the first that is refused is named by its number."""
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            intake.take(parse_line(line))
        except (TrackerError, EventStoreError) as error:
            raise ImportRefused(f"line {number}: {error.message}", hint=error.hint) from error
    return intake.accepted()
