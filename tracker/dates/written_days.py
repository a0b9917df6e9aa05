"""The day or the month that words mean: in numbers, by the name of a month, or from today on.

Where they may mean several, each of them is given; nothing is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

from tracker.errors import InvalidDate

MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september",
          "october", "november", "december")  # fmt: skip
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
DAYS = {"yesterday": -1, "today": 0, "tomorrow": 1}
UNITS = {"d": "days", "w": "weeks", "m": "months", "y": "years"}
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_MONTH = r"(?P<month>[a-z]{3,9})\.?"
_YEAR = r"(?P<year>\d{4})"
NAMED_MONTH = tuple(
    re.compile(rf"(?<![\w/.-]){form}(?![\w/-])", re.ASCII | re.IGNORECASE)
    for form in (
        rf"{_DAY}(?: of)?[ -]{_MONTH}(?:,? |-){_YEAR}",
        rf"{_MONTH} {_DAY},? {_YEAR}",
        rf"{_YEAR}[ -]{_MONTH}[ -]{_DAY}",
        rf"{_MONTH},? {_YEAR}",
        rf"{_DAY}(?: of)?[ -]{_MONTH}",
        rf"{_MONTH} {_DAY}",
    )
)
"""Dates with the month as a word, the longest first; a year or a day may be missing."""
YEAR_FIRST = re.compile(r"(?<![\w/.-])(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?![\w/-])", re.ASCII)
YEAR_LAST = re.compile(r"(?<![\w/.-])(\d{1,2})[/.](\d{1,2})[/.](\d{4}|\d{2})(?![\w/-])", re.ASCII)
RELATIVE = re.compile(
    r"(?<![\w/.+-])(?:(?P<day>yesterday|today|tomorrow)"
    r"|(?P<ago>\d{1,3}) (?P<unit>day|week|month|year)s? ago"
    r"|(?P<step>[+-]\d{1,4})(?P<letter>[dwmy]))(?!\w)",
    re.ASCII | re.IGNORECASE,
)
WEEKDAY = re.compile(r"\b(?:(last|next|this) )?([a-z]{3,9})\b\.?", re.ASCII | re.IGNORECASE)


def days_meant(words: str, today: date, text: str) -> tuple[list[str], str]:
    """The days, or the month, that words may mean, and what is left of them."""
    for read in (_numbers, _named_month, _relative):
        days, rest = read(words, today)
        if days is not None:
            return _on_weekday(days, rest, text)
    return _weekday(words, today)


Read = tuple[list[str] | None, str]


def _numbers(words: str, today: date) -> Read:
    """Days in numbers: the year first, or last, where day and month may stand either way."""
    if match := YEAR_FIRST.search(words):
        year, _, month, day = match.groups()
        return _valid([(year, month, day)]), without(match, words)
    if match := YEAR_LAST.search(words):
        one, other, year = match.groups()
        if len(year) == 4:
            return _valid([(year, other, one), (year, one, other)]), without(match, words)
        century = str(today.year)[:2]
        orders = [(century + year, other, one), (century + year, one, other)]
        return _valid([*orders, (century + one.zfill(2), other, year)]), without(match, words)
    return None, words


def _valid(dates: Iterable[tuple[object, object, object]]) -> list[str]:
    """The dates that the calendar has, each once."""
    days: dict[str, None] = {}
    for year, month, day in dates:
        try:
            days[date(int(str(year)), int(str(month)), int(str(day))).isoformat()] = None
        except ValueError:
            continue
    return list(days)


def _named_month(words: str, today: date) -> Read:
    """Days and months with the month as a word; without a year it may be one of three."""
    for form in NAMED_MONTH:
        match = form.search(words)
        month = _index(match["month"], MONTHS) if match else None
        if match is None or month is None:
            continue
        parts = match.groupdict()
        if "day" not in parts:
            return [f"{parts['year']}-{month + 1:02}"], without(match, words)
        years = [parts["year"]] if "year" in parts else range(today.year - 1, today.year + 2)
        days = _valid((year, month + 1, parts["day"]) for year in years)
        return days, without(match, words)
    return None, words


def _relative(words: str, today: date) -> Read:
    """Days counted from today: `yesterday`, `3 days ago`, `-2w`."""
    match = RELATIVE.search(words)
    if match is None:
        return None, words
    if match["day"]:
        unit, count = "days", DAYS[match["day"].lower()]
    elif match["ago"]:
        unit, count = f"{match['unit'].lower()}s", -int(match["ago"])
    else:
        unit, count = UNITS[match["letter"].lower()], int(match["step"])
    try:
        day = today + relativedelta(**{unit: count})  # type: ignore[arg-type]
        return [day.isoformat()], without(match, words)
    except (OverflowError, ValueError):
        return [], words


def _weekday(words: str, today: date) -> tuple[list[str], str]:
    """The days that a weekday may mean: `last Friday` is one, unless this week has had a Friday."""
    for match in WEEKDAY.finditer(words):
        which, number = match[1], _index(match[2], WEEKDAYS)
        if number is None:
            continue
        before = today - timedelta(days=(today.weekday() - number - 1) % 7 + 1)
        after = today + timedelta(days=(number - today.weekday() - 1) % 7 + 1)
        week = timedelta(days=7)
        days = [before, after]
        if which and which.lower() == "last":
            days = [before] if number >= today.weekday() else [before - week, before]
        elif which and which.lower() == "next":
            days = [after] if number <= today.weekday() else [after, after + week]
        elif number == today.weekday():
            days = [before, today, after]
        return [day.isoformat() for day in days], without(match, words)
    return [], words


def _on_weekday(days: list[str], rest: str, text: str) -> tuple[list[str], str]:
    """The days that fall on the weekday named beside them, if one is."""
    for match in WEEKDAY.finditer(rest):
        number = _index(match[2], WEEKDAYS)
        if number is None or match[1] or not days or len(days[0]) < len("2025-03-20"):
            continue
        fitting = [day for day in days if date.fromisoformat(day).weekday() == number]
        if not fitting:
            raise InvalidDate(
                f"{text!r} contradicts itself: {day_words(days[0])} is a "
                f"{WEEKDAYS[date.fromisoformat(days[0]).weekday()].title()}",
                hint=f"write which one: {days[0]}",
            )
        return fitting, without(match, rest)
    return days, rest


def _index(word: str, names: tuple[str, ...]) -> int | None:
    """The place of a month or weekday among the names, which may be cut to three letters."""
    return next((n for n, name in enumerate(names) if name.startswith(word.lower())), None)


def without(match: re.Match[str], words: str) -> str:
    """The words without a match, and without what parted it from them."""
    return f"{words[: match.start()]} {words[match.end() :]}".strip(" ,")


def day_words(day: str) -> str:
    """A day in words: `3 April 2025`."""
    when = date.fromisoformat(day)
    return f"{when.day} {when:%B %Y}"
