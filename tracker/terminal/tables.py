"""How a table fits into a width: how wide each column is, and where its text may break. Pure.

Words break after a space, `_`, `/`, `,` or `-`, never inside an instant; ids stay in one piece
while there is room, so that they can be copied.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from math import inf

from rich.cells import cell_len

from tracker.plain_table import GAP

PIECE = re.compile(
    r"\d{4}-\d\d-\d\d(?: \d\d:\d\d[^ ,]*)?[ ,/]*|-> ?"
    r"|[^ _/,\-]*?[a-z](?=[A-Z])|[^ _/,\-]+[ _/,]*(?:-(?!>))?|[ _/,\-]+"
)
"""An instant or a day, an arrow, or a word with what it may be broken after; `RoundHeld` is two."""
SMALLEST = 6
"""No column becomes narrower than this by breaking inside a word."""

Cells = Sequence[Sequence[str]]


def widths(cells: Cells, room: int, whole: Sequence[bool]) -> list[int] | None:
    """The width of each column; None when even the shortest pieces do not fit side by side.

    Columns that are `whole` are broken only when nothing else helps.
    """
    columns = list(zip(*cells, strict=True))
    room -= GAP * (len(columns) - 1)
    natural = [min(max(map(_widest_line, column)), room) for column in columns]
    pieces = [max(map(_widest_piece, column)) for column in columns]
    kept = [n if is_whole else p for n, p, is_whole in zip(natural, pieces, whole, strict=True)]
    smallest = [min(SMALLEST, n) for n in natural]
    for least in (kept, pieces, smallest):
        if sum(least) <= room:
            return _shrunk(columns, natural, least, room)
    return None


def _shrunk(
    columns: Sequence[Sequence[str]], natural: list[int], least: list[int], room: int
) -> list[int]:
    """Narrow the column that costs the fewest new lines for what it gives, until all fit."""
    found = list(natural)
    samples = [list(dict.fromkeys(column))[:SAMPLE] for column in columns]
    steps = {n: _step(samples[n], found[n], least[n]) for n in range(len(found))}
    while sum(found) > room:
        best = min(steps, key=lambda n: steps[n])
        found[best] = steps[best][1]
        steps[best] = _step(samples[best], found[best], least[best])
    return found


def _step(texts: Sequence[str], wide: int, least: int) -> tuple[float, int]:
    """What the next narrower width costs in new lines a character, and that width."""
    if wide <= least:
        return inf, wide
    narrow = max(least, _used(texts, wide - 1))
    return (_height(texts, narrow) - _height(texts, wide)) / (wide - narrow), narrow


SAMPLE = 60
"""So many different texts of a column decide how it is narrowed."""


def _used(texts: Sequence[str], width: int) -> int:
    """How wide the texts are once they are wrapped at a width."""
    lines = [line for text in texts for line in wrapped(text, width)]
    return min(width, max(map(cell_len, lines), default=0))


def _height(texts: Sequence[str], width: int) -> int:
    return sum(len(wrapped(text, width)) for text in texts)


def _widest_line(text: str) -> int:
    return max(map(cell_len, text.split("\n")))


@lru_cache(maxsize=4096)
def _widest_piece(text: str) -> int:
    return max((cell_len(piece.rstrip()) for piece in PIECE.findall(text)), default=0)


def wrapped(text: str, width: int) -> list[str]:
    """The lines of a text in a column."""
    return [line for said in text.split("\n") for line in _filled(said, width)]


@lru_cache(maxsize=4096)
def _filled(text: str, width: int) -> tuple[str, ...]:
    lines = [""]
    for piece in PIECE.findall(text):
        if lines[-1] and cell_len((lines[-1] + piece).rstrip()) > width:
            lines.append("")
        lines[-1] += piece
        while cell_len(lines[-1].rstrip()) > width:
            lines[-1:] = _cut(lines[-1], width)
    return tuple(line.rstrip() for line in lines)


def _cut(text: str, width: int) -> list[str]:
    """A word that is wider than its column, broken where the column ends."""
    end = next(n for n in range(len(text), 0, -1) if n == 1 or cell_len(text[:n]) <= width)
    return [text[:end], text[end:]]


def padded(text: str, width: int) -> str:
    return text + " " * (width - cell_len(text))
