"""Readings of an earlier period of a window: they move where the later ones begin. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from tracker.dates.durations import LATEST, Duration
from tracker.dates.zones import midnight
from tracker.entries.decoding import stated_date
from tracker.entries.entry import Entry
from tracker.model import event_types as types
from tracker.model.commitment import Boundary, Commitment
from tracker.model.readings import earliest, latest
from tracker.model.vocabulary import Kind
from tracker.rules.recurring.quantity import lack_of_quantity
from tracker.rules.terms.commands import command_again
from tracker.rules.terms.extension import Lack
from tracker.rules.terms.periods import with_own_boundary
from tracker.rules.terms.windows import recompute_readings

Change = Callable[[Commitment], Commitment]


def in_its_period(commitment: Commitment, payload: Any, change: Change) -> Commitment:
    """Changes the period that an entry names, and moves those after it; else the current one."""
    at = _named(commitment, payload)
    return change(commitment) if at is None else _changed_at(commitment, at, change)


def _named(commitment: Commitment, payload: Any) -> datetime | None:
    """The instant by which an entry names a period; None where it names none."""
    if payload.period is None:
        return None
    date = stated_date("period", payload.period)
    return date.instant or (midnight(date.first, commitment.zone) if date.first else None)


def _changed_at(commitment: Commitment, at: datetime, change: Change) -> Commitment:
    boundary = commitment.boundary
    begins = earliest(boundary.ends) if boundary else None
    if boundary is not None and boundary.before is not None and begins and at < begins:
        before = _changed_at(boundary.before, at, change)
        lengths = _lengths_after(boundary, before)
        moved = replace(boundary, before=before, ends=before.readings, lengths=lengths)
        known = {account.id for account in commitment.accounts}
        new = (account for account in before.accounts if account.id not in known)
        accounts = (*commitment.accounts, *new)
        return recompute_readings(replace(commitment, boundary=moved, accounts=accounts))
    renewals = bisect_right(
        range(commitment.renewals),
        at,
        key=lambda number: (
            recompute_readings(replace(commitment, renewals=number)).state_end or LATEST
        ),
    )
    if renewals == commitment.renewals:
        return change(commitment)
    before = change(recompute_readings(replace(commitment, renewals=renewals)))
    later = replace(commitment, boundary=before.boundary, accounts=before.accounts)
    begun = with_own_boundary(before, later)
    return recompute_readings(replace(begun, renewals=commitment.renewals - renewals - 1))


def _lengths_after(boundary: Boundary, before: Commitment) -> tuple[Duration, ...]:
    """How long each reading lasts from where it now begins: a new one as long as the others."""
    known = {end.id: length for end, length in zip(boundary.ends, boundary.lengths, strict=False)}
    if not known:
        return ()
    return tuple(known.get(end.id, boundary.lengths[0]) for end in before.readings)


def lack_of_period(commitment: Commitment, entry: Entry) -> Lack | None:
    """What is wrong with the period that a reading names; None where it is one of the window."""
    payload = entry.payload
    if not isinstance(payload, types.ReadingAsserted | types.TermsClarified):
        return None
    at = _named(commitment, payload)
    if at is None:
        return None
    if commitment.kind is Kind.RECURRING:
        return lack_of_quantity(commitment, entry)
    start, end = commitment.start, latest(commitment.readings)
    hint = "leave `period` out, for the current one: "
    hint += command_again(commitment.id, entry, without=("period",))
    if commitment.kind is not Kind.MAINTENANCE or end is None:
        return Lack("it has no window that a `period` could be of", hint)
    opens = start and midnight(start.astimezone(ZoneInfo(commitment.zone)).date(), commitment.zone)
    if at >= end or (opens is not None and at < opens):
        return Lack(f"no period of its window has {payload.period} in it", hint)
    return None
