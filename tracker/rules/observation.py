"""How far a promise was seen to be kept (row 19), and whether through its window (T8). Pure."""

from __future__ import annotations

from datetime import date, datetime
from operator import attrgetter, itemgetter

from msgspec.structs import replace

from tracker.dates.edtf import parse_edtf, span_of
from tracker.entries.entry import Entry
from tracker.errors import InvalidDate
from tracker.model import event_types as types
from tracker.model.commitment import Commitment
from tracker.model.parts import Cause, Observed
from tracker.rules.terms.accounts import instant_of
from tracker.rules.terms.days import days_at, last_days


def compliance_observed(c: Commitment, p: types.ComplianceObserved, entry: Entry) -> Commitment:
    """Row 19: what was observed is clear for its window, else up to when it was observed.

    Nobody observes what has not happened: a window that goes further ends with `occurred`.
    """
    texts = (entry.occurred, p.window or entry.occurred)
    ends = (_observed_until(text, entry, c.zone) for text in texts)
    until, day = min(ends, key=itemgetter(0))
    since, first = _observed_since(p.window, c.zone)
    observed = merged((*c.observed, Observed(since, first, until, day)))
    latest = observed[-1]
    return replace(
        c,
        observed=observed,
        clear_until=latest.until,
        clear_through=latest.through,
        compliance_cause=c.compliance_cause or Cause("19", (entry.id,)),
    )


def _observed_until(text: str, entry: Entry, zone: str) -> tuple[datetime, date | None]:
    """The end of an observed time, and its last day; where it has none, when it took effect."""
    try:
        when, until = parse_edtf(text), instant_of(text, zone)
    except InvalidDate:
        return entry.effective_at, None
    return until or entry.effective_at, None if when.instant else when.last


def _observed_since(window: str | None, zone: str) -> tuple[datetime | None, date | None]:
    """The beginning of an observed time, and its first day; nothing where all before was seen.

    An instant says up to when.
    """
    try:
        when = parse_edtf(window) if window else None
    except InvalidDate:
        return None, None
    if when is None or when.instant is not None or when.first is None:
        return None, None
    return span_of(when, zone).first, when.first


def merged(times: tuple[Observed, ...]) -> tuple[Observed, ...]:
    """Observed times in their order; those that touch are one."""
    whole: list[Observed] = []
    for each in sorted(times, key=attrgetter("until")):
        since, first = each.since, each.first
        while whole and (since is None or since <= whole[-1].until):
            before = whole.pop()
            if since is not None and (before.since is None or before.since < since):
                since, first = before.since, before.first
        whole.append(replace(each, since=since, first=first))
    return tuple(whole)


def is_clear_to_end(commitment: Commitment, at: datetime) -> bool:
    """Whether it was observed from its beginning up to its end, or to `at` where it ends earlier.

    Days are compared as days: the end may count in another zone than the observation.
    """
    seen = next((time for time in commitment.observed if _is_from_start(commitment, time)), None)
    end = commitment.state_end
    if seen is None or seen.until >= min(at, end or at):
        return seen is not None
    if seen.through is None or end is None or at < end:
        return False
    return any(seen.through >= day for day in last_days(commitment, end))


def _is_from_start(c: Commitment, time: Observed) -> bool:
    """Whether a time leaves out nothing since the promise binds; a window begins with its day."""
    begins = [at for at in (c.start, c.entered_at) if at is not None]
    if time.since is None or time.first is None or not begins:
        return True
    days = days_at(c, max(begins)).values()
    return time.since <= max(begins) or any(time.first <= day for day in days)
