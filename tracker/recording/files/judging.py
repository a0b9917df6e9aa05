"""Judges a part of an event file as a file of its own, here or in another process."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from enum import Enum
from typing import NamedTuple

import msgspec
from msgspec import Struct

from events import EventStore, RecordedEvent
from events.batches import seldom_collecting
from events.cloudevents import CloudEvent
from events.errors import HintedError
from tracker.entries.amendments import Amendments
from tracker.entries.decoding import commitment_made_by
from tracker.entries.parties import Registry
from tracker.entries.streams import is_registry
from tracker.projections.rows.agreement import rows_of_fold
from tracker.projections.search_index import amended_streams, search_rows
from tracker.recording.accepted import Accepted, Remark
from tracker.recording.files.division import Division, Part
from tracker.recording.files.event_file import take_lines
from tracker.recording.intake import Intake
from tracker.rules.agreement import FoldedAgreement


class JudgedEvent(NamedTuple):
    """An event at its position, and the rows of its words, both as they are kept on disk."""

    position: int
    event: bytes
    words: bytes


class JudgedPart(Struct, frozen=True):
    """What was accepted of a part, as it is appended and projected; see `Accepted`.

    `looked_at` are the streams that judging it looked at besides its own, `missing` the events that
    it named in vain: were one of them in another part, it would have been judged otherwise.
    """

    number: int
    events: list[JudgedEvent]
    amended: set[str]
    versions: dict[str, int]
    rows: dict[str, bytes]
    remarks: tuple[Remark, ...]
    registry: Registry
    looked_at: set[str]
    missing: set[str]
    latest: datetime | None


class NotTaken(Enum):
    """Why a part is not taken as it stands: a line is refused, or it is judged otherwise alone."""

    REFUSED = "refused"
    OTHERWISE = "otherwise"


class PartIntake(Intake):
    """An intake of some lines of a file: each has the place that it has in the whole."""

    def __init__(self, store: EventStore, now: datetime, part: Part) -> None:
        super().__init__(store, now)
        self.positions = part.positions
        self.retracted |= part.retracted
        self.missing: set[str] = set()

    def next_position(self) -> int:
        return self.positions[min(len(self.taken), len(self.positions) - 1)]

    def expect(self, events: Sequence[CloudEvent]) -> None:
        self.note_missing()
        super().expect(events)

    def note_missing(self) -> None:
        """Notes the events that were looked up so far and are not on record."""
        self.missing |= {name for name, event in self.looked_up.items() if event is None}


class RestIntake(Intake):
    """An intake of a file whose parts before one were accepted: their lines are only noted.

    It is there to say what is refused of the others, in the words of the whole file.
    """

    def __init__(self, store: EventStore, now: datetime, division: Division, part: int) -> None:
        super().__init__(store, now)
        self.retracted |= division.retracted
        self._division = division
        self._part = part

    def _take(self, recorded: RecordedEvent) -> None:
        if self._division.is_before(self._part, recorded.stream):
            self.stream(recorded.stream).taken.append(recorded)
            if (promise := commitment_made_by(recorded)) is not None:
                self.index.setdefault(promise, recorded.stream)
        else:
            super()._take(recorded)


UNAMENDED = Amendments(())


@seldom_collecting()
def judge_part(store: EventStore, now: datetime, part: Part) -> JudgedPart | NotTaken:
    """Judges a part; it is not taken as it stands where a line is refused or on record already.

    Nor where the log has grown meanwhile: then the file is judged as a whole.
    """
    intake = PartIntake(store, now, part)
    try:
        accepted = take_lines(part.lines, intake)
    except HintedError:
        return NotTaken.REFUSED
    if intake.head != part.head or list(intake.taken) != [_read_id(line).id for line in part.lines]:
        return NotTaken.OTHERWISE
    intake.note_missing()
    # What every part has taken in is handed over once.
    own = [e for e in accepted.events if part.number == 0 or not is_registry(e.stream)]
    return JudgedPart(
        number=part.number,
        events=[_with_words(event) for event in own],
        amended=amended_streams(own),
        versions=accepted.versions,
        rows=dict(_rows(accepted)),
        remarks=tuple(accepted.remarks),
        registry=intake.registry,
        looked_at=intake.streams.keys() - accepted.versions.keys(),
        missing=intake.missing - intake.taken.keys(),
        latest=accepted.latest,
    )


def judge_part_at(task: tuple[str, datetime, Part]) -> JudgedPart | NotTaken:
    """Judges a part in a process of its own, by the log at an address."""
    from tracker.projections.processes import store_at

    url, now, part = task
    return judge_part(store_at(url), now, part)


def _with_words(event: RecordedEvent) -> JudgedEvent:
    """An event as it is spooled; its words come in the order in which its fields are stored."""
    spooled = encode(event)
    words = encode(list(search_rows([decode_event(spooled)], UNAMENDED)))
    return JudgedEvent(event.position, spooled, words)


def _rows(accepted: Accepted) -> Iterator[tuple[str, bytes]]:
    """The rows of each agreement; those of one of which none can be made are left to projecting."""
    for name, folded in accepted.folded.by_name.items():
        if isinstance(folded, FoldedAgreement):
            with suppress(Exception):
                yield name, encode(rows_of_fold(folded))


class _Id(Struct):
    id: str


_read_id = msgspec.json.Decoder(_Id).decode
encode = msgspec.msgpack.Encoder(order="sorted").encode
decode_event = msgspec.msgpack.Decoder(RecordedEvent).decode
