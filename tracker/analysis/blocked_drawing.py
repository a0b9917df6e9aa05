"""Draws the graph of conditions: as indented lines, for Graphviz, for Mermaid. Pure."""

from __future__ import annotations

from tracker.analysis.blocked import ASSERTED, Graph, Node, edges_of
from tracker.documents.remarks import end_words, waiting_words

MARKS = {"open": " ", "satisfied": "x", "waived": "x", "failed": "!"}


def tree(graph: Graph) -> list[str]:
    """The graph as indented lines; a node met again is named, not unfolded."""
    lines: list[str] = []
    drawn: set[str] = set()
    branches: list[tuple[str, tuple[str, ...]]] = [(root, ()) for root in reversed(graph.roots)]
    while branches:
        node, above = branches.pop()
        if node in drawn and not above:
            continue
        line, nearer = "  " * len(above) + describe(graph.nodes[node]), graph.edges.get(node, ())
        if node in above:
            lines.append(f"{line} (cycle: back to {node})")
        elif node in drawn and nearer:
            lines.append(f"{line} (see above)")
        else:
            lines.append(line)
            drawn.add(node)
            branches += [(each, (*above, node)) for each in reversed(nearer)]
    return lines


def describe(node: Node) -> str:
    """Writes a node in one line, its status as a mark and a word."""
    if node.status == ASSERTED:
        account = node.said_by or "one account"
        return f"[?] {node.label} (as {account} reads it; the others have not agreed)"
    if node.kind == "condition":
        who = f", {node.by} can lift it" if node.by else ""
        until = waiting_words(node.on, node.awaits)
        end = f", by {_end(node)}" if node.deadline and node.status == "open" else ""
        ready = "; ready to be recorded as satisfied" if node.ready else ""
        return f"[{MARKS[node.status]}] {node.label} ({node.status}{end}{who}{until}{ready})"
    if node.kind == "commitment":
        end = f", the offer runs out at {_end(node)}" if node.deadline else ""
        return f"{node.id} ({node.status.replace('_', ' ')}{end}): {node.label}"
    return f"{node.id}: {node.label}"


def _end(node: Node) -> object:
    return end_words({"at": node.deadline, "zone": node.zone}, "at", str)


def dot(graph: Graph) -> str:
    """The graph for Graphviz."""
    numbers = {node: f"n{place}" for place, node in enumerate(graph.nodes)}
    shapes = {"condition": "ellipse", "unknown": "note"}
    lines = []
    for node in graph.nodes.values():
        label = describe(node).replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")
        shape = shapes.get(node.kind, "box")
        lines.append(f'  {numbers[node.id]} [shape={shape}, label="{label}"];')
    lines += [f"  {numbers[one]} -> {numbers[other]};" for one, other in edges_of(graph.edges)]
    return "\n".join(["digraph blocked {", "  rankdir=LR;", *lines, "}"])


def mermaid(graph: Graph) -> str:
    """The graph as a Mermaid flowchart."""
    numbers = {node: f"n{place}" for place, node in enumerate(graph.nodes)}
    lines = []
    for node in graph.nodes.values():
        # Characters with a meaning of their own in Mermaid become codes.
        escaped = (c if c.isalnum() or c in " ,.:;/-_" else f"#{ord(c)};" for c in describe(node))
        lines.append(f'  {numbers[node.id]}["{"".join(escaped)}"]')
    lines += [f"  {numbers[one]} --> {numbers[other]}" for one, other in edges_of(graph.edges)]
    return "\n".join(["flowchart LR", *lines])
