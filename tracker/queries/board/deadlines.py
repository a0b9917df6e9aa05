"""The ends that the board shows: every open one, and what ends otherwise before long.

Read from the projection tables, and from the folds of `BoardQueries` where these cannot answer.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from operator import itemgetter

from sqlalchemy import ColumnElement, select

from events import parse_instant, place_of
from events.database.owned_tables import table_of
from tracker.documents.attention import OTHER_ENDS
from tracker.documents.readings import (
    END,
    AwaitedEnd,
    OpenReading,
    awaited_ends,
    by_end,
    open_ends_of_detail,
    open_readings,
    open_readings_of_detail,
)
from tracker.projections import tables
from tracker.queries.board.queries import IS_OPEN, BoardQueries
from tracker.spool import SpooledDocuments, sorted_on_disk


def open_ends(
    board: BoardQueries,
    where: ColumnElement[bool] | None = None,
    folded: Collection[str] | None = None,
) -> tuple[Sequence[OpenReading], Sequence[AwaitedEnd]]:
    """Every reading of every open end, soonest first; what has no date yet, by agreement.

    Of all promises, or of rows that are chosen and of these that are `folded`. All of them wait on
    disk; of each promise its document is read once.
    """
    awaited = SpooledDocuments()

    def readings() -> Iterator[OpenReading]:
        columns = ("agreement_id", "detail")
        are_open = IS_OPEN if where is None else IS_OPEN & where
        for row in board.rows_by_parts(tables.CommitmentRow, columns, are_open):
            dated, undated = open_ends_of_detail(row.agreement_id, row.detail)
            for each in undated:
                awaited.add(each)
            yield from dated
        for state in board.folding.states():
            for commitment in state.commitments.values():
                if folded is not None and commitment.id not in folded:
                    continue
                for end in awaited_ends(state, commitment):
                    awaited.add(end)
                yield from open_readings(state, commitment)

    soonest_first = sorted_on_disk(readings(), by_end)
    return soonest_first, sorted_on_disk(awaited, itemgetter("agreement"))


def ending_otherwise(board: BoardQueries, until: datetime) -> list[OpenReading]:
    """The offers, conditions, notices and periods that end by an instant, soonest first."""
    ends, bounds = table_of(tables.OpenEndRow).c, (board.as_of, until)
    first, last = (place_of(at) for at in bounds)
    may_end = (ends.name != END) & (ends.last_at > first) & (ends.first_at <= last)
    soon = table_of(tables.CommitmentRow).c.id.in_(select(ends.commitment_id).where(may_end))
    rows = board.rows(
        tables.CommitmentRow, columns=("agreement_id", "detail"), where=IS_OPEN & soon
    )
    readings = [
        reading for row in rows for reading in open_readings_of_detail(row.agreement_id, row.detail)
    ]
    readings += [reading for brief in board.folding.briefs() for reading in brief.no_ends]
    others = (reading for reading in readings if reading["term"] in OTHER_ENDS)
    ending = [r for r in others if board.as_of < parse_instant(r["at"]) <= until]
    return sorted(ending, key=by_end)
