"""The write-ahead log grown once for a writer that goes on: its length changes, nothing else."""

from __future__ import annotations

from pathlib import Path

from events import EventStore, NewEvent
from events.sqlite import pragmas, wal
from events.sqlite.store import WAL_GROW_AFTER_COMMITS
from events.transparency import verification

PAGE = 4096


def wal_size(database: str) -> int:
    return Path(f"{database}-wal").stat().st_size


def append(store: EventStore, times: int) -> None:
    for _ in range(times):
        store.append("s", [NewEvent(type="t", data={"n": 1})])


def test_a_single_command_leaves_the_file_short(database: str) -> None:
    """Whoever appends once and goes pays nothing for those who go on."""
    with EventStore.open(database) as store:
        append(store, 1)
        assert wal_size(database) < wal.PAGES * PAGE


def test_a_writer_that_goes_on_grows_the_file_once(database: str) -> None:
    """After so many commits the file is as long as it will have to be, and the log is whole."""
    with EventStore.open(database) as store:
        append(store, WAL_GROW_AFTER_COMMITS + 1)
        grown = wal_size(database)
        append(store, WAL_GROW_AFTER_COMMITS)
        assert wal.PAGES * PAGE <= grown == wal_size(database)
        assert verification.verify(store).damage is None
        assert 2 * WAL_GROW_AFTER_COMMITS + 1 == store.head()


def test_what_makes_it_long_is_taken_back(database: str) -> None:
    """No table and no page of it is in the database that others open."""
    with EventStore.open(database) as store:
        append(store, WAL_GROW_AFTER_COMMITS + 1)
        other = pragmas.connect(database)
        assert WAL_GROW_AFTER_COMMITS + 1 == other.execute("SELECT count(*) FROM events").get
        assert [] == other.execute("SELECT 1 FROM sqlite_master WHERE name = 'scratch'").fetchall()
        other.close()
    assert Path(database).stat().st_size < wal.PAGES * PAGE


def test_it_gives_way_to_another_writer(database: str) -> None:
    """A file that can not be grown now stays as it is, and the next append goes its way."""
    with EventStore.open(database) as store:
        append(store, 1)
        writing, waiting = pragmas.connect(database), pragmas.connect(database)
        writing.execute("BEGIN IMMEDIATE")
        waiting.set_busy_timeout(1)
        before = wal_size(database)
        wal.grow(waiting, database)
        assert before == wal_size(database)
        writing.execute("ROLLBACK")
        writing.close()
        waiting.close()
        append(store, 1)
        assert 2 == store.head()
