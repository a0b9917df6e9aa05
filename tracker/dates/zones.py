"""Time zones by their IANA names, and the midnights of their days."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from events.errors import did_you_mean
from tracker.errors import InvalidDate

# Files beside the zones: the host's own setting, and copies that count leap seconds.
NOT_ZONES = frozenset({"localtime", "posixrules", "posix", "right"})


def parse_zone(name: str) -> ZoneInfo:
    """An IANA zone; an unknown one is refused with the nearest names."""
    if name.partition("/")[0] in NOT_ZONES:
        raise _unknown_zone(name)
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise _unknown_zone(name) from error


def midnight(day: date, zone: str) -> datetime:
    """The first instant of a local day, in UTC; the first valid one where the clock skips it."""
    return datetime.combine(day, time(0), ZoneInfo(zone)).astimezone(UTC)


@lru_cache(maxsize=1024)
def is_zone(name: str) -> bool:
    """Whether there is an IANA zone of this name."""
    try:
        parse_zone(name)
    except InvalidDate:
        return False
    return True


def _unknown_zone(name: str) -> InvalidDate:
    hint = did_you_mean(name, available_timezones()).removeprefix("; ") or "e.g. Europe/Kyiv"
    return InvalidDate(f"unknown time zone {name!r}", hint=hint)
