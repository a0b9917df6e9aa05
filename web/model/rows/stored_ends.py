"""The ends of open promises by their rows: counted by their days, and found a part at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.json import decode
from sqlalchemy import ColumnElement, Row, Select, func, select

from events import parse_instant, place_of
from events.database.owned_tables import table_of
from tracker.documents.readings import OpenReading, by_end, name_of_end, open_readings_of_detail
from tracker.documents.summaries import COLUMNS, CommitmentSummary, commitment_summary_of_row
from tracker.projections.tables import CommitmentRow, OpenEndRow
from web.model.ends import moved
from web.model.open_ends import End, ends_of
from web.model.rows.chosen_rows import COMMITMENTS, ChosenRows

ENDS = table_of(OpenEndRow).c
IN_ORDER = (ENDS.first_at, ENDS.commitment_id, ENDS.ordinal)
LATEST_FIRST = tuple(column.desc() for column in IN_ORDER)
FARTHEST = timedelta(days=3)
"""Farther no day of a reading is from its instant, whatever the zones of both."""
Days = tuple[date, ...]
Tally = Counter[tuple[Days, bool]]
"""How many ends have the same days, those to come apart from those that have passed."""


class StoredEnd(Struct, frozen=True):
    """An end as its row has it: where it stands in a list."""

    first: str
    commitment: str
    name: str
    days: Days


class EndRows:
    """The rows of the ends that a query chooses, of agreements that need no folding."""

    def __init__(self, rows: ChosenRows, zone: str) -> None:
        self.queries, self.zone = rows.queries, zone
        self._now = place_of(rows.query.as_of)
        self._is_shown: ColumnElement[bool] = ENDS.agreement_id.not_in(self.queries.folding.names)
        if rows.query.filters:
            self._is_shown = (ENDS.commitment_id == COMMITMENTS.id) & rows.promises
        of_board = ZoneInfo(zone)

        @cache
        def days_of(text: str) -> Days:
            moments = (_day(moment, of_board) for moment in decode(text))
            return tuple(dict.fromkeys(moments))

        self._days_of = days_of

    def tally(self) -> Tally:
        """Counts all of them."""
        is_coming = (ENDS.last_at > self._now).label("is_coming")
        query = select(ENDS.days, is_coming, func.count()).where(self._is_shown)
        counts: Tally = Counter()
        for row in self._all(query.group_by(ENDS.days, is_coming)):
            counts[self._days_of(row.days), bool(row.is_coming)] += row[-1]
        return counts

    def coming_before(self, until: datetime) -> list[StoredEnd]:
        """Those still to come that come before an instant by their first reading."""
        return self._ends(ENDS.last_at > self._now, ENDS.first_at < place_of(until))

    def coming_from(self, since: datetime, skipped: int, most: int) -> list[StoredEnd]:
        """A part of those that come from an instant on, which is still to come."""
        return self._ends(ENDS.first_at >= place_of(since), skipped=skipped, most=most)

    def passed(self, skipped: int, most: int) -> list[StoredEnd]:
        """A part of those that have passed by every reading, the latest first."""
        # No end is over before it begins: so much the index of first instants tells.
        has_passed = (ENDS.first_at <= self._now, ENDS.last_at <= self._now)
        return self._ends(*has_passed, order=LATEST_FIRST, skipped=skipped, most=most)

    def between(self, first: date, last: date) -> list[StoredEnd]:
        """Those that may have a day from a first day to a last."""
        until, since = moved(last, FARTHEST), moved(first, -FARTHEST)
        return self._ends(ENDS.first_at < until.isoformat(), ENDS.last_at > since.isoformat())

    def whole(self, ends: Sequence[StoredEnd]) -> dict[tuple[str, str], End]:
        """The ends with their promises and readings, by promise and name."""
        promises: dict[str, CommitmentSummary] = {}
        readings: list[OpenReading] = []
        is_of_these = COMMITMENTS.id.in_({end.commitment for end in ends})
        for row in self.queries.rows(CommitmentRow, columns=WITH_DETAIL, where=is_of_these):
            promises[row.id] = commitment_summary_of_row(row[:-1])
            readings += open_readings_of_detail(row.agreement_id, row.detail)
        joined = ends_of(sorted(readings, key=by_end), promises, self.zone)
        return {(end.promise.id, name_of_end(end.readings[0])): end for end in joined}

    def _ends(
        self,
        *conditions: ColumnElement[bool],
        order: Sequence[Any] = IN_ORDER,
        skipped: int = 0,
        most: int | None = None,
    ) -> list[StoredEnd]:
        columns = (ENDS.first_at, ENDS.commitment_id, ENDS.name, ENDS.days)
        query = select(*columns).where(self._is_shown, *conditions).order_by(*order)
        rows = self._all(query.offset(skipped).limit(most))
        return [
            StoredEnd(row.first_at, row.commitment_id, row.name, self._days_of(row.days))
            for row in rows
        ]

    def _all(self, query: Select[Any]) -> Sequence[Row[Any]]:
        return self.queries.connection.execute(query).all()


WITH_DETAIL = (*COLUMNS, "detail")


def _day(moment: str, of_board: ZoneInfo) -> date:
    """A day as it is counted; of an instant that of the board."""
    if "T" not in moment:
        return date.fromisoformat(moment)
    return parse_instant(moment).astimezone(of_board).date()
