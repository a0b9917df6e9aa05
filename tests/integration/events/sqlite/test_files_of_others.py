"""A file of another program is never written to, and one that can not be written is read."""

from __future__ import annotations

import os
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import apsw
import pytest

from events import EventStore, EventStoreError
from events.database.backup import backup, restore
from events.database.engine import open_engine, read_snapshot
from events.database.upgrade import upgrade
from events.errors import StoreNotFound, StoreUnavailable
from tests.support.command import Command, plain_environment

PACKAGES = ("tracker.projections", "notifications")


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    """What a browser keeps, and a table that is called like one of ours."""
    path = tmp_path / "firefox.sqlite"
    with closing(apsw.Connection(str(path))) as db:
        db.execute("CREATE TABLE moz_places (url TEXT)")
        db.execute("CREATE TABLE events (id INTEGER PRIMARY KEY, title TEXT)")
        db.execute("INSERT INTO moz_places VALUES ('https://example.org/')")
    return path


COMMANDS = [
    ["status"], ["db", "init"], ["db", "info"], ["db", "upgrade"], ["tick"], ["verify"],
    ["subscribe", "add", "a@example.org"], ["subscribe", "list"], ["outbox", "list"],
    ["projection", "list"], ["projection", "rebuild", "--yes"],
    ["agreement", "add", "a", "--title", "A"], ["export"], ["digest", "preview"],
    ["import", "-"], ["feed", "ics"],
]  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_no_command_writes_into_a_file_of_another_program(
    foreign: Path, command: list[str], tmp_path: Path
) -> None:
    """It is refused, with its tables named, and every byte is as it was."""
    before = foreign.read_bytes()
    result = Command(tmp_path, plain_environment(tmp_path))("--db", str(foreign), *command)

    assert (1, before) == (result.code, foreign.read_bytes())
    assert "another program" in result.err
    assert "unexpected" not in result.err
    assert [foreign.name] == [path.name for path in tmp_path.iterdir() if path.is_file()]


def test_a_restore_of_it_is_refused(foreign: Path, tmp_path: Path) -> None:
    """Nothing is made at the target."""
    with pytest.raises(EventStoreError, match="another program"):
        restore(foreign, str(tmp_path / "target.db"), PACKAGES)

    assert [foreign] == list(tmp_path.iterdir())


def test_a_file_without_tables_is_no_database_for_who_only_reads(tmp_path: Path) -> None:
    """`create=False` makes nothing."""
    path = tmp_path / "empty.db"
    with closing(apsw.Connection(str(path))) as db:
        db.pragma("user_version", 1)
    with pytest.raises(StoreNotFound, match="no log"):
        EventStore.open(str(path), create=False)
    with closing(apsw.Connection(str(path))) as db:
        assert [] == db.execute("SELECT name FROM sqlite_master").fetchall()


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Path]:
    """A folder that can not be written: a file in WAL mode, without its WAL, and a backup."""
    folder = tmp_path / "shelf"
    folder.mkdir()
    root = os.geteuid() == 0
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(folder)]
    if root and subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("root writes everywhere, and may not mount here")
    run = Command(tmp_path, plain_environment(tmp_path))
    assert 0 == run("--db", str(folder / "p.db"), "agreement", "add", "a", "--title", "A").code
    backup(str(folder / "p.db"), folder / "copy.db", PACKAGES)
    try:
        if root:
            subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)
        else:
            folder.chmod(0o555)
        yield folder
    finally:
        if root:
            subprocess.run(["umount", "-l", str(folder)], check=True)
        else:
            folder.chmod(0o755)


@pytest.mark.parametrize("name", ["p.db", "copy.db"])
def test_what_can_not_be_written_is_read_and_restored(
    shelf: Path, tmp_path: Path, name: str
) -> None:
    """Nothing is put beside the file, and what would write says what it needs."""
    run, file = Command(tmp_path, plain_environment(tmp_path)), str(shelf / name)
    reading = [
        ["status"], ["verify"], ["export"], ["db", "info"], ["projection", "list"],
        ["projection", "rebuild", "--dry-run"], ["outbox", "list"], ["alert", "list"],
        ["subscribe", "list"], ["bounce", "list"],
    ]  # fmt: skip
    results = [run("--db", file, *words) for words in reading]
    results.append(run("--db", str(tmp_path / "target.db"), "db", "restore", file))
    written = run("--db", file, "agreement", "add", "b", "--title", "B")

    assert 11 * [0] == [each.code for each in results], [each.err for each in results]
    assert 1 == written.code
    assert "read-only" in written.err
    assert ["copy.db", "p.db"] == sorted(path.name for path in shelf.iterdir())


