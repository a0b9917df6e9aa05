"""How far a promise was seen to be kept, what each axis stands by, and what stays at its close."""

from __future__ import annotations

from typing import Any

import pytest

from events import format_instant, parse_instant
from tests.support.given import History
from tracker.documents.commitments import commitment_json
from tracker.model.vocabulary import State, Timing
from tracker.rules.timing import timing

BODY = {"basis": "neutral_body"}
TEN_YEARS = {"start": "2025-03-01", "duration": "P10Y", "count": "exclusive", "zone": "UTC"}
MONTH = {"start": "2025-03-01", "end": "2025-03-31", "zone": "UTC"}


def pact(terms: dict[str, Any] = MONTH) -> History:
    return History().promise(at="2025-03-01T12:00:00Z", kind="maintenance", terms=terms)


def observed(given: History, day: str, **data: Any) -> History:
    return given.on("ComplianceObserved", at=f"{day}T12:00:00Z", **BODY, **data)


def test_row_19_one_observation_does_not_clear_ten_years() -> None:
    """It clears up to its day, and the window that nobody saw to its end expires."""
    given = observed(pact(TEN_YEARS), "2026-01-01")
    later = given.commitment("2036-01-01T00:00:00Z")

    assert (State.EXPIRED, "clear", "2026-01-02T00:00:00Z") == (
        later.state,
        later.compliance,
        commitment_json(later, parse_instant("2036-01-01T00:00:00Z"))["clear_until"],
    )


@pytest.mark.parametrize(
    ("day", "data", "state"),
    [
        ("2025-03-20", {}, State.EXPIRED),
        ("2025-03-31", {}, State.DISCHARGED),
        ("2025-03-31", {"window": "2025-03-01/2025-03-20"}, State.EXPIRED),
        ("2025-03-20", {"window": "2025-03"}, State.EXPIRED),
        ("2025-04-05", {"window": "2025-03"}, State.DISCHARGED),
        ("2025-04-05", {}, State.DISCHARGED),
        ("2025-04-05", {"window": "2025-03-01/2025-03-30"}, State.EXPIRED),
        ("2025-04-05", {"window": "as far as seen"}, State.DISCHARGED),
        ("2025-04-05", {"window": "../2025-03-31"}, State.DISCHARGED),
        ("2025-04-05", {"window": "2025-03-02/2025-03-31"}, State.DISCHARGED),
    ],
)
def test_t8_what_was_observed_must_reach_the_end(
    day: str, data: dict[str, Any], state: State
) -> None:
    """By its window, else by its day; nobody sees ahead, and a finding may come after the end."""
    assert state is observed(pact(), day, **data).commitment("2025-05-01T00:00:00Z").state


def test_t8_days_are_compared_as_days() -> None:
    """The last day seen from Moscow is the last day, though it ends later in Washington."""
    given = pact({**MONTH, "zone": "Europe/Moscow"})
    given.on("ReadingAsserted", at="2025-03-02T12:00:00Z", speaker="ISL",
             terms={"end": "2025-03-31", "zone": "America/New_York"})  # fmt: skip
    observed(given, "2025-03-31")

    assert State.DISCHARGED is given.commitment("2025-05-01T00:00:00Z").state


def test_t8_a_breach_refuted_after_the_end_clears_it() -> None:
    """A finding after the end says so; one before the end says nothing of what followed."""
    for day, state in (("2025-03-20", State.EXPIRED), ("2025-04-05", State.DISCHARGED)):
        given = pact().on("ViolationAlleged", at="2025-03-10T12:00:00Z", incident="i")
        given.on("ViolationRefuted", at=f"{day}T12:00:00Z", incident="i", **BODY)
        assert state is given.commitment("2025-05-01T00:00:00Z").state


def alleged(given: History, *incidents: str) -> History:
    for n, incident in enumerate(incidents):
        given.on("ViolationAlleged", at=f"2025-03-0{n + 2}T12:00:00Z", incident=incident)
    return given


def because(given: History, axis: Any, at: str = "2025-03-29T00:00:00Z") -> Any:
    return commitment_json(given.commitment(at), parse_instant(at))["because"][axis]


def test_compliance_stands_by_the_denial_and_not_by_the_next_allegation() -> None:
    """The denial of the first incident made it disputed; a further allegation moves nothing."""
    given = alleged(pact(), "i1")
    given.on("ViolationDenied", at="2025-03-03T12:00:00Z", incident="i1")
    given.on("ViolationAlleged", at="2025-03-04T12:00:00Z", incident="i2")

    assert {"rule": "16", "events": ["e4"]} == because(given, "compliance")


def test_compliance_stands_by_what_remains_when_its_first_incident_is_refuted() -> None:
    """Two are alleged, the first is refuted: it stands by the allegation of the second."""
    given = alleged(pact(), "i1", "i2")
    assert {"rule": "15", "events": ["e3"]} == because(given, "compliance")
    given.on("ViolationRefuted", at="2025-03-05T12:00:00Z", incident="i1", **BODY)

    assert {"rule": "15", "events": ["e4"]} == because(given, "compliance")


def test_a_stale_alert_names_the_last_activity() -> None:
    """Silence is counted from the last entry, and that is the entry that it names."""
    given = History().promise(at="2025-03-01T12:00:00Z", kind="process")
    given.on("RoundHeld", at="2025-03-05T12:00:00Z")
    stale = [c for c in given.state("2025-04-20T00:00:00Z").changes if c.after == "stale"]

    assert [("T11", ("e3",))] == [(change.rule, change.events) for change in stale]
    assert {"rule": "T11", "events": ["e3"]} == because(given, "timing", "2025-04-20T00:00:00Z")


@pytest.mark.parametrize(
    ("closes", "expected"), [(False, Timing.PAST), (True, Timing.NOT_APPLICABLE)]
)
def test_the_timing_of_what_is_closed_stays(closes: bool, expected: Timing) -> None:
    """A reading that is added later moves the end, and not the timing at which it closed."""
    given, later = pact(), "2025-05-01T00:00:00Z"
    if closes:
        given.on("MutuallyTerminated", at="2025-03-20T12:00:00Z", basis="analyst_finding")
    for end in ("2025-03-10", "2025-06-30"):
        given.on("ReadingAsserted", at="2025-04-10T12:00:00Z", speaker="ISL", terms={"end": end})
        closed = given.commitment(later)
        assert expected is timing(closed, parse_instant(later))[0], format_instant(closed.since)


@pytest.mark.parametrize(
    ("terms", "later", "events"),
    [
        ({"start": "2025-04-01"}, {}, ["e2"]),
        ({"end": "2025-06-01"}, {"start": "2025-04-01"}, ["e2", "e3"]),
    ],
)
def test_a_window_that_runs_names_the_entries_that_say_when_it_starts(
    terms: dict[str, str], later: dict[str, str], events: list[str]
) -> None:
    """Also where they say nothing of its end."""
    given = History().promise(at="2025-03-01T12:00:00Z", kind="maintenance", terms=terms)
    if later:
        given.on("TermsClarified", at="2025-03-02T12:00:00Z", by=["NOR", "ISL"], terms=later)

    assert {"rule": "T3", "events": events} == because(given, "timing", "2025-04-05T00:00:00Z")
