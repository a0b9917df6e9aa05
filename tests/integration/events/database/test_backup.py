"""A backup is whole or it is none, goes back into either engine, and is held to checkpoints."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import apsw
import pytest
from sqlalchemy import text

from events import EventStore, NewEvent
from events.database.backup import BackupRefused, backup, restore
from events.database.engine import open_engine, read_snapshot, write_transaction
from events.database.packages import durable_tables
from events.transparency.checkpoints import TreeHead, tree_head
from events.transparency.verification import verify
from notifications.subscriptions import subscription as subscriptions
from tests.support.dataset import EVENING

OTHERS = durable_tables(("tracker.projections", "notifications"))


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
        subscriptions.add(
            connection, email="a@example.org", cadence="daily", zone="UTC", now=EVENING
        )
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
    head = backup(source, file, OTHERS)
    restored = restore(file, target, OTHERS, [head])

    assert (head, content(source), subscribers(source)) == (
        restored,
        content(target),
        subscribers(target),
    )
    with EventStore.open(target) as store:
        store.append("x", [NewEvent(type="t", data={})])
    with write_transaction(open_engine(target)) as connection:
        added = subscriptions.add(
            connection, email="b@example.org", cadence="daily", zone="UTC", now=EVENING
        )
        assert 2 == added.id


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
        heads = [backup(url, tmp_path / f"{n}.db", OTHERS) for n in range(5)]
    finally:
        over.set()
        writer.join()
    with EventStore.open(url) as store:
        assert heads == [tree_head(store, head.size) for head in heads]


def test_neither_way_overwrites_anything(source: str, tmp_path: Path) -> None:
    """A file or database that holds something already is left as it is."""
    file = tmp_path / "backup.db"
    backup(source, file, OTHERS)
    before = file.read_bytes()
    with pytest.raises(BackupRefused, match="there already"):
        backup(source, file, OTHERS)
    with pytest.raises(BackupRefused, match="already"):
        restore(file, source, OTHERS)

    assert before == file.read_bytes()


def test_a_spoilt_backup_is_refused_before_anything_is_written(
    source: str, target: str, tmp_path: Path
) -> None:
    """One changed byte, or a checkpoint that the backup does not reach."""
    file = tmp_path / "backup.db"
    head = backup(source, file, OTHERS)
    with pytest.raises(BackupRefused, match="missing"):
        restore(file, target, OTHERS, [TreeHead(head.size + 1, head.root)])
    with closing(apsw.Connection(str(file))) as db:
        db.execute("DROP TRIGGER events_no_update")
        db.execute("UPDATE events SET source = 'elsewhere' WHERE position = 7")
    with pytest.raises(BackupRefused, match="position 7"):
        restore(file, target, OTHERS)

    assert "postgresql" in target or not Path(target).exists()


def test_a_failed_backup_leaves_no_file(tmp_path: Path) -> None:
    """A damaged log makes no backup that looks like one."""
    url, file = str(tmp_path / "log.db"), tmp_path / "backup.db"
    with EventStore.open(url) as store:
        store.append("a", [NewEvent(type="t", data={})])
    with closing(apsw.Connection(url)) as db:
        db.execute("DROP TRIGGER events_no_update")
        db.execute("UPDATE events SET source = 'elsewhere'")
    with pytest.raises(BackupRefused, match="position 1"):
        backup(url, file, OTHERS)

    assert ["log.db"] == sorted(p.name for p in tmp_path.iterdir() if "-" not in p.name)
