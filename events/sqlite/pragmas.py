"""The settings every SQLite connection runs under, set and then read back.

FULL, always: with NORMAL a power cut loses acknowledged events.
"""

from __future__ import annotations

import apsw

from events.errors import EventStoreError, LogDamaged, StoreUnavailable

BUSY_MS = 10_000
PRAGMAS: dict[str, str | int] = {
    "journal_mode": "wal",
    "synchronous": 2,
    "busy_timeout": BUSY_MS,
    "foreign_keys": 1,
    "recursive_triggers": 1,
    "trusted_schema": 0,
}


READ_ONLY: dict[str, str | int] = {"query_only": 1, "busy_timeout": BUSY_MS, "trusted_schema": 0}
"""For a reader: the file is opened read-only, and no statement may write."""


def connect(path: str, *, read_only: bool = False) -> apsw.Connection:
    """A connection under the settings; StoreUnavailable says what stands in the way."""
    flags = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE
    try:
        connection = apsw.Connection(path, apsw.SQLITE_OPEN_READONLY if read_only else flags)
    except apsw.Error as error:
        raise translated(error, path) from error
    try:
        apply(connection, path, read_only=read_only)
    except BaseException:
        connection.close()
        raise
    return connection


def apply(connection: apsw.Connection, path: str, *, read_only: bool = False) -> None:
    """Set each pragma and refuse a connection on which one did not take."""
    try:
        connection.set_busy_timeout(BUSY_MS)
        connection.transaction_mode = "DEFERRED" if read_only else "IMMEDIATE"
        for name, value in (READ_ONLY if read_only else PRAGMAS).items():
            connection.pragma(name, value)
            actual = connection.pragma(name)
            if actual != value:
                raise StoreUnavailable(
                    f"{path}: {name} is {actual!r}, expected {value!r}",
                    hint="put the database on a local disk",
                )
    except apsw.Error as error:
        raise translated(error, path) from error


HINTS: tuple[tuple[type[apsw.Error], str], ...] = (
    (apsw.BusyError, "another process is writing; try again"),
    (apsw.LockedError, "another process is writing; try again"),
    (apsw.FullError, "free some disk space and try again; nothing was written"),
    (apsw.NotADBError, "give the path of a pactwatch database with --db"),
    (apsw.CantOpenError, "check that the folder exists and can be written"),
    (apsw.ReadOnlyError, "check the rights on the file and its folder"),
)


def translated(error: apsw.Error, path: str) -> EventStoreError:
    """An error of the driver as one of ours, with what to do about it."""
    if isinstance(error, apsw.CorruptError):
        return LogDamaged(f"{path}: {error}", hint="pactwatch db restore FILE")
    hint = next((advice for kind, advice in HINTS if isinstance(error, kind)), "pactwatch db info")
    return StoreUnavailable(f"{path}: {error}", hint=hint)
