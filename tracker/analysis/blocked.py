"""What each promise still waits for: a graph of conditions, across agreements. Pure.

A node is a commitment, an agreement or a condition; an edge says what waits for what. The graph
may have cycles (each side waits for the other): they are listed, and never followed twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TypedDict

import msgspec
from msgspec import Struct

from events import format_instant
from tracker.documents.dependencies import reachable
from tracker.model.commitment import Commitment
from tracker.model.parts import Condition
from tracker.model.vocabulary import State
from tracker.rules.agreement import AgreementState
from tracker.rules.terms.accounts import ALL_PARTIES

Edge = tuple[str, str]
ASSERTED = "asserted"


class Node(Struct, frozen=True):
    """`kind` is commitment, agreement, condition or unknown; `by` is who can lift a condition.

    `deadline` is the instant at which a condition is missed, or an offer runs out, by the days of
    `zone`. `on` is what a condition hangs on. One that an account reads into a promise in force is
    asserted, and `said_by` that account: by the others nothing waits for it.
    """

    id: str
    kind: str
    label: str
    status: str
    agreement: str | None = None
    by: str | None = None
    awaits: str | None = None
    ready: bool = False
    deadline: str | None = None
    zone: str = "UTC"
    on: str | None = None
    said_by: str | None = None


class Graph(Struct, frozen=True):
    """`roots` are the commitments asked for that wait for a condition, or offers with an end.

    So are those that wait for one as one account reads them.

    Edges keep the order of the record.
    """

    nodes: dict[str, Node]
    edges: dict[str, tuple[str, ...]]
    roots: tuple[str, ...]

    def cycles(self) -> list[tuple[str, ...]]:
        """Every cycle once, beginning at its first id by alphabet and coming back to it."""
        cycles = set()
        for start in self.nodes:
            cycle = shortest_cycle(start, self.edges)
            if cycle:
                first = cycle.index(min(cycle))
                turned = cycle[first:] + cycle[:first]
                cycles.add((*turned, turned[0]))
        return sorted(cycles)

    def vetoes(self) -> dict[str, list[str]]:
        """Who decides open conditions, and which promises wait for it, however far away."""
        vetoes: dict[str, list[str]] = {}
        for root in self.roots:
            for node in reachable([root], self.edges):
                condition = self.nodes[node]
                if condition.kind == "condition" and condition.status == "open" and condition.by:
                    vetoes.setdefault(condition.by, []).append(root)
        return {party: list(dict.fromkeys(waiting)) for party, waiting in vetoes.items()}


def shortest_cycle(start: str, edges: Mapping[str, Iterable[str]]) -> tuple[str, ...]:
    """The shortest way from a node back to itself; empty where there is none."""
    came_from: dict[str, str] = {}
    queue = [start]
    while queue:
        node = queue.pop(0)
        for nearer in edges.get(node, ()):
            if nearer == start:
                path = [node]
                while path[-1] != start:
                    path.append(came_from[path[-1]])
                return tuple(reversed(path))
            if nearer not in came_from:
                came_from[nearer] = node
                queue.append(nearer)
    return ()


def graph(states: Iterable[AgreementState], agreement: str | None = None) -> Graph:
    """The conditions of every waiting promise, or of one agreement and all that it depends on."""
    agreements = list(states)
    commitments = [c for state in agreements for c in state.commitments.values()]
    nodes: dict[str, Node] = {}
    edges: dict[str, tuple[str, ...]] = {}
    for state in agreements:
        # An agreement depends on its commitments; one of the same name stands for both.
        if state.id not in state.commitments:
            nodes[state.id] = Node(
                id=state.id, kind="agreement", label=state.title, status="", agreement=state.id
            )
            edges[state.id] = tuple(state.commitments)
        for c in state.commitments.values():
            ends_at = c.offer_until if _is_offer_with_end(c) else None
            until = format_instant(ends_at) if ends_at else None
            nodes[c.id] = Node(
                id=c.id,
                kind="commitment",
                label=c.promise,
                status=c.state.value,
                agreement=state.id,
                deadline=until,
                zone=c.zone,
            )
    for c in commitments:
        for node in _conditions(c, nodes):
            nodes[node.id] = node
            edges[c.id] = (*edges.get(c.id, ()), node.id)
            edges[node.id] = (node.on,) if node.on else ()
    for target in {target for targets in edges.values() for target in targets}:
        # Not recorded yet, or not known to this reader.
        nodes.setdefault(target, Node(target, "unknown", "not on record", ""))
    asserted = {source for source, target in edges_of(edges) if nodes[target].status == ASSERTED}
    waiting = (
        c
        for c in commitments
        if c.state is State.CONDITIONAL or _is_offer_with_end(c) or c.id in asserted
    )
    roots = tuple(c.id for c in waiting if agreement in (None, c.agreement, c.id))
    return _reached_from(roots, nodes, edges)


def _is_offer_with_end(c: Commitment) -> bool:
    return c.state is State.PROPOSED and c.offer_until is not None


def condition_id(c: Commitment, condition: Condition) -> str:
    return f"{c.id}/{condition.id}"


def _conditions(c: Commitment, nodes: Mapping[str, Node]) -> Iterator[Node]:
    """Its conditions; of one in force also those that one account reads into it, in dispute."""
    for condition in c.conditions if c.is_open else ():
        yield _condition_node(c, condition, nodes)
    for account in c.accounts if c.is_open else ():
        if (text := account.other.get("condition")) and account.by != ALL_PARTIES:
            id_, label = f"{c.id}/{account.event}", str(text)
            yield Node(id_, "condition", label, ASSERTED, c.agreement, said_by=account.by)


def _condition_node(c: Commitment, condition: Condition, nodes: Mapping[str, Node]) -> Node:
    awaits = condition.awaits.value if condition.awaits else None
    awaited = nodes.get(condition.on or "")
    return Node(
        id=condition_id(c, condition),
        kind="condition",
        label=condition.text or condition.id,
        status=condition.status,
        agreement=c.agreement,
        by=condition.by,
        awaits=awaits,
        ready=condition.status == "open" and bool(awaited and awaits and awaited.status == awaits),
        deadline=format_instant(condition.deadline) if condition.deadline else None,
        zone=c.zone,
        on=condition.on,
    )


def _reached_from(
    roots: tuple[str, ...], nodes: Mapping[str, Node], edges: Mapping[str, tuple[str, ...]]
) -> Graph:
    reached = dict.fromkeys(roots)
    for root in roots:
        reached.update(dict.fromkeys(reachable([root], edges)))
    return Graph(
        {node: nodes[node] for node in reached},
        {node: edges[node] for node in reached if edges.get(node)},
        roots,
    )


class NodeDocument(TypedDict):
    id: str
    kind: str
    label: str
    status: str
    agreement: str | None
    by: str | None
    awaits: str | None
    ready: bool
    deadline: str | None
    zone: str
    on: str | None
    said_by: str | None


# `from` is a key of the document, which no class can have as a field.
EdgeDocument = TypedDict("EdgeDocument", {"from": str, "to": str, "status": str})


class Veto(TypedDict):
    """A party that can lift an open condition, and the promises that wait for it."""

    by: str
    commitments: list[str]


class BlockedDocument(TypedDict):
    """The graph as `blocked --json` prints it."""

    roots: list[str]
    nodes: list[NodeDocument]
    edges: list[EdgeDocument]
    cycles: list[list[str]]
    vetoes: list[Veto]


def as_document(graph: Graph) -> BlockedDocument:
    """Nodes, edges, cycles and who can lift which condition."""
    edges: list[EdgeDocument] = []
    for source, target in edges_of(graph.edges):
        ends = (graph.nodes[target], graph.nodes[source])
        status = next((node.status for node in ends if node.kind == "condition"), "contains")
        edges.append({"from": source, "to": target, "status": status})
    return {
        "roots": list(graph.roots),
        "nodes": [msgspec.to_builtins(node) for node in graph.nodes.values()],
        "edges": edges,
        "cycles": [list(cycle) for cycle in graph.cycles()],
        "vetoes": [
            {"by": party, "commitments": waiting} for party, waiting in graph.vetoes().items()
        ],
    }


def edges_of(edges: Mapping[str, Iterable[str]]) -> Iterator[Edge]:
    return ((one, other) for one, targets in edges.items() for other in targets)
