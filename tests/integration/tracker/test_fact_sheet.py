"""The fact sheet of the source text comes out of the shipped data set: conflicts, flags, gates."""

from __future__ import annotations

from typing import Any

import pytest

from events import EventStore, parse_instant
from tests.support.dataset import EVENING
from tracker.analysis.blocked import graph
from tracker.analysis.explain import explain
from tracker.analysis.ledger import ledger
from tracker.analysis.ledger_rows import ledger_rows
from tracker.analysis.precedents import precedents
from tracker.analysis.readout import readout
from tracker.analysis.releases import releases
from tracker.model.vocabulary import State
from tracker.queries.agreements import states
from tracker.queries.dossier import all_dossiers, dossier_of, statements, with_precedents


def rows_of(store: EventStore, agreement: str) -> dict[str, dict[str, Any]]:
    document = readout(dossier_of(store, agreement, EVENING, EVENING)[0])
    return {row["term"]: row for row in document["rows"]}


def test_every_conflict_of_the_fact_sheet_is_found(store: EventStore) -> None:
    """Scope, duration, Middle East, call length, who is bound, the terms of Kyiv."""
    dossiers = [
        *all_dossiers(store, EVENING, EVENING).answers,
        *statements(store, EVENING, EVENING),
    ]
    terms = {row["term"] for one in dossiers for row in readout(one)["rows"] if row["conflict"]}

    assert {"scope", "duration", "middle_east", "call_length", "who_is_bound",
            "ceasefire_terms_of_kyiv"} <= terms  # fmt: skip


def test_the_scope_of_the_energy_pause_has_three_values(store: EventStore) -> None:
    """One an account, on both sides' promises alike."""
    row = rows_of(store, "energy-pause-2025")["scope"]

    assert ["kremlin", "trump", "white-house"] == [
        account for value in row["values"] for account in value["accounts"]
    ]
    assert (["ep-rus", "ep-ukr"], "values") == (row["commitments"], row["conflict_kind"])


def test_thirty_days_is_the_kremlin_only(store: EventStore) -> None:
    """A single source, and two accounts that were looked at and are silent."""
    row = rows_of(store, "energy-pause-2025")["duration"]

    assert (True, ["kremlin"], ["trump", "white-house"], "silence") == (
        row["single_source"], row["sources"], row["silent"], row["conflict_kind"],
    )  # fmt: skip


def test_the_call_had_three_lengths(store: EventStore) -> None:
    """Even trivia needs attribution."""
    row = rows_of(store, "statements")["call_length"]

    assert {"live-blog", "unnamed-source", "slutsky"} == {
        account for value in row["values"] for account in value["accounts"]
    }
    assert [1, 1, 1] == [value["independent"] for value in row["values"]]


def test_kyiv_waits_for_what_washington_can_give(store: EventStore) -> None:
    """And the general ceasefire hangs on Russia, whose own conditions hang on Kursk."""
    drawing = graph(states(store, EVENING, EVENING))

    assert ["ep-ukr"] == drawing.vetoes()["USA"]
    assert "gc-ukr" in drawing.vetoes()["ukrainian-servicemen-kursk"]
    assert [] == drawing.cycles()


def test_the_deal_of_2024_is_the_one_precedent_and_no_rate(store: EventStore) -> None:
    """Collapsed, upon the incursion, after some months."""
    pause = dossier_of(store, "energy-pause-2025", EVENING, EVENING)[0]
    answer = precedents("energy-pause-2025", with_precedents(store, pause, EVENING, EVENING))
    (case,) = answer["precedents"]

    assert ("energy-deal-2024", "collapsed", True) == (
        case["id"], case["outcome"], case["approximate"],
    )  # fmt: skip
    assert "incursion" in case["trigger"]
    assert "too few" in answer["base_rate"]["words"]


def test_nobody_may_walk_away_from_the_pause_that_evening(store: EventStore) -> None:
    """One side is bound, the other not yet."""
    answer = releases(dossier_of(store, "energy-pause-2025", EVENING, EVENING)[0])

    assert ["bound", "not_bound_yet"] == [row["standing"] for row in answer["commitments"]]


def test_the_aid_was_suspended_by_its_debtors_own_word(store: EventStore) -> None:
    """Contested in early March, and resumed after the talks."""
    then = parse_instant("2025-03-08T00:00:00Z")
    early, later = (states(store, at, EVENING) for at in (then, EVENING))
    (stopped,), (resumed,) = (
        [c for state in each for c in state.commitments.values() if c.id == "aid-usa"]
        for each in (early, later)
    )

    assert (State.SUSPENDED, True) == (stopped.state, stopped.suspension_contested)
    assert State.IN_FORCE is resumed.state


def test_the_swap_is_promised_by_each_side_and_delivered_by_neither(store: EventStore) -> None:
    """175 and 175 are two lines, and never 350."""
    swap = dossier_of(store, "pow-swap-2025-03-19", EVENING, EVENING)[0]

    assert [("promised", "RUS", "175"), ("promised", "UKR", "175")] == [
        (row["what"], row["by"], row["number"]) for row in ledger_rows(ledger(swap))
    ]


@pytest.mark.parametrize("commitment", ["ep-rus", "ep-ukr", "sw-rus", "gc-rus", "aid-usa", "lc"])
def test_every_state_is_explained_with_its_line(store: EventStore, commitment: str) -> None:
    """The entries behind a state say where they can be read."""
    document = explain(store, commitment, EVENING, EVENING)
    (state,) = (axis for axis in document["axes"] if axis["axis"] == "state")

    assert all("line" in entry["source"] for entry in state["events"])
    assert state["events"]
