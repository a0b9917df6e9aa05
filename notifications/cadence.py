"""When the next digest is due: local wall time per recipient, never missed, never twice. Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

CADENCES = ("immediate", "daily", "weekly")


def next_due(cadence: str, hour: int, zone: str, after: datetime) -> datetime | None:
    """The first due instant after `after`, in UTC; None for immediate, which waits for news.

    A local time that the clock skips falls on the first valid instant after it; one that comes
    twice counts the first time.
    """
    if cadence == "immediate":
        return None
    day = after.astimezone(ZoneInfo(zone)).date()
    while (due := _at(day, hour, zone)) <= after or not _falls_on(cadence, day):
        day += timedelta(days=1)
    return due


def _falls_on(cadence: str, day: date) -> bool:
    return cadence == "daily" or day.weekday() == 0


def _at(day: date, hour: int, zone: str) -> datetime:
    return datetime.combine(day, time(hour), ZoneInfo(zone)).astimezone(UTC)


def window_key(zone: str, due: datetime | None, last: int) -> str:
    """What makes one digest of a subscription the only one.

    The local date it was due, not that of a turn that came late: else one planned after midnight
    would take the key of the day to come. With no due date, the last alert.
    """
    if due is None:
        return f"alert-{last}"
    return due.astimezone(ZoneInfo(zone)).date().isoformat()
