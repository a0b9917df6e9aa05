"""What waits for what: conditions, dates, releases, phases, and which of them hang together."""

from __future__ import annotations

from tests.support.given import History, dossier
from tracker.documents.commitments import agreement_json
from tracker.documents.dependencies import AnchorLink, ConditionLink, Dependencies, of_documents
from tracker.documents.summaries import AgreementSummary, CommitmentSummary
from web.model.dependency_graph import Graph, Named, graphs

AT = "2026-01-02T00:00:00Z"


def summary(
    name: str, *promises: str, predecessor: str | None = None, phases: int = 0
) -> AgreementSummary:
    commitments = tuple(
        CommitmentSummary(
            each, name, "achievement", ("NOR",), ("ISL",), f"to {each}", "in_force", "unassessed",
            "running", (), None, None, False,
        )
        for each in promises
    )  # fmt: skip
    titles = tuple({"id": f"p{n}", "title": f"Phase {n}"} for n in range(1, phases + 1))
    return AgreementSummary(
        name, name.title(), ("NOR",), predecessor, "in_force", 1, commitments, (), titles
    )


def graphs_of(dependencies: list[Dependencies], summaries: list[AgreementSummary]) -> list[Graph]:
    """The graphs of some agreements, which are all that is known."""
    promises = {c.id: c for each in summaries for c in each.commitments}
    return graphs(dependencies, summaries, Named({each.id: each for each in summaries}, promises))


def test_a_condition_stands_between_two_promises() -> None:
    """The promise waits for the condition, and the condition for the other promise."""
    condition = ConditionLink("gone", "they have left", "open", on="leave", awaits="discharged")
    (graph,) = graphs_of(
        [Dependencies("pay", conditions=(condition,))], [summary("a", "pay", "leave")]
    )

    assert {"pay", "pay/gone", "leave"} == {*graph.nodes}
    assert [("pay/gone", "pay", ""), ("leave", "pay/gone", "once it is discharged")] == [
        (link.first, link.then, link.words) for link in graph.links
    ]
    assert 1 == graph.open


def test_a_condition_that_one_side_asserts_is_marked_as_its_reading() -> None:
    """It is none of the open ones; once the parties settle their conditions it is gone."""
    history = History().promise(at=AT, commitment="vote")
    history.add("ConditionAdded", at=AT, commitment="vote", speaker="NOR",
                antecedent={"id": "border", "text": "the border is handed over"})  # fmt: skip
    (links,) = of_documents(agreement_json(dossier(history, AT).state)["commitments"])
    (graph,) = graphs_of([links], [summary("accord", "vote")])
    history.add("TermsClarified", at=AT, commitment="vote", by=["NOR", "ISL"], term="condition",
                value="none")  # fmt: skip

    (condition,) = (node for node in graph.nodes.values() if node.kind == "condition")
    assert ("asserted", "the border is handed over", "NOR") == (
        condition.state, condition.text, condition.about,
    )  # fmt: skip
    assert 0 == graph.open
    assert [] == of_documents(agreement_json(dossier(history, AT).state)["commitments"])


def test_a_date_says_what_it_is_counted_from() -> None:
    """Without the id, which the link beside it has; and whether it is known."""
    anchors = (AnchorLink("leave", "14 days after leave is discharged"),)
    (graph,) = graphs_of([Dependencies("pay", anchors=anchors)], [summary("a", "pay", "leave")])

    assert ["14 days after it is discharged, which is not known yet"] == [
        link.words for link in graph.links
    ]


def test_a_promise_in_return_is_linked_where_its_breach_gives_a_release() -> None:
    """Without a clause it says nothing of who may leave."""
    two = [summary("a", "pay", "leave")]

    assert [] == graphs_of([], two)
    assert not Dependencies("pay", reciprocal_with="leave").is_any()
    (graph,) = graphs_of(
        [Dependencies("pay", reciprocal_with="leave", release_on="confirmed")], two
    )
    assert ["release"] == [link.kind for link in graph.links]


def test_agreements_that_do_not_hang_together_are_drawn_apart() -> None:
    """Those with open conditions first; within one agreement all hangs together."""
    open_one = ConditionLink("x", "x", "open")
    met = ConditionLink("x", "x", "satisfied")
    every_graph = graphs_of(
        [
            Dependencies("a1", conditions=(met,)),
            Dependencies("b1", conditions=(open_one,)),
            Dependencies("b2", conditions=(open_one,)),
        ],
        [summary("a", "a1"), summary("b", "b1", "b2")],
    )

    assert [("b",), ("a",)] == [graph.agreements for graph in every_graph]


def test_phases_and_agreements_follow_one_another() -> None:
    """A renewed agreement comes after the one before it, a phase after its phase."""
    every_graph = graphs_of([], [summary("old"), summary("new", predecessor="old", phases=2)])

    (graph,) = every_graph
    assert [("new//p1", "new//p2"), ("old", "new")] == [(e.first, e.then) for e in graph.links]


def test_what_a_reader_does_not_see_is_unknown_to_him() -> None:
    """A promise of an agreement above the ceiling is named by its id alone; its own is left out."""
    anchors = (AnchorLink("secret", "2 days after secret ends"),)
    (graph,) = graphs_of(
        [Dependencies("pay", anchors=anchors), Dependencies("secret", anchors=anchors)],
        [summary("a", "pay")],
    )

    assert ("unknown", "secret, which is not on record") == (
        graph.nodes["secret"].kind, graph.nodes["secret"].text,
    )  # fmt: skip
    assert 1 == len(graph.links)
