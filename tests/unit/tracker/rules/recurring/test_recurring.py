"""Recurring duties: periods from an RRULE, each met, missed, waived or excused by itself."""

from __future__ import annotations

from typing import Any

import pytest

from events import format_instant, parse_instant
from tests.support.given import History
from tracker.analysis.next_changes import what_comes_next
from tracker.documents.periods import latest_periods, period_name, periods_json
from tracker.documents.readings import open_readings
from tracker.errors import TrackerError
from tracker.model.commitment import Commitment
from tracker.model.vocabulary import Flag, Grade, PeriodState, State, Timing
from tracker.rules.recurring.moments import period_moment_words
from tracker.rules.recurring.standing import Standing, standing, state_of
from tracker.rules.terms.disputes import flags_of
from tracker.rules.timing import next_change_at, timing

MADE = "2025-01-18T12:00:00Z"
DAILY = {"recurrence": "FREQ=DAILY;COUNT=42", "start": "2025-01-19", "zone": "Asia/Jerusalem"}
MONITOR = {"basis": "neutral_body"}


def duty(**terms: Any) -> History:
    """Six hundred lorries a day, for 42 days."""
    stated = {**DAILY, "quantity": 600, **terms}
    return History().promise(at=MADE, kind="recurring", terms=stated)


def delivered(given: History, day: str, quantity: int | None = 600, **data: Any) -> History:
    own = {} if quantity is None else {"quantity": quantity}
    return given.on("PerformanceConfirmed", at=f"{day}T12:00:00Z", **own, **MONITOR, **data)


def counted(given: History, at: str) -> Standing:
    return standing(given.commitment(at), parse_instant(at))


def periods(given: History, at: str, days: int = 8) -> list[str]:
    """How the first periods stand at an instant."""
    commitment = given.commitment(at)
    assert commitment.schedule is not None
    some = [p for p, _ in zip(commitment.schedule.periods(0), range(days), strict=False)]
    return [state_of(commitment, period, parse_instant(at)).value for period in some]


def changes(given: History, at: str) -> list[tuple[str, str | None, str, str | None]]:
    return [
        (format_instant(c.at), c.before, c.after, c.lead)
        for c in given.state(at).changes
        if c.axis == "period"
    ]


def test_t14_each_period_is_met_partial_or_missed_by_itself() -> None:
    """A day is due at its end and missed after its grace; the promise stays in force."""
    given = delivered(delivered(duty(), "2025-01-19"), "2025-01-20", 312)
    at = "2025-01-24T12:00:00Z"
    commitment = given.commitment(at)

    assert ["met", "partial", "missed", "open", "open", "open", "upcoming", "upcoming"] == periods(
        given, at
    )
    assert (State.IN_FORCE, Timing.RUNNING) == (
        commitment.state,
        timing(commitment, parse_instant(at))[0],
    )
    assert Flag.PERIODS_MISSED in flags_of(commitment, parse_instant(at))


def test_t14_a_period_that_was_met_in_part_says_how_much_was_done() -> None:
    """By the clock, and by an entry that comes later; what is silent has no number."""
    given = delivered(duty(), "2025-01-20", 312)
    given.on("PerformanceConfirmed", at="2025-01-25T12:00:00Z", quantity=20, period="2025-01-19",
             **MONITOR)  # fmt: skip
    changes = given.state("2025-01-26T12:00:00Z").changes
    told = [(c.before, c.after, c.delivered) for c in changes if c.axis == "period"]

    assert ("2025-01-19", "missed", "") in told
    assert ("2025-01-19", "partial", "20 of 600") in told
    assert ("2025-01-20", "partial", "312 of 600") in told


def test_t14_a_period_that_was_met_in_part_is_flagged_as_one_that_was_missed() -> None:
    """Once its grace is over, as its alert comes then; not while the period runs."""
    given = delivered(delivered(duty(), "2025-01-19"), "2025-01-20", 312)
    raised = [
        Flag.PERIODS_MISSED in flags_of(given.commitment(at), parse_instant(at))
        for at in ("2025-01-20T20:00:00Z", "2025-01-23T12:00:00Z")
    ]
    assert [False, True] == raised
    assert "missed" not in periods(given, "2025-01-23T12:00:00Z")


