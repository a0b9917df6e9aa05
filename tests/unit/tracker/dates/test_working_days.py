"""Working days by the calendars of countries, and what is said where they cannot be counted."""

from __future__ import annotations

import sys
from datetime import date

import pytest

from tracker.dates.working_days import calendar_of, working_day_after
from tracker.errors import InvalidDate


@pytest.mark.parametrize(
    ("first", "days", "countries", "expected"),
    [
        (date(2025, 4, 10), 0, ("NOR",), date(2025, 4, 10)),
        (date(2025, 4, 10), 1, ("NOR",), date(2025, 4, 11)),
        (date(2025, 4, 11), 1, ("NOR",), date(2025, 4, 14)),
        (date(2025, 4, 16), 1, ("NOR",), date(2025, 4, 22)),
        (date(2025, 4, 16), 1, ("NOR", "ISL"), date(2025, 4, 22)),
        (date(2025, 4, 23), 1, ("ISL",), date(2025, 4, 25)),
        (date(2025, 4, 10), 1, ("ISR",), date(2025, 4, 14)),
    ],
    ids=["none", "next day", "weekend", "Easter", "both", "first day of summer", "Sunday is a day"],
)
def test_a_day_counts_that_is_a_working_day_in_every_country(
    first: date, days: int, countries: tuple[str, ...], expected: date
) -> None:
    """Weekends and holidays of any of them do not count; a weekend is where the country has it."""
    assert working_day_after(first, days, countries) == expected


def test_an_unknown_country_is_refused_with_an_example() -> None:
    """No calendar is guessed."""
    with pytest.raises(InvalidDate, match="no calendar of working days for 'XXX'") as refused:
        calendar_of("XXX")
    assert refused.value.hint == "an ISO 3166-1 code: terms.calendar=NOR,ISL"


def test_without_the_library_the_command_that_installs_it_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is an extra."""
    calendar_of.cache_clear()
    monkeypatch.setitem(sys.modules, "holidays", None)

    with pytest.raises(InvalidDate, match="not installed") as refused:
        calendar_of("NOR")
    assert refused.value.hint == "pip install 'pactwatch[calendars]'"
