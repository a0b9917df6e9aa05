"""When a promise ends, as a page says it: how near, and the days by its readings. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from msgspec import Struct

from events import in_order, parse_instant
from tracker.dates.zones import last_day
from tracker.documents.ends import do_accounts_differ
from tracker.model.readings import last_moment, stated_ends
from web.model.words import city, day_and_month

MISSED, RUNNING = ("overdue", "lapsed"), ("in_force", "suspended")
MOST_DAYS = 4
"""So many days are named one by one; of more, the first and the last."""
Reading = Mapping[str, Any]
"""An end, with its `at`, `rule` and `zone`."""


IN_DISPUTE = "Over by one reading, not by another"
"""Where an end stands that may have come already, and by its next reading not before next week."""
THIS_WEEK = ("Today", "This week")
LATER = "Later"
GROUPS = (IN_DISPUTE, *THIS_WEEK, "Next week", LATER)
"""The headings of what ends soon, in their order."""
WHAT = {
    "offer": "offer until",
    "condition": "condition by",
    "withdrawal": "notice until",
    "period": "period until",
}
"""What stands before a day on which not the promise itself ends."""


BY_THE_CLOCK = ("overdue", "lapsed", "expired", "discharged", "violated", "cancelled")
"""The states that an end brings about, which closes a day where the promise is counted."""


class EndWords(Struct, frozen=True):
    """`near` is how far away it is, `days` the last days by its readings; empty without an end.

    `what` says what ends, where that is not the promise. It `is_over_by_one` where a reading has
    passed and another has not.
    """

    near: str
    days: str
    is_disputed: bool
    what: str = ""
    is_over_by_one: bool = False


def end_words(
    commitment: Mapping[str, Any], now: datetime, zone: str, other: Reading | None = None
) -> EndWords:
    """How near the end of a commitment is, and on which days it is by its readings.

    `other` is the end of an offer, a condition or a notice, where that is what comes first.
    """
    return words_of(_readings(commitment, other), commitment["state"], now, zone)


def words_of(readings: Sequence[Reading], state: str, now: datetime, zone: str) -> EndWords:
    """The words of one end by its readings, the first of them first."""
    if not readings:
        return EndWords("", "", False)
    today = last_day(now, zone)
    days = days_of(readings, zone)
    disputed = are_disputed(readings, zone)
    first, last = (parse_instant(reading["at"]) for reading in (readings[0], readings[-1]))
    is_over_by_one = state not in MISSED and first <= now < last
    if state in MISSED:
        late = (today - days[-1]).days
        near = _span(late) if late > 0 else "today"
    elif is_over_by_one:
        near = "disputed now" if disputed else "over by one reading"
    else:
        near = _ahead((days[0] - today).days) + (_clock(readings) if days == [today] else "")
    what = WHAT.get(str(readings[0]["term"]), "")
    return EndWords(near, days_in_words(days, today), disputed, what, is_over_by_one)


def are_disputed(readings: Iterable[Reading], zone: str) -> bool:
    """As `do_accounts_differ`, of the days as the zone of a board has them."""
    return do_accounts_differ((reading["by"], day_of(reading, zone)) for reading in readings)


def group_of(commitment: Mapping[str, Any], now: datetime, zone: str, other: Reading | None) -> str:
    """Under which heading an end that comes soon stands."""
    return group_of_days(days_of(_readings(commitment, other), zone), now, zone)


def group_of_days(days: Iterable[date], now: datetime, zone: str) -> str:
    """The heading of an end on the first of these days that is still to come."""
    today = last_day(now, zone)
    each = list(days)
    first = min((day for day in each if day >= today), default=today)
    next_monday = today + timedelta(days=7 - today.weekday())
    if first == today:
        return "Today"
    if first < next_monday:
        return "This week"
    if min(each) < today:
        return IN_DISPUTE
    return "Next week" if first < next_monday + timedelta(days=7) else LATER


def days_of(readings: Iterable[Reading], zone: str) -> list[date]:
    """The last days of an end by its readings, each once, as the zone of a board has them."""
    return list(dict.fromkeys(day_of(reading, zone) for reading in readings))


def day_of(reading: Reading, zone: str) -> date:
    """The last day of a reading where it is counted; of an instant its day on the board."""
    last = last_moment(reading)
    return last.astimezone(ZoneInfo(zone)).date() if isinstance(last, datetime) else last


def days_in_words(days: Sequence[date], today: date) -> str:
    """`27 or 29 Nov`: the days of one month with the month once, the year where it is not ours."""
    if len(days) > MOST_DAYS:
        bounds = " to ".join(day_and_month(day, today) for day in (min(days), max(days)))
        return f"{len(days)} days from {bounds}"
    words: list[str] = []
    for _, month in groupby(sorted(days), key=lambda day: (day.year, day.month)):
        *others, last = month
        words += [*(str(day.day) for day in others), day_and_month(last, today)]
    return " or ".join(words)


AnyDay = TypeVar("AnyDay", bound=date)


def moved(day: AnyDay, by: timedelta) -> AnyDay:
    """A day or an instant so much later or earlier; itself where no calendar goes so far."""
    try:
        return day + by
    except OverflowError:
        return day


def _clock(readings: Sequence[Reading]) -> str:
    """The time at which it ends today, when all readings name the same instant."""
    last = last_moment(readings[0])
    is_one = len({reading["at"] for reading in readings}) == 1
    return f", {last:%H:%M} in {city(last.tzinfo)}" if isinstance(last, datetime) and is_one else ""


def _readings(commitment: Mapping[str, Any], other: Reading | None) -> list[Reading]:
    """Every reading of the end, the first of them first."""
    own = sorted(stated_ends(commitment), key=lambda r: in_order(r["at"]))
    is_running = bool(own) and commitment["state"] in RUNNING
    if other is None or (is_running and in_order(own[0]["at"]) <= in_order(other["at"])):
        return own
    return [other]


def _ahead(days: int) -> str:
    if days < 0:
        return f"{_span(-days)} ago"
    return {0: "today", 1: "tomorrow"}.get(days) or f"in {_span(days)}"


def _span(days: int) -> str:
    if days >= 60:
        return f"{days // 30} months" if days < 730 else f"{days // 365} years"
    return "1 day" if days == 1 else f"{days} days"
