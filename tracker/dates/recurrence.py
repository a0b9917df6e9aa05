"""Recurrences: reads an RRULE of RFC 5545, and works out when its periods begin.

The rule is expanded by dateutil on the wall clock of a zone, and only then turned into instants.
Nothing is looked for beyond `HORIZON_YEARS` after the start: a rule may have no end.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct

from tracker.dates.durations import NOTHING, Duration
from tracker.dates.zones import midnight
from tracker.errors import InvalidDate

HORIZON_YEARS = 100
"""How long after its start the periods of a rule are worked out."""
MOST_PERIODS = 40_000
"""More than the days of that time: what COUNT and INTERVAL can be."""
SOME = 32
"""So many periods are worked out at a time."""
GREGORIAN_CYCLE = 400
"""Years after which dates fall on the same days of the week again."""
FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
SUB_DAILY = ("HOURLY", "MINUTELY", "SECONDLY")
WEEKDAYS = "MO|TU|WE|TH|FR|SA|SU"
WRITTEN = {
    "daily": "FREQ=DAILY", "weekly": "FREQ=WEEKLY", "monthly": "FREQ=MONTHLY",
    "quarterly": "FREQ=MONTHLY;INTERVAL=3", "yearly": "FREQ=YEARLY", "annually": "FREQ=YEARLY",
}  # fmt: skip
"""Rules as people write them, beside `every month` and `every 6 months`."""
EVERY = re.compile(r"every (?:(\d{1,5}) )?(day|week|month|year)s?", re.ASCII)
UNITS = {"day": "DAILY", "week": "WEEKLY", "month": "MONTHLY", "year": "YEARLY"}
EXAMPLE = "terms.recurrence='FREQ=MONTHLY;INTERVAL=6;BYMONTHDAY=1'"


class Recurrence(Struct, frozen=True):
    """A rule without its limits, and the limits: how many periods, or until when they begin."""

    rule: str
    count: int | None = None
    until: str | None = None

    def limit(self, zone: str) -> datetime | None:
        """The first instant at which UNTIL lets no period begin."""
        if self.until is None:
            return None
        if "T" not in self.until:
            return midnight(date.fromisoformat(self.until) + timedelta(days=1), zone)
        at = datetime.fromisoformat(self.until)
        at = at if at.tzinfo else at.replace(tzinfo=ZoneInfo(zone))
        return at.astimezone(UTC) + timedelta(seconds=1)


def typed_recurrence(text: str) -> str:
    """`monthly`, or `every 6 months`, as an RRULE; any other text as it is."""
    words = " ".join(text.lower().split())
    every = EVERY.fullmatch(words)
    if every is None:
        return WRITTEN.get(words, text)
    interval = f";INTERVAL={every[1]}" if every[1] else ""
    return f"FREQ={UNITS[every[2]]}{interval}"


@lru_cache(maxsize=1024)
def parse_recurrence(text: str) -> Recurrence:
    """Reads an RRULE; raises InvalidDate naming the part that is unknown, wrong or out of place."""
    parts = _parts(text)
    _check_frequency(parts, text)
    for name, values in parts.items():
        is_valid, words, is_list = FORMS[name]
        for value in values.split(",") if is_list else [values]:
            if not is_valid(value):
                raise _refused(text, f"{name}: expected {words}; found {value or 'nothing'!r}")
    _check_places(parts, text)
    if "COUNT" in parts and "UNTIL" in parts:
        raise _refused(text, "COUNT and UNTIL both end it", "leave one of them out")
    rule = ";".join(f"{n}={v}" for n, v in parts.items() if n not in ("COUNT", "UNTIL"))
    count = int(parts["COUNT"]) if "COUNT" in parts else None
    return Recurrence(rule, count, parts.get("UNTIL"))


def _refused(
    text: str, why: str, hint: str = f"for example {EXAMPLE}, or terms.recurrence=FREQ=DAILY"
) -> InvalidDate:
    return InvalidDate(f"not a recurrence (RRULE of RFC 5545): {text!r}: {why}", hint=hint)


def _parts(text: str) -> dict[str, str]:
    if "=" not in text and text.upper() not in FREQUENCIES:
        raise _refused(text, "it has no parts")
    parts: dict[str, str] = {}
    for part in text.upper().split(";"):
        name, _, value = part.partition("=")
        if name not in FORMS:
            known = ", ".join(FORMS)
            if text.upper() in FREQUENCIES:
                raise _refused(text, "it has no parts", f"FREQ={text.upper()}")
            raise _refused(text, f"unknown part {name!r}", f"the parts are {known}")
        if name in parts:
            raise _refused(text, f"{name} is given twice", f"give {name} once")
        parts[name] = value
    return parts


def _check_frequency(parts: dict[str, str], text: str) -> None:
    frequency = parts.get("FREQ")
    if frequency in SUB_DAILY:
        raise _refused(
            text,
            f"FREQ={frequency} has several periods a day, and a period is named by its day",
            "count by the day: FREQ=DAILY with terms.quantity for what is due in one",
        )
    if frequency not in FREQUENCIES:
        given = f"found FREQ={frequency}" if frequency else "found none"
        raise _refused(text, f"expected FREQ of {', '.join(FREQUENCIES)}; {given}")


def _number(low: int, high: int, *, signed: bool = False) -> Callable[[str], bool]:
    form = re.compile(r"[+-]?\d{1,5}\Z" if signed else r"\d{1,5}\Z", re.ASCII)
    return lambda value: bool(form.match(value)) and low <= abs(int(value)) <= high


def _is_until(value: str) -> bool:
    if not re.match(r"[1-8]\d{7}(T\d{6}Z?)?\Z", value, re.ASCII):
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


Form = tuple[Callable[[str], Any], str, bool]
FORMS: dict[str, Form] = {
    "FREQ": (str.isalpha, "a frequency", False),
    "INTERVAL": (_number(1, MOST_PERIODS), f"1 to {MOST_PERIODS}", False),
    "COUNT": (_number(1, MOST_PERIODS), f"1 to {MOST_PERIODS}", False),
    "UNTIL": (_is_until, "a day (20250301) or an instant (20250301T220000Z)", False),
    "WKST": (re.compile(rf"({WEEKDAYS})\Z").match, "MO to SU", False),
    "BYMONTH": (_number(1, 12), "1 to 12", True),
    "BYWEEKNO": (_number(1, 53, signed=True), "1 to 53 or -1 to -53", True),
    "BYYEARDAY": (_number(1, 366, signed=True), "1 to 366 or -1 to -366", True),
    "BYMONTHDAY": (_number(1, 31, signed=True), "1 to 31 or -1 to -31", True),
    "BYDAY": (re.compile(rf"([+-]?[1-9]\d?)?({WEEKDAYS})\Z").match, "MO, 1MO or -1FR", True),
    "BYSETPOS": (_number(1, 366, signed=True), "1 to 366 or -1 to -366", True),
    "BYHOUR": (_number(0, 23), "one hour, 0 to 23", False),
    "BYMINUTE": (_number(0, 59), "one minute, 0 to 59", False),
    "BYSECOND": (_number(0, 59), "one second, 0 to 59", False),
}
"""The check of each part, what it takes in words, and whether it takes a list.

