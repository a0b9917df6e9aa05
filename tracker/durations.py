"""ISO 8601 durations: calendar parts and clock parts kept apart, since P30D is not P1M."""

from __future__ import annotations

import re
from datetime import date, timedelta
from functools import lru_cache

from dateutil.relativedelta import relativedelta
from msgspec import Struct

from tracker.errors import InvalidDate

PATTERN = re.compile(
    r"^P(?=.)(?:(\d{1,4})Y)?(?:(\d{1,5})M)?(?:(\d{1,5})W)?(?:(\d{1,6})D)?"
    r"(?:T(?=.)(?:(\d{1,7})H)?(?:(\d{1,8})M)?(?:(\d{1,9})S)?)?$",
    re.ASCII,
)


class Duration(Struct, frozen=True):
    """Months, days and seconds as written; years are months, weeks are days."""

    text: str
    months: int
    days: int
    seconds: int

    @property
    def is_clock_only(self) -> bool:
        return not self.months and not self.days

    def add_to_date(self, day: date) -> date:
        """Calendar arithmetic: a month from 31 January is the last day of February."""
        return day + relativedelta(months=self.months, days=self.days)

    def elapsed(self) -> timedelta:
        """Exact length, a day being 24 hours; a month has none and is refused."""
        if self.months:
            raise InvalidDate(
                f"{self.text} has no fixed length", hint="count it as calendar, or write days"
            )
        return timedelta(days=self.days, seconds=self.seconds)

    as_delta = elapsed

    def times(self, n: int) -> Duration:
        return Duration(self.text, self.months * n, self.days * n, self.seconds * n)

    def plus(self, other: Duration) -> Duration:
        return Duration(
            self.text,
            self.months + other.months,
            self.days + other.days,
            self.seconds + other.seconds,
        )


@lru_cache(maxsize=1024)
def parse_duration(text: str) -> Duration:
    """Read `P30D`, `P1M`, `P2W`, `PT36H`; fractions and signs are refused."""
    match = PATTERN.match(text)
    if match is None:
        raise InvalidDate(
            f"not a duration: {text!r}", hint="accepted forms: P30D, P2W, P1M, P1Y, PT36H"
        )
    years, months, weeks, days, hours, minutes, seconds = (
        int(part or 0) for part in match.groups()
    )
    return Duration(
        text,
        years * 12 + months,
        weeks * 7 + days,
        hours * 3600 + minutes * 60 + seconds,
    )
