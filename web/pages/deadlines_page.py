"""What ends when: a grid of days with how much ends on each, and the ends as a list."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import groupby
from zoneinfo import ZoneInfo

from msgspec import Struct

from events import parse_instant
from events.wording import plural
from web.drawing.month import Month, month_grid, month_id, next_month
from web.errors import NotFound, quoted
from web.model.ends import GROUPS, EndWords, days_in_words, group_of_days, words_of
from web.model.filters import filter_facts
from web.model.open_ends import End, ends_of
from web.model.query import ROWS_A_PAGE, pages_of, rows_of_page
from web.model.reader import Reader
from web.pages.render import Page

MONTH = re.compile(r"(?!0000)\d{4}-(0[1-9]|1[0-2])", re.ASCII)
FIELDS = ("q", "party", "kind", "state")
PASSED = "Passed, and not closed"


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
    """The ends that a query chooses, by day."""

    def __init__(self, reader: Reader) -> None:
        self.now, self.zone = reader.query.as_of, reader.site.tz
        self.today = self.now.astimezone(ZoneInfo(self.zone)).date()
        promises = {c.id: c for heading in reader.chosen() for c in heading.holdings}
        readings, _ = reader.deadlines()
        self.ends = ends_of(readings, promises, self.zone)
        self.by_day: dict[date, list[End]] = {}
        for end in self.ends:
            for day in end.days:
                self.by_day.setdefault(day, []).append(end)
        self.months = Counter(day.replace(day=1) for end in self.ends for day in end.days)

    def grid(self, first: date) -> Month:
        """The days of the month that begins on a first day."""
        ends = {
            day: (len(ends), sum(end.has_several_days for end in ends))
            for day, ends in self.by_day.items()
            if day.replace(day=1) == first
        }
        return month_grid(first, ends, self.today)

    def in_month(self, first: date) -> list[tuple[date, End]]:
        """Each end of a month under each of its days."""
        days = sorted(day for day in self.by_day if day.replace(day=1) == first)
        return [(day, end) for day in days for end in self.by_day[day]]

    def pages(self, months: Iterable[date]) -> dict[date, int]:
        """The page of its month on which each day begins."""
        pages: dict[date, int] = {}
        for first in months:
            for place, (day, _) in enumerate(self.in_month(first)):
                pages.setdefault(day, place // ROWS_A_PAGE + 1)
        return pages

    def around(self, first: date) -> tuple[str | None, str | None]:
        """The nearest months before and after one in which something ends."""
        before = max((month for month in self.months if month < first), default=None)
        after = min((month for month in self.months if month > first), default=None)
        return month_id(before) if before else None, month_id(after) if after else None

    def row(self, end: End) -> Row:
        return Row(end, words_of(end.readings, end.promise.state, self.now, self.zone))

    def facts(self, reader: Reader, months: list[date]) -> dict[str, object]:
        """What both pages show: grids of months, the way to others, and the form."""
        before, after = self.around(months[0])[0], self.around(months[-1])[1]
        return {
            "months": [self.grid(first) for first in months],
            "before": before,
            "after": after,
            "page_of_day": self.pages(months),
            "titles": {heading.id: heading.title for heading in reader.headings},
            **filter_facts(reader.headings, reader.name, FIELDS),
        }


def deadlines_page(reader: Reader, _: str) -> Page:
    """Two months of days, then every end: in dispute now, to come soonest first, and passed."""
    calendar, now = Calendar(reader), reader.query.as_of
    coming = [end for end in calendar.ends if parse_instant(end.last) > now]
    passed = [end for end in calendar.ends if parse_instant(end.last) <= now][::-1]
    pages = pages_of(len(coming) + len(passed))
    page = rows_of_page(reader.query, pages)
    clock = (calendar.now, calendar.zone)
    groups = [(group_of_days(end.days, *clock), end) for end in coming]
    groups.sort(key=lambda group: GROUPS.index(group[0]))
    groups += [(PASSED, end) for end in passed]
    months = [calendar.today.replace(day=1), next_month(calendar.today)]
    facts = {
        "headline": "Deadlines",
        "sentence": _sentence(coming, len(passed), calendar.today),
        "parts": list(_parts(groups, page, calendar)),
        "count": len(calendar.ends),
        "pages": pages,
        "month": None,
        **calendar.facts(reader, months),
    }
    return Page("deadlines.html.j2", facts, pages)


def _parts(groups: list[tuple[str, End]], page: slice, calendar: Calendar) -> Iterator[Part]:
    """The headings of a page of the list, each with how many it has in all."""
    totals = Counter(heading for heading, _ in groups)
    for heading, each in groupby(groups[page], key=lambda group: group[0]):
        yield Part(heading, totals[heading], [calendar.row(end) for _, end in each])


def month_page(reader: Reader, name: str) -> Page:
    """What ends in one month, day by day; an end with two readings stands on each of its days."""
    if not MONTH.fullmatch(name):
        raise NotFound(f"{quoted(name, 40)} is no month.", hint="A month is written like 2026-11.")
    first, calendar = date.fromisoformat(f"{name}-01"), Calendar(reader)
    ends = calendar.in_month(first)
    pages = pages_of(len(ends))
    page = rows_of_page(reader.query, pages)
    of_page = groupby(ends[page], key=lambda each: each[0])
    parts = [
        Part(_long(day), len(calendar.by_day[day]), [calendar.row(end) for _, end in each], day)
        for day, each in of_page
    ]
    grid = calendar.grid(first)
    count = len({id(end) for _, end in ends})
    several = len({id(end) for _, end in ends if end.has_several_days})
    words = (
        f"{plural(count, 'open end')} in {grid.title}" if count else f"Nothing ends in {grid.title}"
    )
    facts = {
        "headline": f"Deadlines in {grid.title}",
        "sentence": f"{words}{f', {several:,} with more than one day' if several else ''}.",
        "parts": parts,
        "count": count,
        "pages": pages,
        "month": grid,
        **calendar.facts(reader, [first]),
    }
    return Page("deadlines.html.j2", facts, pages)


def _long(day: date) -> str:
    return f"{day:%A} {day.day} {day:%B}"


def _sentence(coming: list[End], passed: int, today: date) -> str:
    """How much is to come, when the next ends are, and how much has passed without a word."""
    late = f"{passed:,} passed and {'is' if passed == 1 else 'are'} not closed."
    if not coming:
        return f"Nothing is still to come; {late}" if passed else "No open promise states an end."
    day = min((day for end in coming for day in end.days if day >= today), default=today)
    next_ones = f"the next on {days_in_words([day], today)}"
    ends = f"{plural(len(coming), 'end')} still to come, {next_ones}."
    return f"{ends} {late}" if passed else ends
