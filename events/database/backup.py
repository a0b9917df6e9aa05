"""Backups: one SQLite file, whatever the engine, checked before it counts; and the way back.

A file taken from one engine can be restored into the other: the events keep their bytes, so the
Merkle root is the same on both, and equal roots are what a copy is checked by.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import apsw
from msgspec import Struct
from sqlalchemy import Connection, Engine, Row, Table, func, select, text

from events.address import is_postgres, sqlite_path
from events.batches import OnProgress, unreported
from events.database.engine import open_engine, read_snapshot, write_transaction
from events.database.owned_tables import table_of
from events.database.packages import create_packages, durable_tables
from events.database.table_writer import ConnectionTableWriter
from events.database.upgrade import is_of_this_release, missing_columns, upgrade
from events.errors import EventStoreError
from events.files import make_private, sync
from events.store import EventStore
from events.tables import EventCounterRow, EventRow, EventTextRow
from events.transparency.checkpoints import TreeHead, tree_head
from events.transparency.verification import verify

BATCH = 1000
ANOTHER = "take another backup"
GIVEN_BY_SERVER = ("position", "leaf", "subtrees")


class BackupRefused(EventStoreError):
    """A backup that is not whole, or a place where something is already."""


class RestoreResult(Struct, frozen=True):
    """What a restore brought back, and what was in the file and is none of ours."""

    head: TreeHead
    left_behind: tuple[str, ...]


def backup(
    url: str, file: Path, packages: Iterable[str] = (), progress: OnProgress = unreported
) -> TreeHead:
    """Copy the database to a new file and verify the copy; the tree head it holds.

    Beside the log it holds the tables of `packages` that can not be made anew from it. The file is
    left without WAL, so that whoever may only read it can.
    """
    _refuse_existing(file)
    with _whole(file) as partial:
        if is_postgres(url):
            EventStore.open(str(partial)).close()
            into = open_engine(str(partial), unfinished=True)
            _copy_rows(open_engine(url), into, list(packages), progress)
        else:
            EventStore.open(url, create=False).close()
            _copy_file(sqlite_path(url), str(partial), progress)
        with closing(apsw.Connection(str(partial))) as db:
            # The log of a copy is put into its file: WAL needs a folder that its reader may write.
            db.pragma("journal_mode", "delete")
        head = verify_backup(partial)
        _check_same_log(url, head)
    return head


def restore(
    file: Path,
    url: str,
    packages: Iterable[str] = (),
    heads: Iterable[TreeHead] = (),
    progress: OnProgress = unreported,
) -> RestoreResult:
    """Verify a backup and put its rows into an empty database with tables and guards of ours.

    The file is only read. One of an earlier release is upgraded in a copy of it first.
    """
    if not file.exists():
        raise BackupRefused(f"no backup at {file}", hint="pactwatch db backup FILE")
    if file.is_file() and not file.stat().st_size:
        # SQLite takes an empty file for a new database.
        raise BackupRefused(f"{file} is empty, so it is no backup", hint="give another backup")
    names = list(packages)
    with TemporaryDirectory(prefix="pactwatch-restore-") as folder:
        expected = _schema_of_ours(Path(folder) / "fresh.db", names)
        foreign = _foreign_objects(file, expected)
        source = _in_this_release(file, Path(folder) / "upgraded.db", names, foreign)
        head = verify_backup(source, tuple(heads))
        _put(source, url, names, head, progress)
    return RestoreResult(head, tuple(f"{kind} {name}" for kind, name in foreign))


def _put(source: Path, url: str, packages: list[str], head: TreeHead, progress: OnProgress) -> None:
    if is_postgres(url):
        with closing(EventStore.open(url)) as store:
            if head_there := store.head():
                raise BackupRefused(
                    f"the database holds {head_there} events already; nothing was written",
                    hint="restore into an empty database",
                )
        _copy_rows(open_engine(str(source), read_only=True), open_engine(url), packages, progress)
        _check_same_log(url, head)
        return
    target = Path(sqlite_path(url))
    _refuse_existing(target)
    with _whole(target) as partial:
        EventStore.open(str(partial)).close()
        into = open_engine(str(partial), unfinished=True)
        _copy_rows(open_engine(str(source), read_only=True), into, packages, progress)
        _check_same_log(str(partial), head)


@contextmanager
def _whole(file: Path) -> Iterator[Path]:
    """A name to write under; what is written takes its place as a whole, or goes.

    What an earlier run that was killed has left under the name goes as well.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_name(file.name + ".partial")
    try:
        _remove(partial)
        yield partial
        sync(partial)
        os.replace(partial, file)
        sync(file.parent)
    except OSError as error:
        raise BackupRefused(f"{file}: {error.strerror}", hint="check space and rights") from error
    finally:
        _remove(partial)


def _remove(file: Path) -> None:
    for ending in ("", "-wal", "-shm", "-journal"):
        file.with_name(file.name + ending).unlink(missing_ok=True)


Objects = list[tuple[str, str]]
"""Kind and name of what a schema holds."""


def _objects(db: apsw.Connection) -> Objects:
    query = (
        "SELECT type, name FROM sqlite_master WHERE type <> 'index' AND name NOT LIKE 'sqlite_%' "
        "ORDER BY type, name"
    )
    return [(str(kind), str(name)) for kind, name in db.execute(query)]


