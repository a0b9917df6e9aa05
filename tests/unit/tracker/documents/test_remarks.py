"""What a reader is to know of a promise beside its axes, in sentences."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.given import History
from tracker.documents.commitments import agreement_json, commitment_json
from tracker.documents.packages import clauses_in_words
from tracker.documents.readings import open_readings, open_readings_of_document
from tracker.documents.remarks import remarks

START = "2026-02-01T12:00:00Z"
THEN = "2026-02-20T12:00:00Z"
LATER = "2026-03-01T12:00:00Z"
WINDOW = {"start": "2026-02-01", "duration": "P60D", "count": "exclusive"}
SIDES = ["NOR", "ISL"]


def sentences(given: History, as_of: str = LATER) -> list[str]:
    state = given.state(as_of)
    return list(remarks(commitment_json(given.commitment(as_of), state.as_of), str))


def pause(**more: Any) -> History:
    return History().promise(at=START, kind="maintenance", speaker="NOR", terms=WINDOW, **more)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (
            {"speaker": "NOR"},
            "suspended by its debtor's own word (NOR), since 2026-02-20T12:00:00Z: "
            "that shields nobody",
        ),
        (
            {"speaker": "ISL"},
            "suspended by one side's own word (ISL), since 2026-02-20T12:00:00Z: "
            "that shields nobody",
        ),
        (
            {"by": SIDES, "until": "2026-03-20T12:00:00Z"},
            "suspended by agreement by NOR, ISL, since 2026-02-20T12:00:00Z "
            "until 2026-03-20T12:00:00Z: nothing is owed meanwhile",
        ),
    ],
)
def test_a_suspension_says_whose_it_is(data: dict[str, Any], sentence: str) -> None:
    """Whether it shields, since when and until when."""
    assert [sentence] == sentences(pause().on("SuspensionDeclared", at=THEN, **data))


def test_a_waiver_of_one_creditor_says_to_whom_it_is_owed_still() -> None:
    """And the document names who waived; released by all, nothing is left to tell."""
    given = pause(creditor=["ISL", "DNK"]).on("CreditorReleased", at=THEN, speaker="ISL")

    assert ["ISL waived it; owed still to DNK"] == sentences(given)
    assert ["ISL"] == commitment_json(given.commitment(LATER), given.state(LATER).as_of)[
        "waived_by"
    ]

    given.on("CreditorReleased", at=THEN, speaker="DNK")
    assert [] == sentences(given)


def test_a_suspension_that_a_clause_allows_is_no_agreement() -> None:
    """It rests as if all had agreed, and one side alone did it."""
    given = History(parties=SIDES, clauses={"suspension": {"allowed": True}})
    given.promise(at=START, kind="maintenance", speaker="NOR", terms=WINDOW)
    given.on("SuspensionDeclared", at=THEN, speaker="NOR")

    assert [
        "suspended by NOR, as a clause allows, since 2026-02-20T12:00:00Z: nothing is owed "
        "meanwhile"
    ] == sentences(given)


RENEWALS: list[tuple[dict[str, Any], list[str], str]] = [
    ({}, [], "renews itself at its end for its own length, unless a party gives notice by the end "
             "of 23 March 2026"),
    ({"period": "P30D"}, [], "renews itself at its end for 30 days, unless a party gives notice by "
                             "the end of 23 March 2026"),
    ({"only_own": True}, [], "renews itself at its end for its own length, unless NOR gives notice "
                             "by the end of 23 March 2026"),
    ({}, ["2026-03-20"], "ends with this period: notice was given that it is not renewed"),
    ({}, ["2026-03-25"],
     "renews itself once more, and then ends: notice came too late for this period"),
]  # fmt: skip


@pytest.mark.parametrize(("clause", "notices", "sentence"), RENEWALS)
def test_a_clause_says_what_it_will_do_and_until_when_one_may_object(
    clause: dict[str, Any], notices: list[str], sentence: str
) -> None:
    """Sixty days to 2 April, notice ten days before; and what a notice makes of it."""
    given = History(parties=["NOR", "ISL"], zone="UTC",
                    clauses={"renewal": {"notice": "P10D", **clause}})  # fmt: skip
    given.promise(at=START, kind="maintenance", speaker="NOR", terms={**WINDOW, "zone": "UTC"})
    for day in notices:
        given.on("NonRenewalNotified", at=f"{day}T12:00:00Z", speaker="NOR")

    assert [sentence] == sentences(given, "2026-03-26T12:00:00Z")
    outlook = commitment_json(given.commitment("2026-03-26T12:00:00Z"), given.state(LATER).as_of)
    assert outlook["renewal"] is not None
    assert [e.id for e in given.events[2:]] == outlook["renewal"]["events"]


def test_what_has_no_clause_has_no_word_of_renewal() -> None:
    """Nor has what is over."""
    over = pause().on("DebtorCancelled", at=THEN, speaker="NOR")

    assert (None, None) == tuple(
        commitment_json(given.commitment(LATER), given.state(LATER).as_of)["renewal"]
        for given in (pause(), over)
    )


@pytest.mark.parametrize(
    ("kind", "terms", "notice", "renews"),
    [
        ("maintenance", WINDOW, None, True),
        ("maintenance", WINDOW, "P90D", True),
        ("maintenance", WINDOW, "P5D", False),
        ("achievement", {"due": "2026-04-02"}, None, False),
        ("process", {}, None, False),
    ],
)
def test_only_what_has_a_period_and_reaches_its_end_is_said_to_renew_itself(
    kind: str, terms: dict[str, Any], notice: str | None, renews: bool
) -> None:
    """Each promise inherits the clause; talks have no end, and a notice may come first."""
    clauses = {"renewal": {"notice": "P10D"}, "withdrawal": {}}
    given = History(parties=["NOR", "ISL"], zone="UTC", clauses=clauses)
    given.promise(at=START, kind=kind, speaker="NOR", terms={**terms, "zone": "UTC"})
    if notice is not None:
        given.on("WithdrawalNotified", at=THEN, speaker="NOR", notice=notice, basis="clause")

    words = sentences(given, "2026-02-23T12:00:00Z")

    assert renews is any(each.startswith("renews itself at its end") for each in words)


def test_a_notice_of_withdrawal_says_when_it_ends() -> None:
    """With the day at whose end it does, until it is revoked."""
    notice = {"speaker": "NOR", "notice": "P30D", "basis": "clause"}
    given = pause().on("WithdrawalNotified", at=THEN, **notice)
    revoked = given.on("WithdrawalRevoked", at="2026-02-25T12:00:00Z", speaker="NOR")

    (sentence,) = sentences(given, "2026-02-24T12:00:00Z")

    assert "NOR withdraws: it ends with the notice, at the end of 22 March 2026, " in sentence
    assert [] == sentences(revoked)


def test_the_end_of_a_notice_is_a_deadline() -> None:
    """In the answer of the fold and in that of the rows alike; not once it has ended."""
    notice = {"speaker": "NOR", "notice": "P30D", "basis": "clause"}
    given = pause().on("WithdrawalNotified", at=THEN, **notice)
    state = given.state(LATER)
    c = state.commitments["c"]
    rows = list(open_readings(state, c))
    ended = given.state("2026-03-25T12:00:00Z").commitments["c"]

    assert ("withdrawal", "NOR", "2026-03-22T23:00:00Z") == (
        rows[-1]["term"], rows[-1]["by"], rows[-1]["at"]
    )  # fmt: skip
    assert rows == list(open_readings_of_document(state.id, commitment_json(c, state.as_of)))
    assert ([], "cancelled") == (
        commitment_json(ended, given.state(THEN).as_of)["withdrawals"],
        ended.state,
    )


@pytest.mark.parametrize(
    ("term", "sentence"),
    [
        ("due", "due 14 days after m2 is discharged; not known yet"),
        ("end", "ends 14 days after m2 is discharged; not known yet"),
    ],
)
def test_what_a_deadline_waits_for_is_a_sentence(term: str, sentence: str) -> None:
    """Which term it is, and that nobody knows it yet."""
    kind = "maintenance" if term == "end" else "achievement"
    hanging = {term: {"after": "m2", "moment": "discharged", "by": "P14D"}}
    given = History().promise(at=START, kind=kind, speaker="NOR", terms=hanging)
    given.promise(at=START, commitment="m2", terms={"due": "2026-04-01"})

    assert [sentence] == sentences(given)


def test_an_offer_says_when_it_runs_out() -> None:
    """The day at whose end it does."""
    given = History().promise(
        "CommitmentProposed", at=START, speaker="NOR", offer_valid_until="2026-03-09"
    )

    assert ["the offer runs out at the end of 9 March 2026"] == sentences(given)


def test_a_promise_whose_own_due_passes_while_it_waits_says_so() -> None:
    """Its conditions are open, and the day is over."""
    given = History().promise(
        "AcceptedConditionally", at=START, speaker="NOR", terms={"due": "2026-02-10"},
        antecedents=[{"id": "hall", "text": "the hall is repaired"}],
    )  # fmt: skip

    assert [
        "its own due passed at the end of 10 February 2026 while its conditions are open"
    ] == sentences(given)


@pytest.mark.parametrize(
    ("clauses", "words"),
    [
        ({}, []),
        (
            {"renewal": {"period": "P120D", "notice": "P30D"}},
            ["renews itself for 120 days, unless a party notifies 30 days before, for all"],
        ),
        (
            {"renewal": {"only_own": True}},
            ["renews itself for its own length, unless a party notifies, for its own promises"],
        ),
        (
            {"withdrawal": {"notice": "P3M"}},
            ["a party may withdraw by a notice of 3 months, for all"],
        ),
        ({"suspension": {"allowed": False}}, ["a party may not suspend it"]),
        ({"release": {"on": "alleged"}}, ["a breach alleged of one side releases the other"]),
    ],
)
def test_each_clause_is_a_sentence(clauses: dict[str, Any], words: list[str]) -> None:
    """What it lets the parties do, for how long in words, and for whom."""
    document = agreement_json(History(clauses=clauses).state(LATER))

    assert words == list(clauses_in_words(document["clauses"]))
