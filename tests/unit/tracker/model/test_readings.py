"""Readings of a deadline: the table of the domain document, day counts, zones and clock changes."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events import format_instant, parse_instant
from tracker.dates.durations import parse_duration
from tracker.dates.zones import midnight
from tracker.model.readings import readings
from tracker.model.terms import Terms

MOSCOW, KYIV, WASHINGTON = "Europe/Moscow", "Europe/Kyiv", "America/New_York"


def ends(terms: Terms, zone: str = MOSCOW, term: str = "end", **more: object) -> dict[str, str]:
    result = readings(terms, term=term, zone=zone, base_id="r", entered_at=None, **more)  # type: ignore[arg-type]
    return {reading.id: format_instant(reading.at) for reading in result}


@pytest.mark.parametrize(
    ("count", "zone", "duration", "start", "expected"),
    [
        ("inclusive", MOSCOW, "P30D", "2025-03-18", "2025-04-16T21:00:00Z"),
        ("inclusive", WASHINGTON, "P30D", "2025-03-18", "2025-04-17T04:00:00Z"),
        ("elapsed", MOSCOW, "P30D", "2025-03-18T16:30:00Z", "2025-04-17T16:30:00Z"),
        ("elapsed", KYIV, "P30D", "2025-03-18T16:30:00Z", "2025-04-17T16:30:00Z"),
        ("exclusive", MOSCOW, "P30D", "2025-03-18", "2025-04-17T21:00:00Z"),
        ("exclusive", WASHINGTON, "P30D", "2025-03-18", "2025-04-18T04:00:00Z"),
        ("calendar", MOSCOW, "P1M", "2025-03-18", "2025-04-18T21:00:00Z"),
        ("inclusive", "UTC", "P1Y", "2024-02-29", "2025-02-28T00:00:00Z"),
        ("exclusive", "UTC", "P1D", "2024-02-28", "2024-03-01T00:00:00Z"),
    ],
)
def test_each_way_to_count_ends_where_the_domain_table_says(
    count: str, zone: str, duration: str, start: str, expected: str
) -> None:
    """Every reading of the table is reproduced to the second."""
    terms = Terms(start=start, duration=duration, count=count, zone=zone)  # type: ignore[arg-type]

    assert {"r": expected} == ends(terms)


def test_both_readings_stand_when_nobody_says_how_to_count() -> None:
    """Without a count the inclusive and the exclusive reading are kept."""
    terms = Terms(start="2025-03-18", duration="P30D")

    expected = {"r-inclusive": "2025-04-16T21:00:00Z", "r-exclusive": "2025-04-17T21:00:00Z"}

    assert expected == ends(terms)


def test_a_due_day_closes_once_in_each_zone() -> None:
    """A day named by two parties has one reading per capital."""
    terms = Terms(due="2025-03-19", zones=[MOSCOW, KYIV])

    expected = {
        "r-europe-moscow": "2025-03-19T21:00:00Z",
        "r-europe-kyiv": "2025-03-19T22:00:00Z",
    }

    assert expected == ends(terms, term="due")


def test_silence_sets_no_clock() -> None:
    """A length of null gives no reading at all."""
    assert {} == ends(Terms(start="2025-03-18", duration=None))


def test_a_renewed_window_is_counted_again_from_its_start() -> None:
    """Each renewal adds one period, in days."""
    terms = Terms(start="2026-01-01", duration="P10D", count="inclusive", zone="UTC")

    assert {"r": "2026-01-21T00:00:00Z"} == ends(terms, renewals=1)


@pytest.mark.parametrize(
    ("due", "tolled", "expected"),
    [
        ("2026-01-01T00:00:00Z", "P2D", "2026-01-03T00:00:00Z"),
        ("2025-03-29T12:00:00Z", "P2D", "2025-03-31T12:00:00Z"),
        ("2025-03-29", "P2D", "2025-03-31T21:00:00Z"),
        ("2025-03-29", "PT48H", "2025-03-31T22:00:00Z"),
        ("2025-10-25", "P2D", "2025-10-27T22:00:00Z"),
    ],
)
def test_tolled_time_moves_every_reading(due: str, tolled: str, expected: str) -> None:
    """A day by calendar days of its zone, also where the clock changes; an instant exactly."""
    moved = ends(Terms(due=due), KYIV, "due", tolled=parse_duration(tolled))

    assert {"r": expected} == moved


def test_a_midnight_that_the_clock_skips_is_the_first_instant_after() -> None:
    """Where the clock jumps at midnight the day begins after the jump."""
    assert parse_instant("2024-09-08T04:00:00Z") == midnight(date(2024, 9, 8), "America/Santiago")


@given(
    start=st.dates(date(2020, 1, 1), date(2040, 1, 1)),
    days=st.integers(1, 400),
    zone=st.sampled_from([MOSCOW, KYIV, WASHINGTON, "Asia/Kathmandu", "Australia/Lord_Howe"]),
)
def test_exclusive_is_one_local_day_after_inclusive(start: date, days: int, zone: str) -> None:
    """The two ways to count differ by exactly one day of the calendar, whatever the clock does."""
    terms = Terms(start=start.isoformat(), duration=f"P{days}D", zone=zone)
    by_id = ends(terms)
    local = [
        parse_instant(by_id[f"r-{rule}"]).astimezone(ZoneInfo(zone)).date()
        for rule in ("inclusive", "exclusive")
    ]

    assert local[0] + timedelta(days=1) == local[1]


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        (Terms(end="2026-01-31T00:00:00Z", tacit_renewal="P1M"), "2026-02-28T00:00:00Z"),
        (
            Terms(
                start="2025-03-18T16:30:00Z", duration="P30D", count="elapsed", tacit_renewal="P1M"
            ),
            "2025-05-17T16:30:00Z",
        ),
        (
            Terms(start="2025-03-18T10:00:00Z", duration="PT36H", tacit_renewal="P1D"),
            "2025-03-20T22:00:00Z",
        ),
        (Terms(end="2026-01-31", tacit_renewal="PT12H", zone="UTC"), "2026-02-01T12:00:00Z"),
    ],
)
def test_a_clause_may_renew_for_any_period(terms: Terms, expected: str) -> None:
    """A renewal by the month never stops the clock, and one by the hour is not lost."""
    assert {"r": expected} == ends(terms, renewals=1)


def test_a_length_with_hours_is_elapsed_time() -> None:
    """A day and twelve hours are thirty-six hours, not a day."""
    start = "2025-03-18T10:00:00Z"

    assert ends(Terms(start=start, duration="PT36H")) == ends(
        Terms(start=start, duration="P1DT12H")
    )
