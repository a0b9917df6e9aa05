"""Only what is agreed shields: one party's own suspension leaves its duties as they are."""

from __future__ import annotations

from typing import Any

import pytest

from events import format_instant
from tests.support.given import History
from tracker.documents.commitments import commitment_json
from tracker.errors import TrackerError
from tracker.model.commitment import Commitment
from tracker.model.vocabulary import Compliance, Flag, State
from tracker.rules.terms.disputes import flags_of

SIXTY = {"start": "2025-03-01", "duration": "P60D", "count": "exclusive"}
ALONE = {"speaker": "NOR"}
BOTH = {"by": ["NOR", "ISL"]}


def at(day: int, month: int = 3) -> str:
    return f"2025-{month:02}-{day:02}T12:00:00Z"


def suspended(**data: Any) -> History:
    given = History().promise(
        at=at(1), kind="maintenance", terms={**SIXTY, **data.pop("terms", {})}
    )
    return given.on("SuspensionDeclared", at=at(10), **data)


def breached(given: History) -> Commitment:
    given.on("ViolationAlleged", at=at(15), speaker="ISL", incident="i")
    return given.commitment(at(16))


@pytest.mark.parametrize(
    ("data", "contested"),
    [
        (ALONE, True),
        ({"by": ["NOR"], "speaker": "press", "basis": "neutral_body"}, True),
        ({"basis": "debtor_act"}, True),
        ({**ALONE, "basis": "clause"}, True),
        (BOTH, False),
        ({**ALONE, "basis": "consent"}, False),
        ({"speaker": "monitor", "basis": "neutral_body"}, False),
        ({}, False),
    ],
)
def test_what_is_not_agreed_is_contested(data: dict[str, Any], contested: bool) -> None:
    """All parties, their consent or a finding agree; a party's word alone does not."""
    commitment = suspended(**data).commitment(at(11))

    assert (State.SUSPENDED, contested) == (commitment.state, commitment.suspension_contested)
    assert contested == (Flag.SUSPENSION_CONTESTED in flags_of(commitment))


def test_the_debtors_own_suspension_is_no_shield() -> None:
    """The incident counts, and a neutral body may confirm it."""
    given = suspended(**ALONE)
    commitment = breached(given)

    assert (State.SUSPENDED, Compliance.ALLEGED) == (commitment.state, commitment.compliance)
    assert "17" == given.judged("ViolationConfirmed", at=at(16), incident="i",
                                basis="neutral_body")  # fmt: skip


def test_an_agreed_suspension_is_one() -> None:
    """The incident is tagged and does not count; a finding on it is refused."""
    given = suspended(**BOTH)
    commitment = breached(given)

    assert Compliance.UNASSESSED is commitment.compliance
    assert ("while_suspended",) == commitment.incidents[0].tags
    with pytest.raises(TrackerError, match="suspended by agreement"):
        given.judged("ViolationConfirmed", at=at(16), incident="i", basis="neutral_body")


def test_what_began_before_an_agreed_suspension_counts() -> None:
    """Any moment in force is enough."""
    given = suspended(**BOTH)
    given.on("ViolationAlleged", at=at(12), occurred="2025-03-08/2025-03-12", incident="i")

    assert given.commitment(at(16)).incidents[0].counted


@pytest.mark.parametrize(("data", "end"), [(ALONE, (30, 4)), (BOTH, (10, 5))])
def test_one_side_alone_tolls_nothing(data: dict[str, Any], end: tuple[int, int]) -> None:
    """The same ten days suspended move the end only where they were agreed."""
    given = suspended(tolls=True, **data).on("Resumed", at=at(20), **data)
    commitment = given.commitment(at(21))

    assert commitment.state is State.IN_FORCE
    assert at(*end)[:10] == format_instant(commitment.readings[0].at)[:10]  # 22:00Z of the last day


@pytest.mark.parametrize("data", [ALONE, BOTH])
def test_the_end_of_a_period_renews_what_is_suspended(data: dict[str, Any]) -> None:
    """Suspending is no notice: it is renewed, and stays suspended."""
    commitment = suspended(terms={"tacit_renewal": True}, **data).commitment("2025-05-02T12:00:00Z")

    assert (State.SUSPENDED, 1) == (commitment.state, commitment.renewals)


@pytest.mark.parametrize("data", [ALONE, BOTH])
def test_without_tolling_the_end_comes_while_suspended(data: dict[str, Any]) -> None:
    """T8 runs on."""
    assert State.EXPIRED is suspended(**data).commitment("2025-05-02T12:00:00Z").state


@pytest.mark.parametrize("data", [ALONE, BOTH, {"basis": "neutral_body", "speaker": "monitor"}, {}])
def test_who_suspended_may_resume(data: dict[str, Any]) -> None:
    """So may all parties, or a finding."""
    assert "21" == suspended(**ALONE).judged("Resumed", at=at(12), **data)


def test_the_other_side_cannot_resume_for_it() -> None:
    """The refusal says who could."""
    with pytest.raises(TrackerError, match="suspended by NOR, who may resume it"):
        suspended(**ALONE).judged("Resumed", at=at(12), speaker="ISL")


def test_the_document_says_by_whom_since_when_until_when_and_why() -> None:
    """Nothing is there once it is resumed."""
    given = suspended(until="2025-03-20", reason="ice in the fjord", **ALONE)
    commitment, later = (given.commitment(at(day)) for day in (11, 25))

    assert {
        "by": ["NOR"],
        "since": "2025-03-10T12:00:00Z",
        "contested": True,
        "until": "2025-03-20T23:00:00Z",
        "zone": "Europe/Oslo",
        "reason": "ice in the fjord",
    } == commitment_json(commitment, commitment.since)["suspension"]
    assert commitment_json(later, later.since)["suspension"] is None
