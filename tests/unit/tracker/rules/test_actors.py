"""Whose act an event is: the rows that ask for one side, and what anyone else's word is worth."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.given import History
from tracker.entries.parties import Party, Registry
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
    """The refusal names the row, the state it met, whose act it is, and how to keep the report."""
    with pytest.raises(IllegalTransition, match=rf"\(row {row}\).*in state .*: .+") as caught:
        given().judged(event, at=THEN, **data)

    assert "allowed: " not in caught.value.message
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


MINISTRY = Party("nor-mod", "Norwegian ministry", "Europe/Oslo", speaks_for="NOR")
KNOWN = Registry({"nor-mod": MINISTRY, "NOR": Party("NOR", "Norway", "Europe/Oslo")})


def known(given: History) -> History:
    """The same history, of parties that are registered."""
    given.registry = KNOWN
    return given


SPOKEN = [
    ("18", lambda: breached("ViolationAlleged"), "ViolationRefuted", {"incident": "i"}),
    ("13", accepted, "CommitmentClosed", {"reason": "nearly all"}),
    ("19", lambda: accepted(**MNT), "ComplianceObserved", {}),
    ("2", lambda: proposed(proposed_by="NOR"), "ProposalRejected", {}),
    ("26", accepted, "CreditorReleased", {}),
]


@pytest.mark.parametrize(("row", "given", "event", "data"), SPOKEN)
def test_a_ministry_cannot_do_what_its_state_cannot(
    row: str, given: Any, event: str, data: dict[str, Any]
) -> None:
    """An account is the party that it speaks for, in findings and in acts of the other side."""
    with pytest.raises(IllegalTransition, match=rf"\(row {row}\)"):
        known(given()).judged(event, at=THEN, speaker="nor-mod", **data)


ACTS = [
    ("35", lambda: accepted(**MNT), "ExpiryAcknowledged", {}),
    ("25b", accepted, "DebtorCancelled", {}),
    ("4", proposed, "CommitmentAccepted", {}),
    ("2", proposal_by_the_creditor, "ProposalRejected", {}),
    ("20", accepted, "SuspensionDeclared", {}),
    ("14", lambda: accepted(**OVERDUE), "NonPerformanceFound", {}),
    ("28", accepted, "MutuallyTerminated", {"by": ["nor-mod", "ISL"]}),
    ("30", accepted, "Delegated", {"to": "SWE"}),
]


@pytest.mark.parametrize(("row", "given", "event", "data"), ACTS)
def test_a_spokespersons_word_is_the_act_of_its_party(
    row: str, given: Any, event: str, data: dict[str, Any]
) -> None:
    """The debtor's ministry says that the term is over, cancels, admits, agrees."""
    assert row == known(given()).judged(event, at=THEN, speaker="nor-mod", **data)


NOBODYS = [
    ("20", "SuspensionDeclared", {}),
    ("28", "MutuallyTerminated", {}),
    ("29", "Superseded", {"successor": "d"}),
    ("30", "Delegated", {"to": "SWE"}),
    ("30", "Assigned", {"to": "SWE"}),
]


@pytest.mark.parametrize(("row", "event", "data"), NOBODYS)
@pytest.mark.parametrize("speaker", [None, "CHN"])
def test_an_act_that_anybody_could_make_needs_somebody_who_may(
    row: str, event: str, data: dict[str, Any], speaker: str | None
) -> None:
    """From a stranger, or from nobody, it is refused; a finding is taken."""
    who = {"speaker": speaker}
    with pytest.raises(IllegalTransition, match=rf"\(row {row}\).*found (nobody|.*CHN)") as caught:
        accepted().judged(event, at=THEN, **who, **data)

    assert "basis=claim" in caught.value.hint
    for basis in ("neutral_body", "analyst_finding"):
        assert row == accepted().judged(event, at=THEN, basis=basis, **who, **data)


@pytest.mark.parametrize(
    ("by", "row"), [(["NOR"], None), (["NOR", "ISL"], None), (["NOR", "ISL", "SWE"], "28")]
)
def test_row_28_every_debtor_and_creditor_ends_it_together(by: list[str], row: str | None) -> None:
    """One of two, or two of three, cannot."""
    given = accepted(creditor=["ISL", "SWE"])
    if row is None:
        with pytest.raises(IllegalTransition, match=r"NOR \(Norway\), SWE \(Sweden\)"):
            given.judged("MutuallyTerminated", at=THEN, by=by)
    else:
        assert row == given.judged("MutuallyTerminated", at=THEN, by=by)


def test_row_28_a_strangers_word_that_all_agreed_is_a_report() -> None:
    """Whoever tells of a joint act is one of the parties to it."""
    with pytest.raises(IllegalTransition, match=r"one of the parties in `by`.*found speaker CHN"):
        accepted().judged("MutuallyTerminated", at=THEN, by=["NOR", "ISL"], speaker="CHN")


def test_row_26_a_creditor_waives_what_it_is_owed_itself() -> None:
    """The promise stands towards the other, and is released when no creditor is left."""
    given = accepted(creditor=["ISL", "SWE"]).on("CreditorReleased", at=THEN, speaker="ISL")
    one = given.commitment(THEN)
    both = given.on("CreditorReleased", at=LATER, speaker="SWE").commitment(LATER)

    assert (State.IN_FORCE, ("SWE",)) == (one.state, one.owed_to)
    assert (State.RELEASED, ("ISL", "SWE")) == (both.state, both.creditor)


def test_row_26_of_several_creditors_somebody_has_to_be_named() -> None:
    """Whose waiver it is cannot be guessed; `by` says it, and may name both."""
    given = accepted(creditor=["ISL", "SWE"])
    with pytest.raises(IllegalTransition, match="owed to ISL, SWE"):
        given.judged("CreditorReleased", at=THEN)

    released = given.on("CreditorReleased", at=THEN, by=["ISL", "SWE"]).commitment(THEN)
    assert State.RELEASED is released.state


def test_a_refusal_names_who_could_act() -> None:
    """By id, by name, and the accounts that speak for them."""
    with pytest.raises(IllegalTransition) as caught:
        known(accepted()).judged("DebtorCancelled", at=THEN, speaker="CHN")

    assert "NOR (Norway), or an account that speaks for it: nor-mod; found" in str(caught.value)


def test_what_is_to_be_recorded_instead_has_what_was_typed() -> None:
    """Without its date the claim would be of today, and its text would be typed again."""
    fields = {"occurred": "2026-01-02", "text": "talks go on", "credibility": 2}
    with pytest.raises(IllegalTransition) as refused:
        accepted().judged("SuspensionDeclared", at=LATER, speaker="USA", **fields)

    words = "speaker=USA occurred=2026-01-02 'text=talks go on' credibility=2 basis=claim"
    assert str(refused.value.hint).endswith(words)
