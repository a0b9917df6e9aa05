"""Brings the projection tables up to the log through a connection that others share.

Makes the tables that are missing first; what is written and why is told in `bring_up`.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, Table, inspect

from events import EventStore
from events.batches import OnProgress, unreported
from events.database.owned_tables import table_of
from events.database.table_writer import ConnectionTableWriter
from tracker.projections.agreement_rows import JudgedAgreements
from tracker.projections.bring_up import CatchUp, ProjectionCheckpoint, bring_up
from tracker.projections.bring_up import stored_checkpoint as checkpoint_of
from tracker.projections.tables import ProjectionCheckpointRow, create_tables


def catch_up(
    store: EventStore,
    connection: Connection,
    now: datetime,
    progress: OnProgress = unreported,
    judged: JudgedAgreements | None = None,
) -> CatchUp:
    """Brings every row to the head of the log and to `now`, in the caller's transaction."""
    create_tables(connection)
    return bring_up(store, ConnectionTableWriter(connection), now, progress, judged)


def stored_checkpoint(connection: Connection) -> ProjectionCheckpoint | None:
    """The checkpoint of tables that exist."""
    return checkpoint_of(ConnectionTableWriter(connection))


def recorded_checkpoint(connection: Connection) -> ProjectionCheckpoint | None:
    """The checkpoint for a reader; None without a table, or with one of another form."""
    is_there = has_columns(connection, table_of(ProjectionCheckpointRow))
    return stored_checkpoint(connection) if is_there else None


def has_columns(connection: Connection, table: Table) -> bool:
    """Whether a table is there, with every column of this release."""
    if not connection.dialect.has_table(connection, table.name):
        return False
    present = {column["name"] for column in inspect(connection).get_columns(table.name)}
    return present >= set(table.columns.keys())
