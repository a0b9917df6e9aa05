"""When a promise ends, as a board says it: how near, and the days by its readings. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct

from events import parse_instant
from tracker.model.readings import last_moment

MISSED, RUNNING = ("overdue", "lapsed"), ("in_force", "suspended")
Reading = Mapping[str, Any]
"""An end, with its `at`, `rule` and `zone`."""


WHAT = {
    "offer": "the offer runs out",
    "condition": "its condition is due",
    "withdrawal": "the notice of withdrawal ends",
}


class EndWords(Struct, frozen=True):
    """`near` is how far away it is, `days` the last days by its readings; empty without an end.

    `what` says what ends, where that is not the promise.
    """

    near: str
    days: str
    is_disputed: bool
    what: str = ""


def end_words(
    commitment: Mapping[str, Any], now: datetime, zone: str, other: Reading | None = None
) -> EndWords:
    """How near the end of a commitment is, and on which days it is by its readings.

    `other` is the end of an offer, a condition or a notice, where that is what comes first.
    """
    readings = _readings(commitment, other)
    if not readings:
        return EndWords("", "", False)
    today = now.astimezone(ZoneInfo(zone)).date()
    instants = [parse_instant(str(r["at"])) for r in readings]
    days = list(dict.fromkeys(_day_of(r, zone) for r in readings))
    if commitment["state"] in MISSED:
        near = _span((today - days[-1]).days)
    elif instants[0] <= now < instants[-1]:
        near = "disputed now"
    else:
        near = _ahead((days[0] - today).days)
    words = " or ".join(f"{day.day} {day:%b}{_year(day, today)}" for day in days)
    return EndWords(near, words, len(days) > 1, WHAT.get(str(readings[0]["term"]), ""))


def group_of(
    commitment: Mapping[str, Any], now: datetime, zone: str, other: Reading | None = None
) -> str:
    """Under which heading an end that comes soon stands."""
    today = now.astimezone(ZoneInfo(zone)).date()
    days = [_day_of(r, zone) for r in _readings(commitment, other)]
    first = min((day for day in days if day >= today), default=today)
    next_monday = today + timedelta(days=7 - today.weekday())
    if first == today:
        return "Today"
    if first < next_monday:
        return "This week"
    return "Next week" if first < next_monday + timedelta(days=7) else "Later"


def _readings(commitment: Mapping[str, Any], other: Reading | None) -> list[Reading]:
    """Every reading of the end, the first of them first."""
    own = [r for r in commitment.get("readings", ()) if "at" in r]
    own.sort(key=lambda r: str(r["at"]))
    is_running = bool(own) and commitment["state"] in RUNNING
    if other is None or (is_running and str(own[0]["at"]) <= str(other["at"])):
        return own
    return [other]


def _day_of(reading: Reading, zone: str) -> date:
    """The last day of a reading where it is counted; of an instant its day on the board."""
    last = last_moment(reading)
    return last.astimezone(ZoneInfo(zone)).date() if isinstance(last, datetime) else last


def _ahead(days: int) -> str:
    if days < 0:
        return f"{_span(-days)} ago"
    return {0: "today", 1: "tomorrow"}.get(days) or f"in {_span(days)}"


def _span(days: int) -> str:
    if days >= 60:
        return f"{days // 30} months" if days < 730 else f"{days // 365} years"
    return "1 day" if days == 1 else f"{max(days, 0)} days"


def _year(day: date, today: date) -> str:
    return f" {day.year}" if day.year != today.year else ""
