"""Backups: one SQLite file, whatever the engine, checked before it counts; and the way back.

A file taken from one engine can be restored into the other: the events keep their bytes, so the
Merkle root is the same on both, and equal roots are what a copy is checked by.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, MetaData, Table, column, insert, select, text
from sqlalchemy import table as table_clause

from events.address import is_postgres, sqlite_path
from events.database.engine import open_engine, read_snapshot, write_transaction
from events.errors import EventStoreError
from events.store import EventStore
from events.tables import EventCounterRow, EventRow, EventTextRow
from events.transparency.checkpoints import TreeHead, tree_head
from events.transparency.verification import verify

BATCH = 1000
GIVEN_BY_SERVER = ("position", "leaf", "subtrees")


class BackupRefused(EventStoreError):
    """A backup that is not whole, or a place where something is already."""


def backup(url: str, file: Path, others: MetaData) -> TreeHead:
    """Copy the database to a new file and verify the copy; the tree head it holds.

    `others` are the tables beside the log that can not be made anew from it.
    """
    _refuse_existing(file)
    partial = file.with_name(file.name + ".partial")
    partial.unlink(missing_ok=True)
    try:
        _copy_to(url, partial, others)
        head = checked(partial)
        _same_log(url, head)
        os.replace(partial, file)
    finally:
        for left in (partial, *_beside(partial)):
            left.unlink(missing_ok=True)
    return head


def restore(file: Path, url: str, others: MetaData, heads: Iterable[TreeHead] = ()) -> TreeHead:
    """Verify a backup and put it into an empty database; the tree head that is then there."""
    if not file.exists():
        raise BackupRefused(f"no backup at {file}", hint="pactwatch db backup FILE")
    head = checked(file, tuple(heads))
    if is_postgres(url):
        with closing(EventStore.open(url)) as store:
            _refuse_filled(store.head())
        _copy_rows(open_engine(str(file)), open_engine(url), others)
    else:
        _restore_file(file, Path(sqlite_path(url)))
    _same_log(url, head)
    return head


def _restore_file(file: Path, target: Path) -> None:
    """All of it in place, or nothing."""
    _refuse_existing(target)
    partial = target.with_name(target.name + ".partial")
    partial.unlink(missing_ok=True)
    try:
        _copy_file(str(file), str(partial))
        os.replace(partial, target)
    finally:
        for left in (partial, *_beside(partial)):
            left.unlink(missing_ok=True)


def checked(file: Path, heads: tuple[TreeHead, ...] = ()) -> TreeHead:
    """The tree head of a backup whose every event, hash and text is right."""
    with closing(EventStore.open(str(file), create=False)) as store:
        report = verify(store, heads)
        if report.damage is not None or report.head is None:
            where = report.damage
            raise BackupRefused(
                f"{file}: position {where and where.position}: {where and where.what}",
                hint="take another backup",
            )
        return report.head


def _same_log(url: str, head: TreeHead) -> None:
    """Both hold the same events up to there."""
    with closing(EventStore.open(url, create=False)) as store:
        if store.head() < head.size or tree_head(store, head.size) != head:
            raise BackupRefused("the copy and the database differ", hint="pactwatch verify")


def _refuse_existing(file: Path) -> None:
    if file.exists() and file.stat().st_size:
        raise BackupRefused(
            f"{file} is there already; nothing was written", hint="name a file that is not there"
        )


def _refuse_filled(head: int) -> None:
    if head:
        raise BackupRefused(
            f"the database holds {head} events already; nothing was written",
            hint="restore into an empty database",
        )


def _copy_to(url: str, file: Path, others: MetaData) -> None:
    if not is_postgres(url):
        EventStore.open(url, create=False).close()
        _copy_file(sqlite_path(url), str(file))
        return
    EventStore.open(str(file)).close()
    _copy_rows(open_engine(url), open_engine(str(file)), others)


def _copy_file(source: str, target: str) -> None:
    """SQLite's online backup: one consistent state, while others go on writing."""
    from events.sqlite import pragmas

    Path(target).parent.mkdir(parents=True, exist_ok=True)
    with closing(pragmas.connect(source)) as origin, closing(pragmas.connect(target)) as made:
        with made.backup("main", origin, "main") as copying:
            while not copying.done:
                copying.step(BATCH)
        made.pragma("wal_checkpoint(TRUNCATE)")


def _beside(file: Path) -> list[Path]:
    return [file.with_name(file.name + end) for end in ("-wal", "-shm")]


def _copy_rows(source: Any, target: Any, others: MetaData) -> None:
    """All rows in one transaction, from one state of the source."""
    with read_snapshot(source) as origin, write_transaction(target) as made:
        others.create_all(made)
        for table in (_table(EventRow), _table(EventTextRow)):
            _copy_table(origin, made, table)
        if made.dialect.name == "sqlite":
            _set_counter(made)
        for table in others.sorted_tables:
            if origin.dialect.has_table(origin, table.name):
                _copy_table(origin, made, table)
                _go_on_counting(made, table)


def _copy_table(source: Connection, made: Connection, table: Table) -> None:
    left_out = GIVEN_BY_SERVER if _placed_by_server(made, table) else ()
    columns = [held_as.name for held_as in table.columns if held_as.name not in left_out]
    target = insert(table_clause(table.name, *map(column, columns)))
    for page in _pages(source, table):
        made.execute(target, [{name: row[name] for name in columns} for row in page])


def _placed_by_server(made: Connection, table: Table) -> bool:
    return made.dialect.name == "postgresql" and table.name == "events"


def _pages(source: Connection, table: Table) -> Iterator[list[dict[str, Any]]]:
    query = select(table).order_by(*table.primary_key.columns)
    result = source.execution_options(yield_per=BATCH).execute(query).mappings()
    for page in result.partitions():
        yield [dict(row) for row in page]


def _set_counter(made: Connection) -> None:
    counter = _table(EventCounterRow)
    last = made.execute(text("SELECT max(position) FROM events")).scalar()
    if last:
        made.execute(counter.update().values(position=last))


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


def _table(row: Any) -> Table:
    return row.__table__  # type: ignore[no-any-return]
