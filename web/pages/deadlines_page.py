"""What ends when: a grid of days with how much ends on each, and the ends as a list."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from itertools import groupby
from operator import itemgetter
from typing import TypeVar

from msgspec import Struct

from events.wording import plural
from tracker.dates.zones import last_day
from web.drawing.month import Month, month_grid, month_id, next_month
from web.errors import NotFound, quoted
from web.model.ends import (
    GROUPS,
    LATER,
    EndWords,
    days_in_words,
    group_of_days,
    moved,
    words_of,
)
from web.model.filters import filter_facts
from web.model.open_ends import End
from web.model.query import ROWS_A_PAGE, pages_of, rows_of_page
from web.model.reader import Reader
from web.model.rows.every_end import Listed
from web.pages.render import Page

MONTH = re.compile(r"(?!0000)\d{4}-(0[1-9]|1[0-2])", re.ASCII)
FIELDS = ("q", "party", "kind", "state")
T = TypeVar("T")
PASSED = "Passed, and not closed"
ALL_LATER = timedelta(days=21)
"""What comes so long after now is later than next week, whatever the zones."""


class Row(Struct, frozen=True):
    """An end in a list, with what is said of it."""

    end: End
    words: EndWords


class Part(Struct):
    """A heading with so many rows; `day` is the day they end on, where they are listed by day."""

    heading: str
    total: int
    rows: list[Row]
    day: date | None = None

    @property
    def id(self) -> str:
        return (
            f"d-{self.day}"
            if self.day
            else self.heading.partition(",")[0].lower().replace(" ", "-")
        )


class Calendar:
    """The ends that a query chooses, counted by day."""

    def __init__(self, reader: Reader) -> None:
        self.now, self.zone = reader.query.as_of, reader.site.tz
        self.today = last_day(self.now, self.zone)
        self.ends = reader.every_end()
        self.tally = self.ends.tally()
        self.by_day: dict[date, tuple[int, int]] = {}
        for (days, _), count in self.tally.items():
            for day in days:
                ends, several = self.by_day.get(day, (0, 0))
                self.by_day[day] = ends + count, several + (count if len(days) > 1 else 0)
        self.months = {day.replace(day=1) for day in self.by_day}

    def count(self, *, is_coming: bool) -> int:
        """How many ends are still to come, or have passed."""
        return sum(n for (_, coming), n in self.tally.items() if coming is is_coming)

    def grid(self, first: date) -> Month:
        """The days of the month that begins on a first day."""
        return month_grid(first, self.by_day, self.today)

    def in_month(self, first: date) -> list[date]:
        """The days of a month on which anything ends."""
        return sorted(day for day in self.by_day if day.replace(day=1) == first)

    def pages(self, months: Iterable[date]) -> dict[date, int]:
        """The page of its month on which each day begins."""
        pages: dict[date, int] = {}
        for first in months:
            place = 0
            for day in self.in_month(first):
                pages[day] = place // ROWS_A_PAGE + 1
                place += self.by_day[day][0]
        return pages

    def around(self, first: date) -> tuple[str | None, str | None]:
        """The nearest months before and after one in which something ends."""
        before = max((month for month in self.months if month < first), default=None)
        after = min((month for month in self.months if month > first), default=None)
        return month_id(before) if before else None, month_id(after) if after else None

    def rows(self, placed: Sequence[tuple[T, Listed]]) -> Iterator[tuple[T, list[Row]]]:
        """What is said of some ends, whose readings are read, by what each is listed under."""
        ends = self.ends.whole([end for _, end in placed])
        rows = [
            (heading, Row(end, words_of(end.readings, end.promise.state, self.now, self.zone)))
            for (heading, _), end in zip(placed, ends, strict=True)
        ]
        for heading, each in groupby(rows, key=itemgetter(0)):
            yield heading, [row for _, row in each]

    def facts(self, reader: Reader, months: list[date], parts: Sequence[Part]) -> dict[str, object]:
        """What both pages show: grids of months, the way to others, and the form."""
        before, after = self.around(months[0])[0], self.around(months[-1])[1]
        agreements = {row.end.promise.agreement for part in parts for row in part.rows}
        return {
            "parts": parts,
            "months": [self.grid(first) for first in months],
            "before": before,
            "after": after,
            "page_of_day": self.pages(months),
            "titles": reader.titles(agreements),
            **filter_facts(reader.every_party, reader.name, FIELDS),
        }


def deadlines_page(reader: Reader, _: str) -> Page:
    """Two months of days, then every end: in dispute now, to come soonest first, and passed."""
    calendar = Calendar(reader)
    coming, passed = (calendar.count(is_coming=each) for each in (True, False))
    pages = pages_of(coming + passed)
    page = rows_of_page(reader.query, pages)
    months = [calendar.today.replace(day=1), next_month(calendar.today)]
    facts = {
        "headline": "Deadlines",
        "sentence": _sentence(calendar, coming, passed),
        "count": coming + passed,
        "pages": pages,
        "month": None,
        **calendar.facts(reader, months, _parts(calendar, page, coming, passed)),
    }
    return Page("deadlines.html.j2", facts, pages)


def _parts(calendar: Calendar, page: slice, coming: int, passed: int) -> list[Part]:
    """The headings of a page of the list, each with how many it has in all."""
    ends, until = calendar.ends, moved(calendar.now, ALL_LATER)
    before = [
        (group_of_days(end.days, calendar.now, calendar.zone), end)
        for end in ends.coming_before(until)
    ]
    before.sort(key=lambda group: GROUPS.index(group[0]))
    totals = Counter(heading for heading, _ in before)
    totals[LATER] += coming - len(before)
    totals[PASSED] = passed
    groups = before[page]
    groups += [(LATER, end) for end in ends.coming_from(until, _within(page, len(before), coming))]
    groups += [(PASSED, end) for end in ends.passed(_within(page, coming, coming + passed))]
    return [Part(heading, totals[heading], rows) for heading, rows in calendar.rows(groups)]


def _within(page: slice, start: int, stop: int) -> slice:
    """The part of a list from a place on, up to another, that a page of the whole has."""
    return slice(max(page.start, start) - start, max(min(page.stop, stop), start) - start)


def month_page(reader: Reader, name: str) -> Page:
    """What ends in one month, day by day; an end with two readings stands on each of its days."""
    if not MONTH.fullmatch(name):
        raise NotFound(f"{quoted(name, 40)} is no month.", hint="A month is written like 2026-11.")
    first, calendar = date.fromisoformat(f"{name}-01"), Calendar(reader)
    pages = pages_of(sum(calendar.by_day[day][0] for day in calendar.in_month(first)))
    page = rows_of_page(reader.query, pages)
    grid = calendar.grid(first)
    ends = [
        (days, number)
        for (days, _), number in calendar.tally.items()
        if any(day.replace(day=1) == first for day in days)
    ]
    count = sum(number for _, number in ends)
    several = sum(number for days, number in ends if len(days) > 1)
    words = (
        f"{plural(count, 'open end')} in {grid.title}" if count else f"Nothing ends in {grid.title}"
    )
    facts = {
        "headline": f"Deadlines in {grid.title}",
        "sentence": f"{words}{f', {several:,} with more than one day' if several else ''}.",
        "count": count,
        "pages": pages,
        "month": grid,
        **calendar.facts(reader, [first], _days(calendar, first, page)),
    }
    return Page("deadlines.html.j2", facts, pages)


def _days(calendar: Calendar, first: date, page: slice) -> list[Part]:
    """The days of a page of a month, each with the ends of it that the page has."""
    place, parts = 0, dict[date, slice]()
    for day in calendar.in_month(first):
        total = calendar.by_day[day][0]
        part = _within(page, place, place + total)
        if part.start < part.stop:
            parts[day] = part
        place += total
    ends = calendar.ends.between(min(parts), max(parts)) if parts else []
    placed = [
        (day, end)
        for day, part in parts.items()
        for end in [end for end in ends if day in end.days][part]
    ]
    return [
        Part(_long(day), calendar.by_day[day][0], rows, day) for day, rows in calendar.rows(placed)
    ]


def _long(day: date) -> str:
    return f"{day:%A} {day.day} {day:%B}"


def _sentence(calendar: Calendar, coming: int, passed: int) -> str:
    """How much is to come, when the next ends are, and how much has passed without a word."""
    late = f"{passed:,} passed and {'is' if passed == 1 else 'are'} not closed."
    if not coming:
        return f"Nothing is still to come; {late}" if passed else "No open promise states an end."
    today = calendar.today
    days = (day for (days, is_coming) in calendar.tally for day in days if is_coming)
    next_ones = days_in_words([min((d for d in days if d >= today), default=today)], today)
    ends = f"{plural(coming, 'end')} still to come, the next on {next_ones}."
    return f"{ends} {late}" if passed else ends
