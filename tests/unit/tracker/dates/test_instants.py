"""Instants as typed, at the edges; `test_dates` covers the common forms."""

from __future__ import annotations

import pytest

from events import format_instant, parse_instant
from tracker.dates.instants import parse_when
from tracker.dates.zones import parse_zone
from tracker.errors import InvalidDate


@pytest.mark.parametrize(
    ("text", "now", "zone", "expected"),
    [
        ("+1m", "2025-01-31T12:00:00Z", "UTC", "2025-02-28T12:00:00Z"),
        ("-1y", "2024-02-29T12:00:00Z", "UTC", "2023-02-28T12:00:00Z"),
        ("yesterday", "2025-03-18T22:30:00Z", "Europe/Kyiv", "2025-03-18T22:00:00Z"),
        ("tomorrow", "2025-03-29T12:00:00Z", "Europe/Kyiv", "2025-03-30T21:00:00Z"),
        ("2025\u201103\u201129\r\n", "2025-03-18T12:00:00Z", "UTC", "2025-03-30T00:00:00Z"),
        ("+1d", "2025-03-29T01:30:00Z", "Europe/Kyiv", "2025-03-30T01:30:00Z"),
        ("2024-09-07", "2024-09-01T00:00:00Z", "America/Santiago", "2024-09-08T04:00:00Z"),
        ("2024-04-06", "2024-04-01T00:00:00Z", "America/Santiago", "2024-04-07T04:00:00Z"),
    ],
)
def test_the_calendar_of_the_zone_decides(text: str, now: str, zone: str, expected: str) -> None:
    """Short months, changes of the clock and midnights it skips or repeats are all resolved."""
    assert expected == format_instant(parse_when(text, parse_instant(now), zone))


@pytest.mark.parametrize(
    "text",
    [
        "9999-12-31",
        "9999-12-31T23:59:59-05:00",
        "9999-12-31T23:59:59Z",
        "+9999y",
        "2025-02-30",
    ],
)
def test_an_instant_off_the_calendar_is_refused(text: str) -> None:
    """What has no place on the calendar is an invalid date, not a crash."""
    with pytest.raises(InvalidDate):
        parse_when(text, parse_instant("2025-03-18T12:00:00Z"), "UTC")


def test_a_missing_offset_is_named() -> None:
    """An instant without an offset is told what it lacks."""
    with pytest.raises(InvalidDate, match="needs an offset"):
        parse_when("2025-03-18T22:00:00", parse_instant("2025-03-18T12:00:00Z"), "UTC")


@pytest.mark.parametrize("name", ["localtime", "posixrules", "right/UTC", "", "../etc", "Europe"])
def test_a_name_that_depends_on_the_host_is_no_zone(name: str) -> None:
    """The host's own setting, leap-second copies and paths are refused."""
    with pytest.raises(InvalidDate, match="unknown time zone"):
        parse_zone(name)


def test_hours_past_the_calendar_are_refused() -> None:
    """As days and years are."""
    with pytest.raises(InvalidDate):
        parse_when("+3h", parse_instant("9999-12-31T23:59:59Z"), "UTC")
