"""The graph of conditions: nested across agreements; cycles are shown and survived."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tests.support.given import History
from tracker.analysis.blocked import Graph, Node, as_document, graph
from tracker.analysis.blocked_drawing import dot, mermaid, tree
from tracker.documents.dependencies import reachable

AT = "2026-01-02T00:00:00Z"
IDS = st.sampled_from("abcdefg")
GRAPHS = st.dictionaries(IDS, st.lists(IDS, max_size=4, unique=True).map(tuple), max_size=7)


def waiting(*links: tuple[str, str]) -> History:
    """Conditional commitments, each waiting for another to enter force."""
    history = History()
    for own, other in links:
        history.add("AcceptedConditionally", at=AT, commitment=own, kind="achievement",
                    debtor=["NOR"], creditor=["ISL"], promise=f"do {own}",
                    antecedents=[{"id": f"{other}-first", "text": f"{other} holds", "on": other,
                                  "awaits": "in_force", "by": "ISL"}])  # fmt: skip
    return history


def drawn(history: History, agreement: str | None = None) -> Graph:
    return graph([history.state(AT)], agreement)


def test_what_a_condition_hangs_on_is_unfolded_beneath_it() -> None:
    """a waits for b, b for c."""
    history = waiting(("a", "b"), ("b", "c")).promise(at=AT, commitment="c")

    assert [
        "a (conditional): do a",
        "  [ ] b holds (open, ISL can lift it, waits until b is in force)",
        "    b (conditional): do b",
        "      [ ] c holds (open, ISL can lift it, waits until c is in force; ready to be recorded "
        "as satisfied)",
        "        c (in force): do it",
    ] == tree(drawn(history))


def test_a_condition_that_one_side_reads_into_a_promise_in_force_is_marked_as_its_reading() -> None:
    """First the border, says one; once all settle the conditions, nothing is in dispute."""
    history = History().promise(at=AT, commitment="vote")
    history.add("ConditionAdded", at=AT, commitment="vote", speaker="NOR",
                antecedent={"id": "border", "text": "the border is handed over"})  # fmt: skip
    disputed = drawn(history)
    history.add("TermsClarified", at=AT, commitment="vote", by=["NOR", "ISL"], term="conditions",
                value="none")  # fmt: skip

    assert [
        "vote (in force): do it",
        "  [?] the border is handed over (as NOR reads it; the others have not agreed)",
    ] == tree(disputed)
    assert ["asserted"] == [edge["status"] for edge in as_document(disputed)["edges"]]
    assert {} == disputed.vetoes()
    assert [] == tree(drawn(history))


def test_each_waiting_for_the_other_is_a_cycle_told_once() -> None:
    """And the tree comes to an end."""
    graph = drawn(waiting(("a", "b"), ("b", "a")))

    assert [("a", "a/b-first", "b", "b/a-first", "a")] == graph.cycles()
    assert any("cycle: back to a" in line for line in tree(graph))


def test_who_can_lift_a_condition_holds_up_all_that_waits_for_it() -> None:
    """However far away."""
    assert {"ISL": ["a", "b"]} == drawn(waiting(("a", "b"), ("b", "c"))).vetoes()


def test_what_is_not_on_record_is_said_to_be() -> None:
    """A link may be ahead of what it leads to."""
    assert "unknown" == drawn(waiting(("a", "elsewhere"))).nodes["elsewhere"].kind


def test_a_link_satisfies_nothing_by_itself() -> None:
    """c is in force, and a still waits until somebody records it."""
    history = waiting(("a", "c")).promise(at=AT, commitment="c")

    assert "conditional" == history.state(AT).commitments["a"].state
    assert drawn(history).nodes["a/c-first"].ready


def test_a_long_chain_is_drawn_to_its_end() -> None:
    """However deep it goes, each promise stands beneath the one that waits for it."""
    names = [f"c{number}" for number in range(1500)]
    nodes = {name: Node(name, "commitment", "p", "conditional") for name in names}
    edges = {one: (other,) for one, other in pairwise(names)}
    lines = tree(Graph(nodes, edges, ("c0",)))

    assert ["c0 (conditional): p", f"{'  ' * 1499}c1499 (conditional): p"] == [lines[0], lines[-1]]


def test_one_agreement_or_commitment_can_be_asked_for() -> None:
    """Roots are its own; what they hang on comes along."""
    assert ("a",) == drawn(waiting(("a", "b"), ("b", "c")), "a").roots
    assert () == drawn(waiting(("a", "b")), "other").roots


@given(GRAPHS)
def test_any_graph_is_walked_to_an_end(edges: dict[str, tuple[str, ...]]) -> None:
    """No loop holds the tree, and every node that can be reached is shown."""
    names = dict.fromkeys([*edges, *(target for targets in edges.values() for target in targets)])
    nodes = {name: Node(name, "commitment", name, "conditional") for name in names}
    graph = Graph(nodes, edges, tuple(edges))
    lines = tree(graph)

    assert set(names) == {line.split()[0] for line in lines}
    assert len(lines) <= len(names) + sum(map(len, edges.values()))


@given(GRAPHS)
def test_cycles_are_exactly_the_ways_back(edges: dict[str, tuple[str, ...]]) -> None:
    """A node stands in a cycle if and only if it can reach itself."""
    names = dict.fromkeys([*edges, *(target for targets in edges.values() for target in targets)])
    nodes = {name: Node(name, "commitment", name, "conditional") for name in names}
    cycles = Graph(nodes, edges, tuple(edges)).cycles()
    on_its_way = {
        name for name in names for near in edges.get(name, ())
        if near == name or name in reachable([near], edges)
    }  # fmt: skip

    assert on_its_way == {name for cycle in cycles for name in cycle}
    assert all(target in edges[one] for cycle in cycles for one, target in pairwise(cycle))


def test_drawings_are_safe_from_what_labels_say() -> None:
    """Quotes and brackets are text, not syntax."""
    history = History().promise("AcceptedConditionally", at=AT, promise='say "x"]; end\\',
                                antecedents=[{"id": "q"}])  # fmt: skip
    graph = drawn(history)

    assert '\\"x\\"]; end\\\\"' in dot(graph)
    assert '"x"' not in mermaid(graph)
    assert {"nodes", "edges", "cycles", "vetoes", "roots"} == set(as_document(graph))
