"""Events made ready before any lock is taken: canonical bytes, and erasable texts kept apart.

With them the checks of an append: that an event that comes again is the same, and that no stream
has moved on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from msgspec import Struct
from msgspec.json import decode

from events.encoding.canonical import canonical_bytes
from events.encoding.erasure import Text, set_texts_apart
from events.encoding.rows import leaf_data
from events.envelope import EventData, NewEvent, RecordedEvent
from events.errors import EventIdConflict, InvalidEventData, WrongExpectedVersion
from events.instants import format_instant
from events.merkle.frontier import Frontier
from events.merkle.tree import leaf_hash

MAX_DATA = 1024 * 1024
RowValues = tuple[int, str, int, str, str, str, str, bytes, bytes, bytes]
"""The fields of a `Row` without their names: a batch makes many."""

_format = lru_cache(maxsize=1024)(format_instant)


class Prepared(Struct, frozen=True, gc=False):
    """One event on its way in.

    `plain` is its data as a reader will see it; `data` as it is stored, with commitments in place
    of `texts`. Both are canonical JSON.
    """

    stream: str
    event: NewEvent
    plain: bytes
    data: bytes
    texts: tuple[Text, ...] = ()


def prepare(items: Iterable[tuple[str, NewEvent]]) -> list[Prepared]:
    """Makes events ready, in order; InvalidEventData for one that says too much."""
    return [_prepared(stream, event) for stream, event in items]


def _prepared(stream: str, event: NewEvent) -> Prepared:
    plain = canonical_bytes(event.data)
    if len(plain) > MAX_DATA:
        raise InvalidEventData(
            f"event {event.id!r}: {len(plain)} bytes of data; expected at most {MAX_DATA}",
            hint="split the event in two",
        )
    if any(map(event.data.get, event.erasable)):
        commitments, texts = set_texts_apart(event.data, event.erasable)
        if texts:
            return Prepared(stream, event, plain, canonical_bytes(commitments), tuple(texts))
    return Prepared(stream, event, plain, plain)


def build_rows(
    items: Sequence[Prepared], now: str, last: dict[str, int], frontier: Frontier
) -> list[RowValues]:
    """The rows to write: positions after the frontier's size, versions after each stream's last.

    `now` dates what has no date of its own; `last` holds the version of every stream of `items`,
    and is moved on.
    """
    heads = []
    for position, item in enumerate(items, frontier.size + 1):
        stream, event = item.stream, item.event
        last[stream] = version = last[stream] + 1
        at = _format(event.recorded_at) if event.recorded_at else now
        head = (position, stream, version, event.id, event.type, event.source, at, item.data)
        heads.append(head)
    leaves = [leaf_hash(leaf_data(*head)) for head in heads]
    grown = zip(heads, leaves, frontier.extend(leaves), strict=True)
    return [(*head, leaf, subtrees) for head, leaf, subtrees in grown]


def recorded_events(
    rows: Iterable[RowValues], items: Iterable[Prepared]
) -> tuple[RecordedEvent, ...]:
    """The events as they are in the log now."""
    pairs = zip(rows, items, strict=True)
    return tuple(recorded_event(row[:3], row[6], item) for row, item in pairs)


def recorded_event(place: tuple[int, str, int], recorded_at: str, item: Prepared) -> RecordedEvent:
    """An event as it is in the log now; `place` is its position, stream and version."""
    event, at = item.event, datetime.fromisoformat(recorded_at)
    data: EventData = decode(item.plain)
    return RecordedEvent(*place, event.id, event.type, event.source, at, data)


def first_of_each(items: Iterable[Prepared]) -> list[Prepared]:
    """An event that stands twice in a batch counts once, if it is the same both times."""
    first: dict[str, Prepared] = {}
    for item in items:
        earlier = first.setdefault(item.event.id, item)
        if _content(earlier) != _content(item):
            raise EventIdConflict(item.event.id)
    return list(first.values())


def _content(item: Prepared) -> tuple[Any, ...]:
    return item.stream, item.event.type, item.event.source, item.plain


def check_same(recorded: RecordedEvent, stream: str, event: NewEvent) -> None:
    """Raises EventIdConflict unless an event that comes again has the content on record.

    That is its stream, type, source and data, and not when it was recorded. A text that was erased
    since is taken as the same: nobody can tell any more.
    """
    new, stored = (
        canonical_bytes({k: v for k, v in data.items() if k not in recorded.erased})
        for data in (event.data, recorded.data)
    )
    about = (stream, event.type, event.source)
    if about != (recorded.stream, recorded.type, recorded.source) or new != stored:
        raise EventIdConflict(event.id)


def check_versions(expected: Mapping[str, int], version_of: Callable[[str], int]) -> None:
    """Raises WrongExpectedVersion for a stream that has moved on since it was read."""
    for stream, version in expected.items():
        actual = version_of(stream)
        if actual != version:
            raise WrongExpectedVersion(stream, version, actual)
