"""Events made ready before any lock is taken: canonical bytes, and erasable texts set apart."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any, NamedTuple

from events.canonical import canonical_copy
from events.envelope import NewEvent, RecordedEvent
from events.erasure import Text, split
from events.errors import EventIdConflict, InvalidEventData
from events.frontier import Frontier
from events.instants import format_instant
from events.rows import Row, leaf_data

MAX_DATA = 1024 * 1024

_format = lru_cache(maxsize=1024)(format_instant)
_row = Row._make


class Prepared(NamedTuple):
    """One event on its way in; `copy` is its data as a reader will see it."""

    stream: str
    event: NewEvent
    data: bytes
    copy: dict[str, Any]
    texts: list[Text]


def prepare(items: Iterable[tuple[str, NewEvent]]) -> list[Prepared]:
    return [_prepared(stream, event) for stream, event in items]


def _prepared(stream: str, event: NewEvent) -> Prepared:
    data, copy = canonical_copy(event.data)
    if len(data) > MAX_DATA:
        raise InvalidEventData(
            f"event {event.id!r}: {len(data)} bytes of data; expected at most {MAX_DATA}",
            hint="split the event in two",
        )
    if event.erasable:
        held, texts = split(event.data, event.erasable)
        if texts:
            return Prepared(stream, event, canonical_copy(held)[0], copy, texts)
    return Prepared(stream, event, data, copy, [])


def lay(
    items: Iterable[Prepared],
    now: datetime,
    last: dict[str, int],
    versions: Callable[[str], int],
    frontier: Frontier,
) -> list[Row]:
    """The rows to write: positions after the frontier's size, versions after each stream's last.

    `last` holds the versions that are known, and is moved on; of other streams `versions` tells.
    """
    rows = []
    for stream, event, data, _, _ in items:
        version = last[stream] if stream in last else versions(stream)
        last[stream] = version = version + 1
        position, at = frontier.size + 1, _format(event.recorded_at or now)
        fields = (position, stream, version, event.id, event.type, event.source, at, data)
        leaf = sha256(b"\0" + leaf_data(*fields)).digest()
        rows.append(_row((*fields, leaf, frontier.push(leaf))))
    return rows


def answered(rows: Iterable[Row], items: Iterable[Prepared]) -> tuple[RecordedEvent, ...]:
    """The events as they now stand in the log."""
    pairs = zip(rows, items, strict=True)
    return tuple(
        RecordedEvent(*row[:6], datetime.fromisoformat(row.recorded_at), item.copy)
        for row, item in pairs
    )


def first_of_each(items: Iterable[Prepared]) -> list[Prepared]:
    """An event that stands twice in a batch counts once, if it is the same both times."""
    first: dict[str, Prepared] = {}
    for item in items:
        earlier = first.setdefault(item.event.id, item)
        if earlier is not item and not _same(earlier, item):
            raise EventIdConflict(item.event.id)
    return list(first.values())


def _same(one: Prepared, other: Prepared) -> bool:
    times = {at for at in (one.event.recorded_at, other.event.recorded_at) if at is not None}
    return len(times) < 2 and _content(one) == _content(other)


def _content(item: Prepared) -> tuple[Any, ...]:
    return item.stream, item.event.type, item.event.source, item.copy
