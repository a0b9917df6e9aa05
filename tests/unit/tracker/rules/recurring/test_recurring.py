"""Recurring duties: periods from an RRULE, each met, missed, waived or excused by itself."""

from __future__ import annotations

from typing import Any

import pytest

from events import format_instant, parse_instant
from tests.support.duties import MADE, MONITOR, changes, counted, delivered, duty, periods
from tests.support.given import History
from tracker.analysis.next_changes import what_comes_next
from tracker.documents.readings import open_readings
from tracker.errors import TrackerError
from tracker.model.commitment import Commitment
from tracker.model.vocabulary import Flag, PeriodState, State, Timing
from tracker.rules.terms.disputes import flags_of
from tracker.rules.timing import next_change_at, timing


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
    periods = [(c.before, c.after, c.delivered) for c in changes if c.axis == "period"]

    assert ("2025-01-19", "missed", "") in periods
    assert ("2025-01-19", "partial", "20 of 600") in periods
    assert ("2025-01-20", "partial", "312 of 600") in periods


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
