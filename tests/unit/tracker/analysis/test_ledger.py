"""The ledger: each claimant's numbers over time, never added up and never overwritten."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.given import History, dossier
from tracker.analysis.ledger import drift_of, ledger
from tracker.analysis.ledger_rows import ledger_rows

AT = "2026-01-02T00:00:00Z"
END = "2026-12-31T00:00:00Z"
WINDOW = {"kind": "maintenance", "terms": {"start": "2026-01-02", "duration": "P30D"}}
CLAIMS = st.lists(
    st.tuples(st.sampled_from(["NOR", "ISL", "DNK"]), st.integers(0, 10**6), st.booleans()),
    max_size=12,
)


def counted(claims: list[tuple[str, int, bool]]) -> History:
    """One incident, and what each party says of its number, a day apart."""
    history = History().promise(at=AT, **WINDOW)
    for day, (by, value, at_least) in enumerate(claims, start=3):
        history.on("ViolationAlleged", at=f"2026-01-{day:02}T00:00:00Z", incident="i1",
                   speaker=by, claimed_count={"value": value, "at_least": at_least})  # fmt: skip
    return history


def ledger_of(history: History) -> dict[str, Any]:
    return ledger(dossier(history, END))


@given(CLAIMS)
def test_every_number_is_kept_with_its_claimant_and_none_is_made(
    claims: list[tuple[str, int, bool]],
) -> None:
    """The numbers that stand in the ledger are those that were said, in order, and no other."""
    (commitment,) = ledger_of(counted(claims))["commitments"]
    lines = [
        (claimant["by"], [line["value"] for line in claimant["lines"]])
        for incident in commitment["incidents"]
        for claimant in incident["claims"]
    ]
    expected: dict[str, list[int]] = {}
    for by, value, _ in claims:
        expected.setdefault(by, []).append(value)

    assert list(expected.items()) == lines


@given(CLAIMS)
def test_the_table_has_one_line_a_number(claims: list[tuple[str, int, bool]]) -> None:
    """No total, no net, no average: as many numbers as were claimed."""
    rows = list(ledger_rows(ledger_of(counted(claims))))

    assert [
        str(value) for by in ("NOR", "ISL", "DNK") for who, value, _ in claims if who == by
    ] == [
        row["number"].removeprefix("at least ")
        for by in ("NOR", "ISL", "DNK")
        for row in rows
        if row["by"] == by and row["number"]
    ]


def test_confirmed_instalments_have_a_sum_and_claims_have_none() -> None:
    """One confirmation is its own sum; what a party only reports is not in it."""
    history = History().promise(at=AT, kind="achievement", terms={"quantity": 33})
    sums = []
    for day, quantity in ((3, 3), (4, 4), (5, 8)):
        history.on("PerformanceConfirmed", at=f"2026-01-{day:02}T00:00:00Z", quantity=quantity,
                   basis="neutral_body")  # fmt: skip
        history.on("PerformanceReported", at=f"2026-01-{day:02}T06:00:00Z", quantity=20,
                   speaker="NOR")  # fmt: skip
        rows = list(ledger_rows(ledger_of(history)))
        sums.append([(row["number"], row["note"]) for row in rows if "instalments" in row["note"]])

    assert [
        [],
        [("7", "confirmed of 33 in all, in 2 instalments")],
        [("15", "confirmed of 33 in all, in 3 instalments")],
    ] == sums


@pytest.mark.parametrize(
    ("values", "at_least", "direction", "contradicts"),
    [([5, 7], False, "raised", True), ([5, 7], True, "raised", False),
     ([7, 5], True, "lowered", True), ([5, 7, 6], False, "varied", True)],
)  # fmt: skip
def test_drift_in_a_claimants_own_number_is_told(
    values: list[int], at_least: bool, direction: str, contradicts: bool
) -> None:
    """A number that grew from `at least` contradicts nothing, and is told all the same."""
    drift = drift_of({"value": value, "at_least": at_least} for value in values)

    assert drift is not None
    assert (values, direction, contradicts) == (
        drift["values"], drift["direction"], drift["contradicts"],
    )  # fmt: skip


def test_a_number_repeated_is_no_drift() -> None:
    """Saying it again changes nothing; two claimants who differ do not drift either."""
    (commitment,) = ledger_of(counted([("NOR", 5, False), ("NOR", 5, False), ("ISL", 9, False)]))[
        "commitments"
    ]

    assert [None, None] == [c["drift"] for c in commitment["incidents"][0]["claims"]]


def test_a_denial_stands_beside_the_allegation() -> None:
    """Paired by incident; without one the ledger says so."""
    history = counted([("NOR", 5, False)])
    alone = [row["note"] for row in ledger_rows(ledger_of(history))]
    history.on("ViolationDenied", at="2026-01-09T00:00:00Z", incident="i1", speaker="ISL")
    paired = [(row["by"], row["note"]) for row in ledger_rows(ledger_of(history))]

    assert ["claimed; alleged", "no denial on record"] == alone
    assert [("NOR", "claimed; disputed"), ("ISL", "denies")] == paired


def test_promised_delivered_and_claimed_stand_apart() -> None:
    """A claim is not a delivery; a confirmed part is."""
    history = History().promise(at=AT, terms={"due": "2026-03-01", "quantity": 100})
    history.on("PerformanceReported", at="2026-02-01T00:00:00Z", speaker="NOR", quantity=80,
               occurred="2026-02-01", said="2026-02-01")  # fmt: skip
    history.on("PerformanceReported", at="2026-02-05T00:00:00Z", speaker="NOR", quantity=60,
               occurred="2026-02-01", said="2026-02-05")  # fmt: skip
    history.on("PerformanceConfirmed", at="2026-02-07T00:00:00Z", speaker="un", quantity=50,
               basis="neutral_body")  # fmt: skip
    (commitment,) = ledger_of(history)["commitments"]
    (claimant,) = commitment["claims"]

    assert (100, 50, [50]) == (
        commitment["promised"], commitment["delivered"],
        [line["value"] for line in commitment["confirmations"]],
    )  # fmt: skip
    assert ([80, 60], "lowered") == (
        [line["value"] for line in claimant["lines"]], claimant["drift"]["direction"],
    )  # fmt: skip


def test_what_was_handed_over_on_other_days_is_no_drift() -> None:
    """Parts add up: 1,212 on Wednesday and 1,200 on Friday contradict nothing."""
    history = History().promise(at=AT, terms={"quantity": 6000})
    for day, quantity in ((11, 1212), (13, 1200), (16, 1245)):
        history.on("PerformanceReported", at=f"2026-02-{day}T00:00:00Z", speaker="NOR",
                   quantity=quantity, occurred=f"2026-02-{day}")  # fmt: skip
    (numbers,) = ledger_of(history)["commitments"]

    assert [None] == [claimant["drift"] for claimant in numbers["claims"]]


def test_numbers_in_statements_are_kept_per_claimant_and_thing() -> None:
    """Five attacks are not two thousand soldiers."""
    history = History()
    for term, value in (("attacks", 5), ("soldiers", 2500), ("attacks", 6)):
        history.add("FactClaimed", at=AT, text="said", speaker="NOR", term=term, value=value)
    statements = ledger_of(history)["statements"]

    assert [("attacks", [5, 6]), ("soldiers", [2500])] == [
        (c["term"], [line["value"] for line in c["lines"]]) for c in statements
    ]


def test_two_accounts_of_one_party_are_one_claimant() -> None:
    """A second number is drift in what the state claims; each line keeps its account."""
    history = counted([("isl-mod", 5, False), ("isl-press", 8, False), ("NOR", 1, False)])
    (commitment,) = ledger_of(history.spoken_for(**{"isl-mod": "ISL", "isl-press": "ISL"}))[
        "commitments"
    ]
    state, other = commitment["incidents"][0]["claims"]

    assert ("ISL", [5, 8], ["isl-mod", "isl-press"]) == (
        state["by"],
        state["drift"]["values"],
        [line["by"] for line in state["lines"]],
    )
    assert ("NOR", None) == (other["by"], other["drift"])
