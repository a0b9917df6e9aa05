"""The readings of a deadline: every defensible end of a window, with its rule and zone.

Days are counted in days, in a zone, and only then become instants: adding hours to a wall-clock
time crosses a change of the clock wrongly.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, Literal
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from events import parse_instant
from tracker.dates.durations import NOTHING, Duration, parse_duration
from tracker.dates.edtf import parse_edtf
from tracker.dates.zones import day_ended_at, midnight
from tracker.model.relative import Relative
from tracker.model.terms import Terms

Rule = Literal[
    "inclusive", "exclusive", "elapsed", "calendar", "end_of_day", "end_of_period", "instant"
]

OF_A_MOMENT = ("instant", "elapsed")
"""The rules that give an instant, and not the end of a day."""


class Reading(Struct, frozen=True, gc=False):
    """One reading of an end or due date: `at` is the first instant after it, in UTC.

    `account` is the account it is worked out from, which may give several.
    """

    term: str
    id: str
    by: str | None
    rule: Rule
    zone: str
    at: datetime
    account: str = ""

    def lasting(self, *lengths: Duration) -> Reading:
        """The reading with its end moved by one length after the other."""
        reading = self
        for length in lengths:
            reading = reading if length.is_nothing else replace(reading, at=reading.moved(length))
        return reading

    @property
    def last_day(self) -> date | None:
        """The day at whose close it ends; None where it is an instant."""
        last = _last_moment(self.rule, self.at, self.zone)
        return None if isinstance(last, datetime) else last

    def moved(self, by: Duration) -> datetime:
        """The end moved by a length: calendar days in its zone, or exact where it is an instant."""
        return _moved(self.at, self.zone, by, is_moment=self.rule in OF_A_MOMENT)


@lru_cache(maxsize=4096)
def _moved(at: datetime, zone: str, by: Duration, *, is_moment: bool) -> datetime:
    # Many promises end on one day, and each step of a fold asks for their leads.
    return by.add_to_instant(at, zone) if is_moment else by.add_to_day_end(at, zone)


def rule_of_end(at: datetime, zone: str) -> Rule:
    """The rule of an end that nobody counts: of a day where it is a midnight of its zone."""
    return "end_of_day" if day_ended_at(at, zone) else "instant"


def stated_ends(commitment: Mapping[str, Any]) -> list[Any]:
    """The readings of a `status --json` object that are ends; the others are of other terms."""
    return [reading for reading in commitment.get("readings", ()) if "at" in reading]


def last_moment(reading: Mapping[str, Any]) -> date | datetime:
    """The last day of a reading in its zone; the instant where it is no end of a day.

    The reading is one of `status --json` or `deadlines --json`, with its `at`, `rule` and `zone`.
    """
    return _last_moment(reading["rule"], parse_instant(reading["at"]), reading["zone"])


def _last_moment(rule: str, at: datetime, zone: str) -> date | datetime:
    local = at.astimezone(ZoneInfo(zone))
    return local if rule in OF_A_MOMENT else (local - timedelta(microseconds=1)).date()


def window_start(terms: Terms, zone: str, fallback: datetime | None) -> datetime | None:
    """When the window opens: as stated, else entry into force when there is a length to count.

    None while its start hangs on a moment that is not known yet.
    """
    if isinstance(terms.start, Relative):
        return None
    if isinstance(terms.start, str):
        start = parse_edtf(terms.start)
        zone = terms.zone if isinstance(terms.zone, str) else zone
        return start.instant or (midnight(start.first, zone) if start.first else None)
    return fallback if isinstance(terms.duration, str) else None


def readings(
    terms: Terms,
    *,
    term: str,
    zone: str,
    base_id: str,
    entered_at: datetime | None,
    renewals: int = 0,
    tolled: Duration = NOTHING,
) -> tuple[Reading, ...]:
    """Every reading of these terms' end; empty when they set none.

    `zone` is used where the terms name none; `renewals` adds periods, `tolled` the time
    of suspensions. Ids differ by rule and zone where those do.
    """
    by = terms.reading_of if isinstance(terms.reading_of, str) else None
    stated = [
        Reading(term, base_id, by, rule, each, at, base_id)
        for each in _zones(terms, zone)
        for rule, at in _ends(terms, term, each, entered_at, renewals)
    ]
    rules, zones = {r.rule for r in stated}, {r.zone for r in stated}
    named = []
    for reading in stated:
        parts = [base_id]
        parts += [reading.rule] if len(rules) > 1 else []
        parts += [reading.zone.replace("/", "-").lower()] if len(zones) > 1 else []
        named.append(replace(reading, id="-".join(parts)).lasting(tolled))
    return tuple(named)


def _zones(terms: Terms, zone: str) -> list[str]:
    if isinstance(terms.zones, list) and terms.zones:
        return terms.zones
    return [terms.zone if isinstance(terms.zone, str) else zone]


def _ends(
    terms: Terms, term: str, zone: str, entered_at: datetime | None, renewals: int
) -> Iterator[tuple[Rule, datetime]]:
    stated = terms.due if term == "due" and isinstance(terms.due, str) else terms.end
    stated = terms.due if not isinstance(stated, str) else stated
    # Each tacit renewal adds the period of its clause, else the same length once more.
    period = terms.tacit_renewal if isinstance(terms.tacit_renewal, str) else terms.duration
    extra = parse_duration(period).times(renewals) if isinstance(period, str) else NOTHING
    if isinstance(stated, str):
        when = parse_edtf(stated)
        if when.instant is not None:
            yield "instant", extra.add_to_instant(when.instant, zone)
            return
        assert when.last is not None
        end = midnight(extra.add_to_date(when.last) + timedelta(days=1), zone)
        rule: Rule = "end_of_day" if when.precision == "day" else "end_of_period"
        yield rule, end + timedelta(seconds=extra.seconds)
    elif isinstance(terms.duration, str):
        yield from _counted_ends(terms, parse_duration(terms.duration), extra, zone, entered_at)


def _counted_ends(
    terms: Terms, length: Duration, extra: Duration, zone: str, entered_at: datetime | None
) -> Iterator[tuple[Rule, datetime]]:
    """How a length counts: one with hours in it is elapsed time, whatever is stated."""
    if isinstance(terms.start, Relative):
        # From when is not known yet.
        return
    if terms.count == "elapsed" or length.seconds or length.is_clock_only:
        start = window_start(replace(terms, zone=zone), zone, entered_at)
        if start is not None:
            yield "elapsed", extra.add_to_instant(start + length.elapsed(), zone)
        return
    begin = parse_edtf(terms.start) if isinstance(terms.start, str) else None
    at = begin.instant if begin else entered_at
    stated = begin.first if begin else None
    first = at.astimezone(ZoneInfo(zone)).date() if at else stated
    if first is not None:
        last = length.plus(extra).add_to_date(first)
        # Both ways to count stand when nobody states one.
        rules: tuple[Rule, ...] = ("inclusive", "exclusive")
        for rule in (terms.count,) if isinstance(terms.count, str) else rules:
            day = last if rule == "inclusive" else last + timedelta(days=1)
            yield rule, midnight(day, zone) + timedelta(seconds=extra.seconds)


def earliest(readings_: Iterable[Reading]) -> datetime | None:
    return min((reading.at for reading in readings_), default=None)


def latest(readings_: Iterable[Reading]) -> datetime | None:
    return max((reading.at for reading in readings_), default=None)
