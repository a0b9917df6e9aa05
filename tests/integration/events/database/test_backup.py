"""A backup is whole or it is none, goes back into either engine, and is held to checkpoints."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import apsw
import psycopg
import pytest
from sqlalchemy import text

from events import EventStore, NewEvent
from events.database.backup import BackupRefused, backup, restore
from events.database.engine import open_engine, read_snapshot, write_transaction
from events.database.upgrade import upgrade
from events.postgres.schema import CHANNEL
from events.transparency.checkpoints import TreeHead, tree_head
from events.transparency.verification import verify
from tests.support.dataset import EVENING
from tests.support.subscribers import add_reader

PACKAGES = ("tracker.projections", "notifications")


@pytest.fixture(params=["sqlite", "postgres"])
def source(request: pytest.FixtureRequest, tmp_path: Path, shipped_database: Path) -> str:
    """The shipped data with a subscription, on each engine."""
    if request.param == "postgres":
        url = request.getfixturevalue("shipped_postgres")
    else:
        url = str(tmp_path / "source.db")
        shutil.copy(shipped_database, url)
    with EventStore.open(url) as store:
        store.append("x", [NewEvent(type="t", data={"note": "free"}, id="n", erasable=("note",))])
    with write_transaction(open_engine(url)) as connection:
        add_reader(connection, email="a@example.org", cadence="daily", zone="UTC", now=EVENING)
    return str(url)


@pytest.fixture(params=["sqlite", "postgres"])
def target(request: pytest.FixtureRequest, tmp_path: Path, make_database: Callable[[], str]) -> str:
    return make_database() if request.param == "postgres" else str(tmp_path / "target.db")


def content(url: str) -> object:
    with EventStore.open(url, create=False) as store:
        assert verify(store).damage is None
        events = [(e.position, e.stream, e.id, e.recorded_at, e.data) for e in store.read_all()]
        return tree_head(store), events, list(store.texts())


def subscribers(url: str) -> list[tuple[int, str]]:
    with read_snapshot(open_engine(url)) as connection:
        return [tuple(r) for r in connection.execute(text("SELECT id, email FROM subscriptions"))]


def test_what_was_backed_up_comes_back_on_either_engine(
    source: str, target: str, tmp_path: Path
) -> None:
    """Events, hashes, notes and subscriptions are equal, and the database goes on from there."""
    file = tmp_path / "backup.db"
    head = backup(source, file, PACKAGES)
    restored = restore(file, target, PACKAGES, [head])

    assert (head, content(source), subscribers(source)) == (
        restored.head,
        content(target),
        subscribers(target),
    )
    with EventStore.open(target) as store:
        store.append("x", [NewEvent(type="t", data={})])
    with write_transaction(open_engine(target)) as connection:
        added = add_reader(
            connection, email="b@example.org", cadence="daily", zone="UTC", now=EVENING
        )
        assert 2 == added.id


def test_a_restore_updates_the_counter_of_a_postgres_log_once(
    tmp_path: Path,
    make_database: Callable[[], str],
    shipped_database: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each row of a transaction goes through all updates before it; each tells who listens."""
    monkeypatch.setattr("events.database.backup.BATCH", 10)
    file, target, pages = tmp_path / "backup.db", make_database(), 0

    def page(_done: int, _of: int) -> None:
        nonlocal pages
        pages += 1

    backup(str(shipped_database), file)
    EventStore.open(target).close()
    with psycopg.connect(target, autocommit=True) as listener:
        updates: list[psycopg.Notify] = []
        listener.add_notify_handler(updates.append)
        listener.execute(f"LISTEN {CHANNEL}")
        head = restore(file, target, progress=page).head
        listener.execute("SELECT 1")

    assert [str(head.size)] == [update.payload for update in updates]
    assert 10 < pages


