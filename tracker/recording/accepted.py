"""What an intake would write, and what a reader should know of it; appends it as a whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import IntEnum
from operator import attrgetter
from typing import TYPE_CHECKING

from msgspec import Struct, structs

from events import EventStore, NewEvent, RecordedEvent
from events.batches import OnProgress, batches, seldom_collecting, unreported

if TYPE_CHECKING:
    from tracker.projections.agreement_rows import JudgedAgreements

ERASABLE = ("note",)
TOGETHER = 10_000
"""So many events are made ready at once: their bytes are in memory beside what was judged."""


class About(IntEnum):
    """What a remark is about, in the order in which remarks are printed."""

    ENTRY = 0
    PROMISE = 1
    DOCUMENT = 2


class Remark(Struct, frozen=True):
    """What a reader should know: where its first cause will stand in the log, and in which words.

    Of remarks of one key the earliest counts, but with the words of the highest rank. `code` is
    that of the warning that it words, where it has one.
    """

    about: About
    key: str
    position: int
    text: str
    rank: tuple[int, str] = (0, "")
    code: str | None = None

    def joined(self, later: Remark) -> Remark:
        """This remark, after another of the same key."""
        text, rank = max((self.text, self.rank), (later.text, later.rank), key=lambda each: each[1])
        first = min(self, later, key=attrgetter("position"))
        if self.rank == later.rank:
            return first
        return structs.replace(self, position=first.position, text=text, rank=rank)


def warnings_of(remarks: Iterable[Remark]) -> tuple[str, ...]:
    """The words of remarks, each once: of entries, promises and documents, as they come up."""
    by_key: dict[tuple[About, str], Remark] = {}
    for remark in remarks:
        earlier = by_key.setdefault((remark.about, remark.key), remark)
        if earlier is not remark:
            by_key[remark.about, remark.key] = earlier.joined(remark)
    ordered = sorted(by_key.values(), key=attrgetter("about", "position"))
    return tuple(dict.fromkeys(remark.text for remark in ordered if remark.text))


class Accepted(Struct, frozen=True):
    """What an intake would write: new events in order, and what a reader should know.

    `folded` are the agreements as they will stand then, so that projecting folds none again.
    """

    events: Sequence[RecordedEvent]
    versions: dict[str, int]
    already_known: int
    """How many are on record already."""
    remarks: Sequence[Remark]
    folded: JudgedAgreements
    latest: datetime | None = None
    """When the newest of them was recorded."""

    @property
    def warnings(self) -> tuple[str, ...]:
        return warnings_of(self.remarks)

    @property
    def items(self) -> list[tuple[str, NewEvent]]:
        """The events as they are appended, each with its stream."""
        return items_of(self.events)


def items_of(events: Iterable[RecordedEvent]) -> list[tuple[str, NewEvent]]:
    """What is appended of events that were taken; their places are the store's to give."""
    return [
        (e.stream, NewEvent(e.type, e.data, e.id, e.source, e.recorded_at, ERASABLE))
        for e in events
    ]


@seldom_collecting()
def append_accepted(
    store: EventStore, accepted: Accepted, progress: OnProgress = unreported
) -> None:
    """Appends all that was accepted, or nothing; many events go in by parts of one transaction."""
    if len(accepted.events) <= TOGETHER:
        store.append_batch(accepted.items, accepted.versions)
        return
    expected, done = Counter(accepted.versions), 0
    with store.exclusive():
        for part in batches(accepted.events, TOGETHER):
            added = Counter(event.stream for event in part)
            store.append_batch(items_of(part), {stream: expected[stream] for stream in added})
            expected += added
            done += len(part)
            progress(done, len(accepted.events))
