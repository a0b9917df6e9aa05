"""A month as a grid: its days, what ends on each, and the weeks around them."""

from __future__ import annotations

from datetime import date

import pytest

from web.drawing.month import month_grid, next_month

TODAY = date(2026, 11, 28)


def test_weeks_begin_on_monday_and_are_whole() -> None:
    """November 2026 begins on a Sunday and ends on a Monday."""
    month = month_grid(date(2026, 11, 1), {}, TODAY)
    days = [day.date.day for week in month.weeks for day in week if day]

    assert ("2026-11", "November 2026", [*range(1, 31)]) == (month.id, month.title, days)
    assert [7] * 6 == [len(week) for week in month.weeks]
    assert [28] == [day.date.day for week in month.weeks for day in week if day and day.is_today]


@pytest.mark.parametrize(
    ("ends", "strength", "words"),
    [((0, 0), 0, "ends"), ((1, 0), 1, "end"), ((3, 1), 2, "ends, 1 with another day too"),
     ((1200, 0), 4, "ends")],
)  # fmt: skip
def test_a_day_says_how_much_ends(ends: tuple[int, int], strength: int, words: str) -> None:
    """In words for who does not see the colour, which grows in steps."""
    month = month_grid(date(2026, 12, 1), {date(2026, 12, 4): ends}, TODAY)
    (day,) = [day for week in month.weeks for day in week if day and day.date.day == 4]

    assert (strength, words) == (day.strength, day.words)


@pytest.mark.parametrize(
    ("day", "following"),
    [(date(2024, 2, 29), date(2024, 3, 1)), (date(2026, 12, 31), date(2027, 1, 1)),
     (date(9999, 12, 5), date(9999, 12, 1))],
)  # fmt: skip
def test_the_last_month_of_all_has_none_after_it(day: date, following: date) -> None:
    """So it stands for itself, and its grid is whole."""
    assert following == next_month(day)


def test_the_last_month_of_all_is_whole() -> None:
    """Its days are counted without the month after it."""
    weeks = month_grid(date(9999, 12, 1), {}, TODAY).weeks

    assert 31 == sum(day is not None for week in weeks for day in week)
