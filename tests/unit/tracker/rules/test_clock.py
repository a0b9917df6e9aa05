"""What time alone does: the clock rules, timing and the next change."""

from __future__ import annotations

import pytest

from events import format_instant, parse_instant
from tests.support.given import History
from tracker.model.vocabulary import State, Timing
from tracker.rules.timing import next_change_at, timing

START = "2026-01-01T12:00:00Z"
CONTESTED = {"start": "2026-01-01", "duration": "P20D", "zone": "UTC"}


def pause(**terms: object) -> History:
    return History().promise(at=START, kind="maintenance", terms={**CONTESTED, **terms})


def delivery(**terms: object) -> History:
    return History().promise(at=START, terms={"due": "2026-01-20", "zone": "UTC", **terms})


def clock(given: History, at: str) -> tuple[State, Timing]:
    commitment = given.commitment(at)
    return commitment.state, timing(commitment, parse_instant(at))[0]


def test_t1_an_offer_runs_out() -> None:
    """A proposal expires when its offer is no longer valid."""
    given = History().promise(
        "CommitmentProposed", at=START, offer_valid_until="2026-01-05T00:00:00Z"
    )

    assert State.EXPIRED is given.commitment("2026-01-05T00:00:00Z").state


def test_t2_a_missed_antecedent_expires() -> None:
    """A conditional promise expires when the deadline of an antecedent passes."""
    antecedents = [{"id": "a", "deadline": "2026-01-05"}]
    given = History().promise("AcceptedConditionally", at=START, antecedents=antecedents)

    assert State.EXPIRED is given.commitment("2026-01-06T00:00:00Z").state


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-01-02T00:00:00Z", Timing.RUNNING),
        ("2026-01-14T00:00:00Z", Timing.DUE_SOON),
        ("2026-01-20T23:59:59Z", Timing.DUE_SOON),
        ("2026-01-21T00:00:00Z", Timing.CONTESTED_END),
        ("2026-01-21T23:59:59Z", Timing.CONTESTED_END),
        ("2026-01-22T00:00:00Z", Timing.PAST),
    ],
)
def test_t3_t4_t5_t8_the_timing_of_a_window(at: str, expected: Timing) -> None:
    """Lead times count from the earliest reading, the end falls at the latest."""
    assert expected is clock(pause(), at)[1]


def test_t3_a_window_that_has_not_begun_is_in_force_and_not_started() -> None:
    """The promise binds from acceptance, its window from its start."""
    given = pause(start="2026-01-05")

    assert (State.IN_FORCE, Timing.NOT_STARTED) == clock(given, "2026-01-02T00:00:00Z")


@pytest.mark.parametrize(
    ("at", "state", "expected"),
    [
        ("2026-01-20T23:59:59Z", State.IN_FORCE, Timing.DUE_SOON),
        ("2026-01-21T00:00:00Z", State.OVERDUE, Timing.IN_GRACE),
        ("2026-01-23T00:00:00Z", State.LAPSED, Timing.PAST),
    ],
)
def test_t6_t7_what_is_not_delivered_is_overdue_then_lapsed(
    at: str, state: State, expected: Timing
) -> None:
    """Silence is never a violation: that takes a finding."""
    assert (state, expected) == clock(delivery(), at)


@pytest.mark.parametrize(
    ("events", "state"),
    [
        ([], State.EXPIRED),
        (["ComplianceObserved"], State.EXPIRED),
        (["ComplianceObserved"] * 8 + ["LastObserved"], State.DISCHARGED),
        (["ViolationAlleged"], State.EXPIRED),
        (["ViolationAlleged", "ViolationDenied"], State.EXPIRED),
        (["ViolationAlleged", "ViolationConfirmed"], State.VIOLATED),
    ],
)
def test_t8_the_end_is_judged_by_compliance(events: list[str], state: State) -> None:
    """Clear up to the end is discharged, confirmed is violated, everything else is expired."""
    given = pause()
    for n, name in enumerate(events):
        own = {"incident": "i"} if name.startswith("Violation") else {}
        days = 21 if name == "LastObserved" else n + 2
        event = name.replace("Last", "Compliance")
        given.on(event, at=f"2026-01-{days:02}T12:00:00Z", basis="neutral_body", **own)

    assert state is given.commitment("2026-01-22T00:00:00Z").state


