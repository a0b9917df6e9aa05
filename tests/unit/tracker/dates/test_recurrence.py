"""RRULEs: what is read, what is refused in which words, and that nothing loops."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest

from events import format_instant
from tracker.dates.recurrence import begins_of, occurs, parse_recurrence
from tracker.errors import InvalidDate
from tracker.model.terms import Terms, check_terms

START = datetime.combine(date(2025, 1, 6), time(0))


@pytest.mark.parametrize(
    "text",
    [
        "FREQ=DAILY",
        "freq=daily;interval=2",
        "FREQ=WEEKLY;BYDAY=MO,TH;WKST=SU",
        "FREQ=MONTHLY;BYDAY=-1FR",
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29",
        "FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO",
        "FREQ=YEARLY;BYYEARDAY=-1",
        "FREQ=DAILY;BYHOUR=9;BYMINUTE=30;BYSECOND=0",
    ],
)
def test_a_rule_of_the_standard_is_taken(text: str) -> None:
    """Each of them gives a period after the start."""
    assert occurs(parse_recurrence(text).rule, START)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "it has no parts"),
        ("every other day", "it has no parts"),
        ("RRULE:FREQ=DAILY", "unknown part 'RRULE:FREQ'"),
        ("FREQ=DAILY;BYEASTER=1", "unknown part 'BYEASTER'"),
        ("INTERVAL=2", "expected FREQ of DAILY, WEEKLY, MONTHLY, YEARLY; found none"),
        ("FREQ=SOMETIMES", "found FREQ=SOMETIMES"),
        ("FREQ=HOURLY", "several periods a day"),
        ("daily", "it has no parts"),
        ("FREQ=DAILY;BYHOUR=9,17", "BYHOUR: expected one hour"),
        ("FREQ=DAILY;COUNT=3;UNTIL=20260101", "COUNT and UNTIL both end it"),
        ("FREQ=DAILY;INTERVAL=0", "INTERVAL: expected 1 to 40000"),
        ("FREQ=DAILY;INTERVAL=99999999999", "INTERVAL: expected 1 to 40000"),
        ("FREQ=DAILY;FREQ=WEEKLY", "FREQ is given twice"),
        ("FREQ=DAILY;UNTIL=20250230", "UNTIL: expected a day"),
        ("FREQ=WEEKLY;BYMONTHDAY=5", "BYMONTHDAY does not go with WEEKLY"),
        ("FREQ=DAILY;BYDAY=1MO", "a numbered BYDAY needs MONTHLY or YEARLY"),
        ("FREQ=MONTHLY;BYWEEKNO=3", "BYWEEKNO goes with FREQ=YEARLY only"),
        ("FREQ=DAILY;BYSETPOS=1", "BYSETPOS needs another BY part"),
    ],
)
def test_what_is_no_rule_is_refused_in_words(text: str, words: str) -> None:
    """Which part it is, what was expected, and an example that can be typed."""
    with pytest.raises(InvalidDate, match=words) as caught:
        parse_recurrence(text)
    assert caught.value.hint


@pytest.mark.parametrize(
    "text",
    [
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;INTERVAL=7;BYDAY=TU",
        "FREQ=MONTHLY;INTERVAL=12;BYMONTH=2;BYMONTHDAY=1",
        "FREQ=DAILY;BYMONTH=1;BYSETPOS=2",
        "FREQ=YEARLY;INTERVAL=101",
    ],
)
def test_a_rule_that_never_occurs_is_refused(text: str) -> None:
    """Also one without an end, which would be looked for until the year 9999."""
    with pytest.raises(InvalidDate, match=r"never occurs: .* within 100 years of 2025-01-06"):
        check_terms(Terms(recurrence=text, start="2025-01-06"))


def test_a_rule_without_end_is_worked_out_as_far_as_the_horizon() -> None:
    """A hundred years of days, however far ahead is asked."""
    begins = begins_of("FREQ=DAILY", START, "UTC")

    assert 36_884 == begins.until(datetime(8999, 1, 1, tzinfo=UTC))


def test_a_day_that_the_clock_begins_late_begins_then() -> None:
    """In Beirut midnight is skipped on 30 March 2025."""
    begins = begins_of("FREQ=DAILY", datetime.combine(date(2025, 3, 29), time(0)), "Asia/Beirut")
    assert begins.has(2)

    assert ["2025-03-28T22:00:00Z", "2025-03-29T22:00:00Z", "2025-03-30T21:00:00Z"] == [
        format_instant(instant) for instant in begins.instants[:3]
    ]


@pytest.mark.parametrize(
    ("until", "zone", "limit"),
    [
        ("20250301", "Asia/Jerusalem", "2025-03-01T22:00:00Z"),
        ("20250301T120000Z", "Asia/Jerusalem", "2025-03-01T12:00:01Z"),
        ("20250301T120000", "Asia/Jerusalem", "2025-03-01T10:00:01Z"),
    ],
)
def test_until_is_the_last_day_or_instant_at_which_a_period_may_begin(
    until: str, zone: str, limit: str
) -> None:
    """A day in the zone of the promise; an instant without Z on its clock."""
    last = parse_recurrence(f"FREQ=DAILY;UNTIL={until}").limit(zone)

    assert last is not None
    assert limit == format_instant(last)
