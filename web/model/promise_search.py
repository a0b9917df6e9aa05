"""Which promises have the words of a query, for a page that counts all of them and shows some.

Looked for in the rows, of which only those that are shown are read in full. Text that is not ASCII
is compared here, since no engine folds letters as we do.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import itemgetter

from msgspec import Struct
from msgspec.json import decode
from sqlalchemy import ColumnElement, LargeBinary, and_, cast, func, or_, select

from events.database.owned_tables import table_of
from tracker.documents.summaries import (
    COLUMNS,
    AgreementSummary,
    CommitmentSummary,
    commitment_summary_of_row,
)
from tracker.projections.tables import AgreementRow, CommitmentRow
from tracker.queries.board import IS_KNOWN, BoardQueries
from web.model.filters import NamesOf, has_words
from web.model.query import Query

AGREEMENTS, COMMITMENTS = table_of(AgreementRow).c, table_of(CommitmentRow).c
TEXTS = (AGREEMENTS.id, AGREEMENTS.title, COMMITMENTS.id, COMMITMENTS.promise)
"""What `has_words` looks through, beside the names of the parties of a promise."""
PLACE = (AGREEMENTS.first_position, COMMITMENTS.ordinal)
"""By what promises are in order."""
SUMMARY = [COMMITMENTS[name] for name in COLUMNS]
MOST_SIDES = 1000
"""So many lists of parties are named in a statement; where there are more, no rows are searched."""
ROWS_TOGETHER = 1000


class Matches(Struct):
    """The first promises that have the words, each with its place, and how many have them."""

    first: list[tuple[tuple[int, int], CommitmentSummary]]
    count: int = 0

    @property
    def promises(self) -> list[CommitmentSummary]:
        return [c for _, c in self.first]


def matches_among(
    headings: Iterable[AgreementSummary], query: Query, names_of: NamesOf, most: int
) -> Matches:
    """Looks through agreements in brief."""
    matches = Matches([])
    for place, heading in enumerate(headings):
        for ordinal, c in enumerate(heading.holdings):
            if has_words(heading, query, names_of, c):
                _count(matches, (place, ordinal), c, most)
    return matches


def _count(matches: Matches, place: tuple[int, int], c: CommitmentSummary, most: int) -> None:
    matches.count += 1
    if len(matches.first) < most:
        matches.first.append((place, c))


class SearchedRows:
    """The rows of promises; those of agreements that are folded are looked for among these."""

    def __init__(self, queries: BoardQueries, query: Query, names_of: NamesOf) -> None:
        self.queries, self.query, self.names_of = queries, query, names_of
        self.connection = queries.connection
        sides = select(COMMITMENTS.debtor).union(select(COMMITMENTS.creditor))
        # As JSON, each with the names of its parties.
        self.sides = {
            text: " ".join(name for party in decode(text) for name in names_of(party)).casefold()
            for text in self.connection.execute(sides.limit(MOST_SIDES + 1)).scalars()
        }
        self._are_shown = and_(
            COMMITMENTS.agreement_id == AGREEMENTS.id,
            IS_KNOWN,
            AGREEMENTS.id.not_in(queries.folding.names),
        )

    @property
    def can_be_searched(self) -> bool:
        """Whether one statement can name what it looks for."""
        return len(self.sides) <= MOST_SIDES

    def matches(self, most: int) -> Matches:
        """Counts the promises that have every word, and reads the first of them."""
        briefs = self.queries.folding.briefs()
        folded = [(brief.first_position, brief.summary) for brief in briefs]
        parts = [self._of_ascii(most), self._of_others(most)]
        parts += [self._of_folded(first, summary, most) for first, summary in folded]
        first = sorted((each for part in parts for each in part.first), key=itemgetter(0))
        return Matches(first[:most], sum(part.count for part in parts))

    def _of_ascii(self, most: int) -> Matches:
        words = self.query.q.casefold().split()
        is_match = and_(self._are_shown, self._are_ascii, *map(self._has, words))
        first = select(*PLACE, *SUMMARY).where(is_match).order_by(*PLACE).limit(most)
        placed = [
            (self._place(row), commitment_summary_of_row(row[2:]))
            for row in self.connection.execute(first)
        ]
        count = select(func.count(COMMITMENTS.id)).where(is_match)
        return Matches(placed, self.connection.execute(count).scalar_one())

    def _has(self, word: str) -> ColumnElement[bool]:
        """That a word is in a text of a row, all of them ASCII, or in a name of its parties."""
        sides = [text for text, names in self.sides.items() if word in names]
        of_parties = or_(COMMITMENTS.debtor.in_(sides), COMMITMENTS.creditor.in_(sides))
        if not word.isascii():
            return of_parties
        return or_(
            of_parties, *(func.lower(text).contains(word, autoescape=True) for text in TEXTS)
        )

    def _of_others(self, most: int) -> Matches:
        query = select(*PLACE, AGREEMENTS.title, *SUMMARY).order_by(*PLACE)
        query = query.where(self._are_shown, ~self._are_ascii)
        matches = Matches([])
        for row in self.connection.execute(query, execution_options={"yield_per": ROWS_TOGETHER}):
            c = commitment_summary_of_row(row[3:])
            heading = AgreementSummary(c.agreement, row.title, (), None, "", 0, ())
            if has_words(heading, self.query, self.names_of, c):
                _count(matches, self._place(row), c, most)
        return matches

    def _of_folded(self, first: int, summary: AgreementSummary, most: int) -> Matches:
        matches = matches_among([summary], self.query, self.names_of, most)
        matches.first = [((first, ordinal), c) for (_, ordinal), c in matches.first]
        return matches

    def _place(self, row: Sequence[int]) -> tuple[int, int]:
        return self.queries.view.hidden.number(row[0]), row[1]

    @property
    def _are_ascii(self) -> ColumnElement[bool]:
        """That a row has as many bytes as letters; PostgreSQL counts bytes by another function."""
        if self.connection.dialect.name == "sqlite":
            return and_(*(func.length(t) == func.length(cast(t, LargeBinary)) for t in TEXTS))
        return and_(*(func.length(text) == func.octet_length(text) for text in TEXTS))
