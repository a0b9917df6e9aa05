"""A promise on the axis of time: what one sees of breaches, suspensions, periods and waiting."""

from __future__ import annotations

from typing import Any

import pytest

from events import parse_instant
from tracker.queries.board.changes import History
from web.drawing.axis import WIDTH, Axis, whole_life
from web.drawing.promise_row import row
from web.pages.sentences import short_day

AXIS = Axis(parse_instant("2026-11-28T00:00:00Z"), "UTC")
DAY = WIDTH / 56
COUNTS = {"met": 1, "late": 0, "of": 3, "missed": 2, "partial": 0, "waived": 0, "excused": 0}
IN_FORCE = History([("2026-01-01T00:00:00Z", "in_force")], {})


def commitment(**more: Any) -> dict[str, Any]:
    return {"state": "in_force", "readings": [], "incidents": [], **more}


def reading(at: str) -> dict[str, str]:
    return {"term": "end", "at": at, "zone": "UTC"}


def test_the_axis_of_a_new_year_s_eve_has_no_year_but_that_of_the_next() -> None:
    """A page as of a day is as of its end, at which the next year begins."""
    eve = Axis(parse_instant("2027-01-01T00:00:00Z"), "UTC")

    assert ["11 Dec", "18 Dec", "25 Dec", "8 Jan 2027"] == [words for _, words in eve.ticks[:4]]
    assert ("31 Dec", "4 Dec to 29 Jan 2027", "30 Dec") == (
        eve.today_words, eve.words, short_day("2026-12-30T12:00:00Z", eve.now, "UTC"),
    )  # fmt: skip


def looks(history: History, **more: Any) -> list[tuple[str, str, float]]:
    """Tone, look and width in days of each span."""
    spans = row(AXIS, history, commitment(**more)).spans
    return [(span.tone, span.look, round(span.width / DAY)) for span in spans]


def test_what_has_passed_is_solid_and_what_comes_is_pale() -> None:
    """Up to its end."""
    ends = [reading("2026-12-05T00:00:00Z")]

    assert [("good", "past", 28), ("good", "future", 7)] == looks(IN_FORCE, readings=ends)


def test_a_promise_without_a_past_is_drawn_from_now() -> None:
    """Its rows may not be made yet where the page is."""
    assert [("good", "future", 7)] == looks(
        History([], {}), readings=[reading("2026-12-05T00:00:00Z")]
    )


def test_what_the_clock_brings_is_since_the_day_that_ends() -> None:
    """In words it ran out on its last day; what somebody did then is since that day."""
    begun, ended = "2026-11-10T00:00:00Z", "2026-11-20T00:00:00Z"
    ran_out = History([(begun, "in_force"), (ended, "expired")], {})
    over = commitment(state="expired", readings=[reading(ended)])

    assert "in force since 10 Nov 2026; expired since 19 Nov 2026" == (
        row(AXIS, ran_out, over).description
    )


def test_between_two_readings_of_an_end_it_is_hatched() -> None:
    """From the first to the last."""
    ends = [reading("2026-12-05T00:00:00Z"), reading("2026-12-08T00:00:00Z")]

    assert ("warn", "disputed", 3) == looks(IN_FORCE, readings=ends)[-1]


@pytest.mark.parametrize(("status", "spans"), [
    ("alleged", [("good", "past", 28)]),
    ("confirmed", [("good", "past", 18), ("good", "broken", 10)]),
])  # fmt: skip
def test_a_confirmed_breach_ends_the_plain_green(
    status: str, spans: list[tuple[str, str, int]]
) -> None:
    """From its day on; one that is only alleged ends nothing."""
    incident = {"id": "i", "occurred": "2026-11-18T00:00:00Z", "status": status}
    drawn = looks(IN_FORCE, incidents=[incident])

    assert spans == [span for span in drawn if span[1] != "open"]


@pytest.mark.parametrize(("contested", "look"), [(False, "suspended"), (True, "contested")])
def test_a_suspension_is_striped(*, contested: bool, look: str) -> None:
    """One by a side alone has an edge of its own."""
    history = History([*IN_FORCE.states, ("2026-11-21T00:00:00Z", "suspended")], {})
    suspension = {"by": ["NOR"], "since": "2026-11-21T00:00:00Z", "contested": contested}
    drawn = looks(history, state="suspended", suspension=suspension)

    assert [("good", "past", 21), ("warn", look, 7)] == drawn[:2]


def test_a_date_that_is_not_known_yet_is_dotted() -> None:
    """To the edge of the axis, with what it waits for in words."""
    drawn = row(AXIS, IN_FORCE, commitment(awaiting={"words": "when tug is discharged"}))

    assert "awaiting" == drawn.spans[-1].look
    assert "its date is not known yet" in drawn.description


def periods(**days: str) -> History:
    return History(IN_FORCE.states, {day.replace("d", "2026-11-"): s for day, s in days.items()})


CURRENT = {"period": "2026-11-28", "state": "open"}
COUNTS = {"met": 1, "of": 4, "late": 0, "missed": 1, "partial": 1, "waived": 0, "excused": 0,
          "unmet_since": None, "zone": "UTC", "grace": "PT0S",
          "recurrence": "FREQ=DAILY"}  # fmt: skip


def test_a_recurring_promise_is_drawn_period_by_period() -> None:
    """In the place of its bar; one that may still be met is open."""
    history = periods(d07="met", d14="missed", d21="due_soon")
    known = {**COUNTS, "current": CURRENT, "next": {"period": "2026-12-05", "state": "upcoming"}}
    drawn = row(AXIS, history, commitment(periods=known))

    assert ["met", "missed", "open", "open", "upcoming"] == [p.state for p in drawn.periods]
    assert () == drawn.spans
    assert {7} == {round((p.width + 1.5) / DAY) for p in drawn.periods}
    assert "1 of 4 periods met, 1 partial, 1 missed, 1 open" in drawn.description


