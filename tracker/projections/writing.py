"""Writes the rows of agreements, as they stand at an instant, into projection tables.

An agreement that cannot be folded or stored has a row that says why, and stops no other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from operator import itemgetter

from sqlalchemy import Connection, Dialect, Table, delete, insert
from sqlalchemy.exc import IntegrityError, OperationalError, StatementError
from sqlalchemy.sql.compiler import SQLCompiler
from sqlmodel import SQLModel

from events import EventStore
from events.batches import OnProgress, batches
from tracker.entries.party_stream import read_registry
from tracker.entries.unreadable import Recorded, readable, unreadable_document
from tracker.errors import TrackerError, UnreadableAgreement
from tracker.projections.elsewhere import elsewhere
from tracker.projections.rows import Row, Rows, rows_of, unreadable_rows
from tracker.projections.tables import OF_AGREEMENT, AgreementRow
from tracker.rules.agreement import AgreementState, FoldedAgreements

Tables = Mapping[type[SQLModel], Table]
TOGETHER = 100
"""How many agreements are folded before their rows are written: memory stays flat."""


class AgreementWriter:
    """Writes agreements into some tables; those that are `folded` already are not folded again."""

    def __init__(
        self,
        store: EventStore,
        connection: Connection,
        now: datetime,
        into: Tables,
        folded: FoldedAgreements | None = None,
    ) -> None:
        self.store = store
        self.connection = connection
        self.now = now
        self.into = into
        self.registry = read_registry(store, now)
        self.outside = elsewhere(store, self.registry, now)
        self.states: Mapping[str, AgreementState] = {}
        if folded is not None:
            self.states = folded.states_at(store.head(), now, self.registry)

    def write(self, agreements: Sequence[str], progress: OnProgress) -> None:
        """Replaces the rows of these agreements, some at a time."""
        done = 0
        for some in batches(agreements, TOGETHER):
            self._delete(some)
            rows = [self._rows_or_reason(name) for name in some]
            if not self._is_written(rows):
                for name in some:
                    self._write_alone(name)
            done += len(some)
            progress(done, len(agreements))

    def _delete(self, agreements: Sequence[str]) -> None:
        for row in OF_AGREEMENT:
            table = self.into[row]
            column = table.c.id if row is AgreementRow else table.c.agreement_id
            self.connection.execute(delete(table).where(column.in_(agreements)))

    def _rows_or_reason(self, agreement: str) -> Rows:
        """The rows of an agreement; for one that cannot be folded, why."""
        recorded = list(self.store.read_stream(agreement))

        def rows(events: Recorded) -> Rows:
            state = self.states.get(agreement) if events is recorded else None
            return rows_of(agreement, events, self.now, self.registry, self.outside, state)

        try:
            return readable(agreement, recorded, rows)
        except UnreadableAgreement as error:
            return unreadable_rows(unreadable_document(error), recorded)

    def _is_written(self, rows: list[Rows]) -> bool:
        """Writes the rows of agreements; writes none where the database takes one of them not.

        That is a number too large for it, or an id that another agreement has.
        """
        try:
            with self.connection.begin_nested():
                self._insert(rows)
        except OperationalError:
            raise
        except StatementError:
            return False
        return True

    def _write_alone(self, agreement: str) -> None:
        """Writes the rows of one agreement, or why it has none."""
        recorded = list(self.store.read_stream(agreement))
        try:
            rows = readable(agreement, recorded, lambda events: self._trial(agreement, events))
        except UnreadableAgreement as error:
            rows = unreadable_rows(unreadable_document(error), recorded)
        if not self._is_written([rows]):
            self._insert([rows | {"commitment_agreements": []}])

    def _trial(self, agreement: str, events: Recorded) -> Rows:
        """The rows that some events would have; raises a TrackerError if they cannot be stored."""
        rows = rows_of(agreement, events, self.now, self.registry, self.outside)
        with self.connection.begin_nested() as savepoint:
            try:
                self._insert([rows])
            except IntegrityError as error:
                raise TrackerError("an id in it is that of another agreement") from error
            except StatementError as error:
                words = str(error.orig or error).splitlines()[0]
                raise TrackerError(f"its rows cannot be stored: {words}") from error
            savepoint.rollback()
        return rows

    def _insert(self, rows: list[Rows]) -> None:
        for row in OF_AGREEMENT:
            name = str(row.__tablename__)
            values = [values for each in rows for values in each.get(name, ())]
            insert_rows(self.connection, self.into[row], values)


def insert_rows(connection: Connection, table: Table, values: list[Row]) -> None:
    """Inserts rows of one table, which have the same columns, by one statement."""
    if not values:
        return
    statement, order = _insert_statement(table, connection.dialect, tuple(values[0]))
    # Ready for the driver: a rebuild binds a dozen values an event.
    rows = [*map(itemgetter(*order), values)] if order else values
    connection.exec_driver_sql(statement, rows)


@lru_cache(maxsize=128)
def _insert_statement(
    table: Table, dialect: Dialect, columns: tuple[str, ...]
) -> tuple[str, tuple[str, ...]]:
    """The statement, and the order of its values; no order where they are bound by name."""
    compiled = insert(table).compile(dialect=dialect, column_keys=columns)
    assert isinstance(compiled, SQLCompiler)
    return str(compiled), tuple(compiled.positiontup or ())
