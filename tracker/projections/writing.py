"""Writes the rows of agreements, as they stand at an instant, into projection tables.

An agreement that cannot be folded or stored has a row that says why, and stops no other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from events import EventStore
from events.batches import OnProgress, batches
from events.table_writer import CONFLICT, TableWriter
from tracker.entries.party_stream import read_registry
from tracker.entries.unreadable import Recorded, readable, unreadable_document
from tracker.errors import TrackerError, UnreadableAgreement
from tracker.projections.elsewhere import elsewhere
from tracker.projections.rows import Rows, rows_of, unreadable_rows
from tracker.rules.agreement import AgreementState, FoldedAgreements

OF_AGREEMENT = (
    "agreements",
    "commitments",
    "deadlines",
    "incidents",
    "status_changes",
    "statements",
    "clock_outlook",
    "commitment_agreements",
    "anchors",
    "entry_instants",
    "unreadable_agreements",
)
"""The names of the tables whose rows come from one agreement's events each."""
OTHERS = ("parties", "search_words", "projection_checkpoints")
TOGETHER = 100
"""How many agreements are folded before their rows are written: memory stays flat."""


class AgreementWriter:
    """Writes agreements into some tables; those that are `folded` already are not folded again."""

    def __init__(
        self,
        store: EventStore,
        tables: TableWriter,
        now: datetime,
        suffix: str = "",
        folded: FoldedAgreements | None = None,
    ) -> None:
        self.store = store
        self.tables = tables
        self.now = now
        self.suffix = suffix
        self.registry = read_registry(store, now)
        self.outside = elsewhere(store, self.registry, now)
        self.states: Mapping[str, AgreementState] = {}
        if folded is not None:
            self.states = folded.states_at(store.head(), now, self.registry)

    def write(self, agreements: Sequence[str], progress: OnProgress) -> None:
        """Replaces the rows of these agreements, some at a time."""
        done = 0
        for some in batches(agreements, TOGETHER):
            # Before their old rows go: where a deadline hangs on another, these say whose that is.
            rows = [self._rows_or_reason(name) for name in some]
            self._delete(some)
            if not self._is_written(rows):
                for name in some:
                    self._write_alone(name)
            done += len(some)
            progress(done, len(agreements))

    def _delete(self, agreements: Sequence[str]) -> None:
        marks = ", ".join("?" * len(agreements))
        for name in OF_AGREEMENT:
            column = "id" if name == "agreements" else "agreement_id"
            statement = f"DELETE FROM {name}{self.suffix} WHERE {column} IN ({marks})"
            self.tables.execute(statement, tuple(agreements))

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
            with self.tables.savepoint():
                self._insert(rows)
        except Exception as error:
            if self.tables.refusal(error) is None:
                raise
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
        try:
            with self.tables.trial():
                self._insert([rows])
        except Exception as error:
            reason = self.tables.refusal(error)
            if reason is None:
                raise
            words = reason if reason == CONFLICT else f"its rows cannot be stored: {reason}"
            raise TrackerError(words) from error
        return rows

    def _insert(self, rows: list[Rows]) -> None:
        for name in OF_AGREEMENT:
            values = [values for each in rows for values in each.get(name, ())]
            self.tables.insert(f"{name}{self.suffix}", values)
