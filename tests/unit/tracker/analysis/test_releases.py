"""Release watch: a right to walk away is used or it is not; reserving it releases nobody."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from tests.support.given import History, dossier
from tracker.analysis.releases import releases
from tracker.errors import IllegalTransition
from tracker.model.vocabulary import State

AT = "2026-01-02T00:00:00Z"
LATER = "2026-01-05T00:00:00Z"
WINDOW = {"kind": "maintenance", "terms": {"start": "2026-01-02", "duration": "P60D"}}


def mutual(*, with_clause: bool = True) -> History:
    """Norway's promise c, and Iceland's d in return."""
    history = History().promise(at=AT, reciprocal_with="d", **WINDOW)
    history.add("CommitmentAccepted", at=AT, commitment="d", debtor=["ISL"], creditor=["NOR"],
                promise="in return", reciprocal_with="c", **WINDOW)  # fmt: skip
    return clause(history, "confirmed") if with_clause else history


def clause(history: History, on: str) -> History:
    return history.on("TermsClarified", at=AT, by=["NOR", "ISL"], power={"release_on": on})


def breached(history: History, basis: str | None = None) -> History:
    """A breach by Iceland alleged, and found when there is a basis."""
    history.add("ViolationAlleged", at=LATER, commitment="d", incident="i1", speaker="NOR")
    if basis:
        history.add("ViolationConfirmed", at=LATER, commitment="d", incident="i1", basis=basis)
    return history


def row(history: History, commitment: str = "c") -> dict[str, Any]:
    rows = releases(dossier(history, LATER))["commitments"]
    return next(one for one in rows if one["commitment"] == commitment)


def test_nobody_may_walk_away_while_nothing_is_said_of_the_other_side() -> None:
    """Absence of reports is no breach."""
    assert ("bound", "d is unassessed; its clause asks for confirmed or worse") == (
        row(mutual())["standing"], row(mutual())["why"],
    )  # fmt: skip


def test_an_allegation_is_not_enough_unless_the_clause_is_self_judging() -> None:
    """Confirmed by one clause; alleged where all parties gave themselves that power."""
    judged = clause(mutual(), "alleged")

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
    alone = clause(History().promise(at=AT, **WINDOW), "confirmed")

    assert ("bound", "no promise in return is linked, so no breach of one can release") == (
        row(alone)["standing"], row(alone)["why"],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("basis", "words"),
    [
        ("", "no release clause on record; no breach of the other side is on record: "
         "d is unassessed"),
        (None, "no release clause on record; the other side's breach is alleged: d is alleged"),
        ("neutral_body",
         "no release clause on record; the other side's breach is confirmed: d is confirmed"),
    ],
)  # fmt: skip
def test_without_a_clause_nobody_may_walk_away(basis: str | None, words: str) -> None:
    """The answer is how the other side stands, and the power has no value."""
    history = mutual(with_clause=False)
    history = breached(history, basis) if basis != "" else history
    release = row(history)

    assert ("bound", words, None) == (
        release["standing"],
        release["why"],
        release["power"]["release_on"],
    )
    assert State.IN_FORCE is history.commitment(LATER).state
    with pytest.raises(IllegalTransition, match="no release clause on record"):
        history.judged("ReleasePowerExercised", at=LATER, by="NOR")


def exchange(due: str, *, with_clause: bool = True) -> History:
    """Two deliveries in return for each other; only Iceland's is due early."""
    history = History().promise(at=AT, reciprocal_with="d", terms={"due": "2026-06-01"})
    history.add("CommitmentAccepted", at=AT, commitment="d", debtor=["ISL"], creditor=["NOR"],
                kind="achievement", promise="in return", terms={"due": due})  # fmt: skip
    return clause(history, "confirmed") if with_clause else history


@pytest.mark.parametrize(
    ("due", "found_unkept", "breach", "words"),
    [
        ("2026-02-01", False, "none", "no breach of the other side is on record: d is in force"),
        ("2026-01-03", False, "unperformed",
         "the other side's promise is unperformed: d is overdue"),
        ("2026-01-01", False, "alleged", "the other side's breach is alleged: d is lapsed"),
        ("2026-01-01", True, "confirmed", "the other side's breach is confirmed: d is violated"),
    ],
)  # fmt: skip
def test_a_delivery_in_return_counts_by_its_state(
    due: str, found_unkept: bool, breach: str, words: str
) -> None:
    """Violated is confirmed, lapsed alleged, overdue unperformed; a clause decides the rest."""
    for with_clause in (False, True):
        history = exchange(due, with_clause=with_clause)
        if found_unkept:
            history.add("NonPerformanceFound", at=LATER, commitment="d", basis="neutral_body")
        release = row(history)
        opens = with_clause and breach == "confirmed"
        assert ("may_walk_away" if opens else "bound", breach) == (
            release["standing"], release["power"]["mirrors"][0]["breach"],
        )  # fmt: skip
        assert with_clause or f"no release clause on record; {words}" == release["why"]


