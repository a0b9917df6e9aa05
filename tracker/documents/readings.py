"""The open readings of a commitment: every end that one of its accounts gives, while it is open."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypedDict

import msgspec

from events import format_instant, in_order
from tracker.documents.commitments import (
    WithdrawalDocument,
    commitment_json,
    withdrawals_json,
)
from tracker.documents.ends import without_repeats
from tracker.documents.pending import AwaitingDocument, PendingDocument, pending_json
from tracker.documents.periods import PeriodsDocument, open_periods, periods_json
from tracker.documents.remarks import awaiting_words
from tracker.model.commitment import Commitment
from tracker.rules.agreement import AgreementState


class OpenReading(TypedDict):
    """One reading of an end as `deadlines --json` prints it."""

    agreement: str
    commitment: str
    state: str
    term: str
    reading: str
    by: str | None
    rule: str
    zone: str
    at: str
    governing: bool
    tlp: str


class AwaitedEnd(TypedDict):
    """An open promise whose date hangs on a moment not known yet: `due 14 days after m2 is …`."""

    agreement: str
    commitment: str
    state: str
    awaiting: AwaitingDocument
    words: str
    tlp: str


END = "end"
"""The end of the promise itself, whichever its term is called."""


def by_end(reading: OpenReading) -> tuple[str, str, str]:
    """What readings are sorted by, the soonest first."""
    return in_order(reading["at"]), reading["commitment"], reading["reading"]


def name_of_end(reading: OpenReading) -> str:
    """The end that a reading is of: a promise has one, and of conditions and periods several."""
    term = reading["term"]
    if term in ("condition", "period"):
        return f"{term} {reading['reading']}"
    if term == "withdrawal":
        return f"{term} {reading['by'] or ''}"
    return "offer" if term == "offer" else END


def open_readings(state: AgreementState, c: Commitment) -> Iterator[OpenReading]:
    """The readings of a folded commitment; none once it is closed."""
    if not c.is_open:
        return
    governing = c.governing_reading
    rows: list[OpenReading] = [
        {
            "agreement": state.id,
            "commitment": c.id,
            "state": c.state.value,
            "term": reading.term,
            "reading": reading.id,
            "by": reading.by,
            "rule": reading.rule,
            "zone": reading.zone,
            "at": format_instant(reading.at),
            "governing": governing == reading,
            "tlp": c.tlp,
        }
        for reading in c.readings
    ]
    yield from without_repeats(rows)
    document = {"id": c.id, "state": c.state.value, "tlp": c.tlp}
    yield from _pending_deadlines(state.id, document, pending_json(c, state.as_of))
    yield from _open_periods(state.id, document, periods_json(c, state.as_of))
    yield from _withdrawals(state.id, document, withdrawals_json(c, state.as_of))


class EndsDetail(TypedDict, total=False):
    """The part of the `status --json` object of a commitment that its open readings come from."""

    id: str
    state: str
    readings: list[Any]
    governing: str | None
    tlp: str
    awaiting: Any
    pending: list[Any]
    periods: Any
    withdrawals: list[Any]


_ends_of_detail = msgspec.json.Decoder(EndsDetail).decode


def open_readings_of_detail(agreement: str, detail: str) -> Iterator[OpenReading]:
    """The open readings of a stored commitment; nothing else of it is decoded."""
    return open_readings_of_document(agreement, _ends_of_detail(detail))


def awaited_ends(state: AgreementState, c: Commitment) -> Iterator[AwaitedEnd]:
    """What has no date yet of a folded commitment; nothing once it is closed."""
    if c.is_open and c.awaiting is not None:
        yield from awaited_ends_of_document(state.id, commitment_json(c, state.as_of))


def open_ends_of_detail(
    agreement: str, detail: str
) -> tuple[Iterator[OpenReading], Iterator[AwaitedEnd]]:
    """The open readings of a stored commitment, and what has no date yet, from one decoding."""
    ends = _ends_of_detail(detail)
    return open_readings_of_document(agreement, ends), awaited_ends_of_document(agreement, ends)


def awaited_ends_of_document(agreement: str, commitment: Any) -> Iterator[AwaitedEnd]:
    """The awaited end of an open commitment, from its `status --json` object."""
    if commitment["awaiting"]:
        yield {
            "agreement": agreement,
            "commitment": commitment["id"],
            "state": commitment["state"],
            "awaiting": commitment["awaiting"],
            "words": awaiting_words(commitment),
            "tlp": commitment["tlp"],
        }


def open_readings_of_document(agreement: str, commitment: Any) -> Iterator[OpenReading]:
    """The open readings of a commitment, from its `status --json` object."""
    for reading in commitment["readings"]:
        if "at" in reading:
            yield {
                "agreement": agreement,
                "commitment": commitment["id"],
                "state": commitment["state"],
                "term": reading["term"],
                "reading": reading["id"],
                "by": reading["by"],
                "rule": reading["rule"],
                "zone": reading["zone"],
                "at": reading["at"],
                "governing": commitment["governing"] == reading["id"],
                "tlp": commitment["tlp"],
            }
    yield from _pending_deadlines(agreement, commitment, commitment.get("pending", ()))
    # Rows of an earlier edition have no periods.
    yield from _open_periods(agreement, commitment, commitment.get("periods"))
    yield from _withdrawals(agreement, commitment, commitment.get("withdrawals", ()))


def _pending_deadlines(
    agreement: str, commitment: Mapping[str, Any], pending: Iterable[PendingDocument]
) -> Iterator[OpenReading]:
    """When an offer runs out and a condition is missed: with them the promise is over."""
    for each in pending:
        if each["timing"] != "passed":
            yield {
                "agreement": agreement,
                "commitment": commitment["id"],
                "state": commitment["state"],
                "term": each["term"],
                "reading": each["id"],
                "by": None,
                "rule": each["rule"],
                "zone": each["zone"],
                "at": each["at"],
                "governing": False,
                "tlp": commitment["tlp"],
            }


def _open_periods(
    agreement: str, commitment: Mapping[str, Any], periods: PeriodsDocument | None
) -> Iterator[OpenReading]:
    """When the current period of a recurring promise is due, and the next."""
    for period in open_periods(periods):
        yield {
            "agreement": agreement,
            "commitment": commitment["id"],
            "state": commitment["state"],
            "term": "period",
            "reading": period["period"],
            "by": None,
            "rule": "recurrence",
            "zone": periods["zone"] if periods else "",
            "at": period["due"],
            "governing": False,
            "tlp": commitment["tlp"],
        }


def _withdrawals(
    agreement: str, commitment: Mapping[str, Any], notices: Iterable[WithdrawalDocument]
) -> Iterator[OpenReading]:
    """When the notice of a party ends, and the promise with it."""
    for notice in notices:
        yield {
            "agreement": agreement,
            "commitment": commitment["id"],
            "state": commitment["state"],
            "term": "withdrawal",
            "reading": "notice",
            "by": ", ".join(notice["by"]) or None,
            "rule": "notice",
            "zone": notice["zone"],
            "at": notice["ends_at"],
            "governing": False,
            "tlp": commitment["tlp"],
        }
