"""Which rows of promises the filters of a query choose, as a condition of a statement."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, func, or_, true

from events.database.owned_tables import table_of
from tracker.model.vocabulary import Compliance, State
from tracker.projections.incident_rows import list_text
from tracker.projections.tables import CommitmentRow
from tracker.queries.board import BoardQueries
from web.model.filters import has_word
from web.model.query import Query

COMMITMENTS = table_of(CommitmentRow).c
OF_ROWS = frozenset({"party", "kind", "state", "compliance"})
"""What a row tells by itself; words are looked for as we fold letters, tags are of agreements."""


def can_rows_answer(queries: BoardQueries, query: Query) -> bool:
    """Whether rows of promises tell what a query chooses.

    Else every agreement is looked at in brief.
    """
    return queries.can_choose_rows and OF_ROWS.issuperset(query.filters)


def is_chosen(connection: Connection, query: Query) -> ColumnElement[bool]:
    """That a promise is one that a query chooses, as `filters.chosen` does."""
    chosen: ColumnElement[bool] = true()
    if query.kind:
        chosen &= COMMITMENTS.kind == query.kind
    if query.state:
        chosen &= COMMITMENTS.state.in_([s for s in State if has_word(query.state, s)])
    if query.compliance:
        words = [word for word in Compliance if has_word(query.compliance, word)]
        chosen &= COMMITMENTS.compliance.in_(words)
    if query.party:
        sides = (COMMITMENTS.debtor, COMMITMENTS.creditor)
        chosen &= or_(*(_names(connection, side, query.party) for side in sides))
    return chosen


def _names(connection: Connection, side: ColumnElement[str], party: str) -> ColumnElement[bool]:
    """That a party is in a list, which is JSON text: behind its bracket or a comma.

    Within a name a quotation mark has a backslash before it.
    """
    name = list_text([party]).removesuffix("]")
    behind_comma = f" {name.removeprefix('[')}"
    return or_(contains(connection, side, name), contains(connection, side, behind_comma))


def contains(connection: Connection, text: ColumnElement[str], part: str) -> ColumnElement[bool]:
    """That a text has a part, letter by letter: LIKE of SQLite folds some."""
    place = func.instr if connection.dialect.name == "sqlite" else func.strpos
    return place(text, part) > 0
