"""Makes a projection anew in shadow tables, then swaps the rows in one transaction.

The new rows grow in temporary tables that only this connection sees: readers, ticks and imports
go on with the live ones meanwhile, and after a crash nothing of it is left. Alerts and mail are
not looked at, so nothing is told twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from sqlalchemy import (
    Connection,
    Engine,
    MetaData,
    ScalarSelect,
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
from sqlalchemy.sql import quoted_name
from sqlmodel import SQLModel

from events import EventStore
from events.batches import OnProgress, unreported
from events.database.engine import read_snapshot, write_lock, write_transaction
from events.database.owned_tables import table_of
from events.database.table_writer import ConnectionTableWriter
from events.errors import StoreUnavailable
from tracker.errors import TrackerError
from tracker.projections.bring_up import CatchUp, ProjectionCheckpoint, bring_up
from tracker.projections.catch_up import (
    has_columns,
    recorded_checkpoint,
    stored_checkpoint,
)
from tracker.projections.search_index import make_index, stop_following
from tracker.projections.tables import (
    TABLES,
    ProjectionCheckpointRow,
    SearchWordsRow,
    create_tables,
)

if TYPE_CHECKING:
    from tracker.projections.processes import Processes

Tables = Mapping[type[SQLModel], Table]
SHADOW = "_next"
NO_RIGHT = "42501"
"""What PostgreSQL calls a right that is missing."""
LOOKED_UP_BY = ("agreement_id", "on_id", "stream")
"""What a catch-up goes by: the other indexes of a shadow would be written for nobody."""


def _shadow_of(table: Table, metadata: MetaData) -> Table:
    """Declares a temporary table of the form of a live one."""
    shadow = table.to_metadata(metadata, name=f"{table.name}{SHADOW}")
    shadow._prefixes = ["TEMPORARY"]
    used = {each for each in shadow.indexes if each.columns.keys()[0] in LOOKED_UP_BY}
    shadow.indexes.intersection_update(used)
    for index in used:
        index.name = quoted_name(f"{index.name}_next", quote=None)
    return shadow


LIVE: Tables = {row: table_of(row) for row in TABLES}
"""The tables that everybody reads; a rebuild fills shadows of them."""
SHADOWS_METADATA = MetaData()
SHADOWS: Tables = {row: _shadow_of(table, SHADOWS_METADATA) for row, table in LIVE.items()}


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
        create_tables(connection)
        at = _instant_of(stored_checkpoint(connection), now)
    with engine.connect() as connection:
        _create_shadows(connection)
        tables = ConnectionTableWriter(connection)
        first = bring_up(store, tables, at, progress, suffix=SHADOW, processes=processes)
        with write_lock(connection):
            # Takes in what came while the new rows were made.
            at = _instant_of(stored_checkpoint(connection), at)
            last = bring_up(store, tables, at, suffix=SHADOW)
            # Rows are replaced, not tables: a reader in the middle of a transaction keeps its own.
            live = stored_checkpoint(connection)
            for row in TABLES:
                _replace_rows(connection, LIVE[row], SHADOWS[row])
                SHADOWS[row].drop(connection)
            version = live.version + 1 if live else 1
            connection.execute(LIVE[ProjectionCheckpointRow].update().values(version=version))
    return CatchUp(last.position, first.folded, last.position, last.projected_at)


def _replace_rows(connection: Connection, table: Table, shadow: Table) -> None:
    """Replaces the rows of a live table by those of its shadow."""
    names = table.columns.keys()
    query = select(*(shadow.c[name] for name in names)).order_by(*shadow.primary_key)
    # The transaction ends with any error, so SQLite need not keep the pages to undo a part of it.
    filled = insert(table).from_select(names, query).prefix_with("OR ROLLBACK", dialect="sqlite")
    with _without_indexes(connection, table):
        connection.execute(delete(table))
        connection.execute(filled)


@contextmanager
def _without_indexes(connection: Connection, table: Table) -> Iterator[None]:
    """Makes the indexes of a table at the end on SQLite: they are written in order and once.

    On PostgreSQL readers would wait, so there they stay.
    """
    if connection.dialect.name != "sqlite":
        yield
        return
    has_words = table is LIVE[SearchWordsRow]
    if has_words:
        stop_following(connection)
    for index in table.indexes:
        index.drop(connection, checkfirst=True)
    yield
    for index in table.indexes:
        index.create(connection)
    if has_words:
        make_index(connection)


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
            _create_shadows(connection)
            tables = ConnectionTableWriter(connection)
            done = bring_up(store, tables, _instant_of(live, now), progress, suffix=SHADOW)
            rows = [row for row in TABLES if row is not ProjectionCheckpointRow]
            differences = tuple(_difference(connection, LIVE[r], SHADOWS[r]) for r in rows)
            SHADOWS_METADATA.drop_all(connection, checkfirst=False)
        with read_snapshot(engine) as connection:
            newest = recorded_checkpoint(connection)
        if newest == live or (live and done.position == live.position):
            break
    return differences


def _difference(connection: Connection, live: Table, shadow: Table) -> Difference:
    if not has_columns(connection, live):
        count = connection.execute(select(_count(select(shadow)))).scalar_one()
        return Difference(str(live.name), count, 0, 0)
    same = and_(*(live.c[key.name] == shadow.c[key.name] for key in live.primary_key))
    values = (column.name for column in live.columns if not column.primary_key)
    differs = or_(false(), *(live.c[name].is_distinct_from(shadow.c[name]) for name in values))
    query = select(
        _count(select(shadow).where(~exists().where(same))),
        _count(select(live).where(~exists().where(same))),
        _count(select(live).join(shadow, same).where(differs)),
    )
    return Difference(str(live.name), *connection.execute(query).one())


def _count(rows: Select[Any]) -> ScalarSelect[int]:
    return select(func.count()).select_from(rows.subquery()).scalar_subquery()


def _instant_of(live: ProjectionCheckpoint | None, now: datetime | None) -> datetime:
    if live is not None:
        return live.projected_at
    if now is None:
        raise TrackerError(
            "nothing was projected yet, so a rebuild needs an instant", hint="pactwatch tick"
        )
    return now


def _create_shadows(connection: Connection) -> None:
    """Makes the temporary tables on a connection, empty."""
    try:
        SHADOWS_METADATA.create_all(connection, checkfirst=False)
    except StoreUnavailable as error:
        # A full disk has its own words, and whoever owns the database is of no use there.
        if getattr(error.__cause__, "sqlstate", "") != NO_RIGHT:
            raise
        raise TrackerError(
            f"the tables of a rebuild could not be made: {error.message}",
            hint="run it as the owner of the database, who may make temporary tables",
        ) from error
