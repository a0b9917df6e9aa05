"""The roll-up of an agreement: the first rule of the document that fits."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.given import History
from tracker.model.vocabulary import RollUp
from tracker.rules.agreement import roll_up

MADE, NOW = "2026-01-01T12:00:00Z", "2026-01-05T12:00:00Z"
STEPS: dict[str, list[tuple[str, dict[str, Any]]]] = {
    "proposed": [("CommitmentProposed", {})],
    "conditional": [("AcceptedConditionally", {"antecedents": [{"id": "a"}]})],
    "in_force": [("CommitmentAccepted", {})],
    "alleged": [("CommitmentAccepted", {}), ("ViolationAlleged", {"incident": "i"})],
    "suspended": [("CommitmentAccepted", {}), ("SuspensionDeclared", {})],
    "shielded": [("CommitmentAccepted", {}), ("SuspensionDeclared", {"by": ["NOR"]}),
                 ("ViolationAlleged", {"incident": "i"})],
    "rejected": [("CommitmentProposed", {}), ("ProposalRejected", {})],
    "cancelled": [("CommitmentProposed", {}), ("ProposalWithdrawn", {})],
    "released": [("CommitmentAccepted", {}), ("CreditorReleased", {})],
    "superseded": [("CommitmentAccepted", {}), ("Superseded", {"successor": "z"})],
    "violated": [("CommitmentAccepted", {}), ("DebtorCancelled", {})],
    "discharged": [("CommitmentAccepted", {"terms": {"end": "2026-01-02"}}),
                   ("ComplianceObserved", {"occurred": "2026-01-01/2026-01-02"})],
    "expired": [("CommitmentAccepted", {"terms": {"end": "2026-01-02"}})],
    "overdue": [("CommitmentAccepted", {"kind": "achievement", "terms": {"due": "2026-01-04"}})],
    "lapsed": [("CommitmentAccepted", {"kind": "achievement", "terms": {"due": "2026-01-02"}})],
}  # fmt: skip


def agreement(*words: str) -> RollUp:
    given = History()
    for n, word in enumerate(words):
        (first, data), *rest = STEPS[word]
        given.promise(first, at=MADE, commitment=f"c{n}", **{"kind": "maintenance", **data})
        for name, own in rest:
            given.add(name, at=MADE, commitment=f"c{n}", **own)
    return roll_up(given.state(NOW).commitments.values())


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("lapsed in_force alleged", "attention"),
        ("overdue violated", "attention"),
        ("alleged conditional", "contested"),
        ("shielded in_force", "contested"),
        ("shielded", "contested"),
        ("in_force in_force", "in_force"),
        ("in_force discharged violated", "contested"),
        ("violated suspended", "contested"),
        ("proposed violated", "contested"),
        ("in_force conditional", "partly_in_force"),
        ("in_force proposed", "partly_in_force"),
        ("conditional conditional", "conditional"),
        ("proposed proposed", "proposed"),
        ("proposed cancelled", "proposed"),
        ("violated expired discharged", "violated"),
        ("expired discharged cancelled", "expired"),
        ("discharged cancelled", "ended"),
        ("discharged rejected", "ended"),
        ("discharged released", "ended"),
        ("discharged discharged", "fulfilled"),
        ("discharged superseded", "fulfilled"),
    ],
)
def test_the_first_rule_that_fits_names_the_agreement(words: str, expected: str) -> None:
    """In the order of the document; closed commitments speak only when none is live."""
    assert RollUp(expected) is agreement(*words.split())


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("suspended suspended", "suspended"),
        ("suspended conditional", "suspended"),
        ("in_force suspended", "partly_in_force"),
        ("conditional proposed", "conditional"),
        ("superseded", "ended"),
        ("", "no_commitments"),
    ],
)
def test_what_the_document_leaves_open_claims_no_more_than_is_known(
    words: str, expected: str
) -> None:
    """Mixes without a rule of their own take the nearest word that is true of the whole."""
    assert RollUp(expected) is agreement(*words.split())
