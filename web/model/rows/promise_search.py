"""Which promises have the words of a query, for a page that counts all of them and shows some.

Without words it is every promise.
"""

from __future__ import annotations

from collections.abc import Iterable
from operator import itemgetter
from typing import Any

from msgspec import Struct
from sqlalchemy import Row, func, select

from tracker.documents.summaries import (
    COLUMNS,
    AgreementSummary,
    CommitmentSummary,
    commitment_summary_of_row,
)
from tracker.queries.board.queries import IS_KNOWN, BoardQueries
from web.model.filters import NamesOf, promise_has_words
from web.model.query import Query
from web.model.rows.chosen_rows import AGREEMENTS, COMMITMENTS, ChosenRows
from web.model.rows.listed_rows import ListedRows

PLACE = (AGREEMENTS.first_position, COMMITMENTS.ordinal)
"""By what promises are in order."""
SUMMARY = [COMMITMENTS[name] for name in COLUMNS]
Place = tuple[int, int]


class Matches(Struct):
    """The first promises that have the words, each with its place, and how many have them."""

    first: list[tuple[Place, CommitmentSummary]]
    count: int = 0

    @property
    def promises(self) -> list[CommitmentSummary]:
        return [c for _, c in self.first]


def matches_among(
    summaries: Iterable[AgreementSummary], query: Query, names_of: NamesOf, most: int
) -> Matches:
    """Looks through agreements in brief."""
    matches = Matches([])
    for place, summary in enumerate(summaries):
        for ordinal, c in enumerate(summary.commitments):
            if promise_has_words(summary.title, c, query, names_of):
                matches.count += 1
                if len(matches.first) < most:
                    matches.first.append(((place, ordinal), c))
    return matches


def every_promise(queries: BoardQueries) -> ListedRows[CommitmentSummary]:
    """Every promise in the order of its words, where rows can be chosen.

    Columns of text compare by code points, as Python does.
    """
    number = queries.view.hidden.number

    def placed(row: Row[Any]) -> tuple[Any, CommitmentSummary]:
        place = (row.promise, number(row.first_position), row.ordinal)
        return place, commitment_summary_of_row(row[2:])

    is_of = COMMITMENTS.agreement_id == AGREEMENTS.id
    rows = select(*PLACE, *SUMMARY).where(is_of, IS_KNOWN)
    folded = (
        ((c.promise, brief.first_position, ordinal), c)
        for brief in queries.folding.briefs()
        for ordinal, c in enumerate(brief.summary.commitments)
    )
    return ListedRows(
        queries.connection,
        rows.where(AGREEMENTS.id.not_in(queries.folding.names)),
        (COMMITMENTS.promise, *PLACE),
        placed,
        folded,
    )


def matches_by_rows(rows: ChosenRows, most: int) -> Matches:
    """Counts the promises that have every word, and reads the first of them.

    From one look through the table; those that are folded are looked for among these.
    """
    queries = rows.queries
    is_of = COMMITMENTS.agreement_id == AGREEMENTS.id
    places = select(*PLACE, COMMITMENTS.id).where(is_of, IS_KNOWN, rows.promises).cte()
    count = select(func.count()).select_from(places).scalar_subquery()
    first = select(places, count.label("matches")).order_by(places.c[0], places.c[1]).limit(most)
    matching = queries.connection.execute(first).all()
    number = queries.view.hidden.number
    place_of_id = {row.id: (number(row.first_position), row.ordinal) for row in matching}
    is_of_these = COMMITMENTS.id.in_(place_of_id)
    summaries = queries.connection.execute(select(*SUMMARY).where(is_of_these))
    placed = [(place_of_id[row.id], commitment_summary_of_row(row)) for row in summaries]
    counted = matching[0].matches if matching else 0
    for brief in queries.folding.briefs():
        matches = matches_among([brief.summary], rows.query, rows.names_of, most)
        placed += [((brief.first_position, place[1]), c) for place, c in matches.first]
        counted += matches.count
    return Matches(sorted(placed, key=itemgetter(0))[:most], counted)
