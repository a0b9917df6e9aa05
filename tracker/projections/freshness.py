"""How far the projection has read, and which of its rows also answer for another instant."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, select

from events import EventStore, format_instant, in_order, parse_instant
from events.database.owned_tables import table_of
from tracker.entries.streams import is_of_parties, parties_grew_between
from tracker.projections import tables
from tracker.projections.reader import reached_by

OLD_SECONDS = 60
"""From here on a page says that its standby is behind; less would make every answer another."""
NEXT_CHANGES = """
    SELECT refold_at FROM agreements
    WHERE refold_at <= (SELECT substr(min(refold_at), 1, 19) || 'Z' FROM agreements)
"""
"""The instants within the second in which the clock first changes something."""


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

    def is_behind(self, now: datetime) -> bool:
        """Whether an event or a change by the clock is missing from the projection."""
        at = self.next_change_at
        return self.position < self.head or (at is not None and parse_instant(at) <= now)


def freshness(store: EventStore, connection: Connection | None = None) -> Freshness:
    """Tells how far the projection has come, by a connection to the tables, or by the store's own.

    Position 0 and no instant before the first projection, or where other rules made the tables.
    """
    read = store.read_table if connection is None else partial(_read_table, connection)
    reached = reached_by(read)
    position, projected_at, next_change_at = 0, None, None
    if reached is not None:
        position, projected_at = reached[0], format_instant(reached[1])
        # Several in one second: as text, those with fractions come before the whole one.
        next_changes = [row[0] for row in read("agreements", NEXT_CHANGES)]
        next_change_at = min(next_changes, key=in_order, default=None)
    head, lag = store.head(), store.replica_lag()
    is_old = lag is not None and (not lag.is_following or lag.seconds >= OLD_SECONDS)
    standby = lag.words if lag is not None and is_old else ""
    return Freshness(position, projected_at, head, next_change_at, store.leaf(head), standby)


def _read_table(connection: Connection, table: str, query: str) -> list[tuple[Any, ...]]:
    is_there = connection.dialect.has_table(connection, table)
    return [*map(tuple, connection.exec_driver_sql(query))] if is_there else []


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
