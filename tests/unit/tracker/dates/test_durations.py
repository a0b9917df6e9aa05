"""Lengths: calendar parts and clock parts, kept apart."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events import format_instant, parse_instant
from tracker.dates.durations import parse_duration, typed_duration
from tracker.errors import InvalidDate


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("P30D", (0, 30, 0)),
        ("P2W", (0, 14, 0)),
        ("P1Y2M", (14, 0, 0)),
        ("PT36H", (0, 0, 129600)),
        ("PT5M", (0, 0, 300)),
        ("P1Y2M3W4DT5H6M7S", (14, 25, 18367)),
        ("P0D", (0, 0, 0)),
    ],
)
def test_a_length_is_months_days_and_seconds(text: str, parts: tuple[int, int, int]) -> None:
    """Years are months and weeks are days; M is a month before T and a minute after."""
    duration = parse_duration(text)

    assert parts == (duration.months, duration.days, duration.seconds)


@pytest.mark.parametrize(
    ("start", "length", "expected"),
    [
        (date(2025, 1, 31), "P1M", date(2025, 2, 28)),
        (date(2024, 1, 31), "P1M", date(2024, 2, 29)),
        (date(2024, 2, 29), "P1Y", date(2025, 2, 28)),
        (date(2024, 2, 28), "P1D", date(2024, 2, 29)),
        (date(2025, 3, 18), "P30D", date(2025, 4, 17)),
    ],
)
def test_a_length_is_added_on_the_calendar(start: date, length: str, expected: date) -> None:
    """Where a month is too short, its last day is meant."""
    assert expected == parse_duration(length).add_to_date(start)


@pytest.mark.parametrize(
    ("length", "expected"),
    [("P30D", "2025-04-17T16:30:00Z"), ("P1M", "2025-04-18T15:30:00Z")],
)
def test_days_are_exact_and_months_keep_the_wall_clock(length: str, expected: str) -> None:
    """Over the Kyiv change of 30 March only a month moves in UTC."""
    start = parse_instant("2025-03-18T16:30:00Z")

    assert expected == format_instant(parse_duration(length).add_to_instant(start, "Europe/Kyiv"))


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("PT1.5H", "in whole numbers: PT90M"),
        ("P0,5D", "in whole numbers: PT12H"),
        ("PT0.25M", "in whole numbers: PT15S"),
        ("P0.333D", "accepted forms: P30D, P2W, P1M, P1Y, PT36H"),
        ("P1.5M", "accepted forms: P30D, P2W, P1M, P1Y, PT36H"),
        ("P10B", "working days are counted from a moment: "
                 'terms.due="P10D after ID in_force business" terms.calendar=NOR'),
    ],
)  # fmt: skip
def test_what_is_no_length_is_refused_with_how_to_write_it(text: str, hint: str) -> None:
    """A part of a unit in the next smaller one, where that is whole."""
    with pytest.raises(InvalidDate) as refused:
        parse_duration(text)

    assert hint == refused.value.hint


@pytest.mark.parametrize("text", ["P30D\n", "P501Y", "P999999D", "PT9999999H"])
def test_a_length_beyond_reason_is_refused(text: str) -> None:
    """No length may carry a deadline off the end of the calendar."""
    with pytest.raises(InvalidDate):
        parse_duration(text)


@given(st.integers(0, 5000), st.integers(0, 20))
def test_times_is_repeated_addition(days: int, n: int) -> None:
    """A length taken n times lasts n times as long."""
    length = parse_duration(f"P{days}D")

    assert timedelta(days=days * n) == length.times(n).elapsed()


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("30 days", "P30D"),
        ("1 Day", "P1D"),
        ("2 weeks", "P2W"),
        ("1 year 6 months", "P1Y6M"),
        ("1 week, 2 days", "P9D"),
        ("36 hours", "PT36H"),
        ("1 day 90 minutes", "P1DT90M"),
        ("P30D", "P30D"),
        ("0 days", "0 days"),
        ("thirty days", "thirty days"),
        ("30 days or so", "30 days or so"),
    ],
)
def test_a_length_may_be_written_in_words(text: str, length: str) -> None:
    """Numbers with units; anything else stays, and is refused as no length."""
    assert length == typed_duration(text)
