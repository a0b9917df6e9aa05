"""When digests are due: local hours over changes of the clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events import format_instant, parse_instant
from notifications.errors import InvalidSubscription
from notifications.subscriptions.cadence import Rhythm, parse_on
from tests.support.profiles import examples


@pytest.mark.parametrize(
    ("cadence", "hour", "zone", "after", "expected"),
    [
        ("daily", 8, "Europe/Kyiv", "2025-03-18T05:59:00Z", "2025-03-18T06:00:00Z"),
        ("daily", 8, "Europe/Kyiv", "2025-03-18T06:00:00Z", "2025-03-19T06:00:00Z"),
        ("daily", 8, "Europe/Kyiv", "2025-03-29T06:00:00Z", "2025-03-30T05:00:00Z"),
        ("daily", 2, "Europe/Berlin", "2025-03-29T12:00:00Z", "2025-03-30T01:00:00Z"),
        ("daily", 2, "Europe/Berlin", "2025-10-25T12:00:00Z", "2025-10-26T00:00:00Z"),
        ("daily", 2, "Europe/Berlin", "2025-10-26T00:00:00Z", "2025-10-27T01:00:00Z"),
        ("weekly", 8, "UTC", "2025-03-18T12:00:00Z", "2025-03-24T08:00:00Z"),
    ],
)
def test_the_next_digest_is_due_at_the_local_hour(
    cadence: str, hour: int, zone: str, after: str, expected: str
) -> None:
    """A skipped hour is the first instant after; an hour that comes twice counts once."""
    due = Rhythm(cadence, hour, zone).next_due(parse_instant(after))

    assert expected == (due and format_instant(due))


def test_immediate_has_no_hour() -> None:
    """Immediate waits for news and for nothing else."""
    assert Rhythm("immediate", 8, "UTC").next_due(parse_instant("2025-03-18T12:00:00Z")) is None


@given(
    start=st.datetimes().map(lambda d: d.replace(year=2020 + d.year % 20)),
    hour=st.integers(0, 23),
    zone=st.sampled_from(["Europe/Kyiv", "America/New_York", "Australia/Lord_Howe", "Asia/Tehran"]),
)
def test_daily_digests_fall_once_on_every_local_date(start: object, hour: int, zone: str) -> None:
    """Over a fortnight no local date is missed and none comes twice."""
    at = parse_instant(f"{start.strftime('%Y')}-{start.strftime('%m')}-15T12:00:00Z")  # type: ignore[attr-defined]
    dates: list[date] = []
    for _ in range(14):
        at = Rhythm("daily", hour, zone).next_due(at) or at
        dates.append(at.astimezone(ZoneInfo(zone)).date())

    assert [dates[0] + timedelta(days=n) for n in range(14)] == dates


@pytest.mark.parametrize(
    ("cadence", "on", "after", "expected"),
    [
        ("weekly", 4, "2025-03-18T12:00:00Z", "2025-03-21T08:00:00Z"),
        ("weekly", 1, "2025-03-18T07:00:00Z", "2025-03-18T08:00:00Z"),
        ("weekly", 1, "2025-03-18T08:00:00Z", "2025-03-25T08:00:00Z"),
        ("monthly", None, "2025-03-18T12:00:00Z", "2025-04-01T08:00:00Z"),
        ("monthly", 15, "2025-03-18T12:00:00Z", "2025-04-15T08:00:00Z"),
        ("monthly", 31, "2025-04-01T12:00:00Z", "2025-04-30T08:00:00Z"),
        ("monthly", 31, "2028-02-01T12:00:00Z", "2028-02-29T08:00:00Z"),
        ("monthly", 31, "2025-12-31T08:00:00Z", "2026-01-31T08:00:00Z"),
    ],
)
def test_the_day_of_a_digest_is_kept(
    cadence: str, on: int | None, after: str, expected: str
) -> None:
    """A weekday, or a day of the month; a shorter month has its last day instead."""
    due = Rhythm(cadence, 8, "UTC", on).next_due(parse_instant(after))

    assert expected == (due and format_instant(due))


@pytest.mark.parametrize(
    ("cadence", "text"),
    [("weekly", "15"), ("monthly", "mon"), ("monthly", "32"), ("monthly", "0"), ("daily", "mon")],
)
def test_a_day_that_the_cadence_does_not_have_is_refused(cadence: str, text: str) -> None:
    """The hint says which days there are."""
    with pytest.raises(InvalidSubscription) as caught:
        parse_on(cadence, text)

    assert caught.value.hint


ZONES = sorted(name for name in available_timezones() if "/" in name and name[:5] != "posix")


def _days_of_change(zone: str) -> list[datetime]:
    """A day before each change of the clock between 2020 and 2040."""
    clock, first = ZoneInfo(zone), datetime(2020, 1, 1, tzinfo=UTC)
    length = (datetime(2041, 1, 2, tzinfo=UTC) - first).days
    days = [first + timedelta(days=n) for n in range(length)]
    changes = pairwise(day.astimezone(clock).utcoffset() for day in days)
    return [
        day - timedelta(days=1)
        for day, (before, after) in zip(days, changes, strict=False)
        if before != after
    ]


@given(zone=st.sampled_from(ZONES), hour=st.integers(0, 23), data=st.data())
@settings(max_examples=examples(200))
def test_no_change_of_any_clock_misses_or_doubles_a_local_date(
    zone: str, hour: int, data: st.DataObject
) -> None:
    """Every zone, 2020 to 2040: around each change there is one digest a local date."""
    days = _days_of_change(zone) or [datetime(2030, 6, 1, tzinfo=UTC)]
    at = data.draw(st.sampled_from(days))
    dates: list[date] = []
    for _ in range(5):
        at = Rhythm("daily", hour, zone).next_due(at) or at
        dates.append(at.astimezone(ZoneInfo(zone)).date())

    assert [dates[0] + timedelta(days=n) for n in range(5)] == dates


@pytest.mark.parametrize(
    ("hour", "zone", "after", "expected"),
    [
        (23, "America/Nuuk", "2025-03-29T03:00:00Z", "2025-03-30T00:59:59Z"),
        (2, "Antarctica/Troll", "2025-03-29T03:00:00Z", "2025-03-30T01:00:00Z"),
        (2, "Australia/Lord_Howe", "2025-10-04T00:00:00Z", "2025-10-04T15:30:00Z"),
        (0, "Asia/Beirut", "2025-03-29T00:00:00Z", "2025-03-29T22:00:00Z"),
    ],
)
def test_a_skipped_hour_is_the_first_instant_after_on_the_same_date(
    hour: int, zone: str, after: str, expected: str
) -> None:
    """A gap that ends on the next date leaves the last second of its own."""
    due = Rhythm("daily", hour, zone).next_due(parse_instant(after))

    assert expected == (due and format_instant(due))


def test_digests_that_came_due_meanwhile_are_counted() -> None:
    """Five days of silence are five digests in one; a turn in time is none."""
    due, now = parse_instant("2025-03-18T08:00:00Z"), parse_instant("2025-03-22T09:00:00Z")

    assert (4, 0) == (
        Rhythm("daily", 8, "UTC").missed_count(due, now),
        Rhythm("daily", 8, "UTC").missed_count(due, parse_instant("2025-03-18T08:00:30Z")),
    )
    assert 0 == Rhythm("immediate", 8, "UTC").missed_count(due, now)
