"""What waits for what: conditions, dates that hang on others, releases, phases, as small graphs."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from events.wording import capitalized, plural
from web.drawing.layers import Drawing, draw
from web.model.dependency_graph import ASSERTED, Graph, Link, graphs
from web.model.filters import filter_facts
from web.model.query import pages_of, rows_of_page
from web.model.reader import Reader
from web.pages.render import Page

GRAPHS_A_PAGE = 12
MOST_NODES = 60
"""A larger graph is told as a list alone."""


class Figure(Struct, frozen=True):
    """A graph, its drawing where it is small enough, and its links by their two ends."""

    graph: Graph
    drawing: Drawing | None
    links: Mapping[tuple[str, str], Link]


def figure(graph: Graph) -> Figure:
    """Draws a graph, unless it is too large for a reader to follow."""
    links = {(link.first, link.then): link for link in graph.links}
    if len(graph.nodes) > MOST_NODES:
        return Figure(graph, None, links)
    return Figure(graph, draw({n.id: n.text for n in graph.nodes.values()}, links), links)


def graph_page(reader: Reader, _: str) -> Page:
    """Every graph of what waits for what, those with the most open conditions first."""
    every_graph = graphs(*reader.linked())
    if reader.query.filters:
        names = {name for graph in every_graph for name in graph.agreements}
        matching = reader.chosen_agreements(names)
        every_graph = [graph for graph in every_graph if matching.intersection(graph.agreements)]
    pages = pages_of(len(every_graph), size=GRAPHS_A_PAGE)
    page = rows_of_page(reader.query, pages, GRAPHS_A_PAGE)
    visible = every_graph[page]
    facts = {
        "sentence": _sentence(every_graph),
        "figures": [figure(graph) for graph in visible],
        "titles": reader.titles({name for graph in visible for name in graph.agreements}),
        "pages": pages,
        **filter_facts(reader.every_party, reader.name, ("q", "party")),
    }
    return Page("graph.html.j2", facts, pages)


def _sentence(every_graph: list[Graph]) -> str:
    """How many conditions are open, of how many; and how many dates hang on something else."""
    nodes = [node for graph in every_graph for node in graph.nodes.values()]
    asserted = sum(node.state == ASSERTED for node in nodes)
    conditions = [node for node in nodes if node.kind == "condition" and node.state != ASSERTED]
    dates = sum(link.kind == "date" for graph in every_graph for link in graph.links)
    if not nodes:
        return "Nothing on record waits for anything else."
    is_open = sum(node.state == "open" for node in conditions)
    parts = []
    if len(conditions) == 1:
        parts.append(f"the only condition is {'open' if is_open else 'settled'}")
    elif conditions:
        parts.append(f"{is_open:,} of {len(conditions):,} conditions are open")
    if asserted:
        verb = "is read into a promise" if asserted == 1 else "are read into promises"
        parts.append(f"{plural(asserted, 'condition')} {verb} by one side alone")
    if dates:
        parts.append(
            f"{plural(dates, 'date')} {'is' if dates == 1 else 'are'} counted from something else"
        )
    words = "; ".join(parts) or "phases and agreements that follow one another"
    return f"{capitalized(words)}."
