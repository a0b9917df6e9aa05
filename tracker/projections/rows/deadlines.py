"""Makes the rows of deadlines: ends by each reading, periods, conditions, notices; and of ends.

Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from msgspec.json import Encoder

from events import format_instant, in_order
from tracker.documents.commitments import CommitmentDocument, withdrawals_json
from tracker.documents.pending import pending_json
from tracker.documents.periods import open_periods, periods_json
from tracker.documents.readings import (
    OpenReading,
    by_end,
    name_of_end,
    open_readings_of_document,
)
from tracker.model.commitment import Commitment
from tracker.model.readings import last_moment
from tracker.model.vocabulary import OPEN_STATES
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


_encode = Encoder().encode


def open_end_rows(agreement: str, documents: Iterable[CommitmentDocument]) -> list[Row]:
    """Every end of the open promises of an agreement, of all its readings one row."""
    rows: list[Row] = []
    for c in documents:
        if c["state"] in OPEN_STATES:
            ends: dict[str, list[OpenReading]] = {}
            for reading in sorted(open_readings_of_document(agreement, c), key=by_end):
                ends.setdefault(name_of_end(reading), []).append(reading)
            keys = {"commitment_id": c["id"], "agreement_id": agreement}
            rows += [
                {**keys, "ordinal": ordinal, "name": name, **_of_readings(readings)}
                for ordinal, (name, readings) in enumerate(ends.items())
            ]
    return rows


def _of_readings(readings: list[OpenReading]) -> Row:
    """From when to when an end is by its readings, and on which days; the first of them first."""
    moments = [(reading["by"], _day_or_instant(reading)) for reading in readings]
    is_of_several = len({account for account, _ in moments}) > 1
    return {
        "first_at": in_order(readings[0]["at"]),
        "last_at": in_order(readings[-1]["at"]),
        "days": _encode([*dict.fromkeys(day for _, day in moments)]).decode(),
        "accounts": _encode([*dict.fromkeys(moments)]).decode() if is_of_several else None,
    }


def _day_or_instant(reading: OpenReading) -> str:
    last = last_moment(reading)
    return format_instant(last) if isinstance(last, datetime) else last.isoformat()
