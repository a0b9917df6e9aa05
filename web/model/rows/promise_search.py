"""Which promises have the words of a query, for a page that counts all of them and shows some.

Looked for in the rows, of which only those that are shown are read in full. Text that is not ASCII
is compared here, since no engine folds letters as we do. Without words it is every promise.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any

from msgspec import Struct
from msgspec.json import decode
from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    LargeBinary,
    Row,
    and_,
    cast,
    func,
    or_,
    select,
    union_all,
)

from events.batches import batches
from events.database.owned_tables import table_of
from tracker.documents.summaries import (
    COLUMNS,
    AgreementSummary,
    CommitmentSummary,
    commitment_summary_of_row,
)
from tracker.projections.tables import AgreementRow, CommitmentRow
from tracker.queries.board import IS_KNOWN, BoardQueries
from tracker.queries.folding import FoldedBrief
from web.model.filters import NamesOf, promise_has_words
from web.model.query import Query

AGREEMENTS, COMMITMENTS = table_of(AgreementRow).c, table_of(CommitmentRow).c
TEXT = AGREEMENTS.id + " " + AGREEMENTS.title + " " + COMMITMENTS.id + " " + COMMITMENTS.promise
"""What `promise_has_words` looks through, beside the names of the parties of a promise."""
PLACE = (AGREEMENTS.first_position, COMMITMENTS.ordinal)
"""By what promises are in order."""
SUMMARY = [COMMITMENTS[name] for name in COLUMNS]
MOST_SIDES = 1000
"""So many lists of parties are named in a statement; where there are more, no rows are searched."""
Place = tuple[int, int]


class Matches(Struct):
    """The first promises that have the words, each with its place, and how many have them."""

    first: list[tuple[Place, CommitmentSummary]]
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
            if promise_has_words(heading.title, c, query, names_of):
                _count(matches, (place, ordinal), c, most)
    return matches


def _count(matches: Matches, place: Place, c: CommitmentSummary, most: int) -> None:
    matches.count += 1
    if len(matches.first) < most:
        matches.first.append((place, c))


def are_shown(queries: BoardQueries) -> ColumnElement[bool]:
    """That the row of a promise, with that of its agreement, is one that this reader is shown."""
    is_of = COMMITMENTS.agreement_id == AGREEMENTS.id
    return and_(is_of, IS_KNOWN, AGREEMENTS.id.not_in(queries.folding.names))


class RowsByPromise(Sequence[CommitmentSummary]):
    """Every promise in the order of its words, where rows can be chosen; a part is read as asked.

    Columns of text compare by code points, as Python does.
    """

    def __init__(self, queries: BoardQueries) -> None:
        self.queries = queries
        self._are_shown = are_shown(queries)
        folded = [
            ((c.promise, brief.first_position, ordinal), c)
            for brief in queries.folding.briefs()
            for ordinal, c in enumerate(brief.summary.holdings)
        ]
        self.folded = sorted(folded, key=itemgetter(0))

    def __len__(self) -> int:
        count = select(func.count()).select_from(table_of(CommitmentRow)).where(self._are_shown)
        return self.queries.connection.execute(count).scalar_one() + len(self.folded)

    def __getitem__(self, part: Any) -> Any:
        """The promises of a slice; what is folded may stand before any of them, or behind."""
        first = max(0, part.start - len(self.folded))
        ordered = select(*PLACE, *SUMMARY).where(self._are_shown)
        ordered = ordered.order_by(COMMITMENTS.promise, *PLACE)
        rows = self.queries.connection.execute(ordered.offset(first).limit(part.stop - first))
        number = self.queries.view.hidden.number
        placed = [
            (
                (row.promise, number(row.first_position), row.ordinal),
                commitment_summary_of_row(row[2:]),
            )
            for row in rows
        ]
        merged = sorted([*placed, *self.folded], key=itemgetter(0))
        return [c for _, c in merged[part.start - first : part.stop - first]]


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
        self._are_shown = are_shown(queries)

    @property
    def can_be_searched(self) -> bool:
        """Whether one statement can name what it looks for."""
        return len(self.sides) <= MOST_SIDES

    def matches(self, most: int) -> Matches:
        """Counts the promises that have every word, and reads the first of them."""
        rows = self.connection.execute(self._candidates(most)).all()
        plain = {row.id: self._place(row) for row in rows if row.is_ascii}
        others = {row.id: self._place(row) for row in rows if not row.is_ascii}
        placed = sorted(((plain[c.id], c) for _, c in self._summaries(plain)), key=itemgetter(0))
        parts = [Matches(placed, rows[0].plain if rows else 0), self._of_others(others, most)]
        parts += [self._of_folded(brief, most) for brief in self.queries.folding.briefs()]
        first = sorted((each for part in parts for each in part.first), key=itemgetter(0))
        return Matches(first[:most], sum(part.count for part in parts))

    def _candidates(self, most: int) -> CompoundSelect[Any]:
        """The first rows that have the words, and all that are not ASCII; how many of the former.

        From one look through the table.
        """
        is_ascii = self._byte_length(TEXT) == func.length(TEXT)
        has_words = and_(*map(self._has, self.query.q.casefold().split()))
        columns = (*PLACE, COMMITMENTS.id, is_ascii.label("is_ascii"))
        rows = select(*columns).where(self._are_shown, or_(~is_ascii, has_words)).cte()
        is_plain = rows.c.is_ascii
        count = select(func.count()).where(is_plain).select_from(rows).scalar_subquery()
        counted = select(rows, count.label("plain"))
        in_order = counted.where(is_plain).order_by(rows.c.first_position, rows.c.ordinal)
        first = in_order.limit(most).subquery()
        return union_all(select(first), counted.where(~is_plain))

    def _byte_length(self, text: ColumnElement[str]) -> ColumnElement[int]:
        is_sqlite = self.connection.dialect.name == "sqlite"
        return func.length(cast(text, LargeBinary)) if is_sqlite else func.octet_length(text)

    def _has(self, word: str) -> ColumnElement[bool]:
        """That a word is in the text of a row, which is ASCII, or in a name of its parties."""
        sides = [text for text, names in self.sides.items() if word in names]
        of_parties = or_(COMMITMENTS.debtor.in_(sides), COMMITMENTS.creditor.in_(sides))
        if not word.isascii():
            return of_parties
        return or_(func.lower(TEXT).contains(word, autoescape=True), of_parties)

    def _summaries(self, names: Collection[str]) -> Iterator[tuple[str, CommitmentSummary]]:
        """These promises in brief, each with the title of its agreement."""
        is_of = COMMITMENTS.agreement_id == AGREEMENTS.id
        for some in batches([*names]):
            query = select(AGREEMENTS.title, *SUMMARY).where(is_of, COMMITMENTS.id.in_(some))
            for row in self.connection.execute(query):
                yield row.title, commitment_summary_of_row(row[1:])

    def _of_others(self, places: Mapping[str, Place], most: int) -> Matches:
        """Those that match of rows that are not ASCII."""
        placed = [
            (places[c.id], c)
            for title, c in self._summaries(places)
            if promise_has_words(title, c, self.query, self.names_of)
        ]
        return Matches(sorted(placed, key=itemgetter(0))[:most], len(placed))

    def _of_folded(self, brief: FoldedBrief, most: int) -> Matches:
        matches = matches_among([brief.summary], self.query, self.names_of, most)
        matches.first = [((brief.first_position, place[1]), c) for place, c in matches.first]
        return matches

    def _place(self, row: Row[Any]) -> Place:
        return self.queries.view.hidden.number(row.first_position), row.ordinal
