"""ISO 8601 durations: calendar parts and clock parts kept apart, since P30D is not P1M."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta
from msgspec import Struct

from tracker.dates.zones import midnight
from tracker.errors import InvalidDate

PATTERN = re.compile(
    r"^P(?=.)(?:(\d{1,4})Y)?(?:(\d{1,5})M)?(?:(\d{1,5})W)?(?:(\d{1,6})D)?"
    r"(?:T(?=.)(?:(\d{1,7})H)?(?:(\d{1,8})M)?(?:(\d{1,9})S)?)?\Z",
    re.ASCII,
)
LATEST = datetime(9999, 12, 30, tzinfo=UTC)
"""Stands for every instant after it: what renews itself for ever has no last end."""
LONGEST_MONTHS, LONGEST = 500 * 12, timedelta(days=500 * 366)


class Duration(Struct, frozen=True):
    """Months, days and seconds as written; years are months, weeks are days."""

    text: str
    months: int
    days: int
    seconds: int

    @property
    def is_clock_only(self) -> bool:
        return not self.months and not self.days

    @property
    def is_nothing(self) -> bool:
        """Whether it has no length, however that is written: `P0D`, `PT0S`."""
        return not (self.months or self.days or self.seconds)

    @property
    def words(self) -> str:
        """How long it is for people: `1 year 6 months`, `14 days`, `36 hours`."""
        years, months = divmod(self.months, 12)
        hours, rest = divmod(self.seconds, 3600)
        minutes, seconds = divmod(rest, 60)
        parts = ((years, "year"), (months, "month"), (self.days, "day"),
                 (hours, "hour"), (minutes, "minute"), (seconds, "second"))  # fmt: skip
        counted = [f"{n} {unit}{'' if n == 1 else 's'}" for n, unit in parts if n]
        return " ".join(counted) or "0 days"

    def add_to_date(self, day: date) -> date:
        """Calendar arithmetic: a month from 31 January is the last day of February."""
        try:
            return day + self._on_calendar()
        except (OverflowError, ValueError):
            return LATEST.date()

    def elapsed(self) -> timedelta:
        """Exact length, a day being 24 hours; a month has none and is refused."""
        if self.months:
            raise InvalidDate(
                f"{self.text} has no fixed length",
                hint="write days or weeks, or count it as calendar",
            )
        return timedelta(days=self.days, seconds=self.seconds)

    def add_to_instant(self, at: datetime, zone: str) -> datetime:
        """Months keep the wall clock of the zone; days and seconds are exact."""
        try:
            if self.months:
                local = at.astimezone(ZoneInfo(zone)) + relativedelta(months=self.months)
                at = local.astimezone(UTC)
            return min(at + timedelta(days=self.days, seconds=self.seconds), LATEST)
        except (OverflowError, ValueError):
            return LATEST

    def add_to_day_end(self, at: datetime, zone: str) -> datetime:
        """Months and days lead from midnight to midnight of the zone, which the clock may skip.

        What lies between the midnight before and the instant stays as long as it is.
        """
        day = at.astimezone(ZoneInfo(zone)).date()
        try:
            exact = at - midnight(day, zone) + timedelta(seconds=self.seconds)
            return min(midnight(day + self._on_calendar(), zone) + exact, LATEST)
        except (OverflowError, ValueError):
            return LATEST

    def _on_calendar(self) -> relativedelta | timedelta:
        # Days alone need no calendar, and a window that renews itself daily adds them often.
        if not self.months:
            return timedelta(days=self.days)
        return relativedelta(months=self.months, days=self.days)

    def times(self, n: int) -> Duration:
        return Duration(self.text, self.months * n, self.days * n, self.seconds * n)

    def plus(self, other: Duration) -> Duration:
        return Duration(
            self.text,
            self.months + other.months,
            self.days + other.days,
            self.seconds + other.seconds,
        )


AMOUNT = re.compile(r"(\d{1,6}) *(year|month|week|day|hour|minute)s?", re.I)
TYPED = re.compile(rf"(?:{AMOUNT.pattern}(?:,? *|$))+", re.I)

NOTHING = Duration("P0D", 0, 0, 0)


def typed_duration(text: str) -> str:
    """`30 days`, `2 weeks`, `1 year 6 months` as ISO 8601; any other text as it is."""
    if not TYPED.fullmatch(text.strip()):
        return text
    amounts: dict[str, int] = {}
    for amount, unit in AMOUNT.findall(text):
        amounts[unit.lower()] = amounts.get(unit.lower(), 0) + int(amount)
    if set(amounts) == {"week"}:
        return f"P{amounts['week']}W"
    amounts["day"] = amounts.get("day", 0) + 7 * amounts.pop("week", 0)
    date, clock = (
        "".join(f"{amounts[unit]}{unit[0].upper()}" for unit in units if amounts.get(unit))
        for units in (("year", "month", "day"), ("hour", "minute"))
    )
    return f"P{date}{clock and 'T'}{clock}" if date or clock else text


SMALLER = {"D": ("H", 24), "H": ("M", 60), "M": ("S", 60)}
FRACTION = re.compile(r"^P(T?)(\d{1,6})[.,](\d{1,6})([DHM])\Z", re.ASCII)


def _forms_instead_of(text: str) -> str:
    """How to write what is no duration: a fraction in the next smaller unit, working days."""
    if re.match(r"^P\d+B\Z", text):
        return (
            "working days are counted from a moment: "
            f'terms.due="{text[:-1]}D after ID in_force business" terms.calendar=NOR'
        )
    fraction = FRACTION.match(text)
    if fraction and (fraction[1] == "T") is (fraction[4] != "D"):
        smaller, each = SMALLER[fraction[4]]
        number, rest = divmod(int(fraction[2] + fraction[3]) * each, 10 ** len(fraction[3]))
        if not rest:
            return f"in whole numbers: PT{number}{smaller}"
    days = f"of days: P{text}D; " if text.isascii() and text.isdigit() else ""
    return f"{days}accepted forms: P30D, P2W, P1M, P1Y, PT36H"


@lru_cache(maxsize=1024)
def parse_duration(text: str) -> Duration:
    """Read `P30D`, `P1M`, `P2W`, `PT36H`; fractions and signs are refused."""
    match = PATTERN.match(text)
    if match is None:
        raise InvalidDate(f"not a duration: {text!r}", hint=_forms_instead_of(text))
    years, months, weeks, days, hours, minutes, seconds = (
        int(part or 0) for part in match.groups()
    )
    length = Duration(
        text,
        years * 12 + months,
        weeks * 7 + days,
        hours * 3600 + minutes * 60 + seconds,
    )
    fixed = timedelta(days=length.days, seconds=length.seconds)
    if length.months > LONGEST_MONTHS or fixed > LONGEST:
        raise InvalidDate(f"longer than 500 years: {text!r}", hint="leave the end open")
    return length
