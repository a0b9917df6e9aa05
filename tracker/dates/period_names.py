"""Names a period as people do: July, the week of 6 July, 15 July to 14 August. Pure.

One naming for mail, board, feeds and the command line; a language writes its days and months.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache
from typing import Protocol

from msgspec import Struct

from tracker.dates.recurrence import next_begin

DAY = timedelta(days=1)
WEEK = 7


class Calendar(Protocol):
    """A language that writes days and months, and has sentences for the names of periods."""

    def text(self, message: str, **values: object) -> str: ...
    def day(self, day: date, now: date) -> str: ...
    def day_and_month(self, day: date, *, with_year: bool) -> str: ...
    def month(self, day: date, *, with_year: bool) -> str: ...
    def day_of_month(self, day: date) -> str: ...


class English:
    """English without a catalogue, as the command line and the board write it."""

    def text(self, message: str, **values: object) -> str:
        return message.format(**values)

    def day(self, day: date, now: date) -> str:
        return self.day_and_month(day, with_year=day.year != now.year)

    def day_and_month(self, day: date, *, with_year: bool) -> str:
        return f"{day.day} {self.month(day, with_year=with_year)}"

    def month(self, day: date, *, with_year: bool) -> str:
        return f"{day:%B} {day.year}" if with_year else f"{day:%B}"

    def day_of_month(self, day: date) -> str:
        return str(day.day)


ENGLISH = English()
EVERY_YEAR = date.min
"""A present of no year on record, for faces that write every date with its year."""


class Span(Struct, frozen=True):
    """The first and the last day of a period."""

    first: date
    last: date

    @property
    def months(self) -> int:
        """How many whole months of the calendar it covers; 0 where it cuts one."""
        following = self.last + DAY
        if self.first.day != 1 or following.day != 1:
            return 0
        return (following.year - self.first.year) * 12 + following.month - self.first.month

    def until(self, last: date) -> Span:
        """As much of it as is over at the end of a day, which is one of its own at least."""
        return self if last >= self.last else Span(self.first, max(last, self.first))


@lru_cache(maxsize=4096)
def span_of(rule: str, day: date) -> Span:
    """The period that begins on a day, by the rule of its promise."""
    following = next_begin(rule, day)
    return Span(day, following - DAY if following else day)


def span_words(span: Span, now: date = EVERY_YEAR, language: Calendar = ENGLISH) -> str:
    """Names a period; with its year where that is not the present one."""
    first, last, months = span.first, span.last, span.months
    if first == last:
        return language.day(first, now)
    if months == 1:
        return language.month(first, with_year=first.year != now.year)
    if months in (3, 6, 12) and (name := _part_of_year(span, language)):
        return name
    if (last - first).days + 1 == WEEK:
        week = language.day_and_month(first, with_year=first.year != now.year)
        return language.text("the week of {day}", day=week)
    return _from_to(span, now, language)


def _part_of_year(span: Span, language: Calendar) -> str:
    """A quarter, a half or the whole of a year of the calendar; empty where it is none."""
    month, year = span.first.month, span.first.year
    if span.months == 12:
        return str(year) if month == 1 else ""
    if span.months == 6:
        halves = {
            1: language.text("the first half of {year}", year=year),
            7: language.text("the second half of {year}", year=year),
        }
        return halves.get(month, "")
    quarters = {
        1: language.text("the first quarter of {year}", year=year),
        4: language.text("the second quarter of {year}", year=year),
        7: language.text("the third quarter of {year}", year=year),
        10: language.text("the fourth quarter of {year}", year=year),
    }
    return quarters.get(month, "")


def _from_to(span: Span, now: date, language: Calendar) -> str:
    """`July to August`, `6 to 19 July`: what both sides share is written once."""
    first, last = span.first, span.last
    one_year = first.year == last.year
    with_year = not one_year or last.year != now.year
    first_with_year = with_year and not one_year
    if span.months:
        return language.text(
            "{month} to {last_month}",
            month=language.month(first, with_year=first_with_year),
            last_month=language.month(last, with_year=with_year),
        )
    begin = (
        language.day_of_month(first)
        if one_year and first.month == last.month
        else language.day_and_month(first, with_year=first_with_year)
    )
    return language.text(
        "{day} to {last_day}", day=begin, last_day=language.day_and_month(last, with_year=with_year)
    )
