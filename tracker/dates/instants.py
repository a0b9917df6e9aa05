"""Instants as people type them: ISO forms and a small relative grammar, never a guess."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import TypedDict

from dateutil.relativedelta import relativedelta

from events import format_instant, parse_instant
from tracker.dates.zones import parse_zone
from tracker.errors import InvalidDate

ACCEPTED = (
    "2025-03-18T22:00:00Z, 2025-03-18 (the end of that day), now, today, yesterday, tomorrow, "
    "+14d, -2w, +3h, +1m, +1y"
)
RELATIVE = re.compile(r"^([+-])(\d{1,4})([hdwmy])\Z", re.ASCII)
UNITS = {"h": "hours", "d": "days", "w": "weeks", "m": "months", "y": "years"}
YEARS = range(1000, 9000)
"""Years so far from either end of the calendar that leads and lengths can be counted."""
DAYS = {"yesterday": -1, "today": 0, "tomorrow": 1}


def parse_when(text: str, now: datetime, zone: str) -> datetime:
    """The instant meant, in UTC. A day means its end in the zone, so all of it is included."""
    at = _instant(text, now, zone)
    if at.year >= YEARS.stop:
        raise InvalidDate(
            f"later than the year {YEARS.stop - 1}: {text!r}", hint=f"accepted forms: {ACCEPTED}"
        )
    return at


def is_day(text: str) -> bool:
    """Whether a whole day is meant, and no instant."""
    return text in DAYS or re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII) is not None


def beginning_of(text: str, now: datetime, zone: str) -> datetime:
    """The instant meant, where a day means its beginning in the zone."""
    at = parse_when(text, now, zone)
    if not is_day(text):
        return at
    day = (at.astimezone(parse_zone(zone)) - timedelta(microseconds=1)).date()
    return _end_of(day - timedelta(days=1), zone)


def _instant(text: str, now: datetime, zone: str) -> datetime:
    if text == "now":
        return now
    if text in DAYS:
        today = now.astimezone(parse_zone(zone)).date()
        return _end_of(today + timedelta(days=DAYS[text]), zone)
    try:
        if match := RELATIVE.match(text):
            sign, amount, unit = match.groups()
            count = int(f"{sign}{amount}")
            if unit == "h":
                return now + timedelta(hours=count)
            step = relativedelta(**{UNITS[unit]: count})  # type: ignore[arg-type]
            return (now.astimezone(parse_zone(zone)) + step).astimezone(UTC)
        if "T" in text:
            return parse_instant(text)
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
            return _end_of(date.fromisoformat(text), zone)
    except (ValueError, OverflowError) as error:
        raise _refused(text) from error
    raise _refused(text)


def _refused(text: str) -> InvalidDate:
    what = (
        "an instant needs an offset"
        if re.search(r"T\d\d:\d\d(:\d\d)?$", text)
        else "not an instant"
    )
    return InvalidDate(f"{what}: {text!r}", hint=f"accepted forms: {ACCEPTED}")


def _end_of(day: date, zone: str) -> datetime:
    midnight = datetime.combine(day + timedelta(days=1), datetime.min.time(), parse_zone(zone))
    return midnight.astimezone(UTC)


class Clocks(TypedDict):
    """The instant of the world and that of the record, as RFC 3339."""

    as_of: str
    known_at: str


def both_clocks(as_of: datetime, known_at: datetime) -> Clocks:
    """The two instants of an answer, as its document begins."""
    return {"as_of": format_instant(as_of), "known_at": format_instant(known_at)}
