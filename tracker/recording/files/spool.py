"""What waits on disk, since it may be too much for the memory: lines, judged events, and rows."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from tempfile import SpooledTemporaryFile, gettempdir
from typing import IO, Any, TypeVar
from weakref import finalize

import msgspec

from tracker.errors import TrackerError
from tracker.projections.rows import Rows

Item = TypeVar("Item", covariant=True)
IN_MEMORY = 4 << 20
SIZE = 4
"""Bytes that hold the length of a text."""


class Spool:
    """A file without a name, gone with whoever holds it; each text is found by its place.

    A short one stays in memory. Raises TrackerError where there is no room for it.
    """

    def __init__(self) -> None:
        self._file = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115
        finalize(self, _close, self._file)
        self._end = 0
        self._is_at_end = True

    def put(self, text: bytes) -> int:
        """Adds a text; returns its place."""
        place = self._end
        try:
            if not self._is_at_end:
                self._file.seek(place)
            self._file.write(len(text).to_bytes(SIZE, "big"))
            self._file.write(text)
        except OSError as error:
            raise no_room(error) from error
        self._is_at_end = True
        self._end += SIZE + len(text)
        return place

    def get(self, place: int) -> bytes:
        self._is_at_end = False
        try:
            self._file.seek(place)
            return self._file.read(int.from_bytes(self._file.read(SIZE), "big"))
        except OSError as error:
            raise no_room(error) from error


def no_room(error: OSError) -> TrackerError:
    """The refusal of a file that the folder for temporary files does not take."""
    return TrackerError(
        f"the folder for temporary files, {gettempdir()}: {error.strerror}; nothing was recorded",
        hint="give one with room for three times the file: TMPDIR=/var/tmp pactwatch import FILE",
    )


def _close(file: IO[bytes]) -> None:
    # What could not be written is not missed any more.
    with suppress(OSError):
        file.close()


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
