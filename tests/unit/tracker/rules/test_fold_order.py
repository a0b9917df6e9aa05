"""Two clocks and one order: when things happened, and when they were learned."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from events import RecordedEvent, format_instant, parse_instant
from tests.support.given import AGREEMENT, REGISTRY, History
from tests.support.profiles import examples
from tracker.entries.decoding import entries, full_type
from tracker.model.commitment import Commitment
from tracker.model.vocabulary import State
from tracker.rules.agreement import AgreementState
from tracker.rules.fold import fold
from tracker.rules.terms.disputes import flags_of

ORIGIN = parse_instant("2026-01-01T00:00:00Z")
FIRST: dict[str, Any] = {"kind": "maintenance", "debtor": ["NOR"], "creditor": ["ISL"],
                         "promise": "keep", "terms": {"end": "2026-01-20T00:00:00Z"}}  # fmt: skip
HAPPENINGS: list[tuple[str, dict[str, Any]]] = [
    ("ViolationAlleged", {"incident": "i"}),
    ("ViolationDenied", {"incident": "i"}),
    ("ViolationConfirmed", {"incident": "i", "basis": "neutral_body"}),
    ("ViolationRefuted", {"incident": "i", "basis": "neutral_body"}),
    ("ComplianceObserved", {"basis": "neutral_body"}),
    ("SuspensionDeclared", {"tolls": True, "basis": "neutral_body"}),
    ("SuspensionDeclared", {"tolls": False, "speaker": "NOR"}),
    ("Resumed", {"basis": "neutral_body"}),
    ("ReadingAsserted", {"speaker": "ISL", "term": "end", "value": "2026-01-25"}),
    ("TermExtended", {"terms": {"end": "2026-02-01"}, "by": ["NOR", "ISL"]}),
    ("DebtorCancelled", {}),
    ("CreditorReleased", {}),
    ("PositionStated", {"text": "we reserve our rights"}),
    ("EntryCorrected", {"event": "n0", "replacement": {"promise": "keep well"}}),
]


def at(hours: int) -> str:
    return format_instant(ORIGIN + timedelta(hours=hours))


def event(position: int, event_id: str, name: str, hours: int, recorded: int, **data: Any) -> Any:
    fields = {"occurred": at(hours)[:10], "effective_at": at(hours), **data}
    if not name.startswith("Entry"):
        fields["commitment"] = "c"
    return RecordedEvent(position, AGREEMENT, position, event_id, full_type(name), "test",
                         parse_instant(at(recorded)), fields)  # fmt: skip


def record_of(happened: list[tuple[int, int]], order: list[int]) -> list[RecordedEvent]:
    """Events at (hour, what), recorded in an order of its own, all of them by hour 2000."""
    events = [event(1, "first", "CommitmentAccepted", 0, 1000, **FIRST)]
    for position, n in enumerate(order, start=2):
        hour, what = happened[n]
        name, data = HAPPENINGS[what]
        data = {**data, "event": "first"} if name == "EntryCorrected" else data
        events.append(event(position, f"n{n}", name, hour, 1000 + position, **data))
    return events


def folded(events: list[RecordedEvent], as_of: int, known_at: int | None = None) -> AgreementState:
    known = parse_instant(at(known_at)) if known_at is not None else None
    return fold(AGREEMENT, entries(events, REGISTRY, known), parse_instant(at(as_of)), REGISTRY)


def visible_facts(commitment: Commitment | None) -> Any:
    """All that a reader sees; when we learned of it is left out."""
    if commitment is None:
        return None
    return (
        commitment.state,
        commitment.since,
        commitment.state_cause,
        commitment.compliance,
        commitment.readings,
        flags_of(commitment),
        commitment.incidents,
        commitment.events,
        commitment.unapplied,
        commitment.promise,
    )


happened = st.lists(
    st.tuples(st.integers(1, 900), st.integers(0, len(HAPPENINGS) - 1)),
    min_size=2,
    max_size=9,
    unique_by=lambda pair: pair[0],
)


@settings(max_examples=examples(150))
@given(st.data())
def test_the_order_of_recording_does_not_matter(data: Any) -> None:
    """Events with instants of their own fold alike in whatever order they were recorded."""
    drawn = data.draw(happened)
    order = data.draw(st.permutations(range(len(drawn))))
    as_of = data.draw(st.integers(0, 1000))
    one = folded(record_of(drawn, sorted(order)), as_of)
    other = folded(record_of(drawn, list(order)), as_of)

    assert visible_facts(one.commitments.get("c")) == visible_facts(other.commitments.get("c"))
    assert [(c.at, c.axis, c.after, c.rule) for c in one.changes] == [
        (c.at, c.axis, c.after, c.rule) for c in other.changes
    ]


@settings(max_examples=examples(100))
@given(happened, st.integers(0, 1000))
def test_nothing_shows_before_it_took_effect(drawn: list[tuple[int, int]], as_of: int) -> None:
    """As of an instant the answer is the same with and without all that came after it."""
    plain = [pair for pair in drawn if HAPPENINGS[pair[1]][0] != "EntryCorrected"]
    events = record_of(plain, list(range(len(plain))))
    before = [
        e for e in events if parse_instant(e.data["effective_at"]) <= parse_instant(at(as_of))
    ]

    assert folded(before, as_of).commitments == folded(events, as_of).commitments
    assert folded(before, as_of).changes == folded(events, as_of).changes


@settings(max_examples=examples(100))
@given(happened, st.integers(1000, 1012), st.integers(0, 1000))
def test_nothing_shows_before_it_was_recorded(
    drawn: list[tuple[int, int]], known_at: int, as_of: int
) -> None:
    """As known at an instant the answer is the same with and without all recorded after it."""
    events = record_of(drawn, list(range(len(drawn))))
    known = [e for e in events if e.recorded_at <= parse_instant(at(known_at))]

    assert folded(known, as_of) == folded(events, as_of, known_at)


def test_the_same_instant_goes_by_position() -> None:
    """Of two acts at one instant the one recorded first comes first."""
    noon = "2026-01-05T12:00:00Z"
    released = History().promise(at="2026-01-01T12:00:00Z")
    released.on("CreditorReleased", at=noon).on("DebtorCancelled", at=noon)
    cancelled = History().promise(at="2026-01-01T12:00:00Z")
    cancelled.on("DebtorCancelled", at=noon).on("CreditorReleased", at=noon)

    assert (State.RELEASED, State.VIOLATED) == (
        released.commitment("2026-01-06T00:00:00Z").state,
        cancelled.commitment("2026-01-06T00:00:00Z").state,
    )


def test_a_confirmation_recorded_late_that_occurred_before_due_is_not_late() -> None:
    """Overdue and lapsed as known at the time; discharged in time as known now."""
    given = History().promise(at="2026-01-01T12:00:00Z", terms={"due": "2026-01-10", "zone": "UTC"})
    given.add("PerformanceConfirmed", at="2026-01-09T12:00:00Z", recorded="2026-01-30T00:00:00Z",
              commitment="c", basis="neutral_body")  # fmt: skip
    then = given.commitment("2026-01-20T00:00:00Z", "2026-01-20T00:00:00Z")
    now = given.commitment("2026-01-20T00:00:00Z")

    assert (State.LAPSED, State.DISCHARGED, False) == (then.state, now.state, now.late)


def test_a_report_of_a_time_before_the_promise_is_kept_out_of_force() -> None:
    """An allegation older than the promise is recorded with it, and counts for nothing."""
    morning = "2026-01-01T06:00:00Z"
    given = History().add("ViolationAlleged", at=morning, occurred=morning, commitment="c",
                          incident="i", speaker="ISL")  # fmt: skip
    given.add("PositionStated", at="2026-01-01T07:00:00Z", commitment="c", text="so be it")
    given.promise(at="2026-01-01T12:00:00Z", kind="maintenance")
    commitment = given.commitment("2026-01-02T00:00:00Z")

    assert ("unassessed", ("out_of_force",), ("e4", "e2", "e3")) == (
        commitment.compliance.value,
        commitment.incidents[0].tags,
        commitment.events,
    )
