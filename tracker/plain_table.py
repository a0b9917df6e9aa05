"""A table of plain text that needs no wrapping: most tables need no more, and this is fast.

`tracker.terminal.tables` fits the others into their room.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

GAP = 2
Cells = Sequence[str]


def drawn(headers: Cells, rows: Sequence[Cells], width: int) -> str | None:
    """The table's text; None where it takes more: wide letters, wrapping, cells that end in space.

    A cell may have several lines.
    """
    cells = [[cell.split("\n") for cell in row] for row in (headers, *rows)]
    lines = [line for row in cells for cell in row for line in cell]
    if not all(line.isascii() and line.isprintable() and line == line.strip() for line in lines):
        return None
    widths = [
        max(len(line) for cell in column for line in cell) for column in zip(*cells, strict=True)
    ]
    whole = sum(widths) + GAP * (len(widths) - 1)
    if whole > width or not all(widths):
        return None
    head, *body = (_row(row, widths) for row in cells)
    return "".join([head, "─" * whole + "\n", *body])


def _row(cells: list[list[str]], widths: list[int]) -> str:
    if all(len(cell) == 1 for cell in cells):
        return _line([cell[0] for cell in cells], widths)
    lines = zip_longest(*cells, fillvalue="")
    return "".join(_line(line, widths) for line in lines)


def _line(parts: Sequence[str], widths: list[int]) -> str:
    padded = [part.ljust(width) for part, width in zip(parts, widths, strict=True)]
    return (" " * GAP).join(padded).rstrip() + "\n"
