"""A document as JSON, piece by piece: a list in it may be longer than the memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

PIECE = 1 << 16
END = b"\n}\n"


def json_parts(document: Any) -> Iterator[bytes]:
    """The lines of a document, with an item of a list at a time where it is an object."""
    if not isinstance(document, dict) or not document:
        yield _indented(document, 0) + b"\n"
        return
    for _, parts in json_members(document):
        yield from parts
    yield END


def json_members(document: Mapping[str, Any]) -> Iterator[tuple[str, Iterator[bytes]]]:
    """The names of an object with any, each with its lines; after them comes `END`."""
    for place, (name, value) in enumerate(document.items()):
        yield name, _member(b"," if place else b"{", name, value)


def _member(before: bytes, name: str, value: Any) -> Iterator[bytes]:
    yield before + b"\n  " + _indented(name, 2) + b": "
    if isinstance(value, Sequence) and not isinstance(value, str):
        for number, item in enumerate(value):
            yield (b"," if number else b"[") + b"\n    " + _indented(item, 4)
        yield b"\n  ]" if value else b"[]"
    else:
        yield _indented(value, 2)


def _indented(value: Any, spaces: int) -> bytes:
    # msgspec does in 0.03 s what takes `json` half a second.
    lines = msgspec.json.format(msgspec.json.encode(value), indent=2)
    return lines.replace(b"\n", b"\n" + b" " * spaces)


def in_pieces(parts: Iterable[bytes]) -> Iterator[bytes]:
    """Joins parts to pieces that are worth a call of the system each."""
    piece = bytearray()
    for part in parts:
        piece += part
        if len(piece) >= PIECE:
            yield bytes(piece)
            piece.clear()
    yield bytes(piece)
