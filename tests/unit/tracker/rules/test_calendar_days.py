"""Days are days in every zone: the clock against a second reckoning, by dates alone.

Zones whose clock changes at midnight are among them: there a day may begin at one o'clock.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events import format_instant, parse_instant
from tests.support.given import History
from tracker.model.commitment import Commitment
from tracker.model.vocabulary import State

ZONES = (
    "Europe/Kyiv", "America/New_York", "Asia/Beirut", "Africa/Cairo", "America/Havana",
    "Australia/Lord_Howe", "Pacific/Chatham", "Asia/Kathmandu", "UTC",
)  # fmt: skip
CHANGES = (
    ("Europe/Kyiv", date(2025, 3, 29)), ("Europe/Kyiv", date(2025, 10, 25)),
    ("Asia/Beirut", date(2025, 3, 29)), ("Asia/Beirut", date(2025, 10, 25)),
    ("Africa/Cairo", date(2025, 4, 24)), ("Africa/Cairo", date(2025, 10, 30)),
    ("America/Havana", date(2025, 3, 8)), ("America/Havana", date(2025, 11, 1)),
)  # fmt: skip
"""Zones with a day after which the clock changes."""
MADE = "2024-12-01T12:00:00Z"


def begin_of(day: date, zone: str) -> datetime:
    """The first minute of a day, by asking of each what date it has in the zone."""
    minute = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=15)
    while minute.astimezone(ZoneInfo(zone)).date() < day:
        step = 1 if (minute + timedelta(hours=1)).astimezone(ZoneInfo(zone)).date() >= day else 60
        minute += timedelta(minutes=step)
    return minute


def at_noon(day: date, zone: str) -> str:
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=ZoneInfo(zone))
    return format_instant(noon.astimezone(UTC))


def promised(due: date, zone: str, grace: int, lead: int) -> History:
    days = {"grace": f"P{grace}D", "leads": [f"P{lead}D"]}
    return History().promise(at=MADE, terms={"due": due.isoformat(), "zone": zone, **days})


def moments(commitment: Commitment) -> tuple[datetime | None, ...]:
    """When the lead comes, the promise is overdue, and it lapses."""
    return commitment.leads[0][1], commitment.state_end, commitment.grace_end


@given(
    place=st.sampled_from(CHANGES)
    | st.tuples(st.sampled_from(ZONES), st.dates(date(2025, 2, 20), date(2026, 12, 1))),
    grace=st.integers(0, 40),
    lead=st.integers(1, 40),
    tolled=st.integers(0, 40),
)
def test_deadlines_lie_between_days(
    place: tuple[str, date], grace: int, lead: int, tolled: int
) -> None:
    """Lead, due date and lapse, also after a suspension, are each the end of a day of the zone."""
    zone, last_day = place
    history = promised(last_day - timedelta(days=tolled), zone, grace, lead)
    if tolled:
        first, last = date(2024, 12, 10), date(2024, 12, 10) + timedelta(days=tolled)
        for name, day in (("SuspensionDeclared", first), ("Resumed", last)):
            more = {"tolls": True} if name == "SuspensionDeclared" else {}
            history.on(name, at=at_noon(day, zone), **{"occurred": day.isoformat(), **more})
    closed = last_day + timedelta(days=1)
    begins = (closed - timedelta(days=lead), closed, closed + timedelta(days=grace))

    commitment = history.commitment("2025-01-25T00:00:00Z")
    assert tuple(begin_of(day, zone) for day in begins) == moments(commitment)


@pytest.mark.parametrize(
    ("zone", "due", "lapsed"),
    [
        ("Asia/Beirut", "2025-03-29", "2025-03-31T21:00:00Z"),
        ("Africa/Cairo", "2025-04-24", "2025-04-26T21:00:00Z"),
        ("America/Havana", "2025-03-08", "2025-03-11T04:00:00Z"),
    ],
)
def test_grace_after_a_midnight_that_the_clock_skips_ends_with_a_day(
    zone: str, due: str, lapsed: str
) -> None:
    """The day after begins at one o'clock; two days later one begins at midnight again."""
    history = promised(date.fromisoformat(due), zone, 2, 1)
    before = format_instant(parse_instant(lapsed) - timedelta(seconds=1))

    assert (State.OVERDUE, State.LAPSED) == (
        history.commitment(before).state,
        history.commitment(lapsed).state,
    )
