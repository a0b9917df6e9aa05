"""What one party owes and is owed, and its agreements: counted, and read a part at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from msgspec import Struct
from sqlalchemy import ColumnElement, Row, case, func, select

from tracker.documents.summaries import (
    AGREEMENT_COLUMNS,
    AgreementSummary,
    CommitmentSummary,
    commitment_summary_of_row,
    summary_of_row,
)
from tracker.queries.board.queries import IS_KNOWN, IS_OPEN
from web.model.filters import chosen
from web.model.query import is_open
from web.model.rows.chosen_rows import AGREEMENTS, COMMITMENTS, ChosenRows, is_listed
from web.model.rows.counts import Standing
from web.model.rows.listed_rows import ListedRows
from web.model.rows.promise_search import PLACE, SUMMARY

Promises = Sequence[CommitmentSummary]


class Side(Struct, frozen=True):
    """The promises of which a party is on one side, what is open first; and how they stand."""

    promises: Promises
    standings: Counter[Standing]


class PartyLists(Struct, frozen=True):
    """What a party owes and is owed of what a query chooses, and all agreements it is in."""

    owes: Side
    owed: Side
    agreements: Sequence[AgreementSummary]


def party_among(
    name: str, chosen_ones: Sequence[AgreementSummary], every_one: Sequence[AgreementSummary]
) -> PartyLists:
    """Looks through agreements in brief, those that a query chooses and all of them."""
    promises = [c for summary in chosen_ones for c in summary.commitments]
    promises.sort(key=lambda c: not is_open(c.state))
    sides = ([c for c in promises if is_of(c, name)] for is_of in (_is_owing, _is_owed))
    owes, owed = (Side(each, Counter((c.state, c.compliance) for c in each)) for each in sides)
    return PartyLists(owes, owed, [summary for summary in every_one if name in summary.parties])


def _is_owing(c: CommitmentSummary, name: str) -> bool:
    return name in c.debtor


def _is_owed(c: CommitmentSummary, name: str) -> bool:
    return name in c.creditor and name not in c.debtor


class PartyRows:
    """The rows of the promises and agreements of a party, and those that are folded."""

    def __init__(self, rows: ChosenRows, name: str) -> None:
        self.rows, self.name = rows, name
        self.queries, self.connection = rows.queries, rows.queries.connection
        self._folded = [
            (brief.first_position, ordinal, c)
            for brief in self.queries.folding.briefs()
            for summary in chosen([brief.summary], rows.query, rows.names_of)
            for ordinal, c in enumerate(summary.commitments)
        ]

    def lists(self) -> PartyLists:
        """What it owes and is owed, and its agreements."""
        owing, owed = (self._is_listed(side) for side in (COMMITMENTS.debtor, COMMITMENTS.creditor))
        return PartyLists(
            self._side(owing, _is_owing), self._side(owed & ~owing, _is_owed), self._agreements()
        )

    def _is_listed(self, names: ColumnElement[str]) -> ColumnElement[bool]:
        return is_listed(self.connection, names, self.name)

    def _side(
        self, is_of_side: ColumnElement[bool], is_of: Callable[[CommitmentSummary, str], bool]
    ) -> Side:
        is_shown = self.rows.promises & is_of_side
        words = (COMMITMENTS.state, COMMITMENTS.compliance)
        counted = select(*words, func.count()).where(is_shown).group_by(*words)
        rows = self.connection.execute(counted)
        standings = Counter({(state, compliance): count for state, compliance, count in rows})
        of_party = [each for each in self._folded if is_of(each[-1], self.name)]
        standings.update((c.state, c.compliance) for *_, c in of_party)
        is_closed = case((IS_OPEN, 0), else_=1)
        in_agreement = COMMITMENTS.agreement_id == AGREEMENTS.id
        promises = ListedRows(
            self.connection,
            select(is_closed, *PLACE, *SUMMARY).where(is_shown, in_agreement),
            (is_closed, *PLACE),
            self._placed,
            (((int(not is_open(c.state)), *place), c) for *place, c in of_party),
        )
        return Side(promises, standings)

    def _placed(self, row: Row[Any]) -> tuple[Any, CommitmentSummary]:
        number = self.queries.view.hidden.number
        place = (row[0], number(row.first_position), row.ordinal)
        return place, commitment_summary_of_row(row[3:])

    def _agreements(self) -> Sequence[AgreementSummary]:
        number, folding = self.queries.view.hidden.number, self.queries.folding
        is_shown = IS_KNOWN & AGREEMENTS.id.not_in(folding.names)
        columns = [AGREEMENTS[name] for name in AGREEMENT_COLUMNS]
        briefs = (each for each in folding.briefs() if self.name in each.summary.parties)

        def placed(row: Row[Any]) -> tuple[Any, AgreementSummary]:
            return number(row.first_position), summary_of_row(row, (), number(row.last_position))

        return ListedRows(
            self.connection,
            select(*columns).where(is_shown, self._is_listed(AGREEMENTS.parties)),
            (AGREEMENTS.first_position,),
            placed,
            ((brief.first_position, brief.summary) for brief in briefs),
        )
