"""Instants as people type them: ISO forms and a small relative grammar, never a guess."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import TypedDict
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta

from events import format_instant
from tracker.dates.edtf import YEARS, Edtf, parse_edtf
from tracker.dates.zones import midnight, parse_zone
from tracker.errors import AmbiguousDate, InvalidDate

ACCEPTED = (
    "2025-03-18T22:00:00Z, 2025-03-18 (the end of that day), 18 March 2025, "
    "'2025-03-18 22:00 Kyiv', now, today, yesterday, +14d, -2w, +3h, +1m, +1y"
)
RELATIVE = re.compile(r"^([+-])(\d{1,4})([hdwmy])\Z", re.ASCII)
UNITS = {"h": "hours", "d": "days", "w": "weeks", "m": "months", "y": "years"}


def parse_when(text: str, now: datetime, zone: str) -> datetime:
    """The instant meant, in UTC. A day means its end in the zone, so all of it is included."""
    at = _relative(text, now, zone)
    if at is None:
        when = _stated(text, now, zone)
        at = when.instant or midnight(_day(when) + timedelta(days=1), parse_zone(zone).key)
    if at.year >= YEARS.stop:
        raise InvalidDate(
            f"later than the year {YEARS.stop - 1}: {text!r}", hint=f"accepted forms: {ACCEPTED}"
        )
    return at


def beginning_of(text: str, now: datetime, zone: str) -> datetime:
    """The instant meant, where a day means its beginning in the zone."""
    if _relative(text, now, zone) is None:
        when = _stated(text, now, zone)
        if when.instant is None:
            return midnight(_day(when), parse_zone(zone).key)
    return parse_when(text, now, zone)


def _relative(text: str, now: datetime, zone: str) -> datetime | None:
    """The instant counted from now: `now`, `+14d`; None for what is stated in another way."""
    if text == "now":
        return now
    match = RELATIVE.match(text.strip(" "))
    if match is None:
        return None
    sign, amount, unit = match.groups()
    count = int(f"{sign}{amount}")
    try:
        if unit == "h":
            return now + timedelta(hours=count)
        step = relativedelta(**{UNITS[unit]: count})  # type: ignore[arg-type]
        return (now.astimezone(parse_zone(zone)) + step).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise _refused(text) from error


def _stated(text: str, now: datetime, zone: str) -> Edtf:
    try:
        return typed_date(text, now, zone)
    except AmbiguousDate:
        raise
    except InvalidDate as error:
        raise InvalidDate(error.message, hint=f"accepted forms: {ACCEPTED}") from error


def typed_date(text: str, now: datetime, zone: str, place: str = "") -> Edtf:
    """A date or an instant in EDTF, or else as people write it; see `read_written`."""
    try:
        return parse_edtf(text)
    except InvalidDate:
        from tracker.dates.written import read_written

        return parse_edtf(read_written(text, now, zone, place))


def _refused(text: str) -> InvalidDate:
    return InvalidDate(f"not an instant: {text!r}", hint=f"accepted forms: {ACCEPTED}")


def _day(when: Edtf) -> date:
    if when.first is None or when.first != when.last:
        raise _refused(when.text)
    return when.first


def local_words(at: datetime, zone: str) -> str:
    """An instant in a zone, with its offset: `Wed 19 Mar 2025 00:00 +0200`."""
    local = at.astimezone(ZoneInfo(zone))
    return f"{local:%a %d %b %Y %H:%M} {local:%z}"


class Clocks(TypedDict):
    """The instant of the world and that of the record, as RFC 3339."""

    as_of: str
    known_at: str


def both_clocks(as_of: datetime, known_at: datetime) -> Clocks:
    """The two instants of an answer, as its document begins."""
    return {"as_of": format_instant(as_of), "known_at": format_instant(known_at)}
