"""Dates as people write them: `20 March 2025`, `last Friday`, `2025-03-20 18:00 Kyiv`.

What may mean several is refused with each of them spelled out. Event files have EDTF alone.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

from events import format_instant
from events.wording import did_you_mean
from tracker.dates.edtf import DATE, parse_edtf
from tracker.dates.places import cities, offset_named, zones_of_place
from tracker.dates.written_days import day_words, days_meant, without
from tracker.dates.zones import instant_in_zone, instant_with_zone, parse_zone
from tracker.errors import AmbiguousDate, InvalidDate

FORMS = (
    "2025-03-20, 2025-03, 20 March 2025, yesterday, last Friday, +14d, '2025-03-20 18:00 Kyiv', "
    "2025-03-20T18:00+02:00, 2025-03-08/2025-03-11, 2025-03-11/.."
)
DAY_NUMBER = re.compile(r"[345][0-9]{4}")
BEFORE_DAY_1 = date(1899, 12, 30)
"""Spreadsheets count days from 1900 on: 45736 is 20 March 2025."""
CLOCK = re.compile(
    r"(?:\bat )?\b(\d{1,2})(?::(\d{2})(?::(\d{2}))?| ?(?=[ap]m\b))(?: ?([ap])m\b)?",
    re.ASCII | re.IGNORECASE,
)
LENGTH = re.compile(r"\b(\d+) (hour|day|week|month|year)s?\b", re.ASCII | re.IGNORECASE)
"""A time from now, or from something else, as people say it."""
BOUNDS = re.compile(r"(?:from )?(.+) (?:to|until|-|–) (.+)", re.IGNORECASE)
SIDES = re.compile(r"([^/]*)/(\.\.|\d[^/]*|)", re.ASCII)
FILLERS = re.compile(r"\b(?:in|at|on|time)\b|[(),[\]]", re.IGNORECASE)
DAYS_OF_MONTH = re.compile(r"(\d{1,2}) ?[-–] ?(\d{1,2}) ([a-z]{3,9}\.? \d{4})", re.IGNORECASE)


PASTED = str.maketrans(
    {
        **dict.fromkeys("\u00a0\u2007\u2009\u202f", " "),
        **dict.fromkeys("\u2010\u2011", "-"),
        **dict.fromkeys("\u00ad\u200b\u200e\u200f\ufeff"),
    }
)
"""What pages and documents have in place of a space or a hyphen, or where nothing is seen."""
QUOTES = "\"'\u201c\u201d\u201e\u2018\u2019"


def plain_spaces(text: str) -> str:
    """Text as it would be typed: without the spaces, hyphens and marks that a page has in it."""
    return text.translate(PASTED).strip()


def read_written(text: str, now: datetime, zone: str, place: str = "") -> str:
    """The EDTF date or the instant that a text means; raises AmbiguousDate where it is several.

    Days count in `zone`; a clock time that names no place is that of `place`, if one is given.
    """
    words = re.sub(" +", " ", plain_spaces(text).strip(QUOTES)).strip(" ")
    try:
        return parse_edtf(words).text
    except InvalidDate:
        if DATE.match(words):
            raise
    if not words.isprintable():
        raise _refused(text)
    if (instant := instant_with_zone(words)) is not None:
        return parse_edtf(instant.replace("+00:00", "Z")).text
    if words.casefold() == "now":
        return format_instant(now)
    sides = _sides(words)
    if sides is None:
        return _moment(words, text, now, zone, place)
    read = (side if side in ("..", "") else read_written(side, now, zone) for side in sides)
    return parse_edtf("/".join(read)).text


def _moment(words: str, text: str, now: datetime, zone: str, place: str) -> str:
    """The day or the instant that words mean."""
    clock, rest = _clock(re.sub(r"(?<=\d)T(?=\d)", " ", words), text)
    days, left = days_meant(rest, _today(now, zone), text)
    named = " ".join(FILLERS.sub(" ", left).split())
    if not days or (named and clock is None):
        raise _refused(text)
    if clock is not None and (zones := zones_of_place(named or place)):
        # `yesterday 23:00 Kyiv` is a day of Kyiv.
        days, _ = days_meant(rest, _today(now, min(zones)), text)
    readings = [day if clock is None else _at(day, clock, named or place, text) for day in days]
    if len(readings) > 1:
        raise AmbiguousDate(f"{text!r} may be {' or '.join(map(day_words, days))}", tuple(readings))
    return parse_edtf(readings[0]).text


def _today(now: datetime, zone: str) -> date:
    return now.astimezone(parse_zone(zone)).date()


def _refused(text: str) -> InvalidDate:
    forms = f"accepted forms: {FORMS}"
    if DAY_NUMBER.fullmatch(text):
        day = BEFORE_DAY_1 + timedelta(days=int(text))
        return InvalidDate(f"not a date, but the number of a day: {text!r}", hint=f"{day}; {forms}")
    if length := LENGTH.search(text):
        counted = f"+{length[1]}{length[2][0].lower()}"
        forms = f"{counted} counts from now; from another day on, write the day itself; {forms}"
    return InvalidDate(f"not a date: {text!r}", hint=forms)


def _sides(words: str) -> tuple[str, str] | None:
    """The two sides of an interval as written; None for what is none."""
    if match := DAYS_OF_MONTH.fullmatch(words):
        first, last, month = match.groups()
        return f"{first} {month}", f"{last} {month}"
    match = BOUNDS.fullmatch(words) or SIDES.fullmatch(words)
    return (match.group(1).strip(), match.group(2).strip()) if match else None


def _clock(words: str, text: str) -> tuple[time | None, str]:
    """The first clock time, and the words without it."""
    match = CLOCK.search(words)
    if match is None:
        return None, words
    hour, minute, second, half = match.groups()
    hours = int(hour)
    if half:  # 12 am is midnight; 13 pm is no time
        hours = hours % 12 + 12 * (half.lower() == "p") if 1 <= hours <= 12 else 24
    try:
        clock = time(hours, int(minute or 0), int(second or 0))
    except ValueError as error:
        raise InvalidDate(
            f"no such time of day: {match.group().strip()!r} in {text!r}",
            hint="write it as 18:00, from 00:00 to 23:59",
        ) from error
    return clock, without(match, words)


def _at(day: str, clock: time, place: str, text: str) -> str:
    """The instant of a clock time on a day, with the offset of its place."""
    local = f"{day}T{clock.isoformat('seconds')}"
    offset = offset_named(place)
    if offset is not None:
        at = datetime.fromisoformat(local).replace(tzinfo=timezone(offset))
        return at.isoformat().replace("+00:00", "Z")
    if not place:
        raise InvalidDate(
            f"a clock time needs an offset or a place: {text!r}",
            hint=f"for example '{day} {clock:%H:%M} Kyiv', or {day}T{clock:%H:%M}+02:00",
        )
    zones = zones_of_place(place)
    if not zones:
        # A short name in capitals is the abbreviation of a zone, and no city.
        is_city = len(place) > 4 or not place.isupper()
        alike = [city for city in cities() if is_city and city[0] == place[0].upper()]
        raise InvalidDate(
            f"unknown place {place!r} in {text!r}{did_you_mean(place, alike)}",
            hint=f"a city or an offset: '{day} {clock:%H:%M} Kyiv', {day}T{clock:%H:%M}+02:00",
        )
    instants = {instant_in_zone(local, each): each for each in sorted(zones)}
    readings = [at.astimezone(ZoneInfo(each)).isoformat() for at, each in instants.items()]
    if len(readings) > 1:
        which = " or ".join(sorted(instants.values()))
        raise AmbiguousDate(f"{place!r} in {text!r} may be {which}", tuple(readings))
    return readings[0].replace("+00:00", "Z")
