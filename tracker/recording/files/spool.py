"""What waits on disk, since it may be too much for the memory: lines, judged events, answers."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from tempfile import SpooledTemporaryFile, gettempdir
from typing import IO, Any, TypeVar
from weakref import finalize

import msgspec

from tracker.errors import TrackerError

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
        hint="set TMPDIR to one with more room; an import takes three times its file there",
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

    def append(self, item: bytes) -> None:
        self._places.append(self._spool.put(item))

    def put(self, number: int, item: bytes) -> None:
        self._places[number] = self._spool.put(item)

    def __len__(self) -> int:
        return len(self._places)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self._decode(self._spool.get(place)) for place in self._places[index]]
        return self._decode(self._spool.get(self._places[index]))


def on_disk(items: Iterable[Item]) -> Sequence[Item]:
    """Puts documents on disk, one after the other, to be read as often as they are asked for."""
    documents: SpooledItems[Item] = SpooledItems(0, msgspec.json.decode)
    for item in items:
        documents.append(msgspec.json.encode(item))
    return documents
