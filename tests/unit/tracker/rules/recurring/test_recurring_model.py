"""The periods of random duties, against a second model that counts them out one by one."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from events import format_instant
from tests.support.given import History
from tests.support.profiles import examples
from tests.support.recurring_model import Delivery, Duty, Lasting
from tracker.rules.recurring.moments import last_period_moment, next_period_moment
from tracker.rules.recurring.standing import standing, state_of

ZERO = date(2026, 1, 1)
MONITOR = {"basis": "neutral_body"}


def at(day: int, hour: int = 0) -> str:
    moment = datetime.combine(ZERO + timedelta(days=day), time(hour), UTC)
    return format_instant(moment)


def day_of(day: int) -> str:
    return (ZERO + timedelta(days=day)).isoformat()


@st.composite
def duties(draw: Any) -> Duty:
    length = draw(st.sampled_from([1, 2, 3, 7, 14]))
    duty = Duty(
        start=draw(st.integers(0, 20)),
        length=length,
        grace=draw(st.integers(0, 5)),
        promised=draw(st.sampled_from([None, 10])),
        made=draw(st.integers(0, 25)),
        count=draw(st.none() | st.integers(1, 12)),
    )
    owed = duty.periods(80)
    on = duty.made
    for _ in range(draw(st.integers(0, 8)) if owed else 0):
        on += draw(st.integers(1, 8))
        begin = draw(st.sampled_from(owed))
        quantity = draw(st.sampled_from([None, 0, 3, 10]))
        if draw(st.booleans()) or begin in duty.waived:
            of_day = begin + draw(st.integers(0, length - 1))
            duty.deliveries.append(Delivery(on, of_day, quantity))
        else:
            duty.waived[begin] = on
    return duty


def history_of(duty: Duty) -> History:
    rule = f"FREQ=DAILY;INTERVAL={duty.length}"
    rule += f";COUNT={duty.count}" if duty.count else ""
    terms: dict[str, Any] = {
        "recurrence": rule, "start": day_of(duty.start), "zone": "UTC", "grace": f"P{duty.grace}D",
    }  # fmt: skip
    terms |= {} if duty.promised is None else {"quantity": duty.promised}
    history = History().promise(at=at(duty.made, 12), kind="recurring", terms=terms)
    acts: list[tuple[int, str, dict[str, Any]]] = [
        (d.on, "PerformanceConfirmed", {"period": day_of(d.of_day), **MONITOR,
                                        **({} if d.quantity is None else {"quantity": d.quantity})})
        for d in duty.deliveries
    ]  # fmt: skip
    acts += [(on, "PeriodWaived", {"period": day_of(b)}) for b, on in duty.waived.items()]
    for on, name, data in sorted(acts, key=lambda act: act[0]):
        history.on(name, at=at(on, 12), **data)
    return history


@settings(max_examples=examples(150), suppress_health_check=[HealthCheck.too_slow])
@given(duties(), st.integers(0, 80))
def test_periods_are_counted_as_one_by_one(duty: Duty, now: int) -> None:
    """Each state, each count, and each change of a period that was not met in time."""
    now = max(now, duty.made + 1)
    state = history_of(duty).state(at(now))
    commitment = state.commitments.get("c")
    if not duty.periods(10_000 if duty.count else now + 40):
        return
    assert commitment is not None
    if not commitment.is_open:
        # What comes after the end is a claim at most, so the count is that of the end of that day.
        ended = commitment.since - timedelta(microseconds=1)
        now = min(now, (ended.date() - ZERO).days + 1)
    instant = datetime.combine(ZERO + timedelta(days=now), time(0), UTC)
    counts = standing(commitment, instant)
    expected = Counter(duty.states(now))
    met, late = expected["met"] + expected["met_late"], expected["met_late"]
    assert (len(duty.periods(now)), met, late) == (counts.of, counts.met, counts.late)
    assert [expected["partial"], expected["missed"], expected["waived"]] == [
        counts.partial,
        counts.missed,
        counts.waived,
    ]
    assert commitment.schedule is not None
    periods = [
        commitment.schedule.period(number)
        for number in range(commitment.schedule.first, commitment.schedule.begun(instant))
    ]
    assert duty.states(now) == [state_of(commitment, p, instant).value for p in periods if p]
    assert duty.unmet(now) == [
        ((c.at.date() - ZERO).days, (date.fromisoformat(c.before or "") - ZERO).days, c.after)
        for c in state.changes
        if c.axis == "period" and c.after in ("missed", "partial") and not c.events
    ]


@settings(max_examples=examples(100))
@given(duties(), st.integers(0, 80))
def test_the_next_moment_of_a_period_is_the_first_that_counts(duty: Duty, now: int) -> None:
    """Nothing is found of a period between an instant and the next moment."""
    now = max(now, duty.made + 1)
    commitment = history_of(duty).state(at(now)).commitments.get("c")
    if commitment is None or commitment.schedule is None or not commitment.is_open:
        return
    instant = datetime.combine(ZERO + timedelta(days=now), time(6), UTC)
    coming = next_period_moment(commitment, instant)
    begins = duty.periods(now + 60)
    ahead = [day for begin in begins for day in duty.moments_ahead(begin, now)]
    past = [day for begin in begins for day in duty.moments(begin) if day <= now]

    assert (min(ahead, default=None), max(past, default=None)) == (
        (coming.date() - ZERO).days if coming else None,
        (last.date() - ZERO).days if (last := last_period_moment(commitment, instant)) else None,
    )


@st.composite
def lasting(draw: Any) -> Lasting:
    duty = Lasting(
        start=draw(st.integers(0, 5)),
        length=draw(st.sampled_from([1, 3, 7])),
        grace=draw(st.integers(0, 3)),
        made=draw(st.integers(0, 3)),
        end=draw(st.integers(8, 25)),
        renewal=draw(st.none() | st.integers(5, 20)),
    )
    on = draw(st.integers(4, 40))
    duty.notice = draw(st.none() | st.just(on)) if duty.standing_at(on)[0] else None
    later = draw(st.integers(on + 1, 60))
    duty.extension = draw(st.none() | st.tuples(st.just(later), st.integers(1, 20)))
    return duty


@settings(max_examples=examples(150), suppress_health_check=[HealthCheck.too_slow])
@given(lasting(), st.integers(4, 90))
def test_a_duty_goes_on_by_clause_and_by_agreement_as_a_window_does(
    duty: Lasting, now: int
) -> None:
    """Rows 22 and 24 and T9: it is open as long, and so many periods have begun."""
    terms = {
        "recurrence": f"FREQ=DAILY;INTERVAL={duty.length}", "start": day_of(duty.start),
        "zone": "UTC", "grace": f"P{duty.grace}D", "end": day_of(duty.end - 1),
        **({"tacit_renewal": f"P{duty.renewal}D"} if duty.renewal else {}),
    }  # fmt: skip
    history = History().promise(at=at(duty.made, 12), kind="recurring", terms=terms)
    if duty.notice is not None:
        history.on("NonRenewalNotified", at=at(duty.notice, 12), speaker="NOR")
    if duty.extension is not None:
        on, days = duty.extension
        history.on(
            "TermExtended", at=at(on, 12), by=["NOR", "ISL"], terms={"extend_by": f"P{days}D"}
        )
    commitment = history.state(at(now)).commitments["c"]
    instant = datetime.combine(ZERO + timedelta(days=now), time(0), UTC)

    assert (duty.standing_at(now)[0], duty.begun(now)) == (
        commitment.is_open, standing(commitment, instant).of,
    )  # fmt: skip
