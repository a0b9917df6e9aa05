"""Dates as event files state them, in EDTF to level 1, and the rule that places them on the clock.

A day stays a day here; only `fold_instant` turns it into an instant, by rule and not as a fact.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from msgspec import Struct

from events import parse_instant
from tracker.dates.zones import midnight
from tracker.errors import InvalidDate

Precision = Literal["instant", "day", "month", "season", "year", "decade", "century", "interval"]
ACCEPTED = (
    "2025-03-18, 2025-03, 2025, 202X, 2024-21 (spring), 2025-03~, "
    "2025-03-08/2025-03-11, ../2025-03-18, 2025-03-11/.., 2025-03-18T16:30:00Z"
)
YEARS = range(1000, 9000)
"""Years so far from either end of the calendar that leads and lengths can be counted."""
NOON = time(12)
SEASON_MONTHS = {21: 3, 22: 6, 23: 9, 24: 12}
DATE = re.compile(
    r"^(?:(\d{4})(?:-XX(?:-XX)?|-(\d{2})(?:-(\d{2}|XX))?)?|(\d{2}(?:\dX|XX)))([?~%]?)\Z", re.ASCII
)
HOURS_ALONE = re.compile(r"(T.*[+-]\d{2})\Z", re.ASCII)
"""An offset in whole hours, as EDTF may write it: `T23:20:30-04`."""
UNBOUND = ("..", "")
"""A side of an interval that is open, and one that is unknown: neither gives a day."""


class Edtf(Struct, frozen=True, gc=False):
    """A date as said; `first` and `last` are its days, None where an interval is open."""

    text: str
    precision: Precision
    first: date | None
    last: date | None
    instant: datetime | None = None
    uncertain: bool = False
    approximate: bool = False


@lru_cache(maxsize=4096)
def parse_edtf(text: str) -> Edtf:
    """Read a date, an interval or an instant; anything else is refused with the accepted forms."""
    if "T" in text and "/" not in text:
        return _instant(text)
    if "/" in text:
        return _interval(text)
    return _date(text, text)


class Span(Struct, frozen=True, gc=False):
    """When something happened, in UTC: from `first` up to `last`, None where that side is open.

    A stated instant has both alike.
    """

    first: datetime | None
    last: datetime | None

    @property
    def is_instant(self) -> bool:
        return self.first is not None and self.first == self.last

    def is_before(self, other: Span) -> bool:
        """Whether it lies wholly before another: no moment of it is in or after that one."""
        if self.last is None or other.first is None:
            return False
        return self.last < other.first or (self.last == other.first and not self.is_instant)

    def overlaps(self, first: datetime | None, last: datetime | None) -> bool:
        """Whether any moment of it lies from `first` up to, not including, `last`."""
        window = Span(first, last)
        ends_before = last is not None and self.first is not None and self.first >= last
        return not self.is_before(window) and not ends_before

    def is_within(self, first: datetime | None, last: datetime | None) -> bool:
        """Whether every moment of it lies from `first` up to, not including, `last`."""
        begins = first is None or (self.first is not None and self.first >= first)
        ends = last is None or (self.last is not None and self.last <= last)
        return begins and ends and self.overlaps(first, last)


@lru_cache(maxsize=4096)
def span_of(when: Edtf, zone: str) -> Span:
    """The moments that a date covers in a zone."""
    if when.instant is not None:
        return Span(when.instant, when.instant)
    return Span(
        midnight(when.first, zone) if when.first else None,
        midnight(when.last + timedelta(days=1), zone) if when.last else None,
    )


def day_of(text: str, at: datetime, zone: str) -> date | None:
    """The day in a zone on which a date without an hour falls; None where it states an instant.

    `at` is the instant that the date counts as.
    """
    when = parse_edtf(text)
    if when.instant is not None:
        return None
    return when.first if when.precision == "day" else at.astimezone(ZoneInfo(zone)).date()


def _refused(text: str) -> InvalidDate:
    return InvalidDate(f"not a date: {text!r}", hint=f"accepted forms: {ACCEPTED}")


def _instant(text: str) -> Edtf:
    try:
        at = parse_instant(HOURS_ALONE.sub(r"\1:00", text))
    except (ValueError, OverflowError) as error:
        raise InvalidDate(
            f"not an instant like 2025-03-18T16:30:00Z: {text!r}",
            hint=f"accepted forms: {ACCEPTED}",
        ) from error
    _check_year(at.year, text)
    return Edtf(text, "instant", at.date(), at.date(), at)


def _interval(text: str) -> Edtf:
    first, _, last = text.partition("/")
    if "/" in last or (first in UNBOUND and last in UNBOUND):
        raise _refused(text)
    begin = None if first in UNBOUND else _date(first, text)
    end = None if last in UNBOUND else _date(last, text)
    if begin and end and begin.first and end.last and begin.first > end.last:
        raise InvalidDate(f"interval ends before it begins: {text!r}", hint=f"write {last}/{first}")
    sides = [side for side in (begin, end) if side]
    return Edtf(
        text,
        "interval",
        begin.first if begin else None,
        end.last if end else None,
        None,
        any(side.uncertain for side in sides),
        any(side.approximate for side in sides),
    )


def _date(text: str, whole: str) -> Edtf:
    match = DATE.match(text)
    if match is None:
        raise _refused(whole)
    year, month, day, years, mark = match.groups()
    _check_year(int((year or years).replace("X", "0")), whole)
    try:
        precision, first, last = (
            _years(years) if years else _span(int(year), _number(month), _number(day))
        )
    except ValueError as error:
        raise _refused(whole) from error
    return Edtf(text, precision, first, last, None, mark in ("?", "%"), mark in ("~", "%"))


def _check_year(year: int, text: str) -> None:
    """Refuses years so near either end of the calendar that no lead or length can be counted."""
    if year not in YEARS:
        raise InvalidDate(
            f"not a year that can be counted from: {text!r}", hint="write a year from 1000 to 8999"
        )


def _number(text: str | None) -> int | None:
    return int(text) if text and text != "XX" else None


def _years(text: str) -> tuple[Precision, date, date]:
    """The years of a decade (`202X`) or a century (`20XX`)."""
    first, last = (int(text.replace("X", digit)) for digit in "09")
    precision: Precision = "decade" if last - first == 9 else "century"
    return precision, date(first, 1, 1), date(last, 12, 31)


def _span(year: int, month: int | None, day: int | None) -> tuple[Precision, date, date]:
    if month is None:
        return "year", date(year, 1, 1), date(year, 12, 31)
    if day is not None:
        exact = date(year, month, day)
        return "day", exact, exact
    if month in SEASON_MONTHS:
        start = SEASON_MONTHS[month]
        # Three months; winter runs into the next year.
        end_year, end = (year + 1, 2) if start == 12 else (year, start + 2)
        return "season", date(year, start, 1), date(end_year, end, monthrange(end_year, end)[1])
    return "month", date(year, month, 1), date(year, month, monthrange(year, month)[1])


def fold_instant(when: Edtf, zone: str, recorded_at: datetime) -> datetime:
    """When a date takes effect, in UTC.

    An instant at itself; a day at noon in the zone; a month, season, year or decade at noon of its
    first day; an interval at noon of its last day. An interval without an end folds when it was
    recorded, since it cannot have ended later than it was told.
    """
    if when.instant is not None:
        return when.instant
    if when.precision != "interval":
        return noon(when.first, zone)
    if when.last is not None:
        return noon(when.last, zone)
    return max(noon(when.first, zone), recorded_at)


@lru_cache(maxsize=4096)
def noon(day: date | None, zone: str) -> datetime:
    assert day is not None
    return datetime.combine(day, NOON, ZoneInfo(zone)).astimezone(UTC)
