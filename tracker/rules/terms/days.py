"""The days of a window: those on which it begins and ends, in the zones it is counted in. Pure.

What is only known by its day is compared with them, since Moscow's day is none of Washington's.
"""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from tracker.dates.zones import midnight
from tracker.model.commitment import Commitment


def days_at(c: Commitment, at: datetime) -> dict[str, date]:
    """The days that an instant falls on, by the zones of a promise and of its readings."""
    zones = dict.fromkeys((c.zone, *(reading.zone for reading in c.readings)))
    return {zone: at.astimezone(ZoneInfo(zone)).date() for zone in zones}


def first_days(c: Commitment, start: datetime) -> set[date]:
    """The days that begin with an instant in one of those zones; none where it is an hour."""
    return {day for zone, day in days_at(c, start).items() if midnight(day, zone) == start}


def last_days(c: Commitment, end: datetime) -> set[date]:
    """The last days of the readings that end at an instant; none where it is no end of a day."""
    days = (reading.last_day for reading in c.governing_readings if reading.at == end)
    return {day for day in days if day is not None}