def test_t14_the_periods_begun_are_counted_and_the_current_one_is_named() -> None:
    """Of six periods begun one is met, one partial, one missed; three are open."""
    given = delivered(delivered(duty(), "2025-01-19"), "2025-01-20", 312)
    counts = counted(given, "2025-01-24T12:00:00Z")

    assert (6, 1, 1, 1) == (counts.of, counts.met, counts.partial, counts.missed)
    assert counts.current is not None
    assert ("2025-01-24", "2025-01-24T22:00:00Z") == (
        counts.current.day.isoformat(),
        format_instant(counts.current.due),
    )


def test_t14_quantities_of_one_period_add_up_and_the_last_may_be_late() -> None:
    """312 in time and 288 a day later meet the period, late."""
    given = delivered(duty(), "2025-01-20", 312)
    delivered(given, "2025-01-21", 288, period="2025-01-20")

    assert "met_late" == periods(given, "2025-01-24T12:00:00Z")[1]


@pytest.mark.parametrize("data", [{"quantity": 0}, {"quantity": None, "fulfilment": "none"}])
def test_t14_a_period_of_which_nothing_was_delivered_is_missed(data: dict[str, Any]) -> None:
    """A monitor that counts no lorry says no less than one that says nothing."""
    given = delivered(duty(), "2025-01-19", **data)

    assert ["missed"] == periods(given, "2025-01-24T12:00:00Z", 1)


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

    told = changes(given, "2025-03-31T12:00:00Z")
    assert [(at, "2025-02-01", "missed", None) for at in told_at] == told


def test_a_cap_has_no_news_of_silence_and_ends_without_a_grade() -> None:
    """Neither is a lead sent of a day by which nothing has to be done."""
    given = cap()

    assert [] == changes(given, "2025-05-10T12:00:00Z")
    over = given.commitment("2025-05-10T12:00:00Z")
    assert (State.EXPIRED, Grade.NONE) == (over.state, over.grade)


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


def test_t14_what_falls_due_while_it_rests_is_excused() -> None:
    """Suspended by all from the 20th to the 22nd: three periods are not owed."""
    given = duty()
    by = {"by": ["NOR", "ISL"]} if "by" in _fields("SuspensionDeclared") else {}
    given.on("SuspensionDeclared", at="2025-01-20T12:00:00Z", basis="both_sides", **by)
    given.on("Resumed", at="2025-01-22T23:00:00Z", basis="both_sides")

    assert ["missed", "excused", "excused", "excused", "missed"] == periods(
        given, "2025-01-30T12:00:00Z", 5
    )


def _fields(name: str) -> tuple[str, ...]:
    from tracker.model.event_types import EVENT_TYPES

    return EVENT_TYPES[name].__struct_fields__


def test_t14_periods_are_days_of_the_zone_across_a_change_of_the_clock() -> None:
    """From 30 March Kyiv is three hours ahead: a day there is an hour short."""
    given = duty(recurrence="FREQ=DAILY", start="2025-03-29", zone="Europe/Kyiv")
    commitment = given.commitment("2025-03-30T12:00:00Z")
    assert commitment.schedule is not None
    some = [p for p, _ in zip(commitment.schedule.periods(0), range(3), strict=False)]

    assert ["2025-03-29T22:00:00Z", "2025-03-30T21:00:00Z", "2025-03-31T21:00:00Z"] == [
        format_instant(period.due) for period in some
    ]


def test_t14_periods_keep_the_hour_at_which_the_promise_starts() -> None:
    """From 06:30Z, 08:30 in Jerusalem, on; a day names the period that begins on it."""
    given = duty(start="2025-01-19T06:30:00Z")
    delivered(given, "2025-01-22", 600, period="2025-01-19")

    assert "met_late" == periods(given, "2025-01-22T12:00:00Z")[0]


