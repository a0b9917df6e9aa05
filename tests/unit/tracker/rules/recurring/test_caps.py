"""Limits of so much a period: kept when it is over, and broken by what is confirmed beyond."""

from __future__ import annotations

import pytest

from events import parse_instant
from tests.support.duties import MADE, changes, counted, delivered, periods
from tests.support.given import History
from tracker.model.vocabulary import Grade, State
from tracker.rules.recurring.moments import period_moment_words


def cap() -> History:
    """No more than 300 tonnes a month."""
    stated = {"recurrence": "FREQ=MONTHLY;COUNT=3", "start": "2025-02-01", "zone": "UTC"}
    terms = {**stated, "quantity": 300}
    return History().promise(at=MADE, kind="recurring", deontic="prohibition", terms=terms)


def test_a_cap_that_is_confirmed_a_month_later_was_not_kept_late() -> None:
    """It is kept through its period; a duty that is done a month later is met late."""
    given = delivered(cap(), "2025-03-24", 250, period="2025-02-10")
    given = delivered(given, "2025-04-02", None, period="2025-03-10")
    counts = counted(given, "2025-04-03T12:00:00Z")

    assert ["met", "met"] == periods(given, "2025-04-03T12:00:00Z", 2)
    assert (2, 0) == (counts.met, counts.late)


def test_a_cap_that_is_passed_is_not_kept() -> None:
    """Amounts of one month add up, and what is more than its cap misses it from then on."""
    given = delivered(cap(), "2025-02-10", 200)
    given = delivered(given, "2025-02-20", 101)

    assert ["open"] == periods(given, "2025-02-20T11:59:59Z", 1)
    assert ["missed"] == periods(given, "2025-02-21T12:00:00Z", 1)
    assert ["missed"] == periods(given, "2025-03-10T12:00:00Z", 1)


def test_a_cap_is_kept_when_its_period_is_over() -> None:
    """A number of the first days says nothing of the last."""
    given = delivered(cap(), "2025-02-10", 200)

    assert ["open"] == periods(given, "2025-02-28T23:59:59Z", 1)
    assert ["met"] == periods(given, "2025-03-01T00:00:00Z", 1)


def test_silence_is_no_word_that_a_cap_was_passed() -> None:
    """Nothing on record of a duty is a miss; a cap of which nobody gives a number is not judged."""
    given = delivered(cap(), "2025-04-02", 301, period="2025-03-10")
    counts = counted(given, "2025-05-10T12:00:00Z")

    assert ["unassessed", "missed", "unassessed"] == periods(given, "2025-05-10T12:00:00Z", 3)
    assert (0, 1, 2) == (counts.met, counts.missed, counts.unassessed)
    assert counts.unmet_since is None
    in_april = counted(given, "2025-04-10T12:00:00Z").unmet_since
    assert in_april is not None
    assert "2025-03-01" == in_april.day.isoformat()


@pytest.mark.parametrize(
    ("recorded", "told_at"),
    [
        ("2025-02-21T09:00:00Z", ["2025-02-20T12:00:00Z"]),
        ("2025-03-20T09:00:00Z", ["2025-02-20T12:00:00Z", "2025-03-03T00:00:00Z"]),
    ],
)
def test_what_is_known_to_be_passed_is_no_news_when_the_period_is_over(
    recorded: str, told_at: list[str]
) -> None:
    """What is recorded later is news of the end of the period too, since its entry is history."""
    given = cap().on(
        "PerformanceConfirmed",
        at="2025-02-20T12:00:00Z",
        recorded=recorded,
        quantity=301,
        basis="neutral_body",
    )

    news = changes(given, "2025-03-31T12:00:00Z")
    assert [(at, "2025-02-01", "missed", None) for at in told_at] == news


def test_a_cap_has_no_news_of_silence_and_ends_without_a_grade() -> None:
    """Neither is a lead sent of a day by which nothing has to be done."""
    given = cap()

    assert [] == changes(given, "2025-05-10T12:00:00Z")
    over = given.commitment("2025-05-10T12:00:00Z")
    assert (State.EXPIRED, Grade.NONE) == (over.state, over.grade)


def test_a_cap_that_was_passed_counts_as_exceeded_when_its_grace_is_over() -> None:
    """As it stands in the table of its periods."""
    given = delivered(cap(), "2025-02-20", 301)
    closing = given.commitment("2025-03-01T12:00:00Z")

    assert "the part for February 2025 counts as exceeded" == period_moment_words(
        closing, parse_instant("2025-03-03T00:00:00Z")
    )
