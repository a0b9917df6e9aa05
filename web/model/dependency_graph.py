"""What waits for what, as graphs: one for each group of agreements that hang together. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Literal

from msgspec import Struct

from tracker.documents.dependencies import ConditionLink, Dependencies, reachable
from tracker.documents.ends import end_at, ends_in_words
from tracker.documents.summaries import AgreementSummary, CommitmentSummary

Kind = Literal["promise", "agreement", "condition", "phase", "unknown"]
LinkKind = Literal["condition", "date", "release", "next"]


ASSERTED = "asserted"
"""What a condition is that one side alone reads into a promise in force."""


class Node(Struct, frozen=True):
    """A promise, a condition, a phase or an agreement; `state` is its state or standing.

    What is not on record, or not to be seen by this reader, is unknown. `name` is the id that a
    page has of it, and `about` what is said beside: by when, and of one that is asserted by whom.
    """

    id: str
    kind: Kind
    name: str
    text: str
    state: str = ""
    agreement: str = ""
    about: str = ""


class Link(Struct, frozen=True):
    """A link from what comes first to what waits for it, and how."""

    first: str
    then: str
    kind: LinkKind
    words: str


class Graph(Struct, frozen=True):
    """Things that hang together, with the agreements they are of."""

    nodes: dict[str, Node]
    links: tuple[Link, ...]
    agreements: tuple[str, ...]

    @property
    def open(self) -> int:
        """How many conditions are open in it."""
        return sum(n.kind == "condition" and n.state == "open" for n in self.nodes.values())

    def before(self, node: str) -> list[Link]:
        """What a node waits for."""
        return [link for link in self.links if link.then == node]

    @property
    def waiting(self) -> list[tuple[Node, list[Link]]]:
        """Each promise, agreement or phase that comes after something, with what comes before."""
        nodes = (node for node in self.nodes.values() if node.kind != "condition")
        pairs = ((node, self.before(node.id)) for node in nodes)
        return [(node, links) for node, links in pairs if links]


class Named(Struct, frozen=True):
    """Agreements and promises in brief, by id."""

    agreements: Mapping[str, AgreementSummary]
    promises: Mapping[str, CommitmentSummary]


def names_in(
    dependencies: Iterable[Dependencies], summaries: Iterable[AgreementSummary]
) -> set[str]:
    """The ids of all promises and agreements that graphs of these may name."""
    names: set[str | None] = {each.predecessor for each in summaries}
    for each in dependencies:
        names |= {each.id, each.mirror, each.successor}
        names.update(condition.on for condition in each.conditions)
        names.update(anchor.after for anchor in each.anchors)
    return {name for name in names if name}


RELEASE = {
    "alleged": "a breach of it, even one alleged, gives a release",
    "confirmed": "a breach of it, once confirmed, gives a release",
}


def graphs(
    dependencies: Iterable[Dependencies], summaries: Iterable[AgreementSummary], known: Named
) -> list[Graph]:
    """The graphs of all agreements: those with the most open conditions first.

    `summaries` are the agreements with phases or with one before them, and `known` has all that is
    named.
    """
    builder = _Builder(known)
    for each in dependencies:
        builder.add(each)
    for summary in summaries:
        builder.add_phases(summary)
        builder.add_predecessor(summary)
    return sorted(builder.graphs(), key=lambda graph: (-graph.open, graph.agreements))


def graph_of(dependencies: Iterable[Dependencies], known: Named, agreement: str) -> Graph | None:
    """What the promises of one agreement wait for; None where they wait for nothing."""
    builder = _Builder(known)
    for each in dependencies:
        builder.add(each)
    if summary := known.agreements.get(agreement):
        builder.add_phases(summary)
        builder.add_predecessor(summary)
    return next((graph for graph in builder.graphs() if agreement in graph.agreements), None)


class _Builder:
    def __init__(self, known: Named) -> None:
        self.summaries, self.promises = known.agreements, known.promises
        self.nodes: dict[str, Node] = {}
        self.links: dict[tuple[str, str, str], Link] = {}

    def add(self, each: Dependencies) -> None:
        """Links a promise to what it hangs on; one that this reader does not see is left out."""
        promise = self.promises.get(each.id)
        if promise is None:
            return
        for condition in each.conditions:
            self._link(self._condition(promise, condition), self._node(each.id), "condition", "")
            if condition.on:
                state = (condition.awaits or "settled").replace("_", " ")
                target = self._condition(promise, condition)
                self._link(self._node(condition.on), target, "condition", f"once it is {state}")
        for asserted in each.asserted:
            id_, by = f"{promise.id}/{asserted.id}", asserted.by or ""
            about = (promise.id, asserted.text, ASSERTED, promise.agreement, by)
            self.nodes[id_] = Node(id_, "condition", *about)
            self._link(id_, self._node(each.id), "condition", "a condition as one side reads it")
        for anchor in each.anchors:
            words = anchor.words.replace(f" {anchor.after} ", " it ")
            words += "" if anchor.known else ", which is not known yet"
            self._link(self._node(anchor.after), self._node(each.id), "date", words)
        if each.mirror:
            words = RELEASE.get(each.release_on or "", "its breach gives a release")
            self._link(self._node(each.mirror), self._node(each.id), "release", words)
        if each.successor:
            self._link(self._node(each.id), self._node(each.successor), "next", "takes its place")

    def add_phases(self, summary: AgreementSummary) -> None:
        """Links the phases of an agreement in their order."""
        ids = [self._phase(summary, phase) for phase in summary.phases]
        for first, then in pairwise(ids):
            self._link(first, then, "next", "the phase after it")

    def add_predecessor(self, summary: AgreementSummary) -> None:
        if summary.predecessor:
            first, then = self._node(summary.predecessor), self._node(summary.id)
            self._link(first, then, "next", "the agreement after it")

    def _node(self, name: str) -> str:
        if name in self.nodes:
            return name
        promise, summary = self.promises.get(name), self.summaries.get(name)
        if promise is not None:
            text, agreement = promise.promise, promise.agreement
            self.nodes[name] = Node(name, "promise", name, text, promise.state, agreement)
        elif summary is not None:
            self.nodes[name] = Node(name, "agreement", name, summary.title, summary.roll_up, name)
        else:
            self.nodes[name] = Node(name, "unknown", name, f"{name}, which is not on record")
        return name

    def _condition(self, promise: CommitmentSummary, condition: ConditionLink) -> str:
        id_ = f"{promise.id}/{condition.id}"
        text, agreement, by = condition.text or condition.id, promise.agreement, ""
        if condition.deadline and condition.zone:
            by = ends_in_words([end_at(condition.deadline, condition.zone)])
        node = Node(id_, "condition", promise.id, text, condition.status, agreement, by)
        self.nodes.setdefault(id_, node)
        return id_

    def _phase(self, summary: AgreementSummary, phase: Mapping[str, str]) -> str:
        id_ = f"{summary.id}//{phase['id']}"
        text = phase["title"] or phase["id"]
        self.nodes.setdefault(id_, Node(id_, "phase", summary.id, text, "", summary.id))
        return id_

    def _link(self, first: str, then: str, kind: LinkKind, words: str) -> None:
        self.links.setdefault((first, then, kind), Link(first, then, kind, words))

    def graphs(self) -> Iterator[Graph]:
        """What hangs together, by links or within one agreement."""
        neighbours: dict[str, set[str]] = {}
        for link in self.links.values():
            for one, other in ((link.first, link.then), (link.then, link.first)):
                neighbours.setdefault(one, set()).add(other)
        for node in self.nodes.values():
            if node.agreement and node.id in neighbours:
                of_agreement = f"\0{node.agreement}"
                neighbours[node.id].add(of_agreement)
                neighbours.setdefault(of_agreement, set()).add(node.id)
        seen: set[str] = set()
        for start in self.nodes:
            if start in neighbours and start not in seen:
                group = {start, *reachable([start], neighbours)}
                seen |= group
                nodes = {id_: node for id_, node in self.nodes.items() if id_ in group}
                links = tuple(link for link in self.links.values() if link.first in group)
                agreements = dict.fromkeys(each.agreement for each in nodes.values())
                yield Graph(nodes, links, tuple(filter(None, agreements)))
