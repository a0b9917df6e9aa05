"""Lays out a month as a grid of days with how much ends on each. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from msgspec import Struct

STEPS = (1, 2, 4, 8)
"""From how many ends on a day is drawn stronger."""


class Day(Struct, frozen=True):
    """A day with how much ends on it, and how much of that on another day as well."""

    date: date
    ends: int
    several: int
    is_today: bool

    @property
    def strength(self) -> int:
        return sum(self.ends >= step for step in STEPS)

    @property
    def words(self) -> str:
        """What is read after the number: `ends, 1 with another day too`."""
        several = f", {self.several:,} with another day too" if self.several else ""
        return f"end{'' if self.ends == 1 else 's'}{several}"


class Month(Struct, frozen=True):
    """A month by weeks from Monday on; None stands for the days of its neighbours."""

    id: str
    title: str
    weeks: tuple[tuple[Day | None, ...], ...]


def month_id(day: date) -> str:
    return f"{day.year:04}-{day.month:02}"


def next_month(day: date) -> date:
    """The first day of the month after that of a day; the day itself where there is none."""
    first = day.replace(day=1)
    return (
        first
        if (day.year, day.month) == (9999, 12)
        else (first + timedelta(days=32)).replace(day=1)
    )


def month_grid(first: date, ends: Mapping[date, tuple[int, int]], today: date) -> Month:
    """The month of a first day; `ends` counts for each day all ends, and those with another day."""
    following = next_month(first)
    length = (following - first).days if following != first else 31
    days: list[Day | None] = [None] * first.weekday()
    for n in range(length):
        day = first + timedelta(days=n)
        days.append(Day(day, *ends.get(day, (0, 0)), day == today))
    days += [None] * (-len(days) % 7)
    weeks = tuple(tuple(days[n : n + 7]) for n in range(0, len(days), 7))
    return Month(month_id(first), f"{first:%B} {first.year}", weeks)
