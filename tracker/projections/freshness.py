"""How far the projection has read, and which of its rows also answer for another instant."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct
from sqlalchemy import Connection, func, select

from events import EventStore, format_instant, parse_instant
from events.database.owned_tables import is_there, table_of
from tracker.entries.streams import is_of_parties, parties_grew_between
from tracker.projections import tables
from tracker.projections.bring_up import Checkpoint
from tracker.projections.catch_up import held_checkpoint
from tracker.projections.reader import projected

OLD_SECONDS = 60
"""From here on a page says that its standby is behind; less would make every answer another."""


class Freshness(Struct, frozen=True):
    """How far the projection has read, and what it has not seen yet.

    `leaf` is the hash of the last event: a log restored in place of another is no longer equal.
    `standby` says how far the database is behind its primary, from a minute on.
    """

    position: int
    projected_at: str | None
    head: int
    next_change_at: str | None
    leaf: bytes
    standby: str = ""

    def behind(self, now: datetime) -> bool:
        """Whether an event or a change by the clock is missing from the projection."""
        at = self.next_change_at
        return self.position < self.head or (at is not None and at <= format_instant(now))


def freshness(store: EventStore, connection: Connection) -> Freshness:
    """Tells how far the projection has come; position 0 and no instant before the first one."""
    position, projected_at, next_change_at = 0, None, None
    checkpoint = _current_checkpoint(connection)
    if checkpoint is not None:
        position, projected_at = checkpoint.position, format_instant(checkpoint.projected_at)
        refold_at = table_of(tables.AgreementRow).c.refold_at
        next_change_at = connection.execute(select(func.min(refold_at))).scalar()
    return _with_head(store, position, projected_at, next_change_at)


def freshness_by_store(store: EventStore) -> Freshness:
    """Tells the same by the connection of the store alone, of the tables first."""
    tables = projected(store)
    if tables is None:
        return _with_head(store, 0, None, None)
    rows = store.read_table("agreements", "SELECT min(refold_at) FROM agreements")
    next_change_at = rows[0][0] if rows else None
    return _with_head(store, tables.position, format_instant(tables.at), next_change_at)


def _with_head(
    store: EventStore, position: int, projected_at: str | None, next_change_at: str | None
) -> Freshness:
    head = store.head()
    lag = store.replica_lag()
    is_old = lag is not None and (not lag.is_following or lag.seconds >= OLD_SECONDS)
    standby = lag.words if lag is not None and is_old else ""
    return Freshness(position, projected_at, head, next_change_at, store.leaf(head), standby)


def _current_checkpoint(connection: Connection) -> Checkpoint | None:
    """The checkpoint of rows that the rules of this program made; None where there are none.

    Rows of another edition may have other columns, so a reader takes them for not there.
    """
    if not is_there(connection, tables.ProjectionCheckpointRow):
        return None
    checkpoint = held_checkpoint(connection)
    return checkpoint if checkpoint is not None and checkpoint.is_current else None


def holding_then(
    store: EventStore,
    connection: Connection,
    fresh: Freshness,
    as_of: datetime,
    known_at: datetime,
) -> frozenset[str]:
    """The agreements whose rows are also the answer for these instants.

    Nothing of such an agreement came in, took effect or was struck by the clock between them and
    the projection, and no party became known whose zone could move a deadline.
    """
    if fresh.projected_at is None:
        return frozenset()
    moved = store.streams_after(fresh.position)
    at = parse_instant(fresh.projected_at)
    span = sorted((at, known_at))
    if any(map(is_of_parties, moved)) or parties_grew_between(store, *span):
        return frozenset()
    first, last = min(as_of, known_at), max(as_of, known_at)
    table = table_of(tables.AgreementRow)
    query = select(table.c.id, table.c.stable_since, table.c.refold_at)
    exact = (
        row.id
        for row in connection.execute(query.where(table.c.stable_since.is_not(None)))
        if parse_instant(row.stable_since) <= first
        and (row.refold_at is None or parse_instant(row.refold_at) > last)
    )
    return frozenset(exact) - set(moved)