def test_a_copy_of_rows_takes_its_size_on_the_disk_once(
    shipped_postgres: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No journal grows beside it: a file that is not whole is thrown away, never rolled back."""
    monkeypatch.setattr("events.database.backup.BATCH", 10)
    folder, beside = tmp_path / "copies", set[str]()

    def look(_done: int, _of: int) -> None:
        beside.update(path.name for path in folder.iterdir())

    backup(shipped_postgres, folder / "backup.db", PACKAGES, progress=look)
    restore(folder / "backup.db", str(folder / "restored.db"), PACKAGES, progress=look)

    assert {"backup.db.partial", "backup.db", "restored.db.partial"} == beside


def test_a_backup_taken_while_others_write_is_one_state(tmp_path: Path) -> None:
    """The copy verifies, and is the beginning of what the log has become."""
    url, over = str(tmp_path / "log.db"), threading.Event()

    def write() -> None:
        with EventStore.open(url) as store:
            while not over.is_set():
                store.append("a", [NewEvent(type="t", data={})])

    EventStore.open(url).close()
    writer = threading.Thread(target=write)
    writer.start()
    try:
        heads = [backup(url, tmp_path / f"{n}.db", PACKAGES) for n in range(5)]
    finally:
        over.set()
        writer.join()
    with EventStore.open(url) as store:
        assert heads == [tree_head(store, head.size) for head in heads]


def test_neither_way_overwrites_anything(source: str, tmp_path: Path) -> None:
    """A file or database that holds something already is left as it is."""
    file = tmp_path / "backup.db"
    backup(source, file, PACKAGES)
    before = file.read_bytes()
    with pytest.raises(BackupRefused, match="there already"):
        backup(source, file, PACKAGES)
    with pytest.raises(BackupRefused, match="already"):
        restore(file, source, PACKAGES)

    assert before == file.read_bytes()


def test_a_spoilt_backup_is_refused_before_anything_is_written(
    source: str, target: str, tmp_path: Path
) -> None:
    """One changed byte, or a checkpoint that the backup does not reach."""
    file = tmp_path / "backup.db"
    head = backup(source, file, PACKAGES)
    with pytest.raises(BackupRefused, match="missing"):
        restore(file, target, PACKAGES, [TreeHead(head.size + 1, head.root)])
    with closing(apsw.Connection(str(file))) as db:
        db.execute("DROP TRIGGER events_no_update")
        db.execute("UPDATE events SET source = 'elsewhere' WHERE position = 7")
    with pytest.raises(BackupRefused, match="position 7"):
        restore(file, target, PACKAGES)

    assert "postgresql" in target or not Path(target).exists()


def test_an_empty_file_is_no_backup(tmp_path: Path) -> None:
    """What a full disk has cut off at nothing is refused, and stays as it is."""
    file, target = tmp_path / "empty.db", tmp_path / "target.db"
    file.touch()

    with pytest.raises(BackupRefused, match="is empty"):
        restore(file, str(target), PACKAGES)

    assert (0, False) == (file.stat().st_size, target.exists())


def test_a_failed_backup_leaves_no_file(tmp_path: Path) -> None:
    """A damaged log makes no backup that looks like one."""
    url, file = str(tmp_path / "log.db"), tmp_path / "backup.db"
    with EventStore.open(url) as store:
        store.append("a", [NewEvent(type="t", data={})])
    with closing(apsw.Connection(url)) as db:
        db.execute("DROP TRIGGER events_no_update")
        db.execute("UPDATE events SET source = 'elsewhere'")
    with pytest.raises(BackupRefused, match="position 1"):
        backup(url, file, PACKAGES)

    assert ["log.db"] == sorted(p.name for p in tmp_path.iterdir() if "-" not in p.name)


def test_a_backup_ends_beside_a_writer_that_never_pauses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A commit between every two steps does not make it begin anew."""
    monkeypatch.setattr("events.database.backup.BATCH", 1)
    url, calls = str(tmp_path / "log.db"), 0
    with EventStore.open(url) as store:
        store.append("a", [NewEvent(type="t", data={})])

        def commit(_done: int, of: int) -> None:
            nonlocal calls
            calls += 1
            store.append("a", [NewEvent(type="t", data={})])
            assert calls <= of, "the copy began anew"

        head = backup(url, tmp_path / "copy.db", progress=commit)

    assert (1, True) == (head.size, calls > 1)


EVIL = (
    "CREATE TRIGGER evil AFTER INSERT ON subscriptions BEGIN "
    "UPDATE subscriptions SET email = 'spy@evil.example'; END",
    "CREATE TRIGGER evil2 BEFORE INSERT ON alerts BEGIN SELECT RAISE(IGNORE); END",
    "CREATE VIEW extra AS SELECT 1",
    'CREATE TABLE "a ""b" (x)',
    "DROP TRIGGER events_no_update",
    "DROP TRIGGER events_no_delete",
)


def schema_of(path: str) -> set[tuple[str, str]]:
    with closing(apsw.Connection(path)) as db:
        return set(db.execute("SELECT type, name FROM sqlite_master").fetchall())


def test_a_restore_brings_back_rows_and_the_schema_is_ours(
    source: str, target: str, tmp_path: Path
) -> None:
    """Triggers and views of a backup stay behind and are named; guards it lacks are there."""
    file, clean = tmp_path / "backup.db", tmp_path / "clean.db"
    backup(source, file, PACKAGES)
    backup(source, clean, PACKAGES)
    if "postgresql" not in source:
        upgrade(str(clean), PACKAGES)
    with closing(apsw.Connection(str(file))) as db:
        for table in ("alerts",):
            if not db.table_exists(None, table):
                db.execute(f"CREATE TABLE {table} (x)")
        for statement in EVIL:
            db.execute(statement)
    before = file.read_bytes()
    restored = restore(file, target, PACKAGES)

    assert {"trigger evil", "trigger evil2", "view extra", 'table a "b'} <= set(
        restored.left_behind
    )
    assert [(1, "a@example.org")] == subscribers(target)
    assert before == file.read_bytes()
    assert [] == list(tmp_path.glob("backup.db-*"))
    if "postgresql" not in target:
        names = {name for _, name in schema_of(target)}
        assert {"events_no_update", "events_no_delete", "reporting_deliveries"} <= names
        assert {"evil", "evil2", "extra"}.isdisjoint(names)


def test_a_view_in_the_place_of_a_table_is_refused(tmp_path: Path) -> None:
    """It could run for ever."""
    file = tmp_path / "backup.db"
    with EventStore.open(str(file)) as store:
        store.append("a", [NewEvent(type="t", data={})])
    with closing(apsw.Connection(str(file))) as db:
        db.execute(
            "CREATE VIEW subscriptions AS WITH RECURSIVE r(id) AS "
            "(SELECT 1 UNION ALL SELECT id + 1 FROM r) SELECT id FROM r"
        )
    with pytest.raises(BackupRefused, match="subscriptions is a view"):
        restore(file, str(tmp_path / "target.db"), PACKAGES)

    assert not (tmp_path / "target.db").exists()


def test_what_a_killed_run_has_left_goes_with_the_next(tmp_path: Path) -> None:
    """Also the WAL of it, which belongs to another file."""
    url, file = str(tmp_path / "log.db"), tmp_path / "copy.db"
    EventStore.open(url).close()
    for ending in ("", "-wal", "-shm", "-journal"):
        (tmp_path / f"copy.db.partial{ending}").write_bytes(b"left")
    backup(url, file, PACKAGES)

    assert ["copy.db", "log.db"] == sorted(path.name for path in tmp_path.iterdir())
