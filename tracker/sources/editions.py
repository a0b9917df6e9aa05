"""The editions of a document, and where the lines of one are in another. Pure.

A file that has changed and is added again is a new edition. Entries cite the lines of the edition
that was on record when they were made.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

from msgspec import Struct, convert

from events import RecordedEvent
from tracker.entries.amendments import Amendments, short_type
from tracker.entries.upcasters import upcast
from tracker.model.event_types import SourceLineRead, SourceRegistered
from tracker.sources.citations import Lines, Order
from tracker.sources.text import HASH_LENGTH


class Edition(Struct, frozen=True):
    """A document as it was registered: its hashes, and when."""

    order: Order
    sha256: str
    hashes: tuple[str, ...]


class LinesRead(Struct, frozen=True):
    """Lines that were read without an entry, and why."""

    entry: str
    position: int
    order: Order
    lines: Lines
    reason: str


class SourceDocument:
    """A registered document: what is known of it now, its editions, and what was read of it."""

    def __init__(
        self, about: SourceRegistered, editions: Sequence[Edition], read: Sequence[LinesRead]
    ) -> None:
        self.about = about
        self.editions = editions
        self.read = read

    @property
    def newest(self) -> Edition:
        return self.editions[-1]

    @property
    def line_count(self) -> int:
        return len(self.newest.hashes)

    @property
    def longest(self) -> int:
        """How many lines its longest edition has."""
        return max(len(edition.hashes) for edition in self.editions)

    def is_of_newest(self, order: Order) -> bool:
        """Whether what was recorded then counts the lines of the newest edition."""
        return self.edition_at(order) == len(self.editions) - 1

    def edition_at(self, order: Order) -> int:
        """The number of the edition that was on record; the first where it was before them all."""
        return max(bisect_right([edition.order for edition in self.editions], order) - 1, 0)

    @cached_property
    def _places(self) -> list[dict[int, int]]:
        """The place of each edition's lines in the newest edition."""
        return [places(edition.hashes, self.newest.hashes) for edition in self.editions]

    def now(self, lines: Lines, order: Order) -> tuple[list[int], list[int]]:
        """Lines as they were cited: where they are in the newest edition, and those that are not.

        What is not there any more has its old number.
        """
        place = self._places[self.edition_at(order)]
        beyond = len(self.editions[self.edition_at(order)].hashes) + 1
        # A log of another writer may name lines without end: one beyond the last tells as much.
        numbers = list(range(max(lines.first, 1), min(lines.last, beyond) + 1)) or [lines.first]
        return [place[n] for n in numbers if n in place], [n for n in numbers if n not in place]


def places(old: Sequence[str], new: Sequence[str]) -> dict[int, int]:
    """Finds each line of one edition in another: lines that are alike go in their order."""
    alike: dict[str, list[int]] = defaultdict(list)
    for number, line in enumerate(new, start=1):
        alike[line].append(number)
    following = {line: iter(numbers) for line, numbers in alike.items()}
    places = ((n, next(following.get(line, iter(())), None)) for n, line in enumerate(old, start=1))
    return {number: place for number, place in places if place is not None}


def document_in(events: Iterable[RecordedEvent]) -> SourceDocument | None:
    """The document that the events of its stream make; None where none is registered.

    An entry that cannot be read registers nothing.
    """
    recorded = list(events)
    amended = Amendments(recorded)
    about: SourceRegistered | None = None
    editions: list[Edition] = []
    read: list[LinesRead] = []
    for event, payload in _payloads(recorded, amended):
        order = (event.recorded_at, event.position)
        if isinstance(payload, SourceRegistered):
            about = payload
            if not editions or editions[-1].sha256 != payload.sha256:
                editions.append(Edition(order, payload.sha256, split_hashes(payload.line_hashes)))
        elif isinstance(payload, SourceLineRead):
            lines = Lines(payload.line, max(payload.line, payload.last_line or payload.line))
            read.append(LinesRead(event.id, event.position, order, lines, payload.reason))
    return SourceDocument(about, editions, read) if about else None


def _payloads(
    recorded: list[RecordedEvent], amended: Amendments
) -> Iterator[tuple[RecordedEvent, object]]:
    kinds = {"SourceRegistered": SourceRegistered, "SourceLineRead": SourceLineRead}
    for event in sorted(recorded, key=lambda each: (each.recorded_at, each.position)):
        kind = kinds.get(short_type(event))
        if kind is not None and amended.standing(event):
            try:
                yield event, convert(amended.data(upcast(event)), kind)
            except Exception:
                continue


def joined_hashes(hashes: Iterable[str]) -> str:
    return "".join(hashes)


def split_hashes(text: str) -> tuple[str, ...]:
    return tuple(text[n : n + HASH_LENGTH] for n in range(0, len(text), HASH_LENGTH))
