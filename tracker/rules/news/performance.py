"""Finds what an entry is news of how much is done: of the whole, or of a period. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tracker.entries.entry import Entry
from tracker.model.commitment import Commitment
from tracker.model.vocabulary import Kind
from tracker.rules.news.change import AxisNews
from tracker.rules.recurring.performance import amount, period_or_none, promised_in
from tracker.rules.recurring.standing import state_of


def performance_news(before: Commitment, after: Commitment, entry: Entry) -> Iterator[AxisNews]:
    """How much is done of how much; what is only reported stands beside what is confirmed."""
    if after.kind is Kind.RECURRING:
        yield from _performance_in_period(before, after, entry)
        return
    # What is full ends the promise.
    if before.is_open is not after.is_open:
        return
    was = amount(before.delivered, before.promised) or before.grade.value
    if after.fulfilment_cause is not before.fulfilment_cause and after.fulfilment_cause:
        now = amount(after.delivered, after.promised) or after.grade.value
        yield AxisNews("performance", was, now, after.fulfilment_cause.rule)
    elif after.claims is not before.claims:
        yield AxisNews("performance", was, _reported(entry, after.promised), "10")


def _performance_in_period(
    before: Commitment, after: Commitment, entry: Entry
) -> Iterator[AxisNews]:
    """How much is done of a long period; what becomes of the period is a change of its own."""
    period, at = period_or_none(after, entry), entry.effective_at
    if period is None or after.schedule is None or not after.schedule.is_long(period.number):
        return
    if state_of(before, period, at) is not state_of(after, period, at):
        return
    known, record = (c.period_records.get(period.number) for c in (before, after))
    axis, promised = f"performance {period.day}", promised_in(after, period)
    was = amount(known.delivered, promised) or "partial" if known and known.is_begun else None
    if record is not known and record is not None:
        now = amount(record.delivered, promised) or "partial"
        yield AxisNews(
            axis, was, now, after.fulfilment_cause.rule if after.fulfilment_cause else "12"
        )
    elif after.claims is not before.claims:
        yield AxisNews(axis, was, _reported(entry, promised), "10")


def _reported(entry: Entry, promised: int | None) -> str:
    payload: Any = entry.payload
    of = getattr(payload, "of", None) or promised
    quantity = amount(getattr(payload, "quantity", None), of)
    return f"{quantity or getattr(payload, 'fulfilment', None) or 'done'} reported"
