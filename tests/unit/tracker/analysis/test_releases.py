"""Release watch: a right to walk away is used or it is not; reserving it releases nobody."""

from __future__ import annotations

from typing import Any

from tests.support.given import History, dossier
from tracker.analysis.releases import releases

AT = "2026-01-02T00:00:00Z"
LATER = "2026-01-05T00:00:00Z"
WINDOW = {"kind": "maintenance", "terms": {"start": "2026-01-02", "duration": "P60D"}}


def mutual() -> History:
    """Norway's promise c, and Iceland's d in return."""
    history = History().promise(at=AT, reciprocal_with="d", **WINDOW)
    return history.add("CommitmentAccepted", at=AT, commitment="d", debtor=["ISL"],
                       creditor=["NOR"], promise="in return", reciprocal_with="c",
                       **WINDOW)  # fmt: skip


def breached(history: History, basis: str | None = None) -> History:
    """A breach by Iceland alleged, and found when there is a basis."""
    history.add("ViolationAlleged", at=LATER, commitment="d", incident="i1", speaker="NOR")
    if basis:
        history.add("ViolationConfirmed", at=LATER, commitment="d", incident="i1", basis=basis)
    return history


def row(history: History, commitment: str = "c") -> dict[str, Any]:
    found = releases(dossier(history, LATER))["commitments"]
    return next(one for one in found if one["commitment"] == commitment)


def test_nobody_may_walk_away_while_nothing_is_said_of_the_other_side() -> None:
    """Absence of reports is no breach."""
    assert ("bound", "d is unassessed; a release needs confirmed or worse") == (
        row(mutual())["standing"], row(mutual())["why"],
    )  # fmt: skip


def test_an_allegation_is_not_enough_unless_the_clause_is_self_judging() -> None:
    """Confirmed by default; alleged where all parties gave themselves that power."""
    judged = mutual().on(
        "TermsClarified", at=AT, by=["NOR", "ISL"], power={"release_on": "alleged"}
    )

    assert "bound" == row(breached(mutual()))["standing"]
    assert ("may_walk_away", True) == (
        row(breached(judged))["standing"], row(judged)["power"]["self_judging"],
    )  # fmt: skip


def test_a_confirmed_breach_lets_the_other_side_walk_away_and_not_the_breaker() -> None:
    """The right is its creditor's; it is never used by itself."""
    history = breached(mutual(), "neutral_body")

    assert ("may_walk_away", "in_force") == (row(history)["standing"], row(history)["state"])
    assert "bound" == row(history, "d")["standing"]


def test_who_used_the_right_has_left() -> None:
    """By row 27, with the entry."""
    history = breached(mutual(), "neutral_body")
    history.on("ReleasePowerExercised", at=LATER, by="NOR", speaker="NOR")

    assert ("has_walked_away", "used its release", "NOR") == (
        row(history)["standing"], row(history)["why"], row(history)["left_by"][0]["by"],
    )  # fmt: skip


def test_a_reserved_right_releases_nobody() -> None:
    """It is shown, and the promise stays in force."""
    history = mutual().on("PositionStated", at=LATER, speaker="NOR", reserves="release",
                          text="we keep our right to leave")  # fmt: skip

    assert ("reserves_only", "in_force", "NOR") == (
        row(history)["standing"], row(history)["state"], row(history)["reserves"][0]["by"],
    )  # fmt: skip


def test_a_right_that_one_side_claims_is_shown_as_a_claim() -> None:
    """Only all parties together give the power."""
    history = breached(mutual()).on("ReadingAsserted", at=LATER, speaker="NOR", term="power",
                                    value="alleged")  # fmt: skip

    assert "claims_a_right" == row(history)["standing"]


def test_without_a_promise_in_return_nothing_can_release() -> None:
    """Mirrored commitments are linked, never inferred."""
    alone = History().promise(at=AT, **WINDOW)

    assert ("bound", "no promise in return is linked, so no breach of one can release") == (
        row(alone)["standing"], row(alone)["why"],
    )  # fmt: skip
