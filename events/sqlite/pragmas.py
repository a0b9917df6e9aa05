"""The settings every SQLite connection runs under, set and then read back.

FULL, always: with NORMAL a power cut loses acknowledged events.
"""

from __future__ import annotations

import os
from pathlib import Path
from shlex import quote

import apsw

from events.errors import EventStoreError, LogDamaged, StoreUnavailable
from events.files import make_private
from events.sqlite.waiting import PATIENCE, busy_handler

PRAGMAS: dict[str, str | int] = {
    "journal_mode": "wal",
    "synchronous": 2,
    "foreign_keys": 1,
    "recursive_triggers": 1,
    "trusted_schema": 0,
}


READ_ONLY: dict[str, str | int] = {"query_only": 1, "trusted_schema": 0}
"""For a reader: the file is opened read-only, and no statement may write."""
UNFINISHED: dict[str, str | int] = {**PRAGMAS, "journal_mode": "off", "synchronous": 0}
"""For a file that goes unless it is filled to its end: it takes its size on the disk once, and no
row is written twice. Whoever keeps it has to sync it."""


def connect(path: str, *, read_only: bool = False, unfinished: bool = False) -> apsw.Connection:
    """A connection under the settings; StoreUnavailable says what stands in the way.

    A file that can not be written is opened for reading, and one with tables of another program
    is refused before anything in it is changed.
    """
    file = Path(path)
    # WAL needs both file and folder; a file yet to be made is tried.
    writable = not file.exists() or (os.access(file, os.W_OK) and os.access(file.parent, os.W_OK))
    read_only = read_only or not writable
    try:
        connection = _opened(path, read_only=read_only)
    except apsw.Error as error:
        raise translated(error, path) from error
    try:
        connection.set_busy_handler(busy_handler())
        _check_ours(connection, path)
        apply(connection, path, read_only=read_only, unfinished=unfinished)
    except apsw.Error as error:
        connection.close()
        raise translated(error, path) from error
    except BaseException:
        connection.close()
        raise
    return connection


def _opened(path: str, *, read_only: bool) -> apsw.Connection:
    if not read_only:
        # Its log and index beside it get the rights of the file.
        make_private(path)
        return apsw.Connection(path, apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE)
    wal = Path(f"{path}-wal")
    if os.access(Path(path).parent, os.W_OK) or (wal.exists() and wal.stat().st_size):
        return apsw.Connection(path, apsw.SQLITE_OPEN_READONLY)
    return immutable(path)


def immutable(path: str) -> apsw.Connection:
    """Opens a file that nobody writes: SQLite neither locks it nor puts a file beside it."""
    uri = f"{Path(path).absolute().as_uri()}?immutable=1"
    return apsw.Connection(uri, apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI)


def _check_ours(connection: apsw.Connection, path: str) -> None:
    query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    tables = [str(row[0]) for row in connection.execute(query)]
    if tables and LOG_SIGN not in tables:
        raise StoreUnavailable(
            f"{path} holds tables of another program ({', '.join(tables[:3])}); "
            "nothing was written",
            hint="give the path of a database of pactwatch, or of a new file, with --db",
        )


def apply(
    connection: apsw.Connection, path: str, *, read_only: bool = False, unfinished: bool = False
) -> None:
    """Set each pragma and refuse a connection on which one did not take."""
    settings = READ_ONLY if read_only else UNFINISHED if unfinished else PRAGMAS
    try:
        connection.transaction_mode = "DEFERRED" if read_only else "IMMEDIATE"
        for name, value in settings.items():
            connection.pragma(name, value)
            actual = connection.pragma(name)
            if actual != value:
                raise StoreUnavailable(
                    f"{path}: {name} is {actual!r}, expected {value!r}",
                    hint="put the database on a local disk",
                )
    except apsw.Error as error:
        raise translated(error, path) from error


LOG_SIGN = "event_counter"
"""The table that every log of ours has had, and others hardly have."""

FULL = "the disk is full"
INDEX_ERRORS = frozenset({
    apsw.SQLITE_IOERR_SHMOPEN, apsw.SQLITE_IOERR_SHMSIZE, apsw.SQLITE_IOERR_SHMMAP,
})  # fmt: skip
"""What SQLite says where the index of the log beside a file (`-shm`) cannot be made."""
INDEX_BYTES = 32 * 1024
WORDS: tuple[tuple[type[apsw.Error], str, str], ...] = (
    (
        apsw.BusyError,
        f"waited {PATIENCE:.0f} s for another process that is writing",
        "try again; which process it is: fuser -v FILE",
    ),
    (apsw.LockedError, "another process is writing", "try again"),
    (apsw.FullError, FULL, "free some disk space and try again; nothing was written"),
    (
        apsw.IOError,
        "the disk returned an error",
        "look at the disk (dmesg), then: pactwatch --db FILE verify",
    ),
    (apsw.NotADBError, "", "give the path of a database of pactwatch, with --db"),
    (apsw.CantOpenError, "", "check the rights on the file and its folder"),
    (
        apsw.ReadOnlyError,
        "read-only: opened for reading, or file and folder can not be written",
        "check the rights on the file and its folder, or work on a copy of it",
    ),
)
"""What an error of SQLite is called here ("": as SQLite says it), and what to do about it."""


def translated(error: BaseException, path: str) -> EventStoreError:
    """An error of the driver as one of ours, with what to do about it."""
    if isinstance(error, apsw.CorruptError):
        return LogDamaged(f"{path}: {error}", hint="pactwatch db restore FILE")
    if isinstance(error, (apsw.CantOpenError, apsw.IOError)) and (
        unusable := _unusable(Path(path))
    ):
        return unusable
    if getattr(error, "extendedresult", 0) in INDEX_ERRORS and _is_full(Path(path)):
        return StoreUnavailable(
            f"{path}: {FULL}: reading, too, needs {INDEX_BYTES // 1024} KiB for an index beside it",
            hint=f"free some; or read a copy on another disk: cp {quote(path)}* FOLDER",
        )
    for kind, words, hint in WORDS:
        if isinstance(error, kind):
            return StoreUnavailable(
                f"{path}: {words or error}", hint=hint.replace("FILE", quote(path))
            )
    return StoreUnavailable(f"{path}: {error}", hint="pactwatch db info")


def _is_full(path: Path) -> bool:
    """Whether the disk of a file has no room for the index of its log."""
    disk = os.statvfs(path.absolute().parent)
    return disk.f_bavail * disk.f_frsize < INDEX_BYTES


def _unusable(path: Path) -> StoreUnavailable | None:
    """What about a path or its folder keeps SQLite from opening it, where that can be seen."""
    folder = path.absolute().parent
    if path.is_dir():
        return StoreUnavailable(f"{path} is a folder", hint="give the path of a file with --db")
    if not folder.is_dir():
        hint = f"mkdir -p {quote(str(path.parent))}"
        return StoreUnavailable(f"{path}: there is no such folder", hint=hint)
    if not os.access(folder, os.W_OK):
        return StoreUnavailable(
            f"{path}: the folder cannot be written",
            hint=f"check the rights on {folder}, or give another path with --db",
        )
    return None


def is_translatable(error: BaseException) -> bool:
    """Whether an error says that the file is unavailable, whatever was asked of it."""
    return isinstance(error, (apsw.CorruptError, *(kind for kind, _, _ in WORDS)))
