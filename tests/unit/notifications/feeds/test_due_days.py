"""A calendar has the day on which a part of a recurring promise is due, not a bar of its period."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr

from notifications.feeds.due_days import DueDays, due_days
from tests.support.given import History
from tracker.model.schedule import Schedule

ZONE = "Europe/Kyiv"


def schedule_of(recurrence: str, start: str, **terms: str) -> Schedule:
    given = {"start": start, "recurrence": recurrence, "zone": ZONE, **terms}
    history = History().promise(at="2026-01-01T00:00:00Z", kind="recurring", terms=given)
    schedule = history.state("2026-06-01T00:00:00Z").commitments["c"].schedule
    assert schedule is not None
    return schedule


@pytest.mark.parametrize(
    ("recurrence", "start", "expected"),
    [
        ("FREQ=YEARLY", "2026-04-15", ("2027-04-14", "once a year")),
        ("FREQ=YEARLY", "2026-03-01", ("2027-02-28", "once a year")),
        ("FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=1", "2026-01-01", ("2026-12-31", "once a year")),
        ("FREQ=MONTHLY", "2026-02-01", ("2026-02-28", "once a month")),
        ("FREQ=MONTHLY;INTERVAL=6;BYMONTHDAY=1", "2026-01-01", ("2026-06-30", "every 6 months")),
        ("FREQ=WEEKLY", "2026-02-02", ("2026-02-08", "once a week")),
        ("FREQ=WEEKLY;BYDAY=WE", "2026-02-04", ("2026-02-10", "once a week")),
        ("FREQ=DAILY;INTERVAL=10", "2026-02-02", ("2026-02-11", "every 10 days")),
        ("FREQ=MONTHLY;COUNT=3", "2026-02-10", ("2026-03-09", "once a month")),
    ],
)
def test_the_rule_gives_the_days_on_which_periods_are_due(
    recurrence: str, start: str, expected: tuple[str, str]
) -> None:
    """For ten years, in leap years too, and to the last period."""
    schedule = schedule_of(recurrence, start)
    days = due_days(schedule)
    assert isinstance(days, DueDays)
    periods = islice(schedule.periods(schedule.first), 120)
    due = [
        (period.due - timedelta(seconds=1)).astimezone(ZoneInfo(ZONE)).date() for period in periods
    ]
    begin = datetime.combine(days.first, datetime.min.time())

    assert expected == (days.first.isoformat(), days.words)
    assert due == [at.date() for at in islice(rrulestr(days.rule, dtstart=begin), 120)][: len(due)]
    assert days.first == due[0] != date.min


def test_a_period_that_the_end_cuts_short_is_left_as_it_was() -> None:
    """Its last day is on no rule."""
    assert None is due_days(schedule_of("FREQ=MONTHLY", "2026-02-01", end="2026-05-15"))
    whole = due_days(schedule_of("FREQ=MONTHLY", "2026-02-01", end="2026-05-31"))
    assert whole
    assert whole.rule.endswith("UNTIL=20260531")


@pytest.mark.parametrize(
    ("recurrence", "start"),
    [("FREQ=DAILY", "2026-02-02"), ("FREQ=MONTHLY", "2026-01-31"),
     ("FREQ=WEEKLY;BYDAY=MO,TH", "2026-02-02"), ("FREQ=MONTHLY;BYDAY=1MO", "2026-02-02")],
)  # fmt: skip
def test_what_no_simple_rule_gives_is_left_as_it_was(recurrence: str, start: str) -> None:
    """Days are their own due days; of odd rules a calendar has the period."""
    assert None is due_days(schedule_of(recurrence, start))