def test_t9_a_tacit_renewal_keeps_it_in_force() -> None:
    """With a clause and no notice the window runs one more period."""
    given = pause(tacit_renewal=True)
    renewed = [c for c in given.state("2026-01-23T00:00:00Z").changes if c.rule == "T9"]

    assert (State.IN_FORCE, 1) == (given.commitment("2026-01-23T00:00:00Z").state, len(renewed))


def test_t10_a_suspension_with_an_end_resumes_by_itself() -> None:
    """A suspension `until` ends on the clock, and what it tolled is added."""
    given = delivery().on(
        "SuspensionDeclared", at="2026-01-02T00:00:00Z", tolls=True, until="2026-01-04T00:00:00Z"
    )
    commitment = given.commitment("2026-01-05T00:00:00Z")

    assert (State.IN_FORCE, "2026-01-23T00:00:00Z") == (
        commitment.state,
        commitment.latest and format_instant(commitment.latest),
    )


def test_t6_does_not_run_while_a_suspension_tolls() -> None:
    """Tolled time makes nothing overdue; without tolling the due date stands."""
    tolled = delivery().on("SuspensionDeclared", at="2026-01-02T00:00:00Z", tolls=True)
    plain = delivery().on("SuspensionDeclared", at="2026-01-02T00:00:00Z", tolls=False)

    assert (
        tolled.commitment("2026-01-21T12:00:00Z").state,
        plain.commitment("2026-01-21T12:00:00Z").state,
    ) == (State.SUSPENDED, State.OVERDUE)


def test_t11_silence_makes_a_process_stale_and_moves_no_state() -> None:
    """A process goes stale after 21 days without an event."""
    given = History().promise(at=START, kind="process")

    assert [(State.IN_FORCE, Timing.OPEN_ENDED), (State.IN_FORCE, Timing.STALE)] == [
        clock(given, "2026-01-22T11:59:59Z"),
        clock(given, "2026-01-22T12:00:00Z"),
    ]


def test_t11_an_end_keeps_the_time_and_a_process_has_none() -> None:
    """What has a deadline does not go stale; a process does, whatever its terms say of an end."""
    terms = {"end": "2026-06-01", "zone": "UTC"}
    talks = History().promise(at=START, kind="process", terms=terms)

    assert (Timing.RUNNING, Timing.STALE) == (
        clock(pause(duration="P200D"), "2026-04-01T00:00:00Z")[1],
        clock(talks, "2026-04-01T00:00:00Z")[1],
    )


def test_t8_does_not_end_a_process() -> None:
    """A process is concluded or collapses; no clock closes it."""
    given = History().promise(at=START, kind="process", terms={"end": "2026-01-20", "zone": "UTC"})

    assert (State.IN_FORCE, Timing.STALE) == clock(given, "2026-06-01T00:00:00Z")


def test_t7_grace_is_what_the_terms_say() -> None:
    """Overdue lapses after the grace of its own terms."""
    given = delivery(grace="P5D")

    assert [State.OVERDUE, State.LAPSED] == [
        clock(given, at)[0] for at in ("2026-01-25T23:59:59Z", "2026-01-26T00:00:00Z")
    ]


def suggestions(given: History, until: str = "2026-12-01T00:00:00Z") -> list[tuple[str, str]]:
    changes = given.state(until).changes
    return [(format_instant(c.at)[:10], c.after) for c in changes if c.rule == "T12"]


def test_t11_silence_begins_when_the_promise_starts() -> None:
    """Whether its start is a date or hangs on another promise: of nothing there is no news."""
    given = History().promise(at="2025-01-01T12:00:00Z", kind="maintenance",
                              terms={"start": "2025-06-01", "zone": "UTC"})  # fmt: skip
    at = ("2025-05-01T00:00:00Z", "2025-06-30T00:00:00Z", "2025-07-01T12:00:00Z")

    assert [Timing.NOT_STARTED, Timing.RUNNING, Timing.STALE] == [
        timing(given.commitment(instant), parse_instant(instant))[0] for instant in at
    ]