def test_what_keeps_a_database_from_being_made_is_told(shelf: Path, tmp_path: Path) -> None:
    """A folder that is not there, that can not be written, or that stands in the way."""
    paths = {
        tmp_path / "none" / "p.db": "no such folder",
        shelf / "new.db": "cannot be written",
        tmp_path: "is a folder",
    }
    for path, words in paths.items():
        with pytest.raises(StoreUnavailable, match=words) as caught:
            EventStore.open(str(path))
        assert caught.value.hint


def test_a_backup_is_left_without_wal(shelf: Path) -> None:
    """Any SQLite reads it with `mode=ro`, also in a folder that it can not write."""
    with closing(sqlite3.connect(f"file:{shelf}/copy.db?mode=ro", uri=True)) as db:
        assert (1,) == db.execute("SELECT count(*) FROM events").fetchone()


ERRORS = [apsw.FullError, apsw.IOError, apsw.ReadOnlyError, apsw.BusyError]


@pytest.mark.parametrize("error", ERRORS)
def test_engine_and_store_say_in_words_what_stands_in_the_way(
    tmp_path: Path, error: type[apsw.Error]
) -> None:
    """A full disk, one that fails, a file that can not be written, a writer that takes too long."""
    path = str(tmp_path / "p.db")
    EventStore.open(path).close()
    engine = open_engine(path)

    def refuse(*_: object) -> None:
        raise error("raw words of SQLite")

    with read_snapshot(engine) as connection:
        driver = connection.connection.driver_connection
        driver.create_function("refuse", 0, refuse)  # type: ignore[union-attr]
        with pytest.raises(StoreUnavailable) as caught:
            connection.exec_driver_sql("SELECT refuse()")

    assert "raw words" not in str(caught.value)
    assert caught.value.hint


def test_an_integer_that_no_database_holds_is_refused_in_words(tmp_path: Path) -> None:
    """Not as an error of the driver."""
    with (
        EventStore.open(str(tmp_path / "p.db")) as store,
        pytest.raises(EventStoreError, match="too large"),
    ):
        list(store.read_all(after=10**24))


def test_an_upgrade_makes_no_log_in_a_file_of_another_program(foreign: Path) -> None:
    """The same at the library's door."""
    before = foreign.read_bytes()
    with pytest.raises(EventStoreError, match="another program"):
        upgrade(str(foreign), PACKAGES)

    assert before == foreign.read_bytes()


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk without a free byte, with a database that nobody has open."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)]
    if os.geteuid() or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a disk of its own takes root, and leave to mount")
    try:
        run = Command(tmp_path, plain_environment(tmp_path))
        assert 0 == run("--db", str(folder / "p.db"), "agreement", "add", "a", "--title", "A").code
        with (folder / "fill").open("wb", buffering=0) as rest, suppress(OSError):
            while rest.write(bytes(4096)):
                pass
        assert 0 == os.statvfs(folder).f_bavail
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_is_told_to_who_reads_with_the_way_to_read(
    full_disk: Path, tmp_path: Path
) -> None:
    """SQLite needs an index beside the file even to read; a copy elsewhere is read."""
    run, file = Command(tmp_path, plain_environment(tmp_path)), full_disk / "p.db"
    refused = run("--db", str(file), "status")
    for each in full_disk.glob("p.db*"):
        (tmp_path / each.name).write_bytes(each.read_bytes())
    copied = run("--db", str(tmp_path / "p.db"), "status")
    (full_disk / "fill").unlink()
    freed = run("--db", str(file), "status")

    assert (1, 0, 0) == (refused.code, copied.code, freed.code)
    assert f"{file}: the disk is full: reading, too, needs 32 KiB" in refused.err
    assert f"read a copy on another disk: cp {file}* FOLDER" in refused.err
    assert "a: A" in copied.out
    assert copied.out == freed.out