Several hours of a day would be several periods in it, so the parts of the clock take one value.
"""


def _check_places(parts: dict[str, str], text: str) -> None:
    """Refuses parts that RFC 5545 does not let stand together (3.3.10)."""
    frequency = parts["FREQ"]
    is_ordinal = any(character.isdigit() for character in parts.get("BYDAY", ""))
    others = [name for name in parts if name.startswith("BY") and name != "BYSETPOS"]
    rules = (
        ("BYWEEKNO" in parts and frequency != "YEARLY", "BYWEEKNO goes with FREQ=YEARLY only"),
        ("BYYEARDAY" in parts and frequency != "YEARLY", "BYYEARDAY goes with FREQ=YEARLY only"),
        ("BYMONTHDAY" in parts and frequency == "WEEKLY", "BYMONTHDAY does not go with WEEKLY"),
        (is_ordinal and frequency in FREQUENCIES[:2], "a numbered BYDAY needs MONTHLY or YEARLY"),
        (is_ordinal and "BYWEEKNO" in parts, "a numbered BYDAY does not go with BYWEEKNO"),
        ("BYSETPOS" in parts and not others, "BYSETPOS needs another BY part"),
    )  # fmt: skip
    for is_broken, words in rules:
        if is_broken:
            raise _refused(text, words)


def _expand(rule: str, start: datetime) -> Iterator[datetime]:
    from dateutil.rrule import rrulestr

    return iter(rrulestr(rule, dtstart=start))


@lru_cache(maxsize=1024)
def occurs(rule: str, start: datetime) -> bool:
    """Whether the rule gives a period within the horizon: one that begins, and the next to end it.

    dateutil looks on to the year 9999. So the start is moved near to it by whole cycles of the
    calendar, which gives the same dates and an end after at most 450 years.
    """
    cycles = (9999 - HORIZON_YEARS - start.year) // GREGORIAN_CYCLE
    shifted = start.replace(year=start.year + cycles * GREGORIAN_CYCLE)
    first_two = list(islice(_expand(rule, shifted), 2))
    return len(first_two) == 2 and first_two[1].year <= shifted.year + HORIZON_YEARS


def next_begin(rule: str, day: date) -> date | None:
    """The day on which the period after that of a day begins; None where there is none.

    A rule says the same counted from any of its own begins.
    """
    begins = _expand(rule, datetime.combine(day, time.min))
    return next((local.date() for local in begins if local.date() > day), None)


class Begins:
    """When the periods of a rule begin, worked out as far as they are needed.

    `local` has them on the wall clock of the zone, `instants` in UTC, and `closings` when the grace
    of what was due at each is over, in days of the zone.
    """

    def __init__(self, rule: str, start: datetime, zone: str, grace: Duration = NOTHING) -> None:
        self.local: list[datetime] = []
        self.instants: list[datetime] = []
        self.closings: list[datetime] = []
        self._grace = timedelta(days=grace.days), timedelta(seconds=grace.seconds)
        self._zone = ZoneInfo(zone)
        self._last_year = start.year + HORIZON_YEARS
        self._coming = _expand(rule, start) if occurs(rule, start) else iter(())
        self._is_complete = False

    def has(self, number: int) -> bool:
        """Whether there is a period of this number, counted from 0, within the horizon."""
        while len(self.local) <= number and not self._is_complete:
            self._work_out()
        return number < len(self.local)

    def until(self, instant: datetime) -> int:
        """How many periods begin at or before an instant."""
        self._work_out_to(instant)
        return bisect_right(self.instants, instant)

    def before(self, instant: datetime) -> int:
        """How many periods begin before an instant."""
        self._work_out_to(instant)
        return bisect_left(self.instants, instant)

    def until_local(self, local: datetime) -> int:
        """How many periods begin at or before a time on the wall clock."""
        while not self._is_complete and (not self.local or self.local[-1] <= local):
            self._work_out()
        return bisect_right(self.local, local)

    def closed(self, instant: datetime) -> int:
        """How many of the begins have a grace that is over at an instant."""
        self._work_out_to(instant)
        return bisect_right(self.closings, instant)

    def instant(self, local: datetime) -> datetime:
        """A time on the wall clock as an instant."""
        return local.replace(tzinfo=self._zone).astimezone(UTC)

    def _work_out_to(self, instant: datetime) -> None:
        while not self._is_complete and (not self.instants or self.instants[-1] <= instant):
            self._work_out()

    def _work_out(self) -> None:
        coming = list(islice(self._coming, SOME))
        near = [local for local in coming if local.year <= self._last_year]
        self.local += near
        self.instants += [self.instant(local) for local in near]
        days, seconds = self._grace
        self.closings += [self.instant(local + days) + seconds for local in near]
        self._is_complete = len(near) < SOME


@lru_cache(maxsize=256)
def begins_of(rule: str, start: datetime, zone: str, grace: Duration = NOTHING) -> Begins:
    """The begins of a rule's periods; `start` is on the wall clock of the zone."""
    return Begins(rule, start, zone, grace)
