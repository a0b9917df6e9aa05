"""The document of `status --json`: from the projection where that is exact, else from the log.

A row of the projection is exact while the log has not grown, no instant before it is asked for,
and nothing of its agreement changes by the clock. Agreements whose clock has moved since are
folded one by one; for the past everything is.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

import msgspec

from events import EventStore
from events.transparency.checkpoints import checkpoint_line
from tracker.dates.instants import Clocks, both_clocks
from tracker.entries.tlp import highest
from tracker.errors import UnreadableAgreement
from tracker.projections.reader import AgreementRow, ProjectionReader, projected

if TYPE_CHECKING:
    from tracker.documents.commitments import AgreementDocument
    from tracker.entries.unreadable import UnreadableDocument
    from tracker.queries.agreements import AgreementReader


class StatusDocument(Clocks):
    """`status --json`: the agreements, and those that cannot be read, with the log they are of."""

    position: int
    checkpoint: str
    tlp: str
    agreements: list[AgreementDocument]
    unreadable: list[UnreadableDocument]


def status(
    store: EventStore, as_of: datetime, known_at: datetime, name: str | None = None
) -> StatusDocument:
    """How everything stands, or one agreement, or one commitment; raises UnknownId."""
    with store.snapshot():
        rows = projected(store)
        if rows is not None and rows.answers(as_of, known_at):
            answer = StatusFromRows(rows, as_of, known_at)
            agreements = answer.one(name) if name else list(answer.all())
            unreadable = answer.unreadable if not name else []
        else:
            agreements, unreadable = _folded(store, as_of, known_at, name)
        if name and name not in (agreement["id"] for agreement in agreements):
            for agreement in agreements:
                own = (c for c in agreement["commitments"] if c["id"] == name)
                agreement["commitments"] = list(own)
        return {
            **both_clocks(as_of, known_at),
            "position": store.head(),
            "checkpoint": checkpoint_line(store),
            "tlp": highest(each["tlp"] for each in (*agreements, *unreadable)),
            "agreements": agreements,
            "unreadable": unreadable,
        }


def _folded(
    store: EventStore, as_of: datetime, known_at: datetime, name: str | None
) -> tuple[list[AgreementDocument], list[UnreadableDocument]]:
    from tracker.documents.commitments import agreement_json
    from tracker.queries.agreements import find, survey

    if name:
        return [agreement_json(find(store, name, as_of, known_at))], []
    answer = survey(store, as_of, known_at, agreement_json)
    return answer.answers, answer.unreadable


class StatusFromRows:
    """Agreements from the projection, or folded where their clock has moved since."""

    def __init__(self, rows: ProjectionReader, as_of: datetime, known_at: datetime) -> None:
        self.rows = rows
        self.as_of = as_of
        self.known_at = known_at
        self.unreadable: list[UnreadableDocument] = []

    def all(self) -> Iterator[AgreementDocument]:
        """Every agreement of which something is known; those that cannot be read are listed."""
        commitments = self.rows.commitments()
        self.unreadable = self.rows.unreadable()
        for row in self.rows.agreements():
            if self._has_moved(row):
                try:
                    yield from self._folded(row.id, known_only=True)
                except UnreadableAgreement as error:
                    from tracker.entries.unreadable import unreadable_document

                    self.unreadable.append(unreadable_document(error))
            elif row.detail is not None:
                yield _joined(row.detail, commitments.get(row.id, []))

    def one(self, name: str) -> list[AgreementDocument]:
        """The agreement with this id, or the one of this commitment; raises UnknownId."""
        row = self.rows.named(name)
        documents = self._of(row) if row else []
        names = [c["id"] for agreement in documents for c in agreement["commitments"]]
        if (row is not None and row.id == name) or name in names:
            return documents
        from tracker.queries.agreements import unknown_by_then

        known = [id_ for a in self.all() for id_ in (a["id"], *(c["id"] for c in a["commitments"]))]
        what = "agreement or commitment"
        raise unknown_by_then(self.rows.store, what, name, self.as_of, self.known_at, known)

    def _of(self, row: AgreementRow) -> list[AgreementDocument]:
        if row.detail is None or self._has_moved(row):
            return self._folded(row.id, known_only=False)
        return [_joined(row.detail, self.rows.commitments_of(row.id))]

    def _has_moved(self, row: AgreementRow) -> bool:
        return row.refold_at is not None and row.refold_at <= max(self.as_of, self.known_at)

    @cached_property
    def _reader(self) -> AgreementReader:
        # What the rows answer needs no fold, and loads none.
        from tracker.queries.agreements import AgreementReader

        return AgreementReader(self.rows.store, self.as_of, self.known_at)

    def _folded(self, agreement: str, *, known_only: bool) -> list[AgreementDocument]:
        from tracker.documents.commitments import agreement_json
        from tracker.rules.agreement import is_known

        state = self._reader.folded(agreement).state
        return [agreement_json(state)] if is_known(state) or not known_only else []


def _joined(detail: str, commitments: list[Any]) -> AgreementDocument:
    agreement: AgreementDocument = msgspec.json.decode(detail)
    agreement["commitments"] = commitments
    return agreement
