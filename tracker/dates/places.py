"""Zones by the names of cities and zones, and offsets as people write them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from tracker.dates.countries import capital_zones, countries, plain

NO_PLACES = ("Etc", "US", "Canada", "Brazil", "Chile", "Mexico", "SystemV", "posix", "right")
"""Folders of zones whose names are no cities."""
OFFSET = re.compile(
    r"^(?:UTC|GMT|Z)? ?(?:([+-])(\d{1,2})(?::?(\d{2}))?)?\Z", re.ASCII | re.IGNORECASE
)


def offset_named(text: str) -> timedelta | None:
    """The offset of `+03:00`, `UTC+3`, `GMT` or `Z`; None for what is no offset."""
    match = OFFSET.match(text)
    if not text or match is None:
        return None
    sign, hours, minutes = match.groups()
    length = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
    if length > timedelta(hours=14) or int(minutes or 0) > 59:
        return None
    return -length if sign == "-" else length


@cache
def all_zones() -> frozenset[str]:
    """Every name in the zone data of this machine, read once: that opens each of its files."""
    return frozenset(available_timezones())


def zones_of_place(name: str) -> frozenset[str]:
    """The IANA zones of a zone's or a city's name; empty for what is neither."""
    zones = frozenset({name}) if "/" in name and name in all_zones() else frozenset()
    return zones or capital_zones(name) | _zones_by_city().get(plain(name), frozenset())


def zone_of_city(name: str) -> str | None:
    """The one zone of a city's name, that of a capital first; None where it is none or several."""
    zones = zones_of_place(name)
    of_capitals = zones & {country.zone for country in countries().values()}
    only = of_capitals if len(of_capitals) == 1 else zones
    return min(only) if len(only) == 1 else None


def cities() -> Iterable[str]:
    """The cities that a zone may be named by."""
    capitals = {country.capital for country in countries().values() if country.capital}
    return capitals | {zone.rpartition("/")[2].replace("_", " ") for zone in _city_zones()}


def zones_at(offset: timedelta) -> list[str]:
    """Zones of capitals that keep an offset all year, those of Europe first."""
    zones = {country.zone for country in countries().values() if "/" in country.zone}
    dates = [datetime(2025, month, 1, tzinfo=UTC) for month in (1, 7)]
    fixed = (
        zone
        for zone in zones
        if all(date.astimezone(ZoneInfo(zone)).utcoffset() == offset for date in dates)
    )
    return sorted(fixed, key=lambda zone: (not zone.startswith("Europe/"), zone))


def _city_zones() -> Iterable[str]:
    return (z for z in all_zones() if "/" in z and z.partition("/")[0] not in NO_PLACES)


@cache
def _zones_by_city() -> Mapping[str, frozenset[str]]:
    zones: dict[str, frozenset[str]] = {}
    for zone in _city_zones():
        city = plain(zone.rpartition("/")[2])
        zones[city] = zones.get(city, frozenset()) | {zone}
    return zones
