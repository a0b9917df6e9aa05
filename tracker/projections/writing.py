"""Writes the rows of agreements, as they stand at an instant, into projection tables.

An agreement that cannot be folded or stored has a row that says why, and stops no other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from events.batches import OnProgress, batches
from events.table_writer import CONFLICT, TableWriter
from events.table_writer import Rows as TableRows
from tracker.entries.unreadable import Recorded, readable, unreadable_document
from tracker.errors import TrackerError, UnreadableAgreement
from tracker.projections.agreement_rows import AgreementRows
from tracker.projections.reader import OF_AGREEMENT
from tracker.projections.rows.agreement import Rows, unreadable_rows

if TYPE_CHECKING:
    from tracker.projections.processes import Processes

TOGETHER = 100
"""How many agreements are folded before their rows are written: memory stays flat."""


class AgreementWriter:
    """Writes agreements into some tables, with rows made here or by `processes`."""

    def __init__(
        self,
        tables: TableWriter,
        rows: AgreementRows,
        suffix: str = "",
        processes: Processes | None = None,
    ) -> None:
        self.tables = tables
        self.rows = rows
        self.suffix = suffix
        self.processes = processes

    def write(self, agreements: Sequence[str], progress: OnProgress) -> None:
        """Replaces the rows of these agreements, some at a time."""
        done = 0
        groups = list(batches(agreements, TOGETHER))
        # Before their old rows go: where a deadline hangs on another, these say whose that is.
        made = (
            map(self.rows.of_all, groups)
            if self.processes is None
            else self.processes.rows(groups, self.rows.now)
        )
        for some, rows in zip(groups, made, strict=True):
            self._delete(some)
            if not self._try_write(rows):
                for name in some:
                    self._write_alone(name)
            done += len(some)
            progress(done, len(agreements))

    def _delete(self, agreements: Sequence[str]) -> None:
        """Deletes the rows of those of some agreements that have any; each has one of its own.

        Tables that are filled for the first time PostgreSQL has not counted yet: to delete what is
        not in them it would read all of them, for each group of agreements anew.
        """
        marks = ", ".join("?" * len(agreements))
        query = f"SELECT id FROM agreements{self.suffix} WHERE id IN ({marks})"
        present = tuple(name for (name,) in self.tables.rows(query, tuple(agreements)))
        marks = ", ".join("?" * len(present))
        for name in OF_AGREEMENT if present else ():
            column = "id" if name == "agreements" else "agreement_id"
            statement = f"DELETE FROM {name}{self.suffix} WHERE {column} IN ({marks})"
            self.tables.execute(statement, present)

    def _try_write(self, rows: list[Rows]) -> bool:
        """Writes the rows of agreements; returns False, and writes none, if one of them is refused.

        That is for a number too large for the database, or an id that another agreement has.
        """
        try:
            with self.tables.savepoint():
                self._insert(rows, self.tables.insert_many)
        except Exception as error:
            if self.tables.refusal(error) is None:
                raise
            return False
        return True

    def _write_alone(self, agreement: str) -> None:
        """Writes the rows of one agreement, or why it has none."""
        recorded = list(self.rows.store.read_stream(agreement))
        try:
            rows = readable(agreement, recorded, lambda events: self._trial(agreement, events))
        except UnreadableAgreement as error:
            rows = unreadable_rows(unreadable_document(error), recorded)
        if not self._try_write([rows]):
            self._insert([rows | {"commitment_agreements": []}], self.tables.insert)

    def _trial(self, agreement: str, events: Recorded) -> Rows:
        """The rows that some events would have; raises a TrackerError if they cannot be stored."""
        rows = self.rows.of_events(agreement, events)
        try:
            with self.tables.trial():
                self._insert([rows], self.tables.insert)
        except Exception as error:
            reason = self.tables.refusal(error)
            if reason is None:
                raise
            words = reason if reason == CONFLICT else f"its rows cannot be stored: {reason}"
            raise TrackerError(words) from error
        return rows

    def _insert(self, rows: list[Rows], insert: Callable[[str, TableRows], None]) -> None:
        for name in OF_AGREEMENT:
            values = [values for each in rows for values in each.get(name, ())]
            insert(f"{name}{self.suffix}", values)