def _schema_of_ours(file: Path, packages: list[str]) -> Objects:
    """Everything that a database of this release has, read from one made for that."""
    from events.sqlite import pragmas

    EventStore.open(str(file)).close()
    with write_transaction(open_engine(str(file))) as connection:
        create_packages(connection, packages)
    with closing(pragmas.connect(str(file), read_only=True)) as db:
        return _objects(db)


def _foreign_objects(file: Path, expected: Objects) -> Objects:
    """What would not be there if pactwatch alone had made the file.

    A view in the place of a table of ours could run for ever, so that one is refused.
    """
    from events.sqlite import pragmas

    tables = {name for kind, name in expected if kind == "table"}
    with closing(pragmas.connect(str(file), read_only=True)) as db:
        foreign = [each for each in _objects(db) if each not in expected]
    for kind, name in foreign:
        if name in tables:
            raise BackupRefused(f"{file}: {name} is a {kind}, expected a table", hint=ANOTHER)
    return foreign


def _in_this_release(file: Path, copy: Path, packages: list[str], foreign: Objects) -> Path:
    """The file itself, or a copy of it in the schema of this release."""
    with read_snapshot(open_engine(str(file), read_only=True)) as connection:
        if is_of_this_release(connection, packages) and not missing_columns(connection, packages):
            return file
    _copy_file(str(file), str(copy), unreported)
    with closing(apsw.Connection(str(copy))) as db:
        for kind, name in foreign:
            if kind in ("trigger", "view"):
                quoted = name.replace('"', '""')
                db.execute(f'DROP {kind} IF EXISTS "{quoted}"')
    upgrade(str(copy), packages)
    return copy


def verify_backup(file: Path, heads: tuple[TreeHead, ...] = ()) -> TreeHead:
    """The tree head of a backup whose every event, hash and text is right."""
    with closing(EventStore.open(str(file), read_only=True)) as store:
        report = verify(store, heads)
        if report.damage is not None or report.head is None:
            where = report.damage
            words = f"position {where and where.position}: {where and where.what}"
            raise BackupRefused(f"{file}: {words}", hint=ANOTHER)
        return report.head


def _check_same_log(url: str, head: TreeHead) -> None:
    """Raises BackupRefused unless a database begins with the events of this head."""
    with closing(EventStore.open(url, create=False)) as store:
        if store.head() < head.size or tree_head(store, head.size) != head:
            raise BackupRefused("the copy and the database differ", hint="pactwatch verify")


def _refuse_existing(file: Path) -> None:
    if file.exists() and file.stat().st_size:
        raise BackupRefused(
            f"{file} is there already; nothing was written", hint="name a file that is not there"
        )


def _copy_file(source: str, target: str, progress: OnProgress) -> None:
    """SQLite's online backup, from one state of the source while others go on writing.

    Held by a read transaction: without one the copy begins anew with each commit of another
    connection between two steps, and beside 20 commits a second it never ends.
    """
    from events.sqlite import pragmas

    make_private(target)
    try:
        with closing(pragmas.connect(source)) as origin, closing(apsw.Connection(target)) as made:
            origin.execute("BEGIN")
            origin.execute("SELECT count(*) FROM sqlite_master").fetchall()
            with made.backup("main", origin, "main") as copying:
                while not copying.done:
                    copying.step(BATCH)
                    progress(copying.page_count - copying.remaining, copying.page_count)
    except apsw.Error as error:
        raise pragmas.translated(error, target) from error


def _copy_rows(source: Engine, target: Engine, packages: list[str], progress: OnProgress) -> None:
    """All rows in one transaction, from one state of the source."""
    others = durable_tables(packages)
    with read_snapshot(source) as origin, write_transaction(target) as made:
        create_packages(made, packages)
        _copy_table(origin, made, table_of(EventRow), progress)
        _copy_table(origin, made, table_of(EventTextRow))
        if made.dialect.name == "sqlite":
            last = made.execute(text("SELECT max(position) FROM events")).scalar()
            if last:
                made.execute(table_of(EventCounterRow).update().values(position=last))
        for table in others.sorted_tables:
            if origin.dialect.has_table(origin, table.name):
                made.execute(table.delete())  # a first row that comes with the table
                _copy_table(origin, made, table)
                _go_on_counting(made, table)


def _copy_table(
    source: Connection, made: Connection, table: Table, progress: OnProgress = unreported
) -> None:
    by_server = made.dialect.name == "postgresql" and table.name == "events"
    left_out = GIVEN_BY_SERVER if by_server else ()
    columns = [each for each in table.columns if each.name not in left_out]
    query = select(*columns).order_by(*table.primary_key.columns)
    of = source.execute(select(func.count()).select_from(table)).scalar_one()
    result = source.execution_options(yield_per=BATCH).execute(query)

    def pages() -> Iterator[Sequence[Row[Any]]]:
        done = 0
        for page in result.partitions():
            yield page
            progress(done := done + len(page), of)

    ConnectionTableWriter(made).insert_pages(table.name, [each.name for each in columns], pages())


def _go_on_counting(made: Connection, table: Table) -> None:
    """Let PostgreSQL give out numbers above those that were copied."""
    key = table.autoincrement_column
    if made.dialect.name == "postgresql" and key is not None:
        made.execute(
            text(
                f"SELECT setval(pg_get_serial_sequence('{table.name}', '{key.name}'), "
                f"coalesce(max({key.name}), 1), max({key.name}) IS NOT NULL) "
                f"FROM {table.name}"
            )
        )
