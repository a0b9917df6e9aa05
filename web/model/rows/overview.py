"""What a board shows of all agreements: how promises stand, which are pressing, a page of all.

Counted in the rows, of which those that are listed are read; and among what is folded.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

from msgspec import Struct
from sqlalchemy import case, func, or_, select

from events import place_of
from events.batches import batches
from events.wording import place_in
from tracker.documents.attention import SOON
from tracker.documents.summaries import (
    COLUMNS,
    AgreementSummary,
    CommitmentSummary,
    commitment_summary_of_row,
)
from tracker.projections.tables import CommitmentRow
from tracker.queries.board.queries import IS_OPEN, BoardQueries
from web.model.filters import LATE, NamesOf, chosen
from web.model.query import Query
from web.model.rows.chosen_rows import AGREEMENTS, COMMITMENTS, ChosenRows, contains
from web.model.rows.counts import RowCounts
from web.model.words import ROLL_UP_ORDER

RECENT = timedelta(days=60)
"""What was missed longer ago is behind a link."""


class Overview(Struct, frozen=True):
    """So many agreements, and promises by state and compliance.

    `pressing` has at least those that were missed lately, that end soon or whose periods were
    missed.
    """

    agreements: int
    counts: Counter[tuple[str, str]]
    pressing: Sequence[CommitmentSummary]


class Matching(Struct, frozen=True):
    """The agreements of a page of those that a query chooses, the most urgent first."""

    summaries: Sequence[AgreementSummary]
    count: int


def overview_of(summaries: Collection[AgreementSummary]) -> Overview:
    """Looks through agreements in brief."""
    promises = [c for summary in summaries for c in summary.commitments]
    return Overview(len(summaries), Counter((c.state, c.compliance) for c in promises), promises)


def matching_among(
    summaries: Iterable[AgreementSummary], query: Query, names_of: NamesOf, part: slice
) -> Matching:
    """Looks for them among agreements in brief."""
    matching = sorted(chosen(summaries, query, names_of), key=_urgency)
    return Matching(matching[part], len(matching))


def _urgency(summary: AgreementSummary) -> tuple[int, int, str]:
    return place_in(ROLL_UP_ORDER, summary.roll_up), -summary.last_position, summary.id


class OverviewRows:
    """The rows of agreements and promises, and those agreements that are folded."""

    def __init__(self, queries: BoardQueries) -> None:
        self.queries, self.connection = queries, queries.connection
        self._folded = [brief.summary for brief in queries.folding.briefs()]
        self._is_of_rows = COMMITMENTS.agreement_id.not_in(queries.folding.names)

    def overview(self, rows: RowCounts, now: datetime, others: Collection[str]) -> Overview:
        """Counts all; `others` are promises that are pressing whatever their own end."""
        folded = overview_of(self._folded)
        agreements = sum(rows.agreements.values()) + folded.agreements
        pressing = [*self._pressing(now, others), *folded.pressing]
        return Overview(agreements, rows.standings() + folded.counts, pressing)

    def _pressing(self, now: datetime, others: Collection[str]) -> list[CommitmentSummary]:
        first, last = (func.rtrim(COMMITMENTS[name], "Z") for name in ("earliest", "latest"))
        present, soon, recently = (place_of(at) for at in (now, now + SOON, now - RECENT))
        was_missed = COMMITMENTS.state.in_(LATE) & or_(last.is_(None), last >= recently)
        has_missed = IS_OPEN & contains(self.connection, COMMITMENTS.flags, '"periods_missed"')
        ends_soon = IS_OPEN & (first <= soon) & (last > present)
        is_pressing = or_(was_missed, has_missed, ends_soon)
        columns = [COMMITMENTS[name] for name in COLUMNS]
        query = select(*columns).where(self._is_of_rows, is_pressing)
        read = [commitment_summary_of_row(row) for row in self.connection.execute(query)]
        missing = set(others).difference(c.id for c in read)
        for ids in batches(sorted(missing)):
            rows = self.queries.rows(CommitmentRow, columns=COLUMNS, where=COMMITMENTS.id.in_(ids))
            read += map(commitment_summary_of_row, rows)
        return read

    def matching(self, rows: ChosenRows, part: slice) -> Matching:
        """A page of the agreements that a query chooses."""
        query, names_of = rows.query, rows.names_of
        places = {word: place for place, word in enumerate(ROLL_UP_ORDER)}
        place = case(places, value=AGREEMENTS.roll_up, else_=len(places)).label("place")
        every_match = (
            select(AGREEMENTS.id, AGREEMENTS.last_position, place).where(rows.agreements).cte()
        )
        count = select(func.count()).select_from(every_match).scalar_subquery()
        in_order = select(every_match.c.id, count.label("matches"))
        in_order = in_order.order_by(every_match.c.place, every_match.c.last_position.desc())
        among_folded = chosen(self._folded, query, names_of)
        # What is folded may stand before any of the rows, or behind.
        skipped = max(0, part.start - len(among_folded))
        limited = in_order.offset(skipped).limit(part.stop - skipped)
        read = self.connection.execute(limited).all()
        summaries = [*self.queries.agreement_summaries_of([row.id for row in read]), *among_folded]
        page = slice(part.start - skipped, part.stop - skipped)
        matching = matching_among(summaries, query, names_of, page)
        matches = read[0].matches if read else self.connection.execute(select(count)).scalar_one()
        return Matching(matching.summaries, matches + len(among_folded))