def test_t12_an_unanswered_allegation_is_pointed_out_and_an_answered_one_is_not() -> None:
    """Ninety days without a denial or a finding; the state does not move."""
    given = pause(duration="P300D").on("ViolationAlleged", at="2026-01-02T00:00:00Z", incident="i")
    silent = suggestions(given)
    given.on("ViolationDenied", at="2026-01-03T00:00:00Z", incident="i")

    assert ([("2026-04-02", "allegation i unanswered for 90 days")], []) == (
        silent,
        suggestions(given),
    )


def test_t12_a_due_date_that_passes_in_silence_is_pointed_out() -> None:
    """Neither side has said a word since; a word of either side is enough to say nothing."""
    silent = suggestions(delivery())
    spoken = delivery().on("PerformanceReported", at="2026-01-25T00:00:00Z", speaker="NOR")

    assert ([("2026-04-21", "past due for 90 days, and neither side has spoken")], []) == (
        silent,
        suggestions(spoken),
    )


def test_t12_long_silence_is_only_a_suggestion() -> None:
    """Ninety days stale points itself out once."""
    given = History().promise(at=START, kind="process")
    suggestions = [c for c in given.state("2026-12-01T00:00:00Z").changes if c.rule == "T12"]

    assert ["suggestion"] == [change.axis for change in suggestions]


def test_one_alert_moment_per_lead_for_the_whole_set_of_readings() -> None:
    """Two readings of one end give each lead once, before the earliest."""
    changes = pause().state("2026-01-20T00:00:00Z").changes
    leads = [(c.lead, format_instant(c.at)) for c in changes if c.lead]

    assert [
        ("P7D", "2026-01-14T00:00:00Z"),
        ("P3D", "2026-01-18T00:00:00Z"),
        ("P1D", "2026-01-20T00:00:00Z"),
    ] == leads


def test_a_promise_made_inside_its_leads_speaks_once() -> None:
    """Only the nearest lead that has passed is told at entry."""
    given = History().promise(at=START, terms={"due": "2026-01-03", "zone": "UTC"})
    leads = [c.lead for c in given.state(START).changes if c.lead]

    assert ["P3D"] == leads


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-01-02T00:00:00Z", "2026-01-14T00:00:00Z"),
        ("2026-01-15T00:00:00Z", "2026-01-21T00:00:00Z"),
        ("2026-01-21T00:00:00Z", "2026-01-22T00:00:00Z"),
        ("2026-01-22T00:00:00Z", None),
    ],
)
def test_next_change_is_the_next_instant_at_which_an_axis_moves(
    at: str, expected: str | None
) -> None:
    """Lead moments that alter no axis are passed over; what is closed changes no more."""
    change = next_change_at(pause().commitment(at), parse_instant(at))

    assert expected == (format_instant(change) if change else None)


def test_an_event_before_its_effect_or_its_recording_is_not_seen() -> None:
    """As-of hides what has not happened, known-at what was not yet recorded."""
    given = delivery().add(
        "CreditorReleased",
        at="2026-01-05T00:00:00Z",
        recorded="2026-01-08T00:00:00Z",
        commitment="c",
    )

    assert [
        given.commitment("2026-01-04T00:00:00Z").state,
        given.commitment("2026-01-06T00:00:00Z", "2026-01-07T00:00:00Z").state,
        given.commitment("2026-01-06T00:00:00Z").state,
    ] == [State.IN_FORCE, State.IN_FORCE, State.RELEASED]


