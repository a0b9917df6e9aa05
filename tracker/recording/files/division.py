"""Divides an event file into parts that name nothing of one another, so that each is judged alone.

Lines of one stream stay together, and so do those of streams that hang on one another. Parties and
documents are few and named everywhere: every part takes their lines in.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any

import msgspec
from msgspec import Struct

from events.cloudevents import MAX_LINE
from tracker.entries.amendments import RETRACTED, short_type
from tracker.entries.streams import STATEMENTS, is_registry
from tracker.rules.terms.elsewhere import anchors_in
from tracker.spool import Spool

IN_EACH = -1
"""The stream number of lines that every part takes in."""
ANCHOR = b'"after"'
SHARES = 16


class _Data(Struct):
    commitment: Any = None
    predecessor: Any = None
    precedent: Any = None
    derived_from: Any = None
    event: Any = None


class _Line(Struct):
    """What says where a line belongs. Whether it is well formed is judged later."""

    id: str
    type: str
    data: _Data
    subject: str | None = None


class Part(Struct, frozen=True):
    """Lines of a file that are judged together, each with its place in the log to come.

    `retracted` are the entries that any line of the file retracts.
    """

    number: int
    head: int
    positions: list[int]
    lines: list[bytes]
    retracted: set[str]


class Division:
    """A file as read so far: its lines, on disk, and which of their streams hang together."""

    def __init__(self) -> None:
        self.retracted: set[str] = set()
        self._lines = Spool()
        self._places = array("Q")
        self._blank = array("Q")
        self._ids = array("q")
        self._streams = array("i")
        self._numbers: dict[str, int] = {}
        self._promises: dict[str, int] = {}
        self._named: list[tuple[int, str]] = []
        self._derived_from: dict[int, int] = {}
        """By the hash of an event's id: the number of a stream with an entry derived from it."""
        self._leaders: list[int] = []
        self._parts: list[int] = []

    def __len__(self) -> int:
        return len(self._places)

    def add(self, line: bytes) -> bool:
        """Takes the next line of the file; False, and nothing taken, for one that is no event."""
        if len(line) > MAX_LINE:
            return False
        if not line.strip():
            self._blank.append(len(self) + len(self._blank))
            return True
        try:
            event = _decode(line)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            return False
        self._places.append(self._lines.put(line))
        self._ids.append(hash(event.id))
        self._streams.append(self._stream_of(event, line))
        if short_type(event) == RETRACTED and isinstance(event.data.event, str):
            self.retracted.add(event.data.event)
        return True

    def _stream_of(self, event: _Line, line: bytes) -> int:
        """The number of the stream of a line, joined with those that the line names."""
        subject, data = event.subject or STATEMENTS, event.data
        if is_registry(subject):
            return IN_EACH
        number = self._numbers.get(subject)
        if number is None:
            number = self._numbers[subject] = len(self._leaders)
            self._leaders.append(number)
        if isinstance(data.commitment, str):
            self._join(self._promises.setdefault(data.commitment, number), number)
        names = [data.predecessor, data.precedent]
        if ANCHOR in line:
            names += anchors_in(msgspec.json.decode(line))
        self._named += [(number, name) for name in names if isinstance(name, str)]
        events = data.derived_from if isinstance(data.derived_from, list) else ()
        for event_id in map(str, events):
            self._join(self._derived_from.setdefault(hash(event_id), number), number)
        return number

    def _join(self, one: int, other: int) -> None:
        if one != other:
            self._leaders[self._leader(one)] = self._leader(other)

    def _leader(self, number: int) -> int:
        """One stream of all those that hang together."""
        leaders = self._leaders
        while leaders[number] != number:
            leaders[number] = leaders[leaders[number]]
            number = leaders[number]
        return number

    def lines(self) -> Iterator[bytes]:
        """The lines of the file as they were read, those without an event included."""
        blank, number = iter(self._blank), 0
        following = next(blank, None)
        for place in self._places:
            while number == following:
                yield b"\n"
                number, following = number + 1, next(blank, None)
            yield self._lines.get(place)
            number += 1

    def parts(self, head: int, size: int) -> Iterator[Part]:
        """The parts of the file, of so many lines or of one group; the log ends at `head`."""
        for number, name in self._named:
            self._join(number, self._numbers.get(name, self._promises.get(name, number)))
        if self._derived_from:
            for event, number in zip(self._ids, self._streams, strict=True):
                if number != IN_EACH and event in self._derived_from:
                    self._join(self._derived_from[event], number)
        self._parts = self._parts_of_streams(size)
        members = [array("I") for _ in range(max(self._parts, default=0) + 1)]
        for index, number in enumerate(self._streams):
            for each in members if number == IN_EACH else (members[self._parts[number]],):
                each.append(index)
        for number, indexes in enumerate(members):
            lines = [self._lines.get(self._places[index]) for index in indexes]
            positions = [head + 1 + index for index in indexes]
            yield Part(number, head, positions, lines, self.retracted)

    def _parts_of_streams(self, size: int) -> list[int]:
        """The part of each stream: groups fill one part after the other."""
        lengths = Counter(self._streams)
        groups: Counter[int] = Counter()
        for number in range(len(self._leaders)):
            groups[self._leader(number)] += lengths[number]
        parts: dict[int, int] = {}
        part = filled = 0
        for group, length in groups.items():
            if filled >= size:
                part, filled = part + 1, 0
            parts[group] = part
            filled += length
        return [parts[self._leader(number)] for number in range(len(self._leaders))]

    def are_in_another_part(self, part: int, names: Iterable[str]) -> bool:
        """Whether any of these streams or promises is in another part than this one."""
        numbers = (self._numbers.get(name, self._promises.get(name)) for name in names)
        return any(number is not None and self._parts[number] != part for number in numbers)

    def is_before(self, part: int, stream: str) -> bool:
        """Whether a stream is in an earlier part than this one; those that all take in are not."""
        number = self._numbers.get(stream)
        return number is not None and self._parts[number] < part

    def may_have_any(self, events: set[str]) -> bool:
        """Whether a line may have one of these ids."""
        hashes = set(map(hash, events))
        return any(event in hashes for event in self._ids)

    def may_repeat_an_id(self) -> bool:
        """Whether two lines may have the same id; a share of them is sorted at a time."""
        shares = (sorted(e for e in self._ids if e % SHARES == n) for n in range(SHARES))
        return any(one == other for share in shares for one, other in pairwise(share))


_decode = msgspec.json.Decoder(_Line).decode
