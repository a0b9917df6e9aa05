"""The write-ahead log of SQLite, grown once so that commits need not grow it bit by bit.

Where a commit makes the file longer, the flush also waits for the file system's own journal; where
it overwrites what is there, it does not. SQLite starts over from the beginning after every
checkpoint, so a file that is once as long as that stays long enough.
"""

from __future__ import annotations

from pathlib import Path

import apsw

PAGES = 1100
"""A little more than are written between two checkpoints."""
SMALL_CACHE = 20


def grow(db: apsw.Connection, path: str) -> None:
    """Write as many pages as a checkpoint waits for, and take them back: nothing is committed.

    Does nothing where the file is long enough already, or another writer is at work.
    """
    size = PAGES * int(db.pragma("page_size"))
    wal = Path(f"{path}-wal")
    if not wal.exists() or wal.stat().st_size >= size:
        return
    cache_size = db.pragma("cache_size")
    db.pragma("cache_size", SMALL_CACHE)  # what does not fit goes to the file before the commit
    try:
        db.execute("BEGIN IMMEDIATE")
        db.execute("CREATE TABLE scratch (filler)")
        db.execute("INSERT INTO scratch VALUES (zeroblob(?))", (size,))
    except (apsw.BusyError, apsw.FullError):
        pass
    finally:
        if db.in_transaction:
            db.execute("ROLLBACK")
        db.pragma("cache_size", cache_size)
