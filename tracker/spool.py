"""What waits on disk, since it may be too much for the memory: lines, judged events, answers."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from heapq import merge
from itertools import islice, pairwise
from tempfile import SpooledTemporaryFile, gettempdir
from threading import Lock
from typing import IO, Any, TypeVar
from weakref import finalize

import msgspec
from msgspec import Struct

from tracker.errors import NoRoom

Item = TypeVar("Item", covariant=True)
IN_MEMORY = 4 << 20
SIZE = 4
"""Bytes that hold the length of a text."""


class Purpose(Struct, frozen=True):
    """What is under way while something waits on disk: what has come of it where there is no room.

    `size` says how much room it takes.
    """

    outcome: str
    size: str


IMPORT = Purpose("nothing was recorded", "an import takes three times its file there")
ANSWER = Purpose("nothing was answered", "an answer over everything takes its length there")


class Spool:
    """A file without a name, gone with whoever holds it; each text is found by its place.

    A short one stays in memory. Several threads may read it. Raises NoRoom where there is no room
    for it.
    """

    def __init__(self, purpose: Purpose = IMPORT) -> None:
        self._purpose = purpose
        self._file = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115
        finalize(self, close, self._file)
        self._end = 0
        self._is_at_end = True
        self._lock = Lock()

    def put(self, text: bytes) -> int:
        """Adds a text; returns its place."""
        with self._lock:
            place = self._end
            try:
                if not self._is_at_end:
                    self._file.seek(place)
                self._file.write(len(text).to_bytes(SIZE, "big"))
                self._file.write(text)
            except OSError as error:
                raise no_room(error, self._purpose) from error
            self._is_at_end = True
            self._end += SIZE + len(text)
            return place

    def get(self, place: int) -> bytes:
        with self._lock:
            self._is_at_end = False
            try:
                self._file.seek(place)
                return self._file.read(int.from_bytes(self._file.read(SIZE), "big"))
            except OSError as error:
                raise no_room(error, self._purpose) from error


def no_room(error: OSError, purpose: Purpose) -> NoRoom:
    """The refusal of a file that the folder for temporary files does not take."""
    folder = f"the folder for temporary files, {gettempdir()}"
    return NoRoom(
        f"{folder}: {error.strerror}; {purpose.outcome}",
        hint=f"set TMPDIR to one with more room; {purpose.size}",
    )


def close(file: IO[bytes]) -> None:
    """Closes a file whose owner is gone."""
    # What could not be written is not missed any more.
    with suppress(OSError):
        file.close()


class SpooledItems(Sequence[Item]):
    """So many items on disk, put there in any order, and read by their numbers."""

    def __init__(
        self, number: int, decode: Callable[[bytes], Item], purpose: Purpose = IMPORT
    ) -> None:
        self._spool = Spool(purpose)
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


class SpooledDocuments(SpooledItems[Any]):
    """Documents of an answer on disk, in the order in which they were added."""

    def __init__(self) -> None:
        super().__init__(0, msgspec.json.decode, ANSWER)

    def add(self, document: Any) -> None:
        self.append(msgspec.json.encode(document))


def on_disk(items: Iterable[Item]) -> Sequence[Item]:
    """Puts documents on disk, one after the other, to be read as often as they are asked for."""
    documents = SpooledDocuments()
    for item in items:
        documents.add(item)
    return documents


SORTED_AT_ONCE = 10_000
"""Documents that are sorted in memory: 12 MiB of readings."""


def sorted_on_disk(items: Iterable[Item], key: Callable[[Item], Any]) -> Sequence[Item]:
    """Puts documents on disk in the order that `sorted` would give them, in little memory."""
    left, ordered, ends = iter(items), SpooledDocuments(), [0]
    while run := sorted(islice(left, SORTED_AT_ONCE), key=key):
        for item in run:
            ordered.add(item)
        ends.append(len(ordered))
    if len(ends) < 3:
        return ordered
    runs = [map(ordered.__getitem__, range(*bounds)) for bounds in pairwise(ends)]
    return on_disk(merge(*runs, key=key))
