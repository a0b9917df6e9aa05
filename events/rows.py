"""A row of the log, and the bytes about an event that its Merkle leaf is the hash of."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec

from events.canonical import quoted
from events.envelope import RecordedEvent
from events.erasure import join

COLUMNS = "position, stream, version, id, type, source, recorded_at, data, leaf, subtrees"
ERASABLE_MARK = b'{"pactwatch:erasable":'

_decode = msgspec.json.Decoder(dict[str, Any]).decode


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
    middle = _middle(recorded_at, source, stream, type_)
    return b'{"data":%b,"id":%b,"position":%d%b%d}' % (
        data,
        quoted(event_id),
        position,
        middle,
        version,
    )


@lru_cache(maxsize=4096)
def _middle(recorded_at: str, source: str, stream: str, type_: str) -> bytes:
    """What many events of one append share."""
    return b',"recorded_at":%b,"source":%b,"stream":%b,"type":%b,"version":' % (
        quoted(recorded_at),
        quoted(source),
        quoted(stream),
        quoted(type_),
    )


def recorded(row: tuple[Any, ...], texts: Iterable[tuple[str, str]] = ()) -> RecordedEvent:
    """The event of a row, with its erasable texts put back."""
    data: dict[str, Any] = _decode(row[7])
    erased: tuple[str, ...] = ()
    if ERASABLE_MARK in row[7]:
        data, erased = join(data, texts)
    at = datetime.fromisoformat(row[6])
    return RecordedEvent(row[0], row[1], row[2], row[3], row[4], row[5], at, data, erased)
