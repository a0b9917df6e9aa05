"""The rows of agreements as they stand at an instant, from the log alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from events import EventStore
from tracker.entries.party_stream import read_registry
from tracker.entries.unreadable import Recorded, readable, unreadable_document
from tracker.errors import UnreadableAgreement
from tracker.projections.elsewhere import elsewhere
from tracker.projections.rows.agreement import Rows, rows_of_events, rows_of_fold, unreadable_rows
from tracker.projections.search_index import WordPage
from tracker.rules.agreement import FoldedAgreement, Judged
from tracker.rules.fold import fold_events


class JudgedRows(Judged[Rows], frozen=True):
    """The rows of agreements, and the words of the events after a position, as they were judged."""

    since: int
    words: Callable[[int, int], WordPage]


JudgedAgreements = Judged[FoldedAgreement] | JudgedRows
"""What an intake has judged: agreements as folded, or the rows that were made of them."""


class AgreementRows:
    """Makes the rows of agreements; those that are `judged` already are not read again."""

    def __init__(
        self, store: EventStore, now: datetime, judged: JudgedAgreements | None = None
    ) -> None:
        self.store = store
        self.now = now
        self.registry = read_registry(store, now)
        self.elsewhere = elsewhere(store, self.registry, now)
        self.judged: Mapping[str, FoldedAgreement | Rows] = {}
        if judged is not None:
            self.judged = judged.at(store.head(), now, self.registry)

    def of_all(self, agreements: Sequence[str]) -> list[Rows]:
        """The rows of each agreement; for one that cannot be folded, why."""
        return [self._rows_or_reason(name) for name in agreements]

    def _rows_or_reason(self, agreement: str) -> Rows:
        folded = self.judged.get(agreement)
        if isinstance(folded, dict):
            return folded
        recorded = folded.recorded if folded else list(self.store.read_stream(agreement))

        def rows(events: Recorded) -> Rows:
            if events is not recorded:
                return self.of_events(agreement, events)
            outside, now = self.elsewhere.steps, self.now
            whole = folded or fold_events(agreement, events, now, self.registry, outside, now)
            self.elsewhere.keep(whole)
            return rows_of_fold(whole)

        try:
            return readable(agreement, recorded, rows)
        except UnreadableAgreement as error:
            return unreadable_rows(unreadable_document(error), recorded)

    def of_events(self, agreement: str, events: Recorded) -> Rows:
        """The rows of an agreement of which these events are on record."""
        return rows_of_events(agreement, events, self.now, self.registry, self.elsewhere.steps)