@pytest.mark.parametrize(
    ("kind", "terms", "at", "expected"),
    [
        ("maintenance", {"end": "2026-01-20"}, "2026-01-21T00:00:00Z", Timing.PAST),
        ("achievement", {"due": "2026-01-20"}, "2026-01-21T00:00:00Z", Timing.IN_GRACE),
        ("achievement", {"due": "2026-01-20"}, "2026-01-23T00:00:00Z", Timing.PAST),
        (
            "maintenance",
            {"start": "2026-01-01", "duration": "P20D", "stale_after": "P1D"},
            "2026-01-21T12:00:00Z",
            Timing.CONTESTED_END,
        ),
        (
            "maintenance",
            {"end": "2026-01-20", "stale_after": "P1D"},
            "2026-01-15T00:00:00Z",
            Timing.DUE_SOON,
        ),
        (
            "maintenance",
            {"end": "2026-03-20", "stale_after": "P1D"},
            "2026-01-15T00:00:00Z",
            Timing.STALE,
        ),
        (
            "maintenance",
            {"start": "2026-02-01", "end": "2026-03-20"},
            "2026-01-15T00:00:00Z",
            Timing.NOT_STARTED,
        ),
        (
            "maintenance",
            {"start": "2026-01-18", "end": "2026-01-20"},
            "2026-01-15T00:00:00Z",
            Timing.DUE_SOON,
        ),
        ("maintenance", {"end": "2026-03-20"}, "2026-01-15T00:00:00Z", Timing.RUNNING),
        ("maintenance", {}, "2026-01-15T00:00:00Z", Timing.OPEN_ENDED),
    ],
)
def test_where_several_timings_fit_the_first_of_the_document_wins(
    kind: str, terms: dict[str, object], at: str, expected: Timing
) -> None:
    """Past, contested_end, in_grace, due_soon, stale, running, not_started, open_ended."""
    given = History().promise(at=START, kind=kind, terms={"zone": "UTC", **terms})

    assert expected is clock(given, at)[1]


@pytest.mark.parametrize("first", ["CommitmentProposed", "AcceptedConditionally"])
def test_what_does_not_bind_yet_has_no_timing_unless_it_is_stale(first: str) -> None:
    """n/a while proposed or conditional; silence shows all the same."""
    given = History().promise(first, at=START, kind="process")

    assert [Timing.NOT_APPLICABLE, Timing.STALE] == [
        clock(given, at)[1] for at in ("2026-01-10T00:00:00Z", "2026-02-10T00:00:00Z")
    ]


DATED: list[tuple[str, History, bool]] = [
    (
        "an offer with a date",
        History().promise("CommitmentProposed", at=START, offer_valid_until="2026-06-01"),
        False,
    ),
    ("an offer without one", History().promise("CommitmentProposed", at=START), True),
    (
        "talks that are only offered, until a date",
        History().promise(
            "CommitmentProposed", at=START, kind="process", offer_valid_until="2026-06-01"
        ),
        False,
    ),
    (
        "a condition with a date",
        History().promise(
            "AcceptedConditionally",
            at=START,
            antecedents=[{"id": "a", "text": "x", "deadline": "2026-06-01"},
                         {"id": "b", "text": "y"}],
        ),
        False,
    ),
    (
        "any of two conditions, one of them without a date",
        History().promise(
            "AcceptedConditionally",
            at=START,
            require="any",
            antecedents=[{"id": "a", "text": "x", "deadline": "2026-06-01"},
                         {"id": "b", "text": "y"}],
        ),
        True,
    ),
    (
        "a suspension with an end",
        History().promise(at=START, kind="maintenance")
        .on("SuspensionDeclared", at=START, by=["NOR", "ISL"], until="2026-06-01"),
        False,
    ),
    (
        "one without an end",
        History().promise(at=START, kind="maintenance")
        .on("SuspensionDeclared", at=START, by=["NOR", "ISL"]),
        True,
    ),
    (
        "a notice of withdrawal",
        History().promise(at=START, kind="process")
        .on("WithdrawalNotified", at=START, speaker="NOR", basis="clause", notice="P6M"),
        False,
    ),
]  # fmt: skip


@pytest.mark.parametrize(("name", "given", "expected"), DATED, ids=[row[0] for row in DATED])
def test_what_has_a_date_of_its_own_is_not_stale(name: str, given: History, expected: bool) -> None:
    """Silence is expected until the date of an offer, a condition, a rest or a notice."""
    assert expected == (clock(given, "2026-03-15T00:00:00Z")[1] is Timing.STALE)


