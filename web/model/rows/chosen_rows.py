"""Which rows of promises and agreements a query chooses, as conditions of a statement."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

from msgspec.json import decode
from sqlalchemy import ColumnElement, Connection, and_, func, or_, select, true, union_all

from events.batches import batches
from events.database.owned_tables import table_of
from tracker.documents.summaries import search_text
from tracker.model.vocabulary import Compliance, State
from tracker.projections.rows.incidents import list_text
from tracker.projections.tables import AgreementRow, CommitmentRow
from tracker.queries.board.queries import IS_KNOWN, BoardQueries
from web.model.filters import NamesOf, has_word
from web.model.query import Query

AGREEMENTS, COMMITMENTS = table_of(AgreementRow).c, table_of(CommitmentRow).c
SIDES = (COMMITMENTS.debtor, COMMITMENTS.creditor)
MOST_LISTS = 1000
"""So many lists of parties are named in a statement; where more have a word, no rows are chosen."""


class ChosenRows:
    """The rows that a query chooses as `filters.chosen` does, of agreements that need no folding.

    Words are looked for in text whose letters are folded as theirs are, and in the names of
    parties, of which `lists` are all that rows have, as JSON.
    """

    def __init__(
        self,
        queries: BoardQueries,
        query: Query,
        names_of: NamesOf,
        lists: Callable[[], Collection[str]],
    ) -> None:
        self.queries, self.query, self.names_of = queries, query, names_of
        words = query.q.casefold().split()
        texts = {text: self._names_in(text) for text in lists()} if words else {}
        self._words = [(word, [text for text in texts if word in texts[text]]) for word in words]

    def _names_in(self, parties: str) -> str:
        return search_text(name for party in decode(parties) for name in self.names_of(party))

    @property
    def can_be_named(self) -> bool:
        """Whether a statement can name the lists of parties that have a word."""
        return sum(len(lists) for _, lists in self._words) <= MOST_LISTS

    @property
    def promises(self) -> ColumnElement[bool]:
        """That a promise is chosen, which may ask for the row of its agreement."""
        return and_(*self._of_promise())

    def _of_promise(self) -> Iterator[ColumnElement[bool]]:
        query = self.query
        yield COMMITMENTS.agreement_id.not_in(self.queries.folding.names)
        if query.tag or query.q:
            yield (COMMITMENTS.agreement_id == AGREEMENTS.id) & self._has_tag
        if query.kind:
            yield COMMITMENTS.kind == query.kind
        if query.state:
            yield COMMITMENTS.state.in_([s for s in State if has_word(query.state, s)])
        if query.compliance:
            words = [word for word in Compliance if has_word(query.compliance, word)]
            yield COMMITMENTS.compliance.in_(words)
        if query.party:
            yield or_(*(is_listed(self.queries.connection, side, query.party) for side in SIDES))
        for word, lists in self._words:
            texts = (COMMITMENTS.search_text, AGREEMENTS.search_text)
            yield or_(*(self._has(text, word) for text in texts), *(s.in_(lists) for s in SIDES))

    @property
    def agreements(self) -> ColumnElement[bool]:
        """That an agreement is known, and has a promise that is chosen where promises are.

        One without promises can only be searched for.
        """
        filters, is_shown = self.query.filters.keys() - {"tag"}, IS_KNOWN & self._has_tag
        is_shown &= AGREEMENTS.id.not_in(self.queries.folding.names)
        if not filters:
            return is_shown
        # One list of ids, or PostgreSQL would ask for each agreement anew.
        chosen = [select(COMMITMENTS.agreement_id).where(self.promises)]
        if filters == {"q"}:
            promises = select(COMMITMENTS.id).where(COMMITMENTS.agreement_id == AGREEMENTS.id)
            has_words = (
                self._has(AGREEMENTS.search_text, word) | AGREEMENTS.parties.in_(lists)
                for word, lists in self._words
            )
            chosen.append(select(AGREEMENTS.id).where(*has_words, ~promises.exists()))
        return is_shown & AGREEMENTS.id.in_(union_all(*(each.correlate(None) for each in chosen)))

    def promises_among(self, names: Collection[str]) -> set[str]:
        """Those of some promises that are chosen."""
        return self._among(COMMITMENTS.id, self.promises, names)

    def agreements_among(self, names: Collection[str]) -> set[str]:
        """Those of some agreements that are chosen."""
        return self._among(AGREEMENTS.id, self.agreements, names)

    def _among(
        self, column: ColumnElement[str], is_chosen: ColumnElement[bool], names: Collection[str]
    ) -> set[str]:
        connection = self.queries.connection
        some = (select(column).where(is_chosen, column.in_(ids)) for ids in batches([*names]))
        return {name for query in some for name in connection.execute(query).scalars()}

    @property
    def _has_tag(self) -> ColumnElement[bool]:
        tag = self.query.tag
        return is_listed(self.queries.connection, AGREEMENTS.tags, tag) if tag else true()

    def _has(self, text: ColumnElement[str], word: str) -> ColumnElement[bool]:
        return contains(self.queries.connection, text, word)


def is_listed(connection: Connection, names: ColumnElement[str], name: str) -> ColumnElement[bool]:
    """That a name is in a list, which is JSON text: behind its bracket or a comma.

    Within a name a quotation mark has a backslash before it.
    """
    first = list_text([name]).removesuffix("]")
    behind_comma = f" {first.removeprefix('[')}"
    return or_(contains(connection, names, first), contains(connection, names, behind_comma))


def contains(connection: Connection, text: ColumnElement[str], part: str) -> ColumnElement[bool]:
    """That a text has a part, letter by letter: LIKE of SQLite folds some."""
    place = func.instr if connection.dialect.name == "sqlite" else func.strpos
    return place(text, part) > 0