def test_the_last_period_is_drawn_no_longer_than_it_lasts() -> None:
    """Cut by the end of its promise: four days of seven."""
    of_weeks = {**COUNTS, "current": CURRENT, "next": None, "last_due": "2026-12-02T00:00:00Z"}
    drawn = row(AXIS, periods(d14="missed", d21="met"), commitment(periods=of_weeks))

    assert [7, 7, 4] == [round((p.width + 1.5) / DAY) for p in drawn.periods]


def test_what_is_not_recurring_has_no_periods() -> None:
    """None at all, and none that could not be seen."""
    assert () == row(AXIS, IN_FORCE, commitment(periods=None)).periods
    known = {**COUNTS, "current": None, "next": None}
    assert () == row(AXIS, IN_FORCE, commitment(periods=known)).periods


def test_the_axis_of_an_agreement_that_is_over_ends_with_it() -> None:
    """A today that lies beyond is not drawn at its edge; labels of another year say so."""
    now = parse_instant("2026-11-28T00:00:00Z")
    past = History([("2025-01-15T10:00:00Z", "in_force"), ("2025-04-20T21:00:00Z", "expired")], {})
    axis = Axis(now, "UTC", whole_life([past], [commitment(state="expired")], now))
    drawn = row(axis, past, commitment(state="expired")).spans

    assert not axis.has_today
    assert ["past", "over"] == [span.look for span in drawn]
    assert "29 Jan 2025" == axis.ticks[0][1]
    assert "12 Feb" == axis.ticks[1][1]


def test_the_axis_of_an_agreement_in_force_reaches_to_today() -> None:
    """However long ago anything happened; labels of years are months."""
    now = parse_instant("2026-11-28T00:00:00Z")
    old = History([("2020-02-01T00:00:00Z", "in_force")], {})
    axis = Axis(now, "UTC", whole_life([old], [commitment()], now))

    assert axis.has_today
    assert "Jan 2021" == axis.ticks[0][1]
    assert all(abs(x - axis.today) > 40 for x, _ in axis.ticks)


def test_what_is_offered_goes_on_to_the_end_of_its_offer() -> None:
    """And no further, whatever it promises to be due."""
    offered = commitment(state="proposed", readings=[reading("2027-01-20T00:00:00Z")])
    other = {"term": "offer", "at": "2026-12-02T00:00:00Z"}
    drawn = row(AXIS, History([("2026-10-01T00:00:00Z", "proposed")], {}), offered, other)

    assert 4 == round(drawn.spans[-1].width / DAY)
    assert (AXIS.x(parse_instant(other["at"])),) == drawn.ends


def test_a_period_of_which_nothing_is_known_stays_empty() -> None:
    """The one before it is drawn no longer than a period is."""
    periods = {"2026-11-02": "missed", "2026-11-03": "met", "2026-11-10": "missed"}
    ahead = {"period": "2026-11-28", "state": "open"}
    drawn = row(
        AXIS, History([], periods), commitment(periods={**COUNTS, "current": ahead, "next": None})
    )

    assert [1, 1, 1, 1] == [round((period.width + 1.5) / DAY) for period in drawn.periods]


def days_of(first: str, last: str) -> list[str]:
    return [f"2026-11-{day:02}" for day in range(int(first), int(last) + 1)]


@pytest.mark.parametrize(
    ("known", "unmet_since", "grace", "expected"),
    [
        (["09", "10", "17", "24"], "2026-11-09", "PT0S", days_of("09", "27")),
        (["09", "10", "17", "24"], "2026-11-09", "P2D", days_of("09", "25")),
        (["09", "10", "17"], None, "PT0S", days_of("09", "17")),
        (["09", "10", "19"], None, "PT0S", ["2026-11-09", "2026-11-10", "2026-11-19"]),
    ],
)
def test_a_long_run_of_missed_days_has_no_gaps(
    known: list[str], unmet_since: str | None, grace: str, expected: list[str]
) -> None:
    """To the last day whose grace is over; where more is unknown than a run leaves out, none."""
    days = {f"2026-11-{day}": "missed" for day in known}
    counts = {**COUNTS, "unmet_since": unmet_since, "grace": grace, "next": None}
    current = {"period": "2026-11-28", "state": "open"}
    drawn = row(AXIS, History([], days), commitment(periods={**counts, "current": current}))
    begins = [f"{int(day[8:])} November 2026: missed" for day in expected]

    assert [*begins, "28 November 2026: open"] == [period.title for period in drawn.periods]


def test_a_duty_that_ran_out_was_missed_to_its_last_day() -> None:
    """It ran out when the grace of that day was over."""
    days = {f"2026-11-{day}": "missed" for day in ("09", "10", "17")}
    counts = {**COUNTS, "unmet_since": "2026-11-09", "grace": "P2D", "current": None, "next": None}
    over = commitment(periods=counts, state="expired", since="2026-11-24T00:00:00Z")

    assert 13 == len(row(AXIS, History([], days), over).periods)


def test_nothing_is_said_of_days_over_a_suspension() -> None:
    """They may be excused."""
    days = {"2026-11-09": "missed", "2026-11-10": "missed", "2026-11-17": "missed"}
    history = History([("2026-11-12T00:00:00Z", "suspended")], days)
    known = {**COUNTS, "current": None, "next": None}

    assert 3 == len(row(AXIS, history, commitment(periods=known)).periods)
