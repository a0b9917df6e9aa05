"""How a recurring promise ends: with its count, its end or its length; and its last period."""

from __future__ import annotations

import pytest

from events import format_instant, parse_instant
from tests.support.duties import MADE, counted, delivered, duty
from tests.support.given import History
from tracker.documents.periods import latest_periods, period_name, periods_json
from tracker.model.vocabulary import Grade, State
from tracker.rules.recurring.moments import period_moment_words


def test_t14_the_promise_ends_with_its_count_of_periods() -> None:
    """Expired where one was missed, after the grace of the last: on 1 March plus two days."""
    given = duty()
    for n in range(42):
        if n != 5:
            delivered(given, f"2025-{'01' if n < 13 else '02' if n < 41 else '03'}-"
                             f"{19 + n if n < 13 else n - 12 if n < 41 else 1:02}")  # fmt: skip
    before, after = "2025-03-03T21:59:59Z", "2025-03-03T22:00:00Z"

    assert (State.IN_FORCE, State.EXPIRED) == (
        given.commitment(before).state,
        given.commitment(after).state,
    )
    counts = counted(given, after)
    assert (42, 41, 1) == (counts.of, counts.met, counts.missed)


def test_t14_the_promise_is_discharged_when_all_were_met_or_waived() -> None:
    """With nothing owed it need not wait for the grace of the last."""
    given = duty(recurrence="FREQ=DAILY;COUNT=2")
    delivered(given, "2025-01-19")
    given.on("PeriodWaived", at="2025-01-19T13:00:00Z", period="2025-01-20", speaker="ISL")
    commitment = given.commitment("2025-01-20T22:00:00Z")

    assert (State.DISCHARGED, "T14") == (commitment.state, commitment.state_cause.rule)


def test_t14_an_end_in_the_terms_cuts_the_last_period_short() -> None:
    """Weekly from Sunday the 19th to the end of Wednesday the 29th: two periods."""
    given = duty(recurrence="FREQ=WEEKLY", end="2025-01-29")
    counts = counted(given, "2025-01-29T21:59:59Z")

    assert 2 == counts.of
    assert counts.current is not None
    assert "2025-01-29T22:00:00Z" == format_instant(counts.current.due)


@pytest.mark.parametrize(
    ("rule", "length", "of"),
    [("FREQ=YEARLY", "P10Y", 10), ("FREQ=DAILY", "P42D", 42), ("FREQ=WEEKLY", "P30D", 5)],
)
def test_t14_a_length_has_as_many_periods_however_its_first_day_is_counted(
    rule: str, length: str, of: int
) -> None:
    """Ten years have ten years in them; the last day of the exclusive count begins no eleventh."""
    counts = {
        count.get("count", "unsaid"): counted(
            History().promise(
                at=MADE,
                kind="recurring",
                terms={"recurrence": rule, "start": "2025-01-19", "duration": length, **count},
            ),
            "2036-01-01T00:00:00Z",
        ).of
        for count in ({}, {"count": "inclusive"}, {"count": "exclusive"})
    }

    assert {"unsaid": of, "inclusive": of, "exclusive": of} == counts


@pytest.mark.parametrize(
    ("quantity", "grade"), [(None, Grade.NONE), (0, Grade.NONE), (1, Grade.PARTIAL)]
)
def test_t14_what_ran_out_with_nothing_delivered_is_not_fulfilled_in_part(
    quantity: int | None, grade: Grade
) -> None:
    """Nothing on record, or a zero confirmed, is no part of what was promised."""
    given = duty()
    if quantity is not None:
        delivered(given, "2025-01-20", quantity)
    commitment = given.commitment("2026-01-01T00:00:00Z")

    assert (State.EXPIRED, grade) == (commitment.state, commitment.grade)


def test_a_period_that_the_end_cuts_is_named_by_the_days_that_it_has() -> None:
    """Weekly from Sunday the 19th, and over on Wednesday the 29th."""
    commitment = duty(recurrence="FREQ=WEEKLY", end="2025-01-29").commitment("2025-01-28T12:00:00Z")
    at = parse_instant("2025-01-28T12:00:00Z")
    counts = periods_json(commitment, at)
    assert counts is not None
    words = period_moment_words(commitment, parse_instant("2025-01-29T22:00:00Z"))

    assert "26 to 29 January 2025" == period_name("2025-01-26", counts)
    assert "the week of 19 January 2025" == period_name("2025-01-19", counts)
    assert "the part for 26 to 29 January 2025 is due" == words


@pytest.mark.parametrize(
    "terms", [{"recurrence": "FREQ=DAILY;UNTIL=20250301"}, {"end": "2025-03-01"}]
)
def test_a_month_and_a_half_of_days_ends_on_the_first_of_march(terms: dict[str, str]) -> None:
    """UNTIL and terms.end name the last day."""
    given = duty(**{"recurrence": "FREQ=DAILY", **terms})

    assert (42, 42) == (
        counted(given, "2025-03-04T12:00:00Z").of,
        counted(given, "2025-03-04T12:00:00Z").missed,
    )


def test_a_period_that_was_not_due_when_the_promise_was_over_is_owed_no_more() -> None:
    """One that was met before stays met; one that was due stays as it was."""
    given = delivered(duty(), "2025-01-19")
    left = {"reason": "for good", "speaker": "NOR"}
    given.on("DebtorCancelled", at="2025-01-20T12:00:00Z", **left)
    done = delivered(delivered(duty(), "2025-01-19"), "2025-01-20")
    done.on("DebtorCancelled", at="2025-01-20T15:00:00Z", **left)
    counts = [counted(each, "2025-03-01T00:00:00Z") for each in (given, done)]
    state = given.commitment("2025-03-01T00:00:00Z")

    assert [(1, 1), (2, 2)] == [(each.of, each.met) for each in counts]
    assert ["2025-01-19"] == [
        period["period"] for period in latest_periods(state, parse_instant("2025-03-01T00:00:00Z"))
    ]