def test_t14_each_period_that_was_not_met_is_a_change_once_its_grace_is_over() -> None:
    """A met one is none, and one that is met after that says so."""
    given = delivered(duty(), "2025-01-19")
    delivered(given, "2025-01-24", 600, period="2025-01-20")

    assert [
        ("2025-01-22T22:00:00Z", "2025-01-20", "missed", None),
        ("2025-01-23T22:00:00Z", "2025-01-21", "missed", None),
        ("2025-01-24T12:00:00Z", "2025-01-20", "met_late", None),
        ("2025-01-24T22:00:00Z", "2025-01-22", "missed", None),
    ] == changes(given, "2025-01-25T12:00:00Z")


def test_t14_a_day_met_late_makes_no_news_of_the_days_after_it() -> None:
    """Of a long run the first seven days are told and then each seventh, whatever became of one."""
    given = duty()
    before = [change[1] for change in changes(given, "2025-02-10T12:00:00Z")]
    delivered(given, "2025-01-30", 600, period="2025-01-27")
    after = changes(given, "2025-02-10T12:00:00Z")

    assert before == [change[1] for change in after if change[2] == "missed"]
    assert ["2025-01-27"] == [change[1] for change in after if change[2] == "met_late"]


def test_t14_a_period_of_a_week_is_pointed_out_a_day_before_unless_it_was_met() -> None:
    """Daily ones are not."""
    given = delivered(duty(recurrence="FREQ=WEEKLY;COUNT=3"), "2025-01-19")

    assert [("2025-01-31T22:00:00Z", "2025-01-26", "due_soon", "P1D")] == [
        change for change in changes(given, "2025-02-03T12:00:00Z") if change[3] is not None
    ]


@pytest.mark.parametrize(
    ("suspended", "pointed_out"),
    [
        ({"by": ["NOR", "ISL"]}, []),
        ({"by": ["NOR", "ISL"], "until": "2025-02-10"}, []),
        ({"by": ["NOR", "ISL"], "until": "2025-01-30"}, ["2025-01-26"]),
        ({"speaker": "NOR"}, ["2025-01-26"]),
    ],
)
def test_t14_what_an_agreed_suspension_excuses_is_not_pointed_out(
    suspended: dict[str, Any], pointed_out: list[str]
) -> None:
    """Nobody has to hurry for what is not owed; one side's own word excuses nothing."""
    given = delivered(duty(recurrence="FREQ=WEEKLY;COUNT=3"), "2025-01-19")
    given.on("SuspensionDeclared", at="2025-01-28T12:00:00Z", **suspended)

    assert pointed_out == [
        change[1] for change in changes(given, "2025-02-03T12:00:00Z") if change[3] is not None
    ]


def test_a_quantity_of_one_period_is_news_of_that_period() -> None:
    """Who hears of it does not take it for every period."""
    given = duty().on("TermsClarified", at="2025-01-20T12:00:00Z", term="quantity", value=500,
                      period="2025-01-25", by=["NOR", "ISL"])  # fmt: skip
    news = [
        change.after for change in given.state("2025-01-21T00:00:00Z").changes
        if change.axis == "terms"
    ]  # fmt: skip

    assert ["quantity of 2025-01-25: 500"] == news


def test_t14_the_next_change_is_the_next_instant_of_a_period() -> None:
    """However long the promise runs."""
    given = duty(recurrence="FREQ=DAILY")
    at = parse_instant("2031-05-05T12:00:00Z")

    assert parse_instant("2031-05-05T21:00:00Z") == next_change_at(
        given.commitment("2031-05-05T12:00:00Z"), at
    )


def test_row_10_a_report_counts_for_its_period_as_claimed() -> None:
    """It moves nothing, and names the period it is about."""
    given = duty().on("PerformanceReported", at="2025-01-21T12:00:00Z", period="2025-01-20",
                      quantity=600, speaker="NOR")  # fmt: skip
    commitment = given.commitment("2025-01-21T12:00:00Z")

    assert ("2025-01-20", "open") == (
        commitment.claims[0].period,
        periods(given, "2025-01-21T12:00:00Z")[1],
    )


