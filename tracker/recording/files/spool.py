"""What waits on disk, since it may be too much for the memory: lines, judged events, and rows."""

from __future__ import annotations

import os
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from tempfile import TemporaryFile
from typing import Any, TypeVar
from weakref import finalize

import msgspec

from tracker.projections.rows import Rows

Item = TypeVar("Item", covariant=True)
SIZE = 4
"""Bytes that hold the length of a text."""


class Spool:
    """A file without a name, gone with whoever holds it; each text is found by its place."""

    def __init__(self) -> None:
        self._file = TemporaryFile()  # noqa: SIM115
        finalize(self, self._file.close)
        self._end = 0
        self._is_flushed = True

    def put(self, text: bytes) -> int:
        """Adds a text; returns its place."""
        place = self._end
        self._file.write(len(text).to_bytes(SIZE, "big"))
        self._file.write(text)
        self._end += SIZE + len(text)
        self._is_flushed = False
        return place

    def get(self, place: int) -> bytes:
        if not self._is_flushed:
            self._file.flush()
            self._is_flushed = True
        number = self._file.fileno()
        size = int.from_bytes(os.pread(number, SIZE, place), "big")
        return os.pread(number, size, place + SIZE)


class SpooledItems(Sequence[Item]):
    """So many items on disk, put there in any order, and read by their numbers."""

    def __init__(self, number: int, decode: Callable[[bytes], Item]) -> None:
        self._spool = Spool()
        self._places = array("Q", bytes(8 * number))
        self._decode = decode

    def put(self, number: int, item: bytes) -> None:
        self._places[number] = self._spool.put(item)

    def __len__(self) -> int:
        return len(self._places)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self._decode(self._spool.get(place)) for place in self._places[index]]
        return self._decode(self._spool.get(self._places[index]))


class SpooledRows(Mapping[str, Rows]):
    """The rows of agreements by name, on disk."""

    def __init__(self) -> None:
        self._spool = Spool()
        self._places: dict[str, int] = {}

    def put(self, agreement: str, rows: bytes) -> None:
        self._places[agreement] = self._spool.put(rows)

    def __len__(self) -> int:
        return len(self._places)

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __getitem__(self, agreement: str) -> Rows:
        return _rows(self._spool.get(self._places[agreement]))


_rows = msgspec.msgpack.Decoder(Rows).decode
