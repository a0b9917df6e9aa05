"""Breaches that are alleged: counted, and read a part at a time, those with the newest news first.

Counted in the rows, of which the changes of those that are listed are read; and among what is
folded.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct
from sqlalchemy import ColumnElement, func, select

from events import in_order, parse_instant
from events.database.owned_tables import table_of
from tracker.dates.zones import last_day
from tracker.documents.changes import OF_INCIDENT, ChangeDocument
from tracker.model.vocabulary import Compliance
from tracker.projections.tables import DisputeRow
from tracker.queries.board.changes import folded_incident_changes, incident_changes_of
from web.model.filters import chosen, has_word
from web.model.rows.chosen_rows import COMMITMENTS, ChosenRows
from web.model.rows.listed_rows import ListedRows
from web.model.words import ALLEGED, CONFIRMED, DENIED, REFUTED

ROWS = table_of(DisputeRow).c


class Act(Struct, frozen=True):
    """Whose word it is, and since when."""

    by: tuple[str, ...]
    at: str


class Dispute(Struct, frozen=True):
    """One incident of a promise: who alleged, denied, confirmed or refuted it, and when."""

    commitment: str
    agreement: str
    incident: str
    status: str
    latest: str
    alleged: Act | None = None
    denied: Act | None = None
    finding: Act | None = None

    def days_unanswered(self, now: datetime, zone: str) -> int | None:
        """How many days of a zone an allegation is without an answer; None where there is one.

        Whole spans of 24 hours would say "not answered yet" all through the next day.
        """
        if self.status != "alleged" or self.alleged is None:
            return None
        since = parse_instant(self.alleged.at).astimezone(ZoneInfo(zone)).date()
        return max(0, (last_day(now, zone) - since).days)


class Disputes(Struct, frozen=True):
    """Incidents, how many have each status, and of how many `commitments` of how many `promises`.

    The promises are those that a query chooses.
    """

    each: Sequence[Dispute]
    statuses: Counter[str]
    commitments: int
    promises: int


def disputes(changes: Iterable[ChangeDocument]) -> list[Dispute]:
    """The incidents behind changes in the order of time, those with the newest news first."""
    by_incident: dict[tuple[str, str], list[ChangeDocument]] = {}
    for change in changes:
        incident = (change["commitment"], change["axis"].removeprefix(OF_INCIDENT))
        by_incident.setdefault(incident, []).append(change)
    each_one = [_dispute(incident, steps) for incident, steps in by_incident.items()]
    return sorted(each_one, key=_place, reverse=True)


def _place(each: Dispute) -> tuple[str, str]:
    return in_order(each.latest), each.commitment


def _dispute(incident: tuple[str, str], steps: list[ChangeDocument]) -> Dispute:
    """The first allegation, and the last denial and finding."""
    first = {step["rule"]: _act(step) for step in reversed(steps)}
    last = {step["rule"]: _act(step) for step in steps}
    return Dispute(
        commitment=incident[0],
        agreement=steps[-1]["agreement"],
        incident=incident[1],
        status=steps[-1]["after"],
        latest=max((step["at"] for step in steps), key=in_order),
        alleged=first.get(ALLEGED),
        denied=last.get(DENIED),
        finding=last.get(CONFIRMED) or last.get(REFUTED),
    )


def _act(step: ChangeDocument) -> Act:
    return Act(tuple(step.get("by", ())), step["at"])


def disputes_among(
    changes: Iterable[ChangeDocument], promises: Collection[str], compliance: str
) -> Disputes:
    """The incidents behind changes of some promises, which the word of a filter takes."""
    each = [
        dispute
        for dispute in disputes(changes)
        if dispute.commitment in promises and has_word(compliance, dispute.status)
    ]
    statuses = Counter(dispute.status for dispute in each)
    return Disputes(each, statuses, len({d.commitment for d in each}), len(promises))


def disputes_by_rows(rows: ChosenRows, compliance: str) -> Disputes:
    """The same of the promises that a query chooses, whatever it asks of their compliance."""
    queries = rows.queries
    among = chosen((b.summary for b in queries.folding.briefs()), rows.query, rows.names_of)
    names = {c.id for summary in among for c in summary.commitments}
    folded = disputes_among(folded_incident_changes(queries), names, compliance)
    each = DisputeRows(rows, compliance, folded.each)
    promises = select(func.count(COMMITMENTS.id)).where(rows.promises)
    return Disputes(
        each,
        folded.statuses + each.statuses(),
        folded.commitments + each.commitments(),
        folded.promises + queries.connection.execute(promises).scalar_one(),
    )


class DisputeRows(Sequence[Dispute]):
    """The rows of disputes, and those that are folded; of a part of them changes are read."""

    def __init__(self, rows: ChosenRows, compliance: str, folded: Sequence[Dispute]) -> None:
        self.queries = rows.queries
        self._is_shown: ColumnElement[bool] = (ROWS.commitment_id == COMMITMENTS.id) & rows.promises
        if compliance:
            words = (word for word in Compliance if has_word(compliance, word))
            self._is_shown &= ROWS.status.in_({compliance, *words})
        order = (ROWS.latest_at.desc(), ROWS.commitment_id.desc(), ROWS.ordinal)
        self._listed: Sequence[Dispute | tuple[str, str]] = ListedRows(
            self.queries.connection,
            select(ROWS.latest_at, ROWS.commitment_id, ROWS.incident).where(self._is_shown),
            order,
            lambda row: ((row.latest_at, row.commitment_id), (row.commitment_id, row.incident)),
            ((_place(each), each) for each in folded),
            is_reversed=True,
        )

    def statuses(self) -> Counter[str]:
        """How many rows have each status."""
        counted = select(ROWS.status, func.count()).where(self._is_shown).group_by(ROWS.status)
        return Counter({row[0]: row[1] for row in self.queries.connection.execute(counted)})

    def commitments(self) -> int:
        """Of how many promises they are."""
        counted = select(func.count(ROWS.commitment_id.distinct())).where(self._is_shown)
        count: int = self.queries.connection.execute(counted).scalar_one()
        return count

    def __len__(self) -> int:
        return len(self._listed)

    def __getitem__(self, part: Any) -> Any:
        """The disputes of a slice."""
        items = self._listed[part]
        commitments = {each[0] for each in items if isinstance(each, tuple)}
        read = disputes(incident_changes_of(self.queries, commitments))
        by_incident = {(each.commitment, each.incident): each for each in read}
        return [by_incident[each] if isinstance(each, tuple) else each for each in items]
