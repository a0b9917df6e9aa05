"""Working days by the calendars of countries: no weekend and no holiday in any of them.

The library `holidays` is an extra, and loaded only where working days are counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from tracker.errors import InvalidDate

if TYPE_CHECKING:
    from holidays import HolidayBase

INSTALL_HINT = "pip install 'pactwatch[calendars]'"
MOST = 2_500
"""So many working days, about ten years, may be counted at most."""


@lru_cache(maxsize=64)
def calendar_of(country: str) -> HolidayBase:
    """The calendar of a country by its ISO 3166-1 code; raises InvalidDate for an unknown one."""
    try:
        import holidays
    except ImportError as error:
        raise InvalidDate(
            "working days need the library holidays, which is not installed", hint=INSTALL_HINT
        ) from error
    try:
        return holidays.country_holidays(country)
    except NotImplementedError as error:
        raise InvalidDate(
            f"no calendar of working days for {country!r}",
            hint="an ISO 3166-1 code: terms.calendar=NOR,ISL",
        ) from error


def working_day_after(first: date, days: int, countries: Sequence[str]) -> date:
    """The n-th day after another that is a working day in each country; with 0 that day itself."""
    calendars = [calendar_of(country) for country in countries]
    day = first
    while days > 0:
        day += timedelta(days=1)
        days -= all(calendar.is_working_day(day) for calendar in calendars)
    return day
