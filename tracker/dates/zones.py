"""Time zones: parsing a name, and the zone of a country's capital by ISO 3166-1 alpha-3 code."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime, time
from functools import cache, lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

from events.errors import did_you_mean
from tracker.errors import InvalidDate

TABLE = Path(__file__).with_name("capitals.csv")


@cache
def _countries() -> dict[str, tuple[str, str]]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return {row["id"]: (row["name"], row["zone"]) for row in csv.DictReader(file)}


def capital_zone(party: str) -> str | None:
    """The IANA zone of a country's capital; None for what is no country code."""
    country = _countries().get(party)
    return country[1] if country else None


def country_name(party: str) -> str | None:
    """The name of a country by its code; None for what is no country code."""
    country = _countries().get(party)
    return country[0] if country else None


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
