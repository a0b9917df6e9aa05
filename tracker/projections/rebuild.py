"""Makes a projection anew in shadow tables, then swaps the rows in one transaction.

The new rows grow in temporary tables that only this connection sees: readers, ticks and imports
go on with the live ones meanwhile, and after a crash nothing of it is left. Alerts and mail are
not looked at, so nothing is told twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

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
from sqlmodel import SQLModel

from events import EventStore
from events.batches import OnProgress, unreported
from events.database.engine import read_snapshot, write_lock, write_transaction
from events.database.owned_tables import table_of
from events.database.table_writer import ConnectionTableWriter
from tracker.errors import TrackerError
from tracker.projections.bring_up import CatchUp, Checkpoint, bring_up
from tracker.projections.catch_up import (
    checkpoint,
    has_columns,
    recorded_checkpoint,
    stored_checkpoint,
)
from tracker.projections.tables import TABLES, ProjectionCheckpointRow

if TYPE_CHECKING:
    from tracker.projections.processes import Processes

Tables = Mapping[type[SQLModel], Table]
SHADOW = "_next"
LIVE: Tables = {row: table_of(row) for row in TABLES}
"""The tables that everybody reads; a rebuild fills shadows of them."""


class Difference(Struct, frozen=True):
    """How many rows of a table a rebuild would add, remove and change."""

    table: str
    added: int
    removed: int
    changed: int

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)


def rebuild(
    store: EventStore,
    engine: Engine,
    now: datetime | None = None,
    progress: OnProgress = unreported,
    processes: Processes | None = None,
) -> CatchUp:
    """Folds everything anew, at the instant of the live rows; `now` is for the first ones.

    The version of the projection goes up by one. Nobody else projects at the end.
    """
    with write_transaction(engine) as connection:
        at = _instant_of(checkpoint(connection), now)
    with engine.connect() as connection:
        with connection.begin():
            shadows = _shadow_tables(connection)
            tables = ConnectionTableWriter(connection)
            first = bring_up(store, tables, at, progress, suffix=SHADOW, processes=processes)
        with write_lock(connection):
            # Takes in what came while the new rows were made.
            at = _instant_of(stored_checkpoint(connection), at)
            last = bring_up(store, tables, at, suffix=SHADOW)
            # Rows are replaced, not tables: a reader in the middle of a transaction keeps its own.
            live = stored_checkpoint(connection)
            for row in TABLES:
                table, shadow = LIVE[row], shadows[row]
                connection.execute(delete(table))
                names = table.columns.keys()
                query = select(*(shadow.c[name] for name in names)).order_by(*shadow.primary_key)
                connection.execute(insert(table).from_select(names, query))
                shadow.drop(connection)
            version = live.version + 1 if live else 1
            connection.execute(LIVE[ProjectionCheckpointRow].update().values(version=version))
    return CatchUp(last.position, first.folded, last.position, last.projected_at)


TRIES = 3
"""So often a comparison begins again when others have projected meanwhile."""


def compared(
    store: EventStore,
    engine: Engine,
    now: datetime | None = None,
    progress: OnProgress = unreported,
) -> tuple[Difference, ...]:
    """Counts what a rebuild would change, table by table; writes nothing and holds up nobody.

    At the instant the live rows stand for all differences are faults of the rows; at another one
    they are also what has come about since.
    """
    for _ in range(TRIES):
        with read_snapshot(engine, scratch=True) as connection:
            live = recorded_checkpoint(connection)
            shadows = _shadow_tables(connection)
            tables = ConnectionTableWriter(connection)
            done = bring_up(store, tables, _instant_of(live, now), progress, suffix=SHADOW)
            pairs = [(LIVE[r], shadows[r]) for r in TABLES if r is not ProjectionCheckpointRow]
            differences = tuple(_difference(connection, *pair) for pair in pairs)
            for shadow in shadows.values():
                shadow.drop(connection)
        with read_snapshot(engine) as connection:
            newest = recorded_checkpoint(connection)
        if newest == live or (live and done.position == live.position):
            break
    return differences


def _difference(connection: Connection, live: Table, shadow: Table) -> Difference:
    if not has_columns(connection, live):
        return Difference(str(live.name), _count(connection, select(shadow)), 0, 0)
    same = and_(*(live.c[key.name] == shadow.c[key.name] for key in live.primary_key))
    values = (column.name for column in live.columns if not column.primary_key)
    differs = or_(false(), *(live.c[name].is_distinct_from(shadow.c[name]) for name in values))
    return Difference(
        str(live.name),
        _count(connection, select(shadow).where(~exists().where(same))),
        _count(connection, select(live).where(~exists().where(same))),
        _count(connection, select(live).join(shadow, same).where(differs)),
    )


def _count(connection: Connection, rows: Select[Any]) -> int:
    query = select(func.count()).select_from(rows.subquery())
    return int(connection.execute(query).scalar_one())


def _instant_of(live: Checkpoint | None, now: datetime | None) -> datetime:
    if live is not None:
        return live.projected_at
    if now is None:
        raise TrackerError(
            "nothing was projected yet, so a rebuild needs an instant", hint="pactwatch tick"
        )
    return now


def _shadow_tables(connection: Connection) -> Tables:
    """Makes temporary tables of the form of the live ones."""
    metadata = MetaData()
    shadows: dict[type[SQLModel], Table] = {}
    for row in TABLES:
        table = table_of(row)
        shadows[row] = shadow = table.to_metadata(metadata, name=f"{table.name}{SHADOW}")
        shadow._prefixes = ["TEMPORARY"]
        for index in shadow.indexes:
            index.name = quoted_name(f"{index.name}_next", quote=None)
    try:
        metadata.create_all(connection, checkfirst=False)
    except DBAPIError as error:
        raise TrackerError(
            f"the tables of a rebuild could not be made: {str(error.orig).splitlines()[0]}",
            hint="run it as the owner of the database, who may make temporary tables",
        ) from error
    return shadows
