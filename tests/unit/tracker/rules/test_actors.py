"""Whose act an event is: the rows that ask for one side, and what anyone else's word is worth."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.given import History
from tracker.errors import IllegalTransition
from tracker.model.vocabulary import Compliance, State

MADE, THEN, LATER = "2026-01-01T12:00:00Z", "2026-01-02T12:00:00Z", "2026-01-03T12:00:00Z"
WINDOW = {"start": "2026-01-01", "duration": "P1D", "zone": "UTC"}
MNT: dict[str, Any] = {"kind": "maintenance", "terms": WINDOW}
OVERDUE = {"terms": {"due": "2026-01-01", "zone": "UTC"}}


def proposed(**more: Any) -> History:
    return History().promise("CommitmentProposed", at=MADE, **more)


def accepted(**more: Any) -> History:
    return History().promise(at=MADE, **more)


def proposal_by_the_creditor() -> History:
    return proposed(proposed_by="ISL")


def conditional() -> History:
    return History().promise("AcceptedConditionally", at=MADE, antecedents=[{"id": "a"}])


def breached(name: str = "ViolationAlleged") -> History:
    return accepted(**MNT).on(name, at=MADE, incident="i")


REFUSED = [
    ("2", proposal_by_the_creditor, "ProposalRejected", {"speaker": "ISL"}),
    ("2", proposal_by_the_creditor, "ProposalRejected", {"speaker": "SWE"}),
    ("4", proposed, "CommitmentAccepted", {"speaker": "ISL"}),
    ("4", conditional, "CommitmentAccepted", {"speaker": "SWE"}),
    ("4", proposed, "CommitmentAccepted", {"speaker": "ISL", "basis": "creditor_admission"}),
    ("5", proposed, "AcceptedConditionally", {"speaker": "ISL"}),
    ("25", proposed, "DebtorCancelled", {"speaker": "ISL"}),
    ("25b", accepted, "DebtorCancelled", {"speaker": "ISL"}),
    ("26", accepted, "CreditorReleased", {"speaker": "NOR"}),
    ("35", lambda: accepted(**MNT), "ExpiryAcknowledged", {"speaker": "ISL"}),
    ("13", accepted, "CommitmentClosed", {"speaker": "NOR", "reason": "nearly all"}),
    ("13", accepted, "CommitmentClosed", {"basis": "neutral_body"}),
    ("14", lambda: accepted(**OVERDUE), "NonPerformanceFound", {"speaker": "ISL"}),
    ("18", breached, "ViolationRefuted", {"speaker": "NOR", "incident": "i"}),
    ("18", breached, "ViolationRefuted", {"basis": "debtor_act", "incident": "i"}),
    ("17", breached, "ViolationConfirmed", {"basis": "creditor_admission", "incident": "i"}),
    ("19", lambda: accepted(**MNT), "ComplianceObserved", {"speaker": "NOR"}),
]


@pytest.mark.parametrize(("row", "given", "event", "data"), REFUSED)
def test_a_side_cannot_act_for_the_other_nor_find_in_its_own_favour(
    row: str, given: Any, event: str, data: dict[str, Any]
) -> None:
    """The refusal names the row, the state it met, what is allowed, and how to keep the report."""
    with pytest.raises(
        IllegalTransition, match=rf"\(row {row}\).*in state .*; allowed: "
    ) as caught:
        given().judged(event, at=THEN, **data)

    assert "pactwatch record" in caught.value.hint


TAKEN = [
    (proposal_by_the_creditor, "ProposalRejected", {"speaker": "NOR"}, State.REJECTED),
    (proposed, "ProposalRejected", {}, State.REJECTED),
    (conditional, "ProposalRejected", {"speaker": "ISL"}, State.REJECTED),
    (proposed, "CommitmentAccepted", {"speaker": "NOR"}, State.IN_FORCE),
    (proposed, "CommitmentAccepted", {"speaker": "ISL", "basis": "both_sides"}, State.IN_FORCE),
    (proposed, "CommitmentAccepted", {"speaker": "press", "basis": "debtor_act"}, State.IN_FORCE),
    (accepted, "DebtorCancelled", {"speaker": "ISL", "basis": "neutral_body"}, State.VIOLATED),
    (accepted, "CreditorReleased", {"speaker": "ISL"}, State.RELEASED),
    (lambda: accepted(**OVERDUE), "NonPerformanceFound", {"speaker": "NOR"}, State.VIOLATED),
    (accepted, "CommitmentClosed", {"speaker": "ISL", "reason": "most"}, State.DISCHARGED),
]


@pytest.mark.parametrize(("given", "event", "data", "state"), TAKEN)
def test_an_act_is_taken_from_whose_it_is_from_the_desk_and_with_a_basis(
    given: Any, event: str, data: dict[str, Any], state: State
) -> None:
    """Its own side, nobody named, or a basis that says what makes the report a fact."""
    assert state is given().on(event, at=THEN, **data).commitment(LATER).state


@pytest.mark.parametrize(("row", "given", "event", "data"), REFUSED[:6])
def test_anyones_word_can_be_kept_as_a_claim(
    row: str, given: Any, event: str, data: dict[str, Any]
) -> None:
    """With basis claim the same report is recorded beside a state that does not move."""
    history = given()
    before = history.commitment(THEN).state
    after = history.on(event, at=THEN, **{**data, "basis": "claim"}).commitment(THEN)

    assert (before, [event]) == (after.state, [claim.type for claim in after.claims])


def test_what_first_brings_a_promise_on_record_is_one_accounts_telling() -> None:
    """The creditor may be the one who tells of the debtor's promise; no state was moved by it."""
    assert State.IN_FORCE is accepted(speaker="ISL").commitment(THEN).state


def test_a_mere_claim_brings_no_promise_on_record() -> None:
    """Nothing is put in force by it, and the answer for every later event stays open."""
    assert {} == accepted(basis="claim").state(THEN).commitments


def test_a_proposer_who_is_a_party_is_known_from_the_proposal() -> None:
    """A proposal told by a party, where no other proposer is named, is that party's own."""
    assert "NOR" == proposed(speaker="NOR").commitment(THEN).proposed_by


def test_observed_compliance_needs_more_than_the_debtors_word() -> None:
    """The creditor's own word that the promise is kept is an admission, and clears."""
    given = accepted(**MNT).on("ComplianceObserved", at=MADE, speaker="ISL")

    assert Compliance.CLEAR is given.commitment(MADE).compliance


@pytest.mark.parametrize("basis", ["neutral_body", "both_sides"])
def test_row_22_the_clauses_decider_may_extend(basis: str) -> None:
    """Who decides under a clause extends without either side being named."""
    given = accepted(**OVERDUE)

    assert "22" == given.judged(
        "TermExtended", at=THEN, terms={"due": "2026-01-20"}, basis=basis, by=["court"]
    )
