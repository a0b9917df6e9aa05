"""The bytes of an answer: in memory, or on disk where they are many."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from itertools import chain
from tempfile import TemporaryFile
from weakref import finalize

from tracker.spool import ANSWER, IN_MEMORY, close, no_room
from tracker.terminal.json_pieces import PIECE


class DiskBody:
    """Bytes in a file without a name, gone with the answer; several may read them at once.

    Raises NoRoom where the folder for temporary files does not take them.
    """

    def __init__(self, pieces: Iterable[bytes]) -> None:
        try:
            self._file = TemporaryFile()  # noqa: SIM115
            finalize(self, close, self._file)
            self._file.writelines(pieces)
            self._file.flush()
            self._size = self._file.tell()
        except OSError as error:
            raise no_room(error, ANSWER) from error

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[bytes]:
        place = 0
        while piece := os.pread(self._file.fileno(), PIECE, place):
            yield piece
            place += len(piece)


Body = bytes | DiskBody


def body_of(pieces: Iterable[bytes]) -> Body:
    """Joins pieces in memory, and beyond a few MiB on disk."""
    start, left = bytearray(), iter(pieces)
    for piece in left:
        start += piece
        if len(start) > IN_MEMORY:
            return DiskBody(chain((bytes(start),), left))
    return bytes(start)


def pieces_of(body: Body) -> Iterable[bytes]:
    return (body,) if isinstance(body, bytes) else body
