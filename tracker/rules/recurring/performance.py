"""What an entry does to one period of a recurring promise: rows 10 to 12, 14 and 39. Pure.

An entry speaks of the period that it names, else of the one in which it occurred.
"""

from __future__ import annotations

from datetime import date

from msgspec.structs import replace

from tracker.dates.edtf import parse_edtf
from tracker.entries.entry import Entry
from tracker.errors import InvalidEvent
from tracker.model import event_types as types
from tracker.model.commitment import Commitment
from tracker.model.parts import Cause
from tracker.model.payload import Payload
from tracker.model.schedule import Period, PeriodRecord
from tracker.model.vocabulary import Grade, Kind
from tracker.rules.recurring.standing import SETTLED, is_cap, state_of
from tracker.rules.terms.commands import command_again

PERIODIC = ("PerformanceReported", "PerformanceConfirmed", "NonPerformanceFound", "PeriodWaived")
"""Types that may name a `period`."""
NAMING = ("NonPerformanceFound", "PeriodWaived")
"""Types that have to name it: they are made on another day than the one they speak of."""


def check_period(commitment: Commitment, entry: Entry) -> None:
    """Refuses an entry that names a period of a promise without any, or that has to name one.

    Whether the promise has that period is asked where it matters: a report is kept in any case.
    """
    if entry.type not in PERIODIC:
        return
    named = getattr(entry.payload, "period", None)
    if commitment.kind is not Kind.RECURRING:
        if named is not None:
            raise InvalidEvent(
                f"{entry.type}: `period` is of a recurring promise; {commitment.id!r} is "
                f"{commitment.kind}",
                hint="leave it out: " + command_again(commitment.id, entry, without=("period",)),
            )
        return
    if entry.type in NAMING:
        period_of(commitment, entry)


def period_of(commitment: Commitment, entry: Entry) -> Period:
    """The period that an entry speaks of; raises InvalidEvent where there is none."""
    named = getattr(entry.payload, "period", None)
    if named is None and entry.type in NAMING:
        raise InvalidEvent(
            f"{entry.type} on {commitment.id!r} needs `period`, a date in it; found none",
            hint=command_again(commitment.id, entry, f"period={_example(commitment)}"),
        )
    period = _period_on(commitment, entry, named)
    if period is None:
        raise InvalidEvent(
            f"{entry.type}: {commitment.id!r} owes no period on {named or entry.occurred}; "
            f"{_extent(commitment)}",
            hint=command_again(commitment.id, entry, f"period={_example(commitment)}"),
        )
    return period


def period_or_none(commitment: Commitment, entry: Entry) -> Period | None:
    """The period that a report speaks of; None where its day lies outside all of them."""
    if commitment.schedule is None or entry.type not in PERIODIC:
        return None
    return _period_on(commitment, entry, getattr(entry.payload, "period", None))


def _period_on(commitment: Commitment, entry: Entry, named: str | None) -> Period | None:
    schedule = commitment.schedule
    if schedule is None:
        return None
    edtf = parse_edtf(named or entry.occurred)
    if edtf.instant is not None:
        period = schedule.at(edtf.instant)
    else:
        days: tuple[date | None, ...] = (edtf.first, edtf.last) if named else (edtf.last,)
        periods = {schedule.of_day(day) if day else None for day in days}
        if len(periods) > 1:
            raise InvalidEvent(
                f"{entry.type}: {named} is more than one period of {commitment.id!r}",
                hint=f"one entry a period: period={_example(commitment)}",
            )
        period = periods.pop()
    return period if period and period.number >= schedule.first else None


def _example(commitment: Commitment) -> date | str:
    schedule = commitment.schedule
    first = schedule.period(schedule.first) if schedule else None
    return first.day if first else "2025-01-19"


def _extent(commitment: Commitment) -> str:
    """The first and the last day of the periods, in words."""
    schedule = commitment.schedule
    first = schedule.period(schedule.first) if schedule else None
    if schedule is None or first is None:
        return "it has no periods yet: its rule has no start until it is in force"
    last = schedule.period(schedule.last) if schedule.last is not None else None
    until = f"to that of {last.day}, {last.number - first.number + 1} in all" if last else "on"
    return f"its periods run from that of {first.day} {until}"


def is_period_full(
    commitment: Commitment, payload: types.PerformanceConfirmed, entry: Entry
) -> bool:
    """Whether a confirmation completes what is due in its period, by its word or its number."""
    return _completes(commitment, payload, period_of(commitment, entry))


def promised_in(commitment: Commitment, period: Period) -> int | None:
    """What a period asks for: as settled for it alone, else as for every one."""
    record = commitment.period_records.get(period.number)
    settled = record.promised if record else None
    return settled if settled is not None else commitment.promised


def delivered_in(commitment: Commitment, day: date) -> str:
    """`3 of 5`: how much is on record of the period of a day; empty where no number is."""
    records = commitment.period_records.values()
    record = next((each for each in reversed(records) if each.day == day), None)
    if record is None:
        return ""
    settled = record.promised
    return amount(record.delivered, commitment.promised if settled is None else settled)