def test_row_14_a_finding_says_that_one_period_was_not_performed() -> None:
    """It needs the period, which has to be over and unmet; the promise stays in force."""
    given = delivered(duty(), "2025-01-20", 312)
    given.on("NonPerformanceFound", at="2025-01-21T12:00:00Z", period="2025-01-20", **MONITOR)

    assert ("missed", State.IN_FORCE) == (
        periods(given, "2025-01-21T12:00:00Z")[1],
        given.commitment("2025-01-21T12:00:00Z").state,
    )


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({}, "needs `period`"),
        ({"period": "2025-01-22"}, "not over yet"),
        ({"period": "2025-01-19"}, "it was met"),
        ({"period": "2025-04-01"}, "owes no period on 2025-04-01; its periods run from"),
        ({"period": "2025-01"}, "more than one period"),
    ],
)
def test_row_14_is_refused_for_a_period_that_it_cannot_be_about(
    data: dict[str, str], words: str
) -> None:
    """The refusal says which periods there are."""
    given = delivered(duty(), "2025-01-19")

    with pytest.raises(TrackerError, match=words):
        given.judged("NonPerformanceFound", at="2025-01-21T12:00:00Z", **MONITOR, **data)


def test_row_39_a_creditor_waives_one_period() -> None:
    """Also one that was missed; the others stay owed."""
    given = duty().on("PeriodWaived", at="2025-01-25T12:00:00Z", period="2025-01-20", by="ISL")

    assert ["missed", "waived", "missed"] == periods(given, "2025-01-25T12:00:00Z", 3)


def test_row_39_is_refused_from_the_debtor() -> None:
    """Nobody waives what is owed to others."""
    with pytest.raises(TrackerError, match="act of a creditor"):
        duty().judged("PeriodWaived", at="2025-01-25T12:00:00Z", period="2025-01-20", by="NOR")


def test_a_period_is_refused_of_another_kind_of_promise() -> None:
    """It would be lost without a word."""
    given = History().promise(at=MADE, terms={"due": "2025-02-01"})

    with pytest.raises(TrackerError, match="`period` is of a recurring promise"):
        given.judged("PerformanceConfirmed", at=MADE, period="2025-01-20", **MONITOR)


def test_a_confirmation_before_the_first_period_is_refused() -> None:
    """It is of no period."""
    with pytest.raises(TrackerError, match="owes no period on 2025-01-18"):
        duty().judged("PerformanceConfirmed", at="2025-01-18T13:00:00Z", **MONITOR)


def test_rows_15_to_18_incidents_count_and_leave_the_promise_in_force() -> None:
    """A breach is confirmed, and the next day is owed all the same."""
    given = duty()
    given.on("ViolationAlleged", at="2025-01-20T12:00:00Z", incident="i", speaker="ISL")
    given.on("ViolationConfirmed", at="2025-01-21T12:00:00Z", incident="i", **MONITOR)
    commitment: Commitment = given.commitment("2025-01-22T12:00:00Z")

    assert (State.IN_FORCE, "confirmed") == (commitment.state, commitment.compliance.value)


def test_row_9_all_parties_settle_what_one_period_asks_for() -> None:
    """It asks for no more than they say, and every other one for what it did."""
    given = delivered(duty(), "2025-01-20", 312)
    given.on("TermsClarified", at="2025-01-20T15:00:00Z", by=["NOR", "ISL"], period="2025-01-20",
             terms={"quantity": 300})  # fmt: skip
    delivered(given, "2025-01-21", 312)

    assert ["met", "open"] == periods(given, "2025-01-22T12:00:00Z", 3)[1:]


