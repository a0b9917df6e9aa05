"""A row of the log, and the bytes about an event that its Merkle leaf is the hash of."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from msgspec import Raw, Struct

from events.encoding.erasure import put_texts_back
from events.envelope import EventData, RecordedEvent

COLUMNS = "position, stream, version, id, type, source, recorded_at, data, leaf, subtrees"
LOG_REVISION = "events_0002"
"""The migration that makes these columns; a fresh database is made as it leaves it."""
ERASABLE_MARK = b'{"pactwatch:erasable":'

_decode = msgspec.json.Decoder(EventData).decode
_encode = msgspec.json.Encoder().encode


class Row(NamedTuple):
    """One row of `events`, as both engines hold it.

    `data` is canonical JSON, `leaf` the RFC 6962 hash of `leaf_data`, `subtrees` the roots of the
    complete subtrees that this leaf completes, from level 1 upward, 32 bytes each.
    """

    position: int
    stream: str
    version: int
    id: str
    type: str
    source: str
    recorded_at: str
    data: bytes
    leaf: bytes
    subtrees: bytes


class _Leaf(Struct, gc=False):
    """What a leaf is the hash of; its fields in the order of canonical JSON."""

    data: Raw
    id: str
    position: int
    recorded_at: str
    source: str
    stream: str
    type: str
    version: int


def leaf_data(
    position: int,
    stream: str,
    version: int,
    event_id: str,
    type_: str,
    source: str,
    recorded_at: str,
    data: bytes,
) -> bytes:
    """The canonical JSON of everything a row says: what a proof about this event is a proof of."""
    return _encode(
        _Leaf(Raw(data), event_id, position, recorded_at, source, stream, type_, version)
    )


def event_of_row(row: tuple[Any, ...], texts: Iterable[tuple[str, str]] = ()) -> RecordedEvent:
    """The event of a row, with its erasable texts put back."""
    data: EventData = _decode(row[7])
    erased: tuple[str, ...] = ()
    if ERASABLE_MARK in row[7]:
        data, erased = put_texts_back(data, texts)
    at = datetime.fromisoformat(row[6])
    return RecordedEvent(row[0], row[1], row[2], row[3], row[4], row[5], at, data, erased)
