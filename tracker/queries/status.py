"""How every agreement stands: from the projection where that is exact, else from the log.

A row of the projection is exact while the log has not grown, no instant before it is asked for,
and nothing of its agreement changes by the clock. Agreements whose clock has moved since are
folded one by one, and so are those with something above a ceiling; for the past everything is.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from events import EventStore
from events.batches import batches
from events.transparency.checkpoints import checkpoint_line
from tracker.dates.instants import Clocks, both_clocks
from tracker.entries.streams import is_of_parties
from tracker.entries.tlp import highest, noting_levels
from tracker.entries.visible_log import VisibleLog
from tracker.errors import UnreadableAgreement
from tracker.projections.reader import ProjectedAgreement, ProjectionReader, projected

if TYPE_CHECKING:
    from tracker.documents.commitments import AgreementDocument
    from tracker.entries.unreadable import UnreadableDocument
    from tracker.queries.agreements import AgreementReader


class StatusDocument(Clocks):
    """`status --json`: the agreements, and those that cannot be read, with the log they are of."""

    position: int
    checkpoint: str
    tlp: str
    agreements: Sequence[AgreementDocument]
    unreadable: list[UnreadableDocument]


FEW_IDS = 10_000
"""So many names are compared with one that is unknown."""
Gather = Callable[[Iterator["AgreementDocument"]], "Sequence[AgreementDocument]"]


def status(
    store: EventStore,
    as_of: datetime,
    known_at: datetime,
    name: str | None = None,
    gather: Gather = list,
) -> StatusDocument:
    """How everything stands, or one agreement, or one commitment; raises UnknownId.

    `gather` takes the agreements one by one, for whoever keeps them elsewhere than in memory.
    """
    unreadable: list[UnreadableDocument] = []
    levels: set[str] = set()
    with store.snapshot():
        if name:
            agreements = iter(_one(store, as_of, known_at, name))
        else:
            agreements = each_agreement(store, as_of, known_at, unreadable)
        gathered = gather(noting_levels(levels, agreements))
        return {
            **both_clocks(as_of, known_at),
            "position": store.head(),
            "checkpoint": checkpoint_line(store),
            "tlp": highest((*levels, *(each["tlp"] for each in unreadable))),
            "agreements": gathered,
            "unreadable": unreadable,
        }


def _one(
    store: EventStore, as_of: datetime, known_at: datetime, name: str
) -> list[AgreementDocument]:
    """The agreement of that name, or the one commitment of that name in its agreement."""
    rows = StatusFromRows.of(store, as_of, known_at)
    if rows is not None:
        agreements = rows.one(name)
    else:
        from tracker.documents.commitments import agreement_json
        from tracker.queries.agreements import AgreementReader

        agreements = [agreement_json(AgreementReader(store, as_of, known_at).find(name).state)]
    if name in (agreement["id"] for agreement in agreements):
        return agreements
    return [
        {**each, "commitments": [c for c in each["commitments"] if c["id"] == name]}
        for each in agreements
    ]


def each_agreement(
    store: EventStore, as_of: datetime, known_at: datetime, unreadable: list[UnreadableDocument]
) -> Iterator[AgreementDocument]:
    """Every agreement that was known by `known_at` and had begun by `as_of`, in little memory.

    `unreadable` grows by those that cannot be read.
    """
    rows = StatusFromRows.of(store, as_of, known_at)
    if rows is not None:
        return rows.all(unreadable)
    from tracker.documents.commitments import agreement_json
    from tracker.queries.agreements import AgreementReader

    reader = AgreementReader(store, as_of, known_at)
    return reader.each_answer(lambda folded: agreement_json(folded.state), unreadable)


class StatusFromRows:
    """Agreements from the projection, or folded where their clock has moved since.

    Those `apart` are folded, too: the rows tell of what the store does not show.
    """

    def __init__(
        self,
        rows: ProjectionReader,
        store: EventStore,
        as_of: datetime,
        known_at: datetime,
        apart: Collection[str] = (),
    ) -> None:
        self.rows = rows
        self.store = store
        self.as_of = as_of
        self.known_at = known_at
        self.apart = apart

    @classmethod
    def of(cls, store: EventStore, as_of: datetime, known_at: datetime) -> StatusFromRows | None:
        """The rows of a log; None where they do not answer for these instants, or this ceiling."""
        log = store.log if isinstance(store, VisibleLog) else store
        rows = projected(log)
        if rows is None or not rows.answers(as_of, known_at):
            return None
        marked = store.look_for_marks() if isinstance(store, VisibleLog) else ()
        # What is known of a party counts for every agreement, so rows tell what is hidden of it.
        if any(map(is_of_parties, marked)):
            return None
        return cls(rows, store, as_of, known_at, frozenset(rows.with_dependents(marked)))

    def all(self, unreadable: list[UnreadableDocument]) -> Iterator[AgreementDocument]:
        """Every agreement of which something is known, in little memory.

        `unreadable` grows by those that cannot be read.
        """
        unread = {each["agreement"]: each for each in self.rows.unreadable()}
        for rows in batches(self.rows.agreements()):
            documents = self.rows.documents([row.id for row in rows if not self._has_moved(row)])
            for row in rows:
                if self._has_moved(row):
                    yield from self._folded_or_noted(row, unreadable)
                elif row.id in documents:
                    yield documents[row.id]
                elif row.id in unread:
                    unreadable.append(unread[row.id])

    def _folded_or_noted(
        self, row: ProjectedAgreement, unreadable: list[UnreadableDocument]
    ) -> Iterator[AgreementDocument]:
        """The agreement from the log; one that cannot be read is noted among the unreadable."""
        try:
            yield from self._folded(row.id)
        except UnreadableAgreement as error:
            from tracker.entries.unreadable import unreadable_document

            unreadable.append(unreadable_document(error))

    def one(self, name: str) -> list[AgreementDocument]:
        """The agreement with this id, or the one of this commitment; raises UnknownId."""
        row = self.rows.named(name)
        documents = self._documents_of(row) if row else []
        commitments = (c for agreement in documents for c in agreement["commitments"])
        if name in (each["id"] for each in (*documents, *commitments)):
            return documents
        from tracker.documents.commitments import agreement_json
        from tracker.queries.agreements import unknown_by_then

        # One of which nothing is known yet, and that is on record.
        folded = self._reader.known(name)
        if folded is not None:
            return [agreement_json(folded.state)]
        known, others = self._ids_near(name)
        what, instants = "agreement or commitment", (self.as_of, self.known_at)
        raise unknown_by_then(self.store, what, name, *instants, known, others)

    def _ids_near(self, name: str) -> tuple[list[str], int]:
        """Ids of what is known that may be meant by a name, and how many more there are.

        All of them where they are few: comparing a name with 100,000 takes seconds.
        """
        others = self.rows.count() - self.rows.count([*self.apart])
        if others <= FEW_IDS:
            rows = self.rows.agreements()
            ids = [*self.rows.ids([row.id for row in rows if not self._has_moved(row)])]
            folded, others = [row for row in rows if self._has_moved(row)], 0
        else:
            likely = self.rows.ids_like(name)
            ids = [each for each, agreement in likely.items() if agreement not in self.apart]
            folded = [ProjectedAgreement(each, None) for each in self.apart]
            others -= len(ids)
        for row in folded:
            for each in self._folded_or_noted(row, []):
                ids += [each["id"], *(c["id"] for c in each["commitments"])]
        return ids, others

    def _documents_of(self, row: ProjectedAgreement) -> list[AgreementDocument]:
        documents = {} if self._has_moved(row) else self.rows.documents([row.id])
        return list(documents.values()) or self._folded(row.id)

    def _has_moved(self, row: ProjectedAgreement) -> bool:
        """Whether its row is not the answer."""
        is_due = row.refold_at is not None and row.refold_at <= max(self.as_of, self.known_at)
        return is_due or row.id in self.apart

    @cached_property
    def _reader(self) -> AgreementReader:
        # What the rows answer needs no fold, and loads none.
        from tracker.queries.agreements import AgreementReader

        return AgreementReader(self.store, self.as_of, self.known_at)

    def _folded(self, agreement: str) -> list[AgreementDocument]:
        from tracker.documents.commitments import agreement_json
        from tracker.rules.agreement import is_known

        state = self._reader.folded(agreement).state
        return [agreement_json(state)] if is_known(state) else []
