"""Our own errors and withdrawn findings: corrected, retracted and revised, with history kept."""

from __future__ import annotations

from typing import Any

import pytest

from events import parse_instant
from tests.support.given import AGREEMENT, REGISTRY, History
from tracker.entries.decoding import entry_of
from tracker.entries.parties import Registry
from tracker.errors import IllegalTransition
from tracker.model.vocabulary import Compliance, Grade, State
from tracker.recording.stream_draft import StreamDraft
from tracker.rules.agreement import AgreementState

MADE = "2026-01-01T12:00:00Z"
DUE = {"due": "2026-01-10", "zone": "UTC", "quantity": 10}
WINDOW = {"start": "2026-01-01", "end": "2026-01-10", "zone": "UTC"}


def day(n: int) -> str:
    return f"2026-01-{n:02}T12:00:00Z"


def delivery() -> History:
    return History().promise(at=MADE, terms=DUE)


def overdue_found(finding: str = "NonPerformanceFound", **data: Any) -> History:
    return delivery().on(finding, at=day(11), **data)


def revised(given: History, at: str = day(15), **more: Any) -> History:
    return given.add("FindingRevised", at=at, event=given.events[-1].id, reason="wrong", **more)


def steps(state: AgreementState, axis: str = "state") -> list[tuple[str, str]]:
    return [(c.after, c.rule) for c in state.changes if c.axis == axis]


def test_row_34_history_keeps_the_finding_and_its_revision() -> None:
    """Until the revision took effect the finding stood; history tells both."""
    given = revised(overdue_found())
    commitment = given.commitment(day(16))

    assert [("in_force", "4"), ("overdue", "T6"), ("violated", "14"), ("lapsed", "34")] == steps(
        given.state(day(16))
    )
    assert (("e3",), ("e2", "e3", "e4"), "T7") == (
        commitment.withdrawn,
        commitment.events,
        commitment.state_cause.rule,
    )


def test_row_34_a_finding_may_be_replaced_by_what_stands_instead() -> None:
    """From the revision on, ten delivered are four delivered."""
    given = overdue_found("PerformanceConfirmed", quantity=10, basis="neutral_body")
    given = revised(given, replacement={"quantity": 4})
    before, after = given.commitment(day(14)), given.commitment(day(16))

    assert (State.DISCHARGED, 10, Grade.FULL) == (before.state, before.delivered, before.grade)
    assert (State.LAPSED, 4, Grade.PARTIAL) == (after.state, after.delivered, after.grade)


def test_row_34_a_withdrawn_confirmation_gives_back_what_had_expired() -> None:
    """A breach confirmed after the end and withdrawn again leaves the allegation and the end."""
    given = History().promise(at=MADE, kind="maintenance", terms=WINDOW)
    given.on("ViolationAlleged", at=day(2), incident="i")
    given.on("ViolationConfirmed", at=day(12), incident="i", basis="neutral_body")
    given = revised(given)
    commitment = given.commitment(day(16))

    assert (State.VIOLATED, State.EXPIRED, Compliance.ALLEGED) == (
        given.commitment(day(13)).state,
        commitment.state,
        commitment.compliance,
    )


def test_row_34_what_came_after_the_finding_is_folded_again() -> None:
    """A release that the finding had made impossible takes its effect without it."""
    given = overdue_found()
    finding = given.events[-1].id
    given.add("CreditorReleased", at=day(12), commitment="c")
    given.add("FindingRevised", at=day(15), event=finding, reason="wrong place")

    assert State.RELEASED is given.commitment(day(16)).state


def test_a_retracted_revision_leaves_the_finding_standing() -> None:
    """The revision was our error: the finding decides again."""
    given = revised(overdue_found())
    given.add("EntryRetracted", at=day(17), event=given.events[-1].id, reason="misfiled")

    assert State.VIOLATED is given.commitment(day(18)).state


def judged_on_stream(given: History, name: str, at: str, **data: Any) -> None:
    """The check of the way in, on a stream that holds the events so far."""
    stream = StreamDraft(AGREEMENT, list(given.events), Registry({}))
    given.add(name, at=at, **data)
    stream.take(given.events[-1], entry_of(given.events[-1], REGISTRY, "UTC"))


@pytest.mark.parametrize(
    ("given", "target", "why"),
    [
        (delivery(), "e2", "no finding"),
        (delivery().on("CreditorReleased", at=day(2)), "e3", "no finding"),
        (
            delivery().on("PerformanceConfirmed", at=day(2), quantity=4, basis="both_sides"),
            "e3",
            "in state overdue",
        ),
        (revised(overdue_found(), at=day(11)), "e3", "withdrawn already"),
    ],
)
def test_row_34_only_a_finding_on_a_judged_promise_can_be_revised(
    given: History, target: str, why: str
) -> None:
    """The refusal names the row and what stands in the way."""
    with pytest.raises(IllegalTransition, match=rf"row 34.*{why}"):
        judged_on_stream(given, "FindingRevised", day(12), event=target, reason="x")


def test_corrections_of_one_entry_add_up() -> None:
    """A second correction leaves what the first one mended."""
    given = delivery()
    given.add("EntryCorrected", at=day(2), event="e2", replacement={"promise": "hand over"})
    given.add("EntryCorrected", at=day(3), event="e2", replacement={"debtor": ["SWE"]})
    commitment = given.commitment(day(4))

    assert ("hand over", ("SWE",)) == (commitment.promise, commitment.debtor)


def test_a_correction_can_itself_be_corrected_and_retracted() -> None:
    """The latest word on each entry is taken first."""
    given = delivery()
    given.add("EntryCorrected", at=day(2), event="e2", replacement={"promise": "typo"})
    given.add("EntryCorrected", at=day(3), event="e3",
              replacement={"replacement": {"promise": "as it was said"}})  # fmt: skip
    mended = given.commitment(day(4)).promise
    given.add("EntryRetracted", at=day(5), event="e3", reason="not needed")

    assert ("as it was said", "do it") == (mended, given.commitment(day(6)).promise)


def test_a_retracted_retraction_brings_the_entry_back() -> None:
    """Taking back the tombstone takes the entry back in."""
    given = delivery().on("CreditorReleased", at=day(2))
    given.add("EntryRetracted", at=day(3), event="e3", reason="misread")
    without = given.commitment(day(4)).state
    given.add("EntryRetracted", at=day(5), event="e4", reason="it was right")

    assert (State.IN_FORCE, State.RELEASED) == (without, given.commitment(day(6)).state)


def test_a_corrected_date_moves_the_event_with_it() -> None:
    """What was said to have happened on the 12th and happened on the 8th is not late."""
    given = delivery().on("PerformanceConfirmed", at=day(12), basis="both_sides")
    late = given.commitment(day(13)).late
    given.add("EntryCorrected", at=day(14), event="e3", replacement={"occurred": "2026-01-08"})
    commitment = given.commitment(day(15))

    assert (True, State.DISCHARGED, False) == (late, commitment.state, commitment.late)


def test_a_correction_is_not_known_before_it_was_recorded() -> None:
    """As known before, the entry stands as it was written."""
    given = delivery()
    given.add("EntryCorrected", at=day(5), event="e2", replacement={"terms": {"due": "2026-01-20"}})

    assert (parse_instant("2026-01-11T00:00:00Z"), True) == (
        given.commitment(day(6), day(4)).latest,
        given.commitment(day(6)).latest != given.commitment(day(6), day(4)).latest,
    )
