"""What a new event refers to: its agreement, commitment, precedent, party and sources.

Each has to be on record, or earlier in the same file; the refusal names what is near.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from events import EventStore, RecordedEvent
from tracker.entries.entry import Entry
from tracker.entries.parties import Registry, unknown_party
from tracker.entries.streams import PARTIES, STATEMENTS, is_reserved, party_stream, source_stream
from tracker.errors import AlreadyOnRecord, InvalidEvent, unknown_id
from tracker.model import event_types as types
from tracker.model.commitment import Commitment
from tracker.model.payload import Collective, Payload
from tracker.model.relative import Anchor
from tracker.projections.commitment_index import CommitmentIndex
from tracker.recording.checks.amendments import check_amendment
from tracker.recording.stream_draft import StreamDraft
from tracker.rules.terms.accounts import relatives_of
from tracker.rules.terms.anchors import anchors_of, depends_on_deadlines


class References:
    """Checks the references of events against the record as an intake would leave it."""

    def __init__(
        self,
        store: EventStore,
        registry: Registry,
        index: CommitmentIndex,
        taken: Mapping[str, RecordedEvent],
        streams: Mapping[str, StreamDraft],
        stream: Callable[[str], StreamDraft],
    ) -> None:
        """`taken` and `streams` are those of the intake, and grow with it; `stream` reads one."""
        self.store = store
        self.registry = registry
        self.index = index
        self.taken = taken
        self.streams = streams
        self.stream = stream

    def check(self, entry: Entry, stream: StreamDraft) -> None:
        payload = entry.payload
        if isinstance(payload, types.Amendment):
            check_amendment(payload, stream, self.store, self._check_corrected)
        if isinstance(payload, types.PartyRegistered):
            self._check_party(entry, payload)
        elif isinstance(payload, types.SourceRegistered | types.SourceLineRead):
            _check_document(entry, payload, stream)
        elif isinstance(payload, types.AgreementRecorded):
            self._check_new_agreement(entry, payload, stream)
        elif stream.is_reserved:
            is_note = isinstance(payload, types.Statement) and stream.name in (PARTIES, STATEMENTS)
            if not (is_note or isinstance(payload, types.Amendment)):
                raise InvalidEvent(
                    f"expected the id of its agreement, found {stream.name!r}",
                    hint="pactwatch agreement list",
                ).of_field("subject", type_name=entry.type)
        else:
            if isinstance(payload, types.PrecedentLinked):
                self._check_precedent(payload, stream)
            self._check_agreement(stream.name)
            self._check_commitment(entry, stream)
            self._check_anchors(entry)

    def _check_party(self, entry: Entry, payload: types.PartyRegistered) -> None:
        """Checks the stream of a registration, and that whom it speaks for is somebody else."""
        if entry.stream != PARTIES:
            _expect_stream(entry, party_stream(payload.party))
        if payload.speaks_for is None:
            return
        if not self.registry.knows(payload.speaks_for):
            raise unknown_party(payload.speaks_for, self.registry)
        chain = self.registry.chain(payload.speaks_for)
        if payload.party in chain:
            circle = (payload.party, *chain[: chain.index(payload.party) + 1])
            raise InvalidEvent(
                f"expected a party that {payload.party!r} does not stand behind, "
                f"found a circle: {' speaks for '.join(circle)}",
                hint=f"pactwatch party show {payload.speaks_for}",
            ).of_field("speaks_for", type_name=entry.type)

    def _check_new_agreement(
        self, entry: Entry, payload: types.AgreementRecorded, stream: StreamDraft
    ) -> None:
        _expect_stream(entry, payload.agreement)
        if stream.length:
            hint = f"pactwatch status {payload.agreement}"
            raise AlreadyOnRecord("agreement", payload.agreement, "already on record", hint)
        _check_no_anchors(entry)
        predecessor = payload.predecessor
        if predecessor is not None:
            self._check_agreement(predecessor)

    def _check_precedent(self, payload: types.PrecedentLinked, stream: StreamDraft) -> None:
        if payload.precedent == stream.name:
            raise InvalidEvent(
                f"expected an earlier agreement, found {stream.name!r} itself",
                hint="pactwatch agreement list",
            ).of_field("precedent", type_name="PrecedentLinked")
        self._check_agreement(payload.precedent)

    def _check_agreement(self, name: str) -> None:
        if not self.stream(name).length:
            raise unknown_id("agreement", name, self._agreements())

    def _check_corrected(self, entry: Entry, stream: StreamDraft) -> None:
        """Checks what an entry refers to as an amendment leaves it."""
        payload = entry.payload
        if isinstance(payload, types.AgreementRecorded):
            _check_no_anchors(entry)
        elif isinstance(payload, types.PartyRegistered):
            self._check_party(entry, payload)
        elif isinstance(payload, types.SourceRegistered | types.SourceLineRead):
            _check_document(entry, payload, stream)
        elif payload.level != "note":
            self._check_commitment(entry, stream)

    def _check_commitment(self, entry: Entry, stream: StreamDraft) -> None:
        commitment = entry.payload.commitment
        self._check_some_commitments(entry, stream)
        phase = entry.payload.phase if isinstance(entry.payload, types.Promise) else None
        phases = [each.id for each in stream.replay.phases] if phase is not None else []
        if phase is not None and phase not in phases:
            raise InvalidEvent(
                f"expected one of {stream.name!r}: {', '.join(phases) or 'it has none'}; "
                f"found {phase!r}",
                hint=f"pactwatch agreement show {stream.name}",
            ).of_field("phase")
        if commitment is None:
            if entry.payload.level in ("commitment", "new", "new_or_existing"):
                raise InvalidEvent(
                    f"{entry.type}: expected the field commitment, found none",
                    hint=f"pactwatch status {stream.name}",
                )
            return
        agreement = self.index.get(commitment)
        if agreement is not None and agreement != stream.name:
            raise InvalidEvent(
                f"commitment {commitment!r} belongs to agreement {agreement!r}, "
                f"not {stream.name!r}",
                hint=f"pactwatch status {agreement}",
            )
        if agreement is None and not isinstance(entry.payload, types.Promise):
            raise unknown_id("commitment", commitment, list(self.index))

    def _check_some_commitments(self, entry: Entry, stream: StreamDraft) -> None:
        """Checks the promises that an entry about the whole agreement is narrowed to."""
        payload = entry.payload
        if not isinstance(payload, Collective):
            return
        if payload.commitment is not None and payload.commitments:
            raise InvalidEvent(
                f"{entry.type}: expected `commitment` or `commitments`, found both",
                hint=f"pactwatch record {entry.type} {stream.name} "
                f"commitments={','.join((payload.commitment, *payload.commitments))}",
            )
        for name in payload.commitments:
            if self.index.get(name) != stream.name:
                own = (each for each, agreement in self.index.items() if agreement == stream.name)
                raise unknown_id(f"commitment of {stream.name!r}", name, own)
        if payload.commitment is None:
            _check_no_anchors(entry)

    def check_sources(self, payload: Payload) -> None:
        for event in payload.derived_from:
            if event not in self.taken and self.store.find(event) is None:
                raise unknown_id("event", event, self.taken)

    def _check_anchors(self, entry: Entry) -> None:
        """Checks that what a deadline hangs on is on record, and does not hang on it in turn."""
        own, anchors = entry.payload.commitment, {r.anchor for r in relatives_of(entry.payload)}
        for anchor in anchors:
            if anchor.after == own:
                raise _circle(entry, (own, own))
            if anchor.after not in self.index and not self.stream(anchor.after).length:
                known = {*self.index, *self._agreements()}
                raise unknown_id("commitment or agreement", anchor.after, known)
        paths: dict[str, tuple[str, ...]] = {}
        waiting: list[tuple[tuple[str, ...], Anchor]] = [((), anchor) for anchor in anchors]
        while waiting:
            path, anchor = waiting.pop()
            if not depends_on_deadlines(anchor) or anchor.after in paths:
                continue
            paths[anchor.after] = (*path, anchor.after)
            for commitment in self._commitments_named(anchor.after):
                if commitment.id == own:
                    raise _circle(entry, (own, *path, anchor.after))
                waiting += [(paths[anchor.after], each) for each in anchors_of(commitment)]

    def _commitments_named(self, name: str) -> Iterable[Commitment]:
        """The commitment of this name, or all of the agreement of this name."""
        agreement = self.index.get(name)
        known = self.stream(agreement or name).commitments()
        return known.values() if agreement is None else filter(None, [known.get(name)])

    def _agreements(self) -> list[str]:
        with_events = (name for name, stream in self.streams.items() if stream.length)
        named = {*self.index.values(), *with_events}
        return sorted(name for name in named if not is_reserved(name))


def _expect_stream(entry: Entry, expected: str) -> None:
    if entry.stream != expected:
        raise InvalidEvent(
            f"{entry.type}: expected subject {expected!r}, found {entry.stream!r}",
            hint=f'set "subject" to "{expected}"',
        )


def _check_document(
    entry: Entry, payload: types.SourceRegistered | types.SourceLineRead, stream: StreamDraft
) -> None:
    """Checks the stream of a document, and that lines which were read are lines of it."""
    _expect_stream(entry, source_stream(payload.document))
    if isinstance(payload, types.SourceRegistered):
        return
    from tracker.sources.editions import document_in

    document = document_in(stream.events)
    if document is None:
        raise InvalidEvent(
            f"{entry.type}: document {payload.document!r} is not registered",
            hint=f"pactwatch source add FILE --id {payload.document} --title TITLE",
        )
    last = payload.line if payload.last_line is None else payload.last_line
    if not payload.line <= last <= document.longest:
        raise InvalidEvent(
            f"{entry.type}: expected lines of {payload.document!r}, from the first to the last, "
            f"1 to {document.longest}; found {payload.line}-{last}",
            hint=f"pactwatch source coverage {payload.document} --open",
        )


def _check_no_anchors(entry: Entry) -> None:
    """Refuses a moment of one promise as a term of all: one of them would hang on itself."""
    terms = {relative.words for relative in relatives_of(entry.payload)}
    if terms:
        raise InvalidEvent(
            f"{entry.type}: expected a date or a length as a term of all promises, found "
            f"{', '.join(sorted(terms))!r}",
            hint="give it to the promises that hang on it: pactwatch commitment add --help",
        )


def _circle(entry: Entry, path: tuple[str, ...]) -> InvalidEvent:
    return InvalidEvent(
        f"{entry.type}: deadlines hang on one another in a circle: {' on '.join(path)}",
        hint=f"give one of them a date of its own: pactwatch explain {path[-1]}",
    )