def amount(done: int | None, of: int | None) -> str:
    """`3 of 5`, or `3` where nothing says of how much; empty without a number."""
    if done is None:
        return ""
    return str(done) if of is None else f"{done} of {of}"


def with_promised(
    commitment: Commitment, period: Period, quantity: int, entry: Entry
) -> Commitment:
    """Settles what one period asks for; what was delivered already may be all of it now."""
    record = replace(_record(commitment, period), promised=quantity)
    if record.delivered is not None:
        is_full = _is_within(commitment, record.delivered, quantity)
        record = _as_counted(commitment, period, record, entry, is_full)
    return _with_record(commitment, period, record, entry)


def _completes(commitment: Commitment, payload: types.PerformanceConfirmed, period: Period) -> bool:
    if payload.fulfilment is not None:
        return payload.fulfilment is Grade.FULL
    if payload.quantity is None:
        return True
    of = payload.of if payload.of is not None else promised_in(commitment, period)
    record = commitment.period_records.get(period.number)
    delivered = ((record.delivered or 0) if record else 0) + payload.quantity
    if of is None:
        return delivered > 0 or is_cap(commitment)
    return _is_within(commitment, delivered, of)


def _is_within(commitment: Commitment, delivered: int, of: int) -> bool:
    return delivered <= of if is_cap(commitment) else delivered >= of


def _as_counted(
    commitment: Commitment, period: Period, record: PeriodRecord, entry: Entry, is_full: bool
) -> PeriodRecord:
    """The record as met by the entry that completes it; a cap is kept once its period is over."""
    at = entry.effective_at
    if is_cap(commitment):
        met_at = max(at, period.due) if is_full else None
        known_at = None if is_full else record.missed_known_at or entry.recorded_at
        return replace(record, met_at=met_at, is_exceeded=not is_full, missed_known_at=known_at)
    if record.met_at is not None or not is_full:
        return record
    return replace(record, met_at=at, is_late=at >= period.due)


def is_over_and_unmet(commitment: Commitment, entry: Entry) -> bool:
    """Whether a period can be found not performed: it is due, and neither met nor waived."""
    period = period_of(commitment, entry)
    is_due = period.due <= entry.effective_at
    return is_due and state_of(commitment, period, entry.effective_at) not in SETTLED


def period_performed(
    commitment: Commitment, payload: types.PerformanceConfirmed, entry: Entry
) -> Commitment:
    """Adds what is confirmed to its period; late when the last of it occurred after the due."""
    period = period_of(commitment, entry)
    is_full = _completes(commitment, payload, period)
    record = _record(commitment, period)
    of = payload.of if payload.of is not None else promised_in(commitment, period)
    completed = None if is_cap(commitment) or not is_full else of
    more = completed if payload.quantity is None else payload.quantity
    delivered = record.delivered if more is None else (record.delivered or 0) + more
    is_part = payload.fulfilment is not Grade.NONE and more != 0 and not is_cap(commitment)
    was_begun = record.is_begun and not is_cap(commitment)
    record = replace(
        record,
        delivered=delivered,
        is_begun=is_full or is_part or was_begun,
        is_found_missed=record.is_found_missed and not is_full,
    )
    record = _as_counted(commitment, period, record, entry, is_full)
    changed = _with_record(commitment, period, record, entry)
    cause = Cause("11" if is_full else "12", (entry.id,))
    grade = Grade.PARTIAL if record.is_begun else commitment.grade
    return replace(changed, grade=grade, fulfilment_cause=cause)


def period_found_missed(commitment: Commitment, _: Payload, entry: Entry) -> Commitment:
    """Row 14 of one period: a finding that it was not performed."""
    period = period_of(commitment, entry)
    record = _record(commitment, period)
    known_at = record.missed_known_at or entry.recorded_at
    record = replace(record, is_found_missed=True, missed_known_at=known_at)
    changed = _with_record(commitment, period, record, entry)
    return replace(changed, fulfilment_cause=Cause("14", (entry.id,)))


def period_waived(commitment: Commitment, payload: types.PeriodWaived, entry: Entry) -> Commitment:
    """Row 39: a creditor asks no more for one period."""
    period = period_of(commitment, entry)
    by = payload.by or payload.speaker or ", ".join(commitment.creditor)
    record = replace(_record(commitment, period), waived_by=by)
    return _with_record(commitment, period, record, entry)


def _record(commitment: Commitment, period: Period) -> PeriodRecord:
    return commitment.period_records.get(period.number) or PeriodRecord(period.day)


def _with_record(
    commitment: Commitment, period: Period, record: PeriodRecord, entry: Entry
) -> Commitment:
    """Keeps a record, after all others: so the newest are found at the end."""
    records = dict(commitment.period_records)
    records.pop(period.number, None)
    records[period.number] = replace(record, events=(*record.events, entry.id))
    return replace(commitment, period_records=records)
