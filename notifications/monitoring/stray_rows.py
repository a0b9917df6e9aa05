"""Looks for rows of agreements that do not fit together, as somebody's own statement leaves them.

A turn writes only agreements that have moved, and clears only those with a row of their own in
`agreements`. So it does not mend what was deleted there by hand; making all anew does.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

from sqlalchemy import Connection, Select, Table, exists, select

from events import EventStore
from events.database.engine import read_snapshot
from events.database.owned_tables import table_of
from events.wording import first_few, plural
from notifications.monitoring.finding import Finding
from tracker.entries.streams import agreement_ids
from tracker.projections.reader import reached_by
from tracker.projections.tables import OF_AGREEMENT, AgreementRow
from tracker.terminal.session import Session

AGREEMENTS = table_of(AgreementRow)
OTHERS = tuple(table_of(row) for row in OF_AGREEMENT if row is not AgreementRow)
REBUILD = "pactwatch projection rebuild --yes makes all rows anew from the log"
NAMED = 3


def examine_rows(session: Session) -> Iterator[Finding]:
    """Agreements without a row of their own, and rows of agreements that have none."""
    with closing(session.store()) as store, read_snapshot(session.engine()) as connection:
        yield from _stray_rows(store, connection)


def _stray_rows(store: EventStore, connection: Connection) -> Iterator[Finding]:
    """Compares the rows with each other, and with the log as far as it was projected."""
    reached = reached_by(store.read_table)
    if reached is None:
        return
    present = set(connection.execute(select(AGREEMENTS.c.id)).scalars())
    known = present.union(store.streams_after(reached[0]))
    without = [name for name in agreement_ids(store) if name not in known]
    if without:
        words = f"{plural(len(without), 'agreement')} on record without a row in agreements"
        yield Finding("database", "fault", f"{words}: {first_few(without, NAMED)}", REBUILD)
    for table in OTHERS:
        left = list(connection.execute(_without_agreement(table)).scalars())
        if left:
            words = f"{table.name} has rows of {plural(len(left), 'agreement')} without one there"
            yield Finding("database", "fault", f"{words}: {first_few(left, NAMED)}", REBUILD)


def _without_agreement(table: Table) -> Select[Any]:
    agreement = table.c.agreement_id
    is_there = exists().where(AGREEMENTS.c.id == agreement)
    # Statements of no agreement name none.
    return select(agreement).where(agreement != "", ~is_there).distinct().order_by(agreement)
