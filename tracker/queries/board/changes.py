"""What came about on the board: changes of every axis, what moved since, and past states.

Read from the projection tables, and from the folds of `BoardQueries` where these cannot answer.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import ColumnElement, func, or_, select, true

from events import end_of_second, format_instant, in_order, parse_instant
from events.batches import batches
from events.database.owned_tables import table_of
from tracker.documents.changes import (
    OF_INCIDENT,
    ChangeDocument,
    change_json,
    change_of_row,
    stored_change,
)
from tracker.entries.streams import is_reserved, parties_grew_between
from tracker.projections import tables
from tracker.queries.board.folding import with_dependents
from tracker.queries.board.queries import BoardQueries

IS_OF_INCIDENT = table_of(tables.StatusChangeRow).c.axis.like(f"{OF_INCIDENT}%")


class History(Struct, frozen=True):
    """The states of a commitment with their beginnings, in order, and its periods by their day."""

    states: list[tuple[str, str]]
    periods: dict[str, str]


def changes_of(
    board: BoardQueries, limit: int, agreements: Collection[str]
) -> list[ChangeDocument]:
    """What changed on any axis, newest knowledge first."""
    folded = (c for c in _folded(board) if not agreements or c["agreement"] in agreements)
    rows = [*_change_rows(board, limit, agreements), *folded]
    rows.sort(key=_newest_first, reverse=True)
    return rows[:limit]


def incident_changes(board: BoardQueries) -> list[ChangeDocument]:
    """What was alleged, denied and found of every incident, in the order it came about."""
    stored = board.rows(tables.StatusChangeRow, "ordinal", where=IS_OF_INCIDENT)
    return _as_they_came([*_of_rows(stored), *folded_incident_changes(board)])


def incident_changes_of(board: BoardQueries, commitments: Collection[str]) -> list[ChangeDocument]:
    """The same of some promises, of agreements that need no folding."""
    changes: list[ChangeDocument] = []
    for ids in batches([*commitments]):
        is_of_these = table_of(tables.StatusChangeRow).c.commitment_id.in_(ids)
        where = IS_OF_INCIDENT & is_of_these
        changes += _of_rows(board.rows(tables.StatusChangeRow, "ordinal", where=where))
    return _as_they_came(changes)


def folded_incident_changes(board: BoardQueries) -> list[ChangeDocument]:
    """The same of the agreements that rows do not answer for."""
    return _as_they_came(c for c in _folded(board) if c["axis"].startswith(OF_INCIDENT))


def _of_rows(rows: Iterable[Any]) -> Iterator[ChangeDocument]:
    return (change_json(change_of_row(row._mapping)) for row in rows)


def _as_they_came(changes: Iterable[ChangeDocument]) -> list[ChangeDocument]:
    """Sorting is stable: what came about at one instant stays in its order within an agreement."""
    return sorted(changes, key=lambda c: (in_order(c["at"]), c["agreement"]))


def _folded(board: BoardQueries) -> Iterator[ChangeDocument]:
    """Every change of the agreements that rows do not answer for."""
    for state in board.folding.states():
        yield from (change_json(stored_change(change)) for change in state.changes)


def moved_since(board: BoardQueries, since: datetime) -> list[str]:
    """The agreements that may have changed since, in the world or in what is known of them.

    In the order they were recorded; some that have not changed may be among them.
    """
    if not board.has_rows or parties_grew_between(board.view, since, board.known_at):
        return [name for name in board.view.streams_after(0) if not is_reserved(name)]
    table = table_of(tables.AgreementRow)
    moved = or_(
        table.c.stable_since >= end_of_second(since).removesuffix("Z"),
        table.c.stable_since.is_(None),
        table.c.refold_at <= end_of_second(board.as_of),
    )
    names = set(board.connection.execute(select(table.c.id).where(moved)).scalars())
    unread = board.view.log.streams_after(board.freshness.position)
    names.update(board.folding.names, (name for name in unread if not is_reserved(name)))
    return _as_recorded(board, with_dependents(board.connection, frozenset(names)))


def _as_recorded(board: BoardQueries, agreements: Collection[str]) -> list[str]:
    """Those of these agreements of which something may be seen, in the order they were recorded."""
    table, number = table_of(tables.AgreementRow), board.view.hidden.number
    places: dict[str, int] = {}
    for ids in batches(sorted(set(agreements) - board.folding.names)):
        query = select(table.c.id, table.c.first_position).where(table.c.id.in_(ids))
        places |= {row.id: number(row[1]) for row in board.connection.execute(query)}
    for name in set(agreements) - set(places):
        if (first := next(iter(board.view.read_stream(name)), None)) is not None:
            places[name] = first.position
    return sorted(places, key=places.__getitem__)


def _newest_first(change: ChangeDocument) -> tuple[str, str, str]:
    return in_order(change["known_at"]), change["commitment"], in_order(change["at"])


def _change_rows(
    board: BoardQueries, limit: int, agreements: Collection[str]
) -> Iterator[ChangeDocument]:
    if not board.has_rows:
        return
    table = table_of(tables.StatusChangeRow)
    chosen: ColumnElement[bool] = true()
    if agreements:
        chosen &= table.c.agreement_id.in_(list(agreements))
    if board.folding.names:
        chosen &= table.c.agreement_id.not_in(list(board.folding.names))
    # An index has instants as text. Within a second these are out of order, so that of the last
    # one is looked through whole.
    by_text = select(table.c.known_at).where(chosen).order_by(table.c.known_at.desc())
    last = board.connection.execute(by_text.offset(limit - 1).limit(1)).scalar()
    if last is not None:
        chosen &= table.c.known_at >= in_order(end_of_second(parse_instant(last)))
    known_at = func.rtrim(table.c.known_at, "Z")
    order = (known_at.desc(), table.c.commitment_id.desc(), table.c.ordinal)
    query = select(table).where(chosen).order_by(*order).limit(limit)
    for row in board.connection.execute(query):
        yield change_json(change_of_row(row._mapping))


def histories_of(
    board: BoardQueries, owned: Mapping[str, str], since: datetime
) -> dict[str, History]:
    """The states of these commitments, and what became of their periods since an instant."""
    steps = [
        (change.commitment, change.axis, format_instant(change.at), change.before, change.after)
        for state in board.folding.states_of(owned.values())
        for change in state.changes
        if change.axis in ("state", "period") and change.commitment in owned
    ]
    table = table_of(tables.StatusChangeRow)
    drawn = (table.c.axis == "state") | (
        (table.c.axis == "period") & (table.c.at >= format_instant(since))
    )
    columns = ("agreement_id", "commitment_id", "axis", "at", "before", "after")
    for ids in batches([*owned]):
        where = table.c.commitment_id.in_(ids) & drawn
        order = ("commitment_id", "ordinal")
        rows = board.rows(tables.StatusChangeRow, *order, columns=columns, where=where)
        steps += [tuple(row[1:]) for row in rows]
    histories: dict[str, History] = {}
    for commitment, axis, at, before, after in steps:
        history = histories.setdefault(commitment, History([], {}))
        if axis == "state":
            history.states.append((at, after))
        elif before is not None:
            history.periods[before] = after
    return histories
