"""Makes a projection anew beside the live one, then swaps the rows in one transaction.

The new rows grow in temporary tables that only this connection sees: readers, ticks and imports
go on with the live ones meanwhile, and after a crash nothing of it is left. Alerts and mail are
not looked at, so nothing is told twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import (
    Connection,
    Engine,
    MetaData,
    Select,
    Table,
    and_,
    delete,
    exists,
    false,
    func,
    insert,
    or_,
    select,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql import quoted_name

from events import EventStore
from events.database.engine import write_lock, write_transaction
from events.database.owned_tables import table_of
from tracker.errors import TrackerError
from tracker.projections.catch_up import (
    LIVE,
    CatchUp,
    Checkpoint,
    Tables,
    Told,
    bring_up,
    checkpoint,
    held_checkpoint,
    untold,
)
from tracker.projections.tables import TABLES, ProjectionCheckpointRow


class Difference(Struct, frozen=True):
    """How many rows of a table a rebuild would add, remove and change."""

    table: str
    added: int
    removed: int
    changed: int

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)


def rebuild(
    store: EventStore, engine: Engine, now: datetime | None = None, progress: Told = untold
) -> CatchUp:
    """Folds everything anew, at the instant of the live rows unless one is given.

    The version of the projection goes up by one.
    """
    with _grown_beside(store, engine, now, progress) as (connection, beside, folded):
        last = _meet(store, connection, now, beside)
        _swap(connection, beside)
    return CatchUp(last.position, folded, last.position, last.projected_at)


def compared(
    store: EventStore, engine: Engine, now: datetime | None = None, progress: Told = untold
) -> tuple[Difference, ...]:
    """Counts what a rebuild would change, table by table; changes nothing.

    At the instant the live rows stand for all differences are faults of the rows; at another one
    they are also what has come about since.
    """
    with _grown_beside(store, engine, now, progress) as (connection, beside, _):
        _meet(store, connection, now, beside)
        pairs = [(LIVE[row], beside[row]) for row in TABLES if row is not ProjectionCheckpointRow]
        differences = tuple(_difference(connection, live, twin) for live, twin in pairs)
        for twin in beside.values():
            twin.drop(connection)
    return differences


@contextmanager
def _grown_beside(
    store: EventStore, engine: Engine, now: datetime | None, progress: Told
) -> Iterator[tuple[Connection, Tables, int]]:
    """Folds everything into tables beside the live ones; nobody else projects until the end."""
    with write_transaction(engine) as connection:
        live = checkpoint(connection)
        at = now or _instant_of(live)
    with engine.connect() as connection:
        beside = _tables_beside(connection)
        with connection.begin():
            done = bring_up(store, connection, at, progress, beside)
        with write_lock(connection):
            yield connection, beside, done.folded


def _difference(connection: Connection, live: Table, twin: Table) -> Difference:
    same = and_(*(live.c[key.name] == twin.c[key.name] for key in live.primary_key))
    others = (column.name for column in live.columns if not column.primary_key)
    differs = or_(false(), *(live.c[name].is_distinct_from(twin.c[name]) for name in others))
    return Difference(
        str(live.name),
        _count(connection, select(twin).where(~exists().where(same))),
        _count(connection, select(live).where(~exists().where(same))),
        _count(connection, select(live).join(twin, same).where(differs)),
    )


def _count(connection: Connection, rows: Select[Any]) -> int:
    query = select(func.count()).select_from(rows.subquery())
    return int(connection.execute(query).scalar_one())


def _instant_of(live: Checkpoint | None) -> datetime:
    if live is None:
        raise TrackerError(
            "nothing was projected yet, so a rebuild needs an instant", hint="pactwatch tick"
        )
    return live.projected_at


def _tables_beside(connection: Connection) -> Tables:
    """Temporary twins of the live tables."""
    metadata = MetaData()
    beside = {row: _twin(table_of(row), metadata) for row in TABLES}
    try:
        with connection.begin():
            metadata.create_all(connection, checkfirst=False)
    except DBAPIError as error:
        raise TrackerError(
            f"the tables of a rebuild could not be made: {str(error.orig).splitlines()[0]}",
            hint="run it as the owner of the database, who may make temporary tables",
        ) from error
    return beside


def _twin(table: Table, metadata: MetaData) -> Table:
    twin = table.to_metadata(metadata, name=f"{table.name}_next")
    twin._prefixes = ["TEMPORARY"]
    for index in twin.indexes:
        index.name = quoted_name(f"{index.name}_next", quote=None)
    return twin


def _meet(
    store: EventStore, connection: Connection, now: datetime | None, beside: Tables
) -> CatchUp:
    """Takes in what came while the new rows were made; nobody else writes from here on."""
    live = held_checkpoint(connection)
    built = held_checkpoint(connection, beside)
    assert built is not None
    at = now or (live.projected_at if live else built.projected_at)
    return bring_up(store, connection, at, untold, beside)


def _swap(connection: Connection, beside: Tables) -> None:
    """Replaces rows, not tables: a reader in the middle of a transaction keeps its snapshot."""
    live = held_checkpoint(connection)
    for row in TABLES:
        table, twin = LIVE[row], beside[row]
        connection.execute(delete(table))
        columns = table.columns.keys()
        query = select(*(twin.c[name] for name in columns)).order_by(*twin.primary_key)
        connection.execute(insert(table).from_select(columns, query))
        twin.drop(connection)
    table = LIVE[ProjectionCheckpointRow]
    connection.execute(table.update().values(version=live.version + 1 if live else 1))
