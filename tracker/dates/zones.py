"""Time zones by their IANA names, the midnights of their days, and what their clocks show."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from events import format_instant
from events.wording import is_slip, nearest
from tracker.errors import AmbiguousDate, InvalidDate

# Files beside the zones: the host's own setting, and copies that count leap seconds.
NOT_ZONES = frozenset({"localtime", "posixrules", "posix", "right"})

CLOCK_TIME = re.compile(r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2})?\Z", re.ASCII)
"""A day and a time without an offset, which is an instant only in a zone: `18:00 in Moscow`."""


ZONED = re.compile(
    r"(\d{4}-\d{2}-\d{2}T[\d:.]+(?:Z|[+-]\d{2}(?::?\d{2})?)?)\[!?([^\]]+)\]", re.ASCII
)
"""An instant, or a clock time, with its zone in brackets."""


def parse_zone(name: str) -> ZoneInfo:
    """An IANA zone; an unknown one is refused with the nearest names."""
    if name.partition("/")[0] in NOT_ZONES:
        raise _unknown_zone(name)
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise _unknown_zone(name) from error


@lru_cache(maxsize=8192)
def midnight(day: date, zone: str) -> datetime:
    """The first instant of a local day, in UTC; the first valid one where the clock skips it."""
    return datetime.combine(day, time(0), ZoneInfo(zone)).astimezone(UTC)


def day_ended_at(at: datetime, zone: str) -> date | None:
    """The day of a zone that ends at an instant; None where the instant lies within a day."""
    following = at.astimezone(ZoneInfo(zone)).date()
    return following - timedelta(days=1) if midnight(following, zone) == at else None


def last_day(at: datetime, zone: str) -> date:
    """The day of a zone that ends at an instant, or that it lies in."""
    return day_ended_at(at, zone) or at.astimezone(ZoneInfo(zone)).date()


def day_closed(at: datetime, zones: Iterable[str], zone: str) -> date:
    """The day that an instant ends in one of these zones; else the day that it lies in."""
    ended = (day_ended_at(at, each) for each in zones)
    return next(filter(None, ended), at.astimezone(ZoneInfo(zone)).date())


@lru_cache(maxsize=1024)
def is_zone(name: str) -> bool:
    """Whether there is an IANA zone of this name."""
    try:
        parse_zone(name)
    except InvalidDate:
        return False
    return True


def zone_named(text: str) -> str:
    """The zone meant by its own name or by a city's; raises InvalidDate for what is neither."""
    if is_zone(text):
        return text
    from tracker.dates.places import zone_of_city

    return parse_zone(zone_of_city(text) or text).key


def _unknown_zone(name: str) -> InvalidDate:
    from tracker.dates.places import all_zones, offset_named, zones_at, zones_of_place

    offset = offset_named(name)
    if offset is not None and name.upper() not in ("Z", "GMT", "UTC"):
        # `Etc/GMT+3` is 3 hours behind UTC: its sign is turned round, so it is not suggested.
        cities = ", ".join(zones_at(offset)[:3])
        hint = f"the zone of a place, such as {cities}" if cities else "name the zone of a place"
        return InvalidDate(f"an offset is no time zone: {name!r}", hint=hint)
    known = (zone for zone in all_zones() if zone.partition("/")[0] not in NOT_ZONES)
    near = ", ".join(sorted(zones_of_place(name))) or ", ".join(_nearest_zones(name, known))
    if not all_zones():
        return InvalidDate(f"no zone data here, not even of {name}", hint="pip install -U tzdata")
    hint = f"did you mean {near}?" if near else "e.g. Europe/Kyiv"
    return InvalidDate(f"unknown time zone {name!r}", hint=hint)


def _nearest_zones(name: str, known: Iterable[str]) -> list[str]:
    """The zones whose own name, or else whose city's, is spelt like a name."""
    from tracker.dates.places import zones_of_place

    zones = list(known)
    cities = [zone.rpartition("/")[2] for zone in zones]
    alike = [city for city in nearest(name, cities, most=1) if is_slip(name, city)]
    named = [sorted(zones_of_place(city)) for city in alike]
    return nearest(name, zones) or [zone for of_city in named for zone in of_city]


def sign_warning(zone: str) -> str | None:
    """A warning of a zone such as `Etc/GMT+3`, whose sign says the opposite; None of any other."""
    _, is_fixed, hours = zone.partition("GMT")
    if not is_fixed or not hours.lstrip("+-0"):
        return None
    ahead = "ahead of" if hours[0] == "-" else "behind"
    return f"{zone} is {hours[1:]} hours {ahead} UTC, in spite of its sign"


def is_clock_time(text: str) -> bool:
    """Whether it is a day and a time without an offset: `2025-04-19T18:00`."""
    return CLOCK_TIME.match(text) is not None


def _time(stated: str, text: str, form: str) -> datetime:
    """The time that a part of a text states, whose whole form is like `form`."""
    try:
        return datetime.fromisoformat(stated)
    except ValueError as error:
        raise InvalidDate(f"no such time: {text!r}", hint=f"write it as {form}") from error


def instant_in_zone(text: str, zone: str) -> datetime:
    """The instant at which the clock of a zone shows a time.

    Raises InvalidDate for a time that it skips, and AmbiguousDate for one that it shows twice.
    """
    local = _time(text, text, "2025-04-19T18:00:00")
    place = parse_zone(zone)
    times = [local.replace(tzinfo=place, fold=fold) for fold in (0, 1)]
    first, second = (time.astimezone(UTC) for time in times)
    if first == second:
        return first
    # Where the clock is set forward, the offset before it gives the later instant.
    readings = tuple(time.isoformat() for time in times)
    if first > second:
        raise InvalidDate(
            f"the clock of {zone} is set forward over {text!r}, which it never shows",
            hint=f"write the instant that is meant: {format_instant(first)}",
        )
    raise AmbiguousDate(f"the clock of {zone} shows {text!r} twice", readings)


def instant_with_zone(text: str) -> str | None:
    """The instant that RFC 9557 writes as `2026-11-30T10:00+01:00[Europe/Paris]`; None for others.

    Raises AmbiguousDate where its offset is not that of its zone. `Z` states no local time, and
    goes with any.
    """
    match = ZONED.fullmatch(text)
    if match is None:
        return None
    stated, name = match.groups()
    place = parse_zone(name)
    if is_clock_time(stated):
        return instant_in_zone(stated, name).astimezone(place).isoformat()
    at = _time(stated, text, "2025-04-19T18:00+03:00[Europe/Moscow]")
    clock = at.replace(tzinfo=place)
    if stated[-1] not in "Zz" and at.utcoffset() != at.astimezone(place).utcoffset():
        raise AmbiguousDate(
            f"{text!r} contradicts itself: the offset of {name} is {clock.isoformat()[-6:]} then",
            (at.isoformat(), clock.isoformat()),
        )
    return at.isoformat()
