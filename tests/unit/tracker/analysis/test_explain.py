"""An explanation: the rule in words, the entries with their chains, and what comes next."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.given import History, dossier
from tracker.analysis.explain import explanation
from tracker.analysis.next_changes import rule_text
from tracker.model.vocabulary import Kind
from tracker.rules.clock_rules import CLOCK_RULES
from tracker.rules.transitions import TRANSITIONS

AT = "2026-01-02T00:00:00Z"
WINDOW = {"kind": "maintenance", "terms": {"start": "2026-01-02", "duration": "P30D",
                                           "zone": "UTC", "reading_of": "oslo"}}  # fmt: skip


def explained(history: History, as_of: str = AT) -> dict[str, Any]:
    record = dossier(history, as_of)
    return explanation(record.state.commitments["c"], record, record.state.as_of)


@pytest.mark.parametrize("number", [row.number for row in (*TRANSITIONS, *CLOCK_RULES)])
def test_every_rule_has_words(number: str) -> None:
    """No row is told by its number alone."""
    assert len(rule_text(number)) > 10


def test_a_row_says_from_where_to_where() -> None:
    """As the table has it."""
    assert "ProposalWithdrawn from proposed -> cancelled" == rule_text("3")
    assert "(achievement)" in rule_text("14")


@pytest.mark.parametrize(
    ("kind", "other"), [("achievement", "recurring"), ("recurring", "achievement")]
)
def test_a_row_is_told_by_the_cases_of_one_kind(kind: str, other: str) -> None:
    """What the row says of promises of another kind answers nothing."""
    text = rule_text("11", Kind(kind))

    assert f"({kind})" in text
    assert f"({other})" not in text


def timing_of(history: History) -> tuple[str, str]:
    axis = explained(history)["axes"][2]
    return axis["value"], axis["meaning"]


def test_a_timing_without_a_rule_says_why_no_clock_runs() -> None:
    """Nothing that could be recorded would set it."""
    over = History().promise(at=AT, kind="achievement", terms={"due": "2026-03-01"})
    over.on("PerformanceConfirmed", at=AT, basis="both_sides")
    offered = History().promise("CommitmentProposed", at=AT)
    endless = History().promise(at=AT, kind="maintenance")

    assert ("n/a", "it is over, so no clock runs for it") == timing_of(over)
    assert ("n/a", "nothing is owed yet, so no clock runs for it") == timing_of(offered)
    assert ("open_ended", "no start and no end are on record") == timing_of(endless)


def test_an_entry_comes_with_its_chain_and_its_place() -> None:
    """Speaker, reporters, root, line, quote, rating."""
    history = History().promise(at=AT, speaker="NOR", reported_by=["nrk", "blog"],
                                primary_source="oslo", reliability="B", credibility=2,
                                source={"line": 7, "quote": "we will"})  # fmt: skip
    entry = explained(history)["axes"][0]["events"][0]

    assert ("oslo", ["nrk", "blog"], {"line": 7, "quote": "we will"}, "B2") == (
        entry["root"], entry["reported_by"], entry["source"], entry["rating"],
    )  # fmt: skip


def test_each_end_says_who_counts_how_and_what_it_decides() -> None:
    """The earliest times the alerts, the latest the state, unless one was chosen."""
    history = History().promise(at=AT, **WINDOW)
    first, last = explained(history)["window"]

    assert (["alerts"], ["state"], "oslo", "e2") == (
        first["decides"], last["decides"], first["by"], first["event"],
    )  # fmt: skip
    history.on("GoverningReadingChosen", at=AT, term="end", reading=first["id"])
    assert [["alerts", "state"], []] == [r["decides"] for r in explained(history)["window"]]


def test_an_end_cites_what_has_moved_it_beside_the_account_that_set_it() -> None:
    """Thirty days do not lead to the tenth of the next month but one by themselves."""
    history = History().promise(at=AT, **WINDOW)
    history.on("TermExtended", at="2026-01-05T00:00:00Z", terms={"extend_by": "P10D"},
               by=["NOR", "ISL"])  # fmt: skip
    history.on("SuspensionDeclared", at="2026-01-06T00:00:00Z", tolls=True,
               until="2026-01-08", basis="neutral_body")  # fmt: skip
    extended, rested = (explained(history, f"2026-01-{day}T12:00:00Z") for day in ("05", "10"))

    assert ["e2", "e2"] == [reading["event"] for reading in extended["window"]]
    assert [["e3"], ["e3"]] == [reading["moved_by"] for reading in extended["window"]]
    assert [["e3", "e4"]] * 2 == [reading["moved_by"] for reading in rested["window"]]


def test_claims_are_shown_as_claims() -> None:
    """Reports of breach and of delivery, and facts that are only claimed."""
    history = History().promise(at=AT, **WINDOW)
    history.on("ViolationAlleged", at=AT, incident="i1", speaker="ISL", text="a raid")
    history.on("MutuallyTerminated", at=AT, basis="claim", speaker="ISL")

    assert ["ViolationAlleged", "MutuallyTerminated"] == [
        entry["type"] for entry in explained(history)["claims"]
    ]
    assert "in_force" == explained(history)["commitment"]["state"]


def test_judgements_carry_likelihood_and_confidence_apart() -> None:
    """Of this commitment, or of the whole agreement; never of another commitment."""
    history = History().promise(at=AT, **WINDOW)
    history.promise(at=AT, commitment="d")
    history.on("AssessmentMade", at=AT, text="it holds", likelihood="likely",
               analytic_confidence="low", speaker="desk")  # fmt: skip
    history.add("ForecastMade", at=AT, text="all will end", likelihood="unlikely")
    history.add("ForecastMade", at=AT, text="d will end", commitment="d")

    assert [("likely", "low"), ("unlikely", None)] == [
        (entry["likelihood"], entry["analytic_confidence"])
        for entry in explained(history)["judgements"]
    ]


def test_the_next_change_of_the_clock_is_foretold() -> None:
    """A week before the first reading of the end: due soon, by T4."""
    clock = explained(History().promise(at=AT, **WINDOW))["next"]["clock"]

    assert ("2026-01-25T00:00:00Z", "in_force", "due_soon", "T4") == (
        clock["at"], clock["state"], clock["timing"], clock["rule"],
    )  # fmt: skip


def test_the_events_that_would_move_it_are_those_of_the_table() -> None:
    """For this kind in this state, with the row."""
    coming = explained(History().promise("CommitmentProposed", at=AT))["next"]["events"]

    assert ("ProposalWithdrawn", "3", "cancelled") in [
        (row["event"], row["rule"], row["to"]) for row in coming
    ]
    assert "NonPerformanceFound" not in [row["event"] for row in coming]


def test_nothing_comes_of_the_clock_when_no_clock_runs() -> None:
    """A closed promise waits for nothing."""
    history = History().promise(at=AT).on("CreditorReleased", at=AT)

    assert explained(history)["next"]["clock"] is None


def test_what_an_expert_would_point_out_is_there() -> None:
    """Lint of the promise and of the entries about it."""
    history = History().promise(at=AT).on("PerformanceReported", at=AT, reliability="A")

    assert {"never_violated", "rated_nobody"} <= {s["code"] for s in explained(history)["lint"]}
