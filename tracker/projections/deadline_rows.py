"""Makes the rows of deadlines: ends by each reading, periods, conditions, notices. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from events import format_instant
from tracker.documents.commitments import withdrawals_json
from tracker.documents.pending import pending_json
from tracker.documents.periods import open_periods, periods_json
from tracker.model.commitment import Commitment
from tracker.rules.agreement import AgreementState

Row = Mapping[str, object]


def deadline_rows(state: AgreementState) -> list[Row]:
    """Every deadline of an agreement, each under an id of its own."""
    rows: list[Row] = [
        {
            "commitment_id": c.id,
            "reading_id": reading.id,
            "agreement_id": state.id,
            "term": reading.term,
            "by": reading.by,
            "rule": reading.rule,
            "zone": reading.zone,
            "at": format_instant(reading.at),
            "is_open": c.is_open,
        }
        for c in state.commitments.values()
        for reading in c.readings
    ]
    for c in state.commitments.values():
        rows += [*_period_rows(c, state), *_pending_rows(c, state), *_withdrawal_rows(c, state)]
    # A reading may be called as a day or a condition is.
    by_name = {(row["commitment_id"], row["reading_id"]): row for row in reversed(rows)}
    return list(reversed(by_name.values()))


def _pending_rows(c: Commitment, state: AgreementState) -> Iterator[Row]:
    """When an offer runs out, and when a condition is missed."""
    for each in pending_json(c, state.as_of):
        if each["timing"] != "passed":
            yield {
                "commitment_id": c.id,
                "reading_id": each["id"],
                "agreement_id": state.id,
                "term": each["term"],
                "by": None,
                "rule": each["rule"],
                "zone": each["zone"],
                "at": each["at"],
                "is_open": True,
            }


def _withdrawal_rows(c: Commitment, state: AgreementState) -> Iterator[Row]:
    """When the notice of a party ends, and the promise with it."""
    for notice, document in zip(c.withdrawals, withdrawals_json(c, state.as_of), strict=False):
        yield {
            "commitment_id": c.id,
            "reading_id": notice.event,
            "agreement_id": state.id,
            "term": "withdrawal",
            "by": notice.by[0] if len(notice.by) == 1 else None,
            "rule": "notice",
            "zone": document["zone"],
            "at": document["ends_at"],
            "is_open": True,
        }


def _period_rows(c: Commitment, state: AgreementState) -> Iterator[Row]:
    """When the current period of a recurring promise is due, and the next."""
    periods = periods_json(c, state.as_of)
    for period in open_periods(periods):
        yield {
            "commitment_id": c.id,
            "reading_id": period["period"],
            "agreement_id": state.id,
            "term": "period",
            "by": None,
            "rule": "recurrence",
            "zone": periods["zone"] if periods else "",
            "at": period["due"],
            "is_open": True,
        }
