"""What each promise still waits for: a graph of conditions, across agreements. Pure.

A node is a commitment, an agreement or a condition; an edge says what waits for what. The graph
may have cycles (each side waits for the other): they are found and told, and never followed twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from msgspec import Struct

from tracker.model.commitment import Commitment, Condition
from tracker.model.vocabulary import State
from tracker.rules.fold import AgreementState

Edge = tuple[str, str]
MARKS = {"open": " ", "satisfied": "x", "waived": "x", "failed": "!"}


class Node(Struct, frozen=True):
    """`kind` is commitment, agreement, condition or unknown; `by` is who can lift a condition."""

    id: str
    kind: str
    label: str
    status: str
    agreement: str | None = None
    by: str | None = None
    awaits: str | None = None
    ready: bool = False


class Graph(Struct, frozen=True):
    """`roots` are the waiting commitments asked for; edges keep the order they were told in."""

    nodes: dict[str, Node]
    edges: dict[str, tuple[str, ...]]
    roots: tuple[str, ...]

    def cycles(self) -> list[tuple[str, ...]]:
        """Every loop once, beginning at its first id by alphabet and coming back to it."""
        cycles: dict[tuple[str, ...], None] = {}
        for start in self.nodes:
            for loop in _loops(start, self.edges):
                cycles.setdefault(_turned(loop))
        return sorted(cycles)

    def vetoes(self) -> dict[str, list[str]]:
        """Who decides open conditions, and which promises wait for it, however far away."""
        vetoes: dict[str, list[str]] = {}
        for root in self.roots:
            for node in reachable(root, self.edges):
                condition = self.nodes[node]
                if condition.kind == "condition" and condition.status == "open" and condition.by:
                    vetoes.setdefault(condition.by, []).append(root)
        return {party: list(dict.fromkeys(waiting)) for party, waiting in vetoes.items()}


def reachable(start: str, edges: Mapping[str, Iterable[str]]) -> list[str]:
    """Everything a node waits for, nearest first, each once."""
    seen, queue = {start: None}, [start]
    while queue:
        for nearer in edges.get(queue.pop(0), ()):
            if nearer not in seen:
                seen[nearer] = None
                queue.append(nearer)
    return list(seen)[1:]


def _loops(start: str, edges: Mapping[str, Iterable[str]]) -> Iterator[tuple[str, ...]]:
    """The shortest way from a node back to itself, where there is one."""
    came_from: dict[str, str] = {}
    queue = [start]
    while queue:
        node = queue.pop(0)
        for nearer in edges.get(node, ()):
            if nearer == start:
                yield _path(start, node, came_from)
                return
            if nearer not in came_from:
                came_from[nearer] = node
                queue.append(nearer)


def _path(start: str, last: str, came_from: Mapping[str, str]) -> tuple[str, ...]:
    path = [last]
    while path[-1] != start:
        path.append(came_from[path[-1]])
    return tuple(reversed(path))


def _turned(loop: tuple[str, ...]) -> tuple[str, ...]:
    first = loop.index(min(loop))
    turned = loop[first:] + loop[:first]
    return (*turned, turned[0])


def graph(states: Iterable[AgreementState], agreement: str | None = None) -> Graph:
    """The conditions of every waiting promise, or of one agreement and all that it depends on."""
    agreements = list(states)
    nodes: dict[str, Node] = {}
    edges: dict[str, tuple[str, ...]] = {}
    for state in agreements:
        _add_agreement(state, nodes, edges)
    for commitment in _commitments(agreements):
        _add_conditions(commitment, nodes, edges)
    _add_unknown(nodes, edges)
    roots = [
        c.id
        for c in _commitments(agreements)
        if c.state is State.CONDITIONAL and agreement in (None, c.agreement, c.id)
    ]
    return _around(roots, nodes, edges)


def _commitments(states: Iterable[AgreementState]) -> Iterator[Commitment]:
    return (c for state in states for c in state.commitments.values())


def _add_agreement(
    state: AgreementState, nodes: dict[str, Node], edges: dict[str, tuple[str, ...]]
) -> None:
    """Makes an agreement depend on its commitments; one of the same name stands for both."""
    own = tuple(c.id for c in state.commitments.values() if c.id != state.id)
    if state.id not in state.commitments:
        nodes[state.id] = Node(state.id, "agreement", state.title, "", state.id)
        edges[state.id] = own
    for c in state.commitments.values():
        nodes[c.id] = Node(c.id, "commitment", c.promise, c.state.value, state.id)


def _add_conditions(
    c: Commitment, nodes: dict[str, Node], edges: dict[str, tuple[str, ...]]
) -> None:
    if not c.is_open or not c.conditions:
        return
    edges[c.id] = tuple(condition_id(c, condition) for condition in c.conditions)
    for condition in c.conditions:
        own = condition_id(c, condition)
        nodes[own] = _condition_node(own, c, condition, nodes)
        edges[own] = (condition.on,) if condition.on else ()


def condition_id(c: Commitment, condition: Condition) -> str:
    return f"{c.id}/{condition.id}"


def _condition_node(
    own: str, c: Commitment, condition: Condition, nodes: Mapping[str, Node]
) -> Node:
    awaits = condition.awaits.value if condition.awaits else None
    there = nodes.get(condition.on or "")
    ready = condition.status == "open" and bool(there and awaits and there.status == awaits)
    label = condition.text or condition.id
    return Node(own, "condition", label, condition.status, c.agreement, condition.by, awaits, ready)


def _add_unknown(nodes: dict[str, Node], edges: dict[str, tuple[str, ...]]) -> None:
    """Adds a node for what is not on record (yet), or not known to this reader."""
    for target in {target for targets in edges.values() for target in targets}:
        nodes.setdefault(target, Node(target, "unknown", "not on record", ""))


def _around(roots: list[str], nodes: dict[str, Node], edges: dict[str, tuple[str, ...]]) -> Graph:
    reached = dict.fromkeys(roots)
    for root in roots:
        reached.update(dict.fromkeys(reachable(root, edges)))
    return Graph(
        {node: nodes[node] for node in reached},
        {node: edges[node] for node in reached if edges.get(node)},
        tuple(roots),
    )


def as_document(graph: Graph) -> dict[str, Any]:
    """Nodes, edges, cycles and who holds the keys, as `blocked --json` prints them."""
    return {
        "roots": list(graph.roots),
        "nodes": [
            {name: getattr(node, name) for name in Node.__struct_fields__}
            for node in graph.nodes.values()
        ],
        "edges": [
            {"from": source, "to": target, "status": _edge_status(graph, source, target)}
            for source, targets in graph.edges.items()
            for target in targets
        ],
        "cycles": [list(cycle) for cycle in graph.cycles()],
        "vetoes": [
            {"by": party, "commitments": waiting} for party, waiting in graph.vetoes().items()
        ],
    }


def _edge_status(graph: Graph, source: str, target: str) -> str:
    node = graph.nodes[target] if graph.nodes[target].kind == "condition" else graph.nodes[source]
    return node.status if node.kind == "condition" else "contains"


def tree(graph: Graph) -> list[str]:
    """The graph as indented lines; a node met again is named, not unfolded."""
    lines: list[str] = []
    drawn: set[str] = set()
    for root in graph.roots:
        if root not in drawn:
            _branch(root, "", graph, (), drawn, lines)
    return lines


def _branch(
    node: str,
    indent: str,
    graph: Graph,
    above: tuple[str, ...],
    drawn: set[str],
    lines: list[str],
) -> None:
    own = describe(graph.nodes[node])
    if node in above:
        lines.append(f"{indent}{own} (cycle: back to {node})")
        return
    if node in drawn and graph.edges.get(node):
        lines.append(f"{indent}{own} (see above)")
        return
    lines.append(f"{indent}{own}")
    drawn.add(node)
    for nearer in graph.edges.get(node, ()):
        _branch(nearer, f"{indent}  ", graph, (*above, node), drawn, lines)


def describe(node: Node) -> str:
    """One node in one line, its status as a mark and a word."""
    if node.kind == "condition":
        who = f", {node.by} can lift it" if node.by else ""
        until = f", awaits {node.awaits.replace('_', ' ')}" if node.awaits else ""
        ready = "; ready to be recorded as satisfied" if node.ready else ""
        return f"[{MARKS[node.status]}] {node.label} ({node.status}{who}{until}{ready})"
    if node.kind == "commitment":
        return f"{node.id} ({node.status.replace('_', ' ')}): {node.label}"
    return f"{node.id}: {node.label}"


def dot(graph: Graph) -> str:
    """The graph for Graphviz."""
    numbers = {node: f"n{place}" for place, node in enumerate(graph.nodes)}
    shapes = {"condition": "ellipse", "unknown": "note"}
    lines = [
        f"  {numbers[node.id]} [shape={shapes.get(node.kind, 'box')}, label={_quoted(node)}];"
        for node in graph.nodes.values()
    ]
    lines += [f"  {numbers[one]} -> {numbers[other]};" for one, other in _edges(graph)]
    return "\n".join(["digraph blocked {", "  rankdir=LR;", *lines, "}"])


def _quoted(node: Node) -> str:
    text = describe(node).replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")
    return f'"{text}"'


def mermaid(graph: Graph) -> str:
    """The graph as a Mermaid flowchart."""
    numbers = {node: f"n{place}" for place, node in enumerate(graph.nodes)}
    lines = [f'  {numbers[node.id]}["{_entity(describe(node))}"]' for node in graph.nodes.values()]
    lines += [f"  {numbers[one]} --> {numbers[other]}" for one, other in _edges(graph)]
    return "\n".join(["flowchart LR", *lines])


def _entity(text: str) -> str:
    """Escapes text for Mermaid: characters with a meaning of their own become codes."""
    return "".join(c if c.isalnum() or c in " ,.:;/-_" else f"#{ord(c)};" for c in text)


def _edges(graph: Graph) -> Iterator[Edge]:
    return ((one, other) for one, targets in graph.edges.items() for other in targets)
