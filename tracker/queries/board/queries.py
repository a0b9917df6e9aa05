"""What the board and the feeds show: every agreement and commitment, in brief or in full.

Read from the projection tables, and from `FoldedAgreements` where these cannot answer.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain
from operator import itemgetter
from typing import Any

from msgspec.json import decode
from sqlalchemy import ColumnElement, Connection, or_, select, true
from sqlmodel import SQLModel

from events import EventStore
from events.batches import IDS_PER_STATEMENT, batches
from events.database.owned_tables import table_of
from tracker.documents.commitments import (
    AgreementDocument,
    CommitmentDocument,
    agreement_json,
)
from tracker.documents.dependencies import Dependencies, of_details, of_documents
from tracker.documents.summaries import (
    AGREEMENT_COLUMNS,
    COLUMNS,
    AgreementSummary,
    CommitmentSummary,
    commitment_summary_of_row,
    summary_of_row,
)
from tracker.entries.hidden_events import HiddenEvents
from tracker.entries.lookup import position_of
from tracker.entries.streams import is_of_parties
from tracker.entries.unreadable import UnreadableDocument
from tracker.entries.visible_log import VisibleLog
from tracker.model.vocabulary import OPEN_STATES
from tracker.projections import tables
from tracker.projections.freshness import freshness
from tracker.queries.board.folding import FoldedAgreements, FoldedBrief
from tracker.rules.agreement import is_known

IS_KNOWN = table_of(tables.AgreementRow).c.detail.is_not(None)
"""That anything is known of an agreement."""
IS_OPEN = table_of(tables.CommitmentRow).c.state.in_(OPEN_STATES)
NO_LIST = "[]"
by_agreement = itemgetter("agreement")
Instants = tuple[datetime, datetime]
"""The instant of the world that is asked for, and that of the record."""


class BoardQueries:
    """What one reader may see of the record; `marked` streams have something above the ceiling.

    With `hidden` positions are counted without what is hidden. Without `then` it is what was last
    projected; with it, how things stand at those instants. Where nothing is projected by the rules
    of this program, it is folded from the log.
    """

    def __init__(
        self,
        store: EventStore,
        connection: Connection,
        now: datetime,
        ceiling: str = "RED",
        marked: Collection[str] = (),
        then: Instants | None = None,
        hidden: HiddenEvents | None = None,
    ) -> None:
        self.view = VisibleLog(store, ceiling, marked=frozenset(marked), hidden=hidden)
        self.connection = connection
        self.as_of, self.known_at = then or (now, now)
        self.freshness = freshness(store, connection)
        # What is known of a party counts for every agreement, so rows tell what is hidden of it.
        is_projected = self.freshness.projected_at is not None
        self.has_rows = is_projected and not any(map(is_of_parties, marked))
        self.then = then if then or self.has_rows else (now, now)
        self.ceiling = ceiling
        self.folding = FoldedAgreements(
            self.view,
            connection,
            self.freshness,
            marked,
            self.as_of,
            self.known_at,
            rows_hold=self.then is None,
        )

    def agreement_summaries(self) -> list[AgreementSummary]:
        """Every agreement in brief, in the order they were recorded."""
        return self._summaries(None, self.folding.briefs())

    def agreement_summaries_of(self, agreements: Sequence[str]) -> Iterator[AgreementSummary]:
        """Some agreements in brief, by parts in little memory."""
        for some in batches(agreements):
            yield from self._summaries(some, self.folding.briefs_of(some))

    def each_agreement_summary(self) -> Iterator[AgreementSummary]:
        """The same one after the other."""
        return self.agreement_summaries_of(self.view.streams_after(0))

    def _summaries(
        self, agreements: Collection[str] | None, briefs: Iterable[FoldedBrief]
    ) -> list[AgreementSummary]:
        """Some agreements or all (None), with those that are folded."""
        of_agreement: dict[str, list[CommitmentSummary]] = {}
        among = is_among(tables.CommitmentRow, agreements)
        for row in self.rows(
            tables.CommitmentRow, "agreement_id", "ordinal", columns=COLUMNS, where=among
        ):
            summary = commitment_summary_of_row(row)
            of_agreement.setdefault(summary.agreement, []).append(summary)
        number, among = self.view.hidden.number, is_among(tables.AgreementRow, agreements)
        rows = self.rows(
            tables.AgreementRow, "first_position", columns=AGREEMENT_COLUMNS, where=IS_KNOWN & among
        )
        summaries = [
            (
                number(row.first_position),
                summary_of_row(row, of_agreement.get(row.id, []), number(row.last_position)),
            )
            for row in rows
        ]
        summaries += [(brief.first_position, brief.summary) for brief in briefs]
        # In one order, or the place in it would tell which agreements hold something hidden.
        return [summary for _, summary in sorted(summaries, key=itemgetter(0))]

    def names(
        self, where: ColumnElement[bool] = IS_KNOWN, briefs: Iterable[FoldedBrief] | None = None
    ) -> list[str]:
        """The ids of agreements of which something is known, in the order they were recorded.

        Of all, or of rows that are chosen and of these that are folded.
        """
        rows = self.rows(tables.AgreementRow, columns=("first_position", "id"), where=where)
        places = [(self.view.hidden.number(row[0]), row[1]) for row in rows]
        folded = self.folding.briefs() if briefs is None else briefs
        places += [(brief.first_position, brief.summary.id) for brief in folded]
        return [name for _, name in sorted(places)]

    def linked(self) -> list[AgreementSummary]:
        """The agreements with phases, or with one before them, in the order they were recorded."""
        row = table_of(tables.AgreementRow).c
        is_linked = or_(row.predecessor.is_not(None), row.phases != NO_LIST)
        briefs = self.folding.briefs()
        folded = [b for b in briefs if b.summary.phases or b.summary.predecessor]
        return [*self.agreement_summaries_of(self.names(IS_KNOWN & is_linked, folded))]

    @property
    def can_choose_rows(self) -> bool:
        """Whether rows answer for all but so few agreements that a statement can leave them out."""
        is_now = self.has_rows and self.then is None
        return is_now and len(self.folding.names) <= IDS_PER_STATEMENT

    def tags(self) -> set[str]:
        """The tags of all agreements, where rows can be chosen."""
        row, folding = table_of(tables.AgreementRow).c, self.folding
        texts = select(row.tags).distinct().where(IS_KNOWN, row.id.not_in(folding.names))
        of_rows = map(decode, self.connection.execute(texts).scalars())
        folded = (brief.summary.tags for brief in folding.briefs())
        return {tag for tags in chain(of_rows, folded) for tag in tags}

    def summaries(self, commitments: Collection[str]) -> dict[str, CommitmentSummary]:
        """Some commitments in brief, by id; of those that are known."""
        each = (c for brief in self.folding.briefs() for c in brief.summary.commitments)
        summaries = {c.id: c for c in each if c.id in commitments}
        for ids in batches([*commitments]):
            among = table_of(tables.CommitmentRow).c.id.in_(ids)
            rows = self.rows(tables.CommitmentRow, columns=COLUMNS, where=among)
            summaries |= {row.id: commitment_summary_of_row(row) for row in rows}
        return summaries

    def titles(self, agreements: Collection[str]) -> dict[str, str]:
        """The titles of some agreements, of those that are known."""
        summaries = (brief.summary for brief in self.folding.briefs_of(agreements))
        folded = {summary.id: summary.title for summary in summaries}
        named = table_of(tables.AgreementRow).c.id.in_(list(agreements))
        rows = self.rows(tables.AgreementRow, columns=("id", "title"), where=IS_KNOWN & named)
        return folded | {row.id: row.title for row in rows}

    def promise(self, commitment: str, agreement: str) -> str | None:
        """What a commitment of an agreement promises, as projected; None where no row tells."""
        if not self.has_rows or agreement in self.folding.names:
            return None
        table = table_of(tables.CommitmentRow)
        query = select(table.c.promise).where(table.c.id == commitment)
        promise: str | None = self.connection.execute(query).scalar()
        return promise

    def documents(self, agreements: Collection[str] | None = None) -> Iterator[AgreementDocument]:
        """Every agreement in full, or some of them, in the order given, by parts in little memory.

        Without `agreements` the order is that in which they were recorded.
        """
        names = self.view.streams_after(0) if agreements is None else agreements
        for some in batches([*names]):
            documents = self._documents(some)
            yield from (documents[name] for name in some if name in documents)

    def _documents(self, agreements: Collection[str]) -> dict[str, AgreementDocument]:
        of_agreement: dict[str, list[Any]] = {}
        for agreement, detail in self._details(tables.CommitmentRow, "ordinal", agreements):
            of_agreement.setdefault(agreement, []).append(decode(detail))
        documents: dict[str, AgreementDocument] = {
            agreement: decode(detail) | {"commitments": of_agreement.get(agreement, [])}
            for agreement, detail in self._details(tables.AgreementRow, "id", agreements)
            if detail is not None
        }
        for state in self.folding.states_of(agreements):
            if is_known(state):
                documents[state.id] = agreement_json(state)
        return documents

    def _details(
        self, row: type[SQLModel], order: str, agreements: Collection[str]
    ) -> Iterable[tuple[str, Any]]:
        """The `detail` of rows, each with its agreement; of those that need no folding."""
        column, among = agreement_column(row), is_among(row, agreements)
        return self.rows(row, column, order, columns=(column, "detail"), where=among)

    def details(self, owned: Mapping[str, str]) -> dict[str, CommitmentDocument]:
        """The `status --json` object of these commitments, each given with its agreement."""
        commitment, columns = table_of(tables.CommitmentRow).c.id, ("agreement_id", "id", "detail")
        details: dict[str, CommitmentDocument] = {
            row.id: decode(row.detail)
            for ids in batches([*owned])
            for row in self.rows(tables.CommitmentRow, columns=columns, where=commitment.in_(ids))
        }
        for state in self.folding.states_of(owned.values()):
            document = agreement_json(state)
            details |= {c["id"]: c for c in document["commitments"] if c["id"] in owned}
        return details

    def dependencies(self) -> list[Dependencies]:
        """What each promise hangs on, of those that hang on anything."""
        order, columns = ("agreement_id", "ordinal"), ("agreement_id", "ordinal", "hangs_on")
        where = table_of(tables.CommitmentRow).c.hangs_on.is_not(None)
        rows = self.rows(tables.CommitmentRow, *order, columns=columns, where=where)
        folded = (agreement_json(state)["commitments"] for state in self.folding.states())
        hanging = (row.hangs_on for row in rows)
        return of_details(hanging) + of_documents(chain.from_iterable(folded))

    def rows(
        self,
        row: type[SQLModel],
        *order: str,
        columns: Collection[str] = (),
        where: ColumnElement[bool] | None = None,
    ) -> Sequence[Any]:
        """The rows of agreements that need no folding, whole or these columns of them.

        The column of their agreement is among these.
        """
        if not self.has_rows:
            return ()
        table, folded = table_of(row), self.folding.names
        chosen = [table.c[name] for name in columns] or list(table.c)
        query = select(*chosen).order_by(*(table.c[name] for name in order))
        query = query if where is None else query.where(where)
        place = [column.name for column in chosen].index(agreement_column(row))
        rows = self.connection.execute(query).all()
        return [each for each in rows if each[place] not in folded] if folded else rows

    def rows_by_parts(
        self, row: type[SQLModel], columns: Collection[str], where: ColumnElement[bool]
    ) -> Iterator[Any]:
        """The same rows as of `rows`, by agreement and a part of the agreements at a time."""
        names = self.view.streams_after(0) if self.has_rows else ()
        for some in batches(names):
            yield from self.rows(row, columns=columns, where=where & is_among(row, some))

    def unreadable(self) -> list[UnreadableDocument]:
        """The agreements of which nothing can be shown: why, and the entry that causes it."""
        rows = self.rows(tables.UnreadableAgreementRow, "agreement_id")
        documents = [
            UnreadableDocument(
                agreement=row.agreement_id,
                reason=row.reason,
                event=row.event_id,
                position=position_of(self.view, row.event_id),
                tlp=row.tlp,
            )
            for row in rows
        ]
        documents += self.folding.unreadable()
        return sorted(documents, key=by_agreement)


def is_among(row: type[SQLModel], agreements: Collection[str] | None) -> ColumnElement[bool]:
    """That a row is of one of these agreements; of any where none are named."""
    if agreements is None:
        return true()
    return table_of(row).c[agreement_column(row)].in_(agreements)


def agreement_column(row: type[SQLModel]) -> str:
    """The column that names the agreement of a row."""
    return "id" if row is tables.AgreementRow else "agreement_id"
