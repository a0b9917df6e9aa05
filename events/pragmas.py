"""The settings every SQLite connection runs under, set and then read back.

FULL, always: with NORMAL a power cut loses acknowledged events.
"""

from __future__ import annotations

import sqlite3

from events.errors import StoreUnavailable

PRAGMAS = {
    "journal_mode": "wal",
    "synchronous": 2,
    "busy_timeout": 10_000,
    "foreign_keys": 1,
    "recursive_triggers": 1,
    "trusted_schema": 0,
}
BUSY_MS = 10_000


def apply(connection: sqlite3.Connection, path: str) -> None:
    """Set each pragma and refuse a connection on which one did not take."""
    try:
        connection.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
        for name, value in PRAGMAS.items():
            connection.execute(f"PRAGMA {name} = {value}")
            found = connection.execute(f"PRAGMA {name}").fetchone()[0]
            if found != value:
                raise StoreUnavailable(
                    f"{path}: {name} is {found!r}, expected {value!r}",
                    hint="put the database on a local disk",
                )
    except sqlite3.Error as error:
        raise translated(error, path) from error


def translated(error: sqlite3.Error, path: str) -> StoreUnavailable:
    """An error of the driver as one of ours, with what to do about it."""
    text = str(error)
    hints = {
        "locked": "another process is writing; try again",
        "full": "free some disk space and try again; nothing was written",
        "not a database": "give the path of a pactwatch database with --db",
        "unable to open": "check that the folder exists and can be written",
        "readonly": "check the rights on the file and its folder",
    }
    hint = next((advice for word, advice in hints.items() if word in text), "pactwatch db info")
    return StoreUnavailable(f"{path}: {text}", hint=hint)