def test_what_is_overdue_or_lapsed_binds() -> None:
    """It is past its due date, and no less owed."""
    assert "bound" == row(exchange("2026-01-01"), "d")["standing"]


def test_a_clause_of_the_agreement_holds_for_each_promise() -> None:
    """`clauses.release.on` needs no word on the single promise."""
    history = mutual(with_clause=False)
    data = {**history.events[0].data, "clauses": {"release": {"on": "alleged"}}}
    history.events[0] = replace(history.events[0], data=data)

    assert ("may_walk_away", True) == (
        row(breached(history))["standing"], row(history)["power"]["self_judging"],
    )  # fmt: skip


def test_a_delivery_that_lapses_because_another_deadline_moved_counts_at_once() -> None:
    """The promise in return hangs on a due date that all parties move into the past."""
    history = History().promise(at=AT, reciprocal_with="d", terms={"due": "2026-06-01"})
    history.promise(at=AT, commitment="x", terms={"due": "2026-06-01"})
    history.promise(at=AT, commitment="d", debtor=["ISL"], creditor=["NOR"],
                    terms={"due": {"after": "x", "moment": "due", "by": "P1D"}})  # fmt: skip
    history.add("TermsClarified", at=LATER, commitment="x", by=["NOR", "ISL"],
                terms={"due": "2025-12-01"})  # fmt: skip

    assert ("lapsed", "alleged") == (
        history.state(LATER).commitments["d"].state, history.commitment(LATER).other_side
    )  # fmt: skip


def test_a_notice_of_withdrawal_is_a_way_out() -> None:
    """The clause says who may; the notice when it ends; then who gave it has left, and it alone."""
    history = History(clauses={"withdrawal": {"notice": "P1D"}}, parties=["NOR", "ISL"])
    history.promise(at=AT, reciprocal_with="d", **WINDOW)
    history.add("CommitmentAccepted", at=AT, commitment="d", debtor=["ISL"], creditor=["NOR"],
                promise="in return", reciprocal_with="c", **WINDOW)  # fmt: skip
    before = [row(history, name)["why"] for name in "cd"]
    history.whole("WithdrawalNotified", at="2026-01-04T12:00:00Z", speaker="ISL")
    running = [(row(history, name)["standing"], row(history, name)["why"]) for name in "cd"]
    gone = releases(dossier(history, "2026-01-07T00:00:00Z"))["commitments"]

    assert 2 == sum(why.startswith("a clause lets a party withdraw with a notice of 1 day; ")
                    for why in before)  # fmt: skip
    assert ["bound", "bound"] == [standing for standing, _ in running]
    assert all("the notice of ISL ends it at the end of 5 January 2026; " in w for _, w in running)
    assert [("closed", "ended by the notice of ISL", []),
            ("has_walked_away", "withdrew: its notice has run out", ["ISL"])] == [
        (each["standing"], each["why"], [who["by"] for who in each["left_by"]]) for each in gone
    ]  # fmt: skip


def test_who_leaves_as_a_clause_allows_has_broken_nothing() -> None:
    """Row 25b ends as cancelled where a withdrawal clause was honoured."""
    history = mutual().on("DebtorCancelled", at=LATER, speaker="NOR", withdrawal_clause=True)

    assert ("has_walked_away", "left as its withdrawal clause allows") == (
        row(history)["standing"], row(history)["why"],
    )  # fmt: skip


def test_a_duty_in_return_that_missed_periods_is_unperformed() -> None:
    """Nobody has alleged or found anything; that nothing was reported is said all the same."""
    history = History().promise(at=AT, reciprocal_with="d", **WINDOW)
    history.add("CommitmentAccepted", at=AT, commitment="d", debtor=["ISL"], creditor=["NOR"],
                promise="in return", reciprocal_with="c", kind="recurring",
                terms={"recurrence": "FREQ=DAILY", "grace": "P1D"})  # fmt: skip
    answer = row(history)

    assert "unperformed" == answer["power"]["mirrors"][0]["breach"]
    assert (
        "no release clause on record; the other side's promise is unperformed: "
        "d missed 2 of 4 periods, as far as is reported"
    ) == answer["why"]
