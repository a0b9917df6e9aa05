"""When digests are due: local hours over changes of the clock."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events import format_instant, parse_instant
from notifications.cadence import next_due


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
    due = next_due(cadence, hour, zone, parse_instant(after))

    assert expected == (due and format_instant(due))


def test_immediate_has_no_hour() -> None:
    """Immediate waits for news and for nothing else."""
    assert next_due("immediate", 8, "UTC", parse_instant("2025-03-18T12:00:00Z")) is None


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
        at = next_due("daily", hour, zone, at) or at
        dates.append(at.astimezone(ZoneInfo(zone)).date())

    assert [dates[0] + timedelta(days=n) for n in range(14)] == dates