def test_row_9_one_account_of_a_period_stands_beside_the_others() -> None:
    """It changes nothing, and is a term of its own."""
    given = delivered(duty(), "2025-01-20", 312)
    given.on("ReadingAsserted", at="2025-01-20T15:00:00Z", speaker="NOR", period="2025-01-20",
             term="quantity", value=300)  # fmt: skip
    commitment = given.commitment("2025-01-22T12:00:00Z")

    assert ("open", {"quantity of 2025-01-20": 300}) == (
        periods(given, "2025-01-22T12:00:00Z")[1],
        commitment.accounts[-1].other,
    )


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"term": "grace", "value": "P3D"}, "only the quantity can be read"),
        ({"terms": {"quantity": 3, "scope": "fuel"}}, "only the quantity can be read"),
        ({"term": "quantity", "value": 3, "period": "2025-06-01"}, "owes no period on 2025-06-01"),
    ],
)
def test_row_9_of_one_period_only_the_quantity_is_read(data: dict[str, Any], words: str) -> None:
    """Anything else is refused with what can be said."""
    with pytest.raises(TrackerError, match=words):
        duty().judged("ReadingAsserted", at="2025-01-21T12:00:00Z", speaker="NOR",
                      **{"period": "2025-01-20", **data})  # fmt: skip


def test_a_week_that_was_met_is_news() -> None:
    """A day that was met is none: there are too many of them."""
    given = delivered(duty(recurrence="FREQ=WEEKLY;COUNT=3"), "2025-01-21")

    assert [("2025-01-21T12:00:00Z", "2025-01-19", "met", None)] == changes(
        given, "2025-01-22T12:00:00Z"
    )


def test_a_clarified_rule_keeps_what_is_on_record_of_its_days() -> None:
    """From daily to weekly: the day's delivery belongs to the week it lies in."""
    given = delivered(duty(recurrence="FREQ=DAILY", quantity=None), "2025-01-21", None)
    given.on("TermsClarified", at="2025-01-22T12:00:00Z", by=["NOR", "ISL"],
             terms={"recurrence": "FREQ=WEEKLY"})  # fmt: skip

    assert ["met", "upcoming"] == periods(given, "2025-01-22T13:00:00Z", 2)


def test_periods_that_were_over_before_the_promise_came_into_force_are_not_owed() -> None:
    """A start in the past is no debt."""
    given = duty(recurrence="FREQ=DAILY", start="2025-01-01")

    assert 2 == counted(given, "2025-01-19T12:00:00Z").of


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


def test_states_of_a_period_are_the_words_of_the_document() -> None:
    """Nine."""
    assert [
        "upcoming",
        "open",
        "met",
        "met_late",
        "partial",
        "missed",
        "waived",
        "excused",
        "unassessed",
    ] == list(PeriodState)


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


def test_what_was_due_and_is_not_met_is_a_deadline_while_its_grace_runs() -> None:
    """Half a year's coupon with thirty days of grace; once it is paid nothing is owed of it."""
    terms = {"recurrence": "FREQ=MONTHLY;INTERVAL=6", "start": "2024-12-20", "grace": "P30D",
             "zone": "UTC", "quantity": 60}  # fmt: skip
    given = History().promise(at="2024-12-20T12:00:00Z", kind="recurring", terms=terms)
    at = "2025-06-25T12:00:00Z"

    def dues(day: str) -> list[str]:
        state = given.state(day)
        return [row["at"] for row in open_readings(state, state.commitments["c"])]

    def following(day: str) -> str | None:
        clock = what_comes_next(given.commitment(day), parse_instant(day))["clock"]
        return clock["period"] if clock else None

    before = (dues(at), following(at))
    given.on("PerformanceConfirmed", at="2025-06-27T12:00:00Z", quantity=60,
             period="2025-06-10", **MONITOR)  # fmt: skip
    after = (dues("2025-06-28T12:00:00Z"), following("2025-06-28T12:00:00Z"))

    assert (
        ["2025-06-20T00:00:00Z", "2025-12-20T00:00:00Z", "2026-06-20T00:00:00Z"],
        "the part for 20 December 2024 to 19 June 2025 counts as missed",
    ) == before
    assert (
        ["2025-12-20T00:00:00Z", "2026-06-20T00:00:00Z"],
        "the part for 20 June to 19 December 2025 is due soon",
    ) == after