KYIV_PAUSE = {"start": "2025-03-01", "end": "2025-04-10", "zone": "Europe/Kyiv"}


@pytest.mark.parametrize(
    ("suspended", "resumed", "expected"),
    [
        (("2025-03-20", "10:00:00"), ("2025-04-05", "09:00:00"), "2025-04-26T21:00:00Z"),
        (("2025-03-20T10:00:00Z", ""), ("2025-04-05", "09:00:00"), "2025-04-26T21:00:00Z"),
        (("2025-03-20T10:00:00Z", ""), ("2025-04-05T10:00:00Z", ""), "2025-04-26T21:00:00Z"),
        (("2025-03-20T10:00:00Z", ""), ("2025-03-20T16:00:00Z", ""), "2025-04-11T03:00:00Z"),
    ],
)
def test_days_suspended_are_added_as_days(
    suspended: tuple[str, str], resumed: tuple[str, str], expected: str
) -> None:
    """Sixteen days from the 20th to the 5th, though one has 23 hours; exact between instants."""
    given = History().promise(at="2025-03-01T12:00:00Z", kind="maintenance", terms=KYIV_PAUSE)
    for name, (day, hour) in (("SuspensionDeclared", suspended), ("Resumed", resumed)):
        at = f"{day}T{hour}Z" if hour else day
        more = {"tolls": True} if name == "SuspensionDeclared" else {}
        given.on(name, at=at, **{"occurred": day, **more})

    end = given.commitment("2025-11-01T00:00:00Z").state_end
    assert expected == (end and format_instant(end))


@pytest.mark.parametrize(
    ("due", "last_in_grace", "lapsed"),
    [
        ("2025-03-29", "2025-03-31T20:59:59Z", "2025-03-31T21:00:00Z"),
        ("2025-10-25", "2025-10-27T21:59:59Z", "2025-10-27T22:00:00Z"),
        ("2025-03-29T12:00:00Z", "2025-03-31T11:59:59Z", "2025-03-31T12:00:00Z"),
    ],
)
def test_grace_of_two_days_ends_with_a_day(due: str, last_in_grace: str, lapsed: str) -> None:
    """Also across a change of the clock; where due is an instant, two days are 48 hours."""
    given = History().promise(at="2025-03-01T12:00:00Z", terms={"due": due, "zone": "Europe/Kyiv"})

    assert (State.OVERDUE, Timing.IN_GRACE) == clock(given, last_in_grace)
    assert (State.LAPSED, Timing.PAST) == clock(given, lapsed)


def test_a_lead_of_a_day_comes_at_the_hour_at_which_the_day_ends() -> None:
    """The day before the 30th of March ended at 22:00 UTC in Kyiv, and the 30th at 21:00."""
    given = History().promise(
        at="2025-03-01T12:00:00Z",
        terms={"due": "2025-03-30", "zone": "Europe/Kyiv", "leads": ["P1D"]},
    )

    assert Timing.RUNNING is clock(given, "2025-03-29T21:59:59Z")[1]
    assert Timing.DUE_SOON is clock(given, "2025-03-29T22:00:00Z")[1]


@pytest.mark.parametrize("duration", ["P12M", "P1D", "P500Y", "PT24H"])
def test_what_renews_itself_for_ever_has_no_next_change(duration: str) -> None:
    """Looking for one comes to an end: where no renewal changes an axis, none is named."""
    given = pause(duration=duration, count="exclusive", tacit_renewal=True, leads=[])
    at = "2026-06-01T00:00:00Z"

    assert (State.IN_FORCE, Timing.RUNNING) == clock(given, at)
    assert next_change_at(given.commitment(at), parse_instant(at)) is None


def test_a_deadline_without_an_end_is_none() -> None:
    """Entries of earlier versions may have one; no clock runs then."""
    given = History().promise("CommitmentProposed", at=START, offer_valid_until="2026-01-05/..")

    assert State.PROPOSED is given.commitment("2027-01-05T00:00:00Z").state
