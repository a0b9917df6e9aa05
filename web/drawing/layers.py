"""Lays out a graph in layers: what comes first stands on the left, in SVG units. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from textwrap import wrap

from msgspec import Struct

NODE_WIDTH, NODE_HEIGHT = 208, 62
GAP_X, GAP_Y = 62, 16
MARGIN = 4
RETURN = 24
"""How far below the boxes a way back leads."""
LETTERS, LINES = 30, 2
"""What fits into a box."""
SWEEPS = 4
"""How often the boxes of a layer are put into the order of their neighbours."""
Edge = tuple[str, str]
Point = tuple[int, int]


class Box(Struct, frozen=True):
    """A node with its place and its text in lines."""

    id: str
    x: int
    y: int
    lines: tuple[str, ...]


class Arrow(Struct, frozen=True):
    """A way from one box to another; `is_back` where a circle is closed."""

    first: str
    then: str
    path: str
    is_back: bool = False


class Drawing(Struct, frozen=True):
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    width: int
    height: int
    box_width: int = NODE_WIDTH
    box_height: int = NODE_HEIGHT


def draw(texts: Mapping[str, str], edges: Iterable[Edge]) -> Drawing:
    """Draws nodes, each with its text, and edges from what comes first to what comes then."""
    edges = list(dict.fromkeys(edges))
    back = back_edges(texts, edges)
    forward = [edge for edge in edges if edge not in back]
    layers = layers_of(texts, forward)
    ways = _ways(layers, forward)
    layers = ordered(layers, [step for way in ways.values() for step in pairwise(way)])
    places = _places(layers, texts)
    right = max((x for x, _ in places.values()), default=0) + NODE_WIDTH
    bottom = max((y for _, y in places.values()), default=0) + NODE_HEIGHT
    arrows = [
        Arrow(*edge, _way_back(edge, places), is_back=True)
        if edge in back
        else Arrow(*edge, _way([places[node] for node in ways[edge]]))
        for edge in edges
    ]
    return Drawing(
        tuple(Box(node, *places[node], lines_of(texts[node])) for node in texts),
        tuple(arrows),
        right + MARGIN,
        bottom + MARGIN + (RETURN if back else 0),
    )


def _ways(layers: list[list[str]], edges: Sequence[Edge]) -> dict[Edge, list[str]]:
    """The nodes that each edge leads by; where it passes a layer, room is made there for it."""
    depths = {node: depth for depth, layer in enumerate(layers) for node in layer}
    ways: dict[Edge, list[str]] = {}
    for first, then in edges:
        passed = range(depths[first] + 1, depths[then])
        ways[first, then] = [first, *(f"{first}\0{then}\0{depth}" for depth in passed), then]
        for depth, room in zip(passed, ways[first, then][1:], strict=False):
            layers[depth].append(room)
    return ways


def _places(layers: Sequence[Sequence[str]], texts: Mapping[str, str]) -> dict[str, Point]:
    """Where each node stands; the layers are centred, and room for a way takes less height."""

    def height(node: str) -> int:
        return (NODE_HEIGHT if node in texts else 0) + GAP_Y

    tallest = max((sum(map(height, layer)) for layer in layers), default=0)
    places: dict[str, Point] = {}
    for column, layer in enumerate(layers):
        y = MARGIN + (tallest - sum(map(height, layer))) // 2
        for node in layer:
            middle = y if node in texts else y - NODE_HEIGHT // 2
            places[node] = (MARGIN + column * (NODE_WIDTH + GAP_X), middle)
            y += height(node)
    return places


def lines_of(text: str) -> tuple[str, ...]:
    """The text in as many lines as a box has; what does not fit ends in dots."""
    lines = wrap(text, LETTERS, max_lines=LINES, placeholder=" …")
    return tuple(lines) or (text[:LETTERS],)


def back_edges(nodes: Iterable[str], edges: Sequence[Edge]) -> set[Edge]:
    """The edges that close circles, so that without them every node comes after those before it."""
    following: dict[str, list[str]] = {}
    for first, then in edges:
        following.setdefault(first, []).append(then)
    back: set[Edge] = set()
    done: set[str] = set()
    for root in nodes:
        if root in done:
            continue
        path = {root}
        stack = [(root, iter(following.get(root, ())))]
        while stack:
            node, rest = stack[-1]
            later = next(rest, None)
            if later is None:
                stack.pop()
                path.discard(node)
                done.add(node)
            elif later in path:
                back.add((node, later))
            elif later not in done:
                path.add(later)
                stack.append((later, iter(following.get(later, ()))))
    return back


def layers_of(nodes: Iterable[str], edges: Sequence[Edge]) -> list[list[str]]:
    """The nodes by the longest way that leads to them; the edges have no circle."""
    before: dict[str, list[str]] = {node: [] for node in nodes}
    for first, then in edges:
        before[then].append(first)
    depths: dict[str, int] = {}
    for root in before:
        stack = [root]
        while stack:
            missing = [first for first in before[stack[-1]] if first not in depths]
            if missing:
                stack += missing
            else:
                node = stack.pop()
                depths[node] = 1 + max((depths[first] for first in before[node]), default=-1)
    following: dict[str, list[str]] = {}
    for first, then in edges:
        following.setdefault(first, []).append(then)
    # As near as can be to what it leads to.
    for node in sorted(before, key=lambda each: -depths[each]):
        depths[node] = min(
            (depths[then] - 1 for then in following.get(node, ())), default=depths[node]
        )
    layers: list[list[str]] = [[] for _ in range(1 + max(depths.values(), default=-1))]
    for node in before:
        layers[depths[node]].append(node)
    return layers


def ordered(layers: list[list[str]], edges: Sequence[Edge]) -> list[list[str]]:
    """The layers with each node near the middle of its neighbours, so that few edges cross."""
    neighbours: dict[str, list[str]] = {}
    for first, then in edges:
        neighbours.setdefault(first, []).append(then)
        neighbours.setdefault(then, []).append(first)

    def middle(node: str) -> float:
        others = neighbours.get(node, [])
        return sum(places[other] for other in others) / len(others) if others else places[node]

    for sweep in range(SWEEPS):
        places = {n: row - len(layer) / 2 for layer in layers for row, n in enumerate(layer)}
        for layer in layers if sweep % 2 else reversed(layers):
            # Sorting is stable: what has no neighbour stays where it is.
            layer.sort(key=middle)
            places |= {node: row - len(layer) / 2 for row, node in enumerate(layer)}
    return layers


def _way(points: Sequence[Point]) -> str:
    """A way from the right side of a box, along the room made for it, to the left of another."""
    (x, y), *others = points
    x, y = x + NODE_WIDTH, y + NODE_HEIGHT // 2
    path = f"M{x} {y}"
    for place, (left, top) in enumerate(others, start=1):
        is_last = place == len(others)
        end, middle = left - (5 if is_last else 0), top + NODE_HEIGHT // 2
        bend = (end - x) // 2
        path += f"C{x + bend} {y} {end - bend} {middle} {end} {middle}"
        x, y = end, middle
        if not is_last:
            x += NODE_WIDTH
            path += f"H{x}"
    return path


def _way_back(edge: Edge, places: Mapping[str, Point]) -> str:
    """A way below the boxes, from the lower side of one to the lower side of the other."""
    (x1, y1), (x2, y2) = places[edge[0]], places[edge[1]]
    start, end = x1 + NODE_WIDTH // 2, x2 + NODE_WIDTH // 2
    top, bottom = y1 + NODE_HEIGHT, y2 + NODE_HEIGHT
    low = max(top, bottom) + RETURN
    return f"M{start} {top}C{start} {low} {end} {low} {end} {bottom + 5}"
