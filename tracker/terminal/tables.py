"""How a table fits into a width: how wide each column is, and where its text may break. Pure.

Words break after a space, `_`, `/`, `,` or `-`, never inside an instant; ids stay in one piece
while there is room, so that they can be copied.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from functools import lru_cache
from itertools import zip_longest
from math import inf

import click
from rich.cells import cell_len

from tracker.terminal.cells import text_of
from tracker.terminal.text import Row, printable, style_of, styled, terminal_width

GAP = 2
Cells = Sequence[str]
Grid = Sequence[Sequence[str]]


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


def table(
    rows: Sequence[Row],
    columns: Sequence[str],
    width: int | None = None,
    *,
    first_whole: bool = True,
    err: bool = False,
) -> None:
    """A plain table that fits the terminal: text breaks between words, and ids stay whole.

    Off a terminal it fits into `width`.
    """
    cells = [[printable(text_of(row.get(column))) for column in columns] for row in rows]
    headers = [column.replace("_", " ") for column in columns]
    across = terminal_width(width)
    text = None if _is_coloured() else drawn(headers, cells, across)
    if text is not None:
        click.echo(text, nl=False, err=err)
        return
    whole = [_is_whole(n, column, first_whole) for n, column in enumerate(columns)]
    _wrapped_table([headers, *cells], whole, across, err)


def _is_coloured() -> bool:
    """Whether Click would let colours through."""
    context = click.get_current_context(silent=True)
    setting = context.color if context else None
    return sys.stdout.isatty() if setting is None else setting


def _wrapped_table(
    cells: Sequence[Sequence[str]], whole: Sequence[bool], across: int, err: bool
) -> None:

    heading, *rows = cells
    room = widths(cells, across, whole)
    if room is None:
        _stacked(heading, rows, err)
        return
    _draw(heading, room, err, bold=True)
    click.echo("─" * (sum(room) + GAP * (len(room) - 1)), err=err)
    for row in rows:
        _draw(row, room, err)


def _is_whole(n: int, column: str, first_whole: bool) -> bool:
    return (n == 0 and first_whole) or column in WHOLE or f"_{column}".endswith("_at")


WHOLE = ("id", "event", "commitment", "agreement", "incident")


def _draw(cells: Sequence[str], room: Sequence[int], err: bool, *, bold: bool = False) -> None:
    """One row, on as many lines as its longest cell needs."""
    from itertools import zip_longest

    lines = [wrapped(text, wide) for text, wide in zip(cells, room, strict=True)]
    styles = [{"bold": True} if bold else style_of(text) for text in cells]
    for parts in zip_longest(*lines, fillvalue=""):
        line = [
            padded(part, wide).replace(part, styled(part, style), 1) if part else " " * wide
            for part, wide, style in zip(parts, room, styles, strict=True)
        ]
        click.echo((" " * GAP).join(line).rstrip(), err=err)


def _stacked(heading: Sequence[str], rows: Sequence[Sequence[str]], err: bool) -> None:
    """A terminal too narrow for columns: one line a value."""
    for row in rows:
        for name, text in zip(heading, row, strict=True):
            click.echo(f"{name}: {text}", err=err)
        click.echo(err=err)


PIECE = re.compile(
    r"\d{4}-\d\d-\d\d(?: \d\d:\d\d[^ ,]*)?[ ,/]*|-> ?"
    r"|[^ _/,\-]*?[a-z](?=[A-Z])|[^ _/,\-]+[ _/,]*(?:-(?!>))?|[ _/,\-]+"
)
"""An instant or a day, an arrow, or a word with what it may be broken after; `RoundHeld` is two."""
SMALLEST = 6
"""No column becomes narrower than this by breaking inside a word."""


def widths(cells: Grid, room: int, whole: Sequence[bool]) -> list[int] | None:
    """The width of each column; None when even the shortest pieces do not fit side by side.

    Columns that are `whole` are broken only when nothing else helps.
    """
    columns = list(zip(*cells, strict=True))
    room -= GAP * (len(columns) - 1)
    natural = [min(max(map(_widest_line, column)), room) for column in columns]
    pieces = [max(map(_widest_piece, column)) for column in columns]
    minimum = [n if is_whole else p for n, p, is_whole in zip(natural, pieces, whole, strict=True)]
    smallest = [min(SMALLEST, n) for n in natural]
    for least in (minimum, pieces, smallest):
        if sum(least) <= room:
            return _shrunk(columns, natural, least, room)
    return None


def _shrunk(
    columns: Sequence[Sequence[str]], natural: list[int], least: list[int], room: int
) -> list[int]:
    """Narrow the column that costs the fewest new lines for what it gives, until all fit."""
    shrunk = list(natural)
    samples = [list(dict.fromkeys(column))[:SAMPLE] for column in columns]
    steps = {n: _step(samples[n], shrunk[n], least[n]) for n in range(len(shrunk))}
    while sum(shrunk) > room:
        best = min(steps, key=lambda n: steps[n])
        shrunk[best] = steps[best][1]
        steps[best] = _step(samples[best], shrunk[best], least[best])
    return shrunk


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
    return [line for paragraph in text.split("\n") for line in _filled(paragraph, width)]


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
