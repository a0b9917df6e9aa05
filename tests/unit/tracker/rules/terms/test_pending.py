"""The deadlines of what does not bind yet: pointed out before they pass, like every end."""

from __future__ import annotations

from typing import Any

import pytest

from events import parse_instant
from notifications.alerts.alert import alerts_among
from notifications.alerts.wording import what_happened
from tests.support.given import REGISTRY, History
from tracker.analysis.blocked import graph
from tracker.analysis.blocked_drawing import tree
from tracker.documents.changes import stored_change
from tracker.documents.commitments import commitment_json
from tracker.documents.pending import pending_words
from tracker.documents.readings import open_readings, open_readings_of_document
from tracker.projections.rows.agreement import rows_of_events

MADE = "2026-01-01T12:00:00Z"
ZONE = {"zone": "UTC"}


def offer(**data: Any) -> History:
    given = {"offer_valid_until": "2026-01-20", "terms": ZONE, "speaker": "ISL", **data}
    return History().promise("CommitmentProposed", at=MADE, **given)


def conditional(*deadlines: str, **data: Any) -> History:
    waits = [{"id": f"a{n}", "text": "X lifts Y", "deadline": d} for n, d in enumerate(deadlines)]
    given = {"terms": ZONE, "antecedents": waits, **data}
    return History().promise("AcceptedConditionally", at=MADE, **given)


def alerts(given: History, until: str) -> list[tuple[str, str, str | None]]:
    changes = [stored_change(change) for change in given.state(until).changes]
    news = [alert for alert in alerts_among(changes) if alert.kind != "state_changed"]
    return [(alert.kind, alert.at, alert.lead) for alert in news]


def test_t1_an_offer_is_pointed_out_before_it_runs_out() -> None:
    """With the leads of every deadline, and no more once it was accepted."""
    leads = [("2026-01-14", "P7D"), ("2026-01-18", "P3D"), ("2026-01-20", "P1D")]
    soon = [("offer_expires_soon", f"{day}T00:00:00Z", lead) for day, lead in leads]
    assert soon == alerts(offer(), "2026-02-01T00:00:00Z")

    accepted = offer().on("CommitmentAccepted", at="2026-01-15T12:00:00Z", speaker="NOR")
    assert soon[:1] == alerts(accepted, "2026-01-25T00:00:00Z")


def test_t2_each_condition_is_pointed_out_by_itself() -> None:
    """Two of one date are two alerts, and what is satisfied is pointed out no more."""
    given = conditional("2026-01-20", "2026-01-20", require="any", terms={**ZONE, "leads": ["P7D"]})
    changes = [stored_change(c) for c in given.state("2026-01-15T00:00:00Z").changes]
    warnings = [a for a in alerts_among(changes) if a.kind == "condition_due_soon"]

    assert ["a0", "a1"] == [alert.before for alert in warnings]
    assert 2 == len({alert.key for alert in warnings})
    assert "needs its condition a0 to be met within 7 days" == what_happened(warnings[0])
    given.on("ConditionSatisfied", at="2026-01-10T12:00:00Z", antecedent="a0")
    kinds = [kind for kind, _, _ in alerts(given, "2026-01-25T00:00:00Z")]
    assert ["condition_satisfied"] == kinds


def test_a_lead_that_has_passed_when_the_offer_is_recorded_is_told_at_once() -> None:
    """Only the nearest one: the longer would tell what is no longer so."""
    given = offer(offer_valid_until="2026-01-03")

    expected = [(MADE, "P3D"), ("2026-01-03T00:00:00Z", "P1D")]
    assert expected == [each[1:] for each in alerts(given, "2026-01-10T00:00:00Z")]


@pytest.mark.parametrize(("kind", "term"), [("achievement", "due"), ("maintenance", "end")])
def test_its_own_end_passes_while_it_is_conditional(kind: str, term: str) -> None:
    """Nothing is owed, and it is pointed out; an extension takes it back."""
    given = conditional("2026-03-01", kind=kind, terms={**ZONE, term: "2026-01-20"})
    at = "2026-01-21T00:00:00Z"
    assert [("due_while_conditional", at, None)] == alerts(given, "2026-01-25T00:00:00Z")
    document = commitment_json(given.commitment(at), parse_instant(at))
    assert ("conditional", {"due_while_conditional"}) == (
        document["state"],
        pending_words(document),
    )

    given.on(
        "TermExtended", at="2026-01-22T12:00:00Z", by=["NOR", "ISL"], terms={"end": "2026-04-01"}
    )
    axes = [
        (c.before, c.after) for c in given.state("2026-01-25T00:00:00Z").changes if c.axis == "due"
    ]
    assert [(None, "while_conditional"), ("while_conditional", "none")] == axes


def test_it_is_pointed_out_at_once_when_accepted_after_its_own_end() -> None:
    """The entry finds it passed."""
    given = conditional("2026-03-01", terms={**ZONE, "due": "2025-12-20"})

    assert [("due_while_conditional", MADE, None)] == alerts(given, "2026-01-25T00:00:00Z")


@pytest.mark.parametrize(
    ("given", "term", "word"),
    [
        (offer(), "offer", "offer_expires_soon"),
        (conditional("2026-01-20"), "condition", "condition_due_soon"),
    ],
)
def test_they_stand_in_deadlines_and_check(given: History, term: str, word: str) -> None:
    """The date, how it counts, and that it is near; from the fold and from rows alike."""
    at = "2026-01-19T00:00:00Z"
    state = given.state(at)
    document = commitment_json(state.commitments["c"], parse_instant(at))
    (row,) = open_readings(state, state.commitments["c"])

    assert (term, "2026-01-21T00:00:00Z", "end_of_day") == (row["term"], row["at"], row["rule"])
    assert [row] == list(open_readings_of_document("accord", document))
    assert {word} == pending_words(document)
    early = given.commitment(MADE)
    assert set() == pending_words(commitment_json(early, parse_instant(MADE)))


def test_they_are_rows_of_the_reporting_views() -> None:
    """One row each while they stand; a reading of the same name is not pushed out by one."""
    given = conditional(
        "2026-01-20", "2026-02-20", terms={**ZONE, "due": "2026-03-01", "reading": "a1"}
    )
    rows = rows_of_events("accord", given.events, parse_instant("2026-01-19T00:00:00Z"), REGISTRY)
    late = rows_of_events("accord", given.events, parse_instant("2026-02-19T00:00:00Z"), REGISTRY)

    assert {("a0", "condition"), ("a1", "due")} == {
        (row["reading_id"], row["term"]) for row in rows["deadlines"]
    }
    assert ["due"] == [row["term"] for row in late["deadlines"]]


def test_they_stand_in_blocked() -> None:
    """A condition with its date, and an offer with an end, which waits for its addressee."""
    at = "2026-01-05T00:00:00Z"
    assert "[ ] X lifts Y (open, by the end of 20 January 2026)" in "".join(
        tree(graph([conditional("2026-01-20").state(at)]))
    )
    assert ["c (proposed, the offer runs out at the end of 20 January 2026): do it"] == tree(
        graph([offer().state(at)])
    )
