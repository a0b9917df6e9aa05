"""Tables that fit the terminal: how wide each column is, and where its text may break.

Text breaks after a space, `/`, `,` or `-`, never inside an instant; ids, so that they can be
copied, and words like `in_force` stay in one piece while there is room.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import zip_longest
from math import inf

import click
from rich.cells import cell_len, chop_cells

from tracker.terminal.cells import printable, text_of
from tracker.terminal.text import Row, Style, style_of, styled, terminal_width

GAP = 2
Cells = Sequence[str]
Grid = Sequence[Sequence[str]]
WHOLE = ("id", "event", "commitment", "promise", "agreement", "incident")
"""Columns of ids, which are broken only when nothing else helps."""


def print_table(
    rows: Sequence[Row],
    columns: Sequence[str],
    width: int | None = None,
    *,
    first_whole: bool = True,
    err: bool = False,
) -> None:
    """Prints a table on stdout (or stderr) that fits the terminal, or `width` where there is none.

    Text breaks between words; the first column, ids and instants stay whole. A terminal too narrow
    for columns gets one line a value.
    """
    headers = [column.replace("_", " ") for column in columns]
    cells = [[printable(text_of(row.get(column))) for column in columns] for row in rows]
    room = terminal_width(width)
    is_coloured = _is_coloured(err)
    text = None if is_coloured else plain_table(headers, cells, room)
    if text is not None:
        click.echo(text, nl=False, err=err)
        return
    whole = [
        (n == 0 and first_whole) or column in WHOLE or f"_{column}".endswith("_at")
        for n, column in enumerate(columns)
    ]
    widths = column_widths([headers, *cells], room, whole)
    if widths is None:
        for row in cells:
            for name, value in zip(headers, row, strict=True):
                click.echo(f"{name}: {value}", err=err)
            click.echo(err=err)
        return
    bold = [Style(bold=True)] * len(headers)
    lines = list(_styled_lines(headers, widths, bold) if is_coloured else _lines(headers, widths))
    lines.append("─" * (sum(widths) + GAP * (len(widths) - 1)))
    for row in cells:
        styles = [style_of(text) for text in row] if is_coloured else []
        lines += _styled_lines(row, widths, styles) if any(styles) else _lines(row, widths)
    click.echo("\n".join(lines), err=err)


def plain_table(headers: Cells, rows: Sequence[Cells], width: int) -> str | None:
    """Draws a table that needs no wrapping, no colours and no wide letters; else None.

    Most tables are of this kind, and measuring each letter would take longer than the query. A
    cell may have several lines.
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
    head, *body = (
        "".join(
            (" " * GAP).join(map(str.ljust, parts, widths)).rstrip() + "\n"
            for parts in zip_longest(*row, fillvalue="")
        )
        for row in cells
    )
    return "".join([head, "─" * whole + "\n", *body])


def _is_coloured(err: bool) -> bool:
    """Says whether Click would let colours through."""
    context = click.get_current_context(silent=True)
    setting = context.color if context else None
    return (sys.stderr if err else sys.stdout).isatty() if setting is None else setting


def _lines(cells: Cells, widths: Sequence[int]) -> Iterator[str]:
    """The lines of one row, as many as its longest cell needs."""
    columns = map(wrapped, cells, widths)
    for parts in zip_longest(*columns, fillvalue=""):
        yield (" " * GAP).join(map(padded, parts, widths)).rstrip()


def _fits(text: str, width: int) -> bool:
    """Whether a text stands on one line as it is, each letter one column wide."""
    return len(text) <= width and text.isascii() and "\n" not in text


def _styled_lines(cells: Cells, widths: Sequence[int], styles: Sequence[Style]) -> Iterator[str]:
    columns = map(wrapped, cells, widths)
    for parts in zip_longest(*columns, fillvalue=""):
        line = [
            padded(part, width).replace(part, styled(part, style), 1) if part else " " * width
            for part, width, style in zip(parts, widths, styles, strict=True)
        ]
        yield (" " * GAP).join(line).rstrip()


PIECE = re.compile(
    r"\d{4}-\d\d-\d\d(?: \d\d:\d\d[^ ,]*)?[ ,/]*|-> ?"
    r"|[^ /,\-]*?[a-z](?=[A-Z])|(?:[^ /,\-]|(?<=\d),(?=\d))+[ /,]*(?:-(?!>))?|[ /,\-]+"
)
"""An instant or a day, an arrow, or a word with what it may be broken after; `RoundHeld` is two,
`1,000` one."""
PART = re.compile(r"[^_]*_|[^_]+")
"""A part of a piece like `in_force`, which is broken where it does not fit in one."""
SMALLEST = 6
"""No column becomes narrower than this by breaking inside a word."""
SAMPLE = 60
"""So many different texts of a column decide how it is narrowed."""


def column_widths(cells: Grid, room: int, whole: Sequence[bool]) -> list[int] | None:
    """Finds the width of each column; None when the shortest pieces do not fit side by side.

    Columns that are `whole` are broken only when nothing else helps.
    """
    columns = list(zip(*cells, strict=True))
    room -= GAP * (len(columns) - 1)
    natural = [
        min(max(cell_len(line) for text in column for line in text.split("\n")), room)
        for column in columns
    ]
    pieces = [
        {
            piece
            for text in set(column)
            for line in text.split("\n")
            for piece in PIECE.findall(line)
        }
        for column in columns
    ]
    words = [_widest(each) for each in pieces]
    parts = [_widest(part for piece in each for part in PART.findall(piece)) for each in pieces]
    whole_words, whole_parts = (
        [n if is_whole else w for n, w, is_whole in zip(natural, widths, whole, strict=True)]
        for widths in (words, parts)
    )
    smallest = [min(SMALLEST, n) for n in natural]
    for least in (whole_words, whole_parts, parts, smallest):
        if sum(least) <= room:
            return _narrowed(columns, natural, least, room)
    return None


def _widest(pieces: Iterable[str]) -> int:
    return max((cell_len(piece.rstrip()) for piece in pieces), default=0)


def _narrowed(
    columns: Sequence[Sequence[str]], natural: list[int], least: list[int], room: int
) -> list[int]:
    """Narrows the column that costs the fewest new lines for what it gives, until all fit."""
    widths = list(natural)
    samples = [list(dict.fromkeys(column))[:SAMPLE] for column in columns]
    steps = {n: _next_step(samples[n], widths[n], least[n]) for n in range(len(widths))}
    while sum(widths) > room:
        best = min(steps, key=lambda n: steps[n])
        widths[best] = steps[best][1]
        steps[best] = _next_step(samples[best], widths[best], least[best])
    return widths


def _next_step(texts: Sequence[str], width: int, least: int) -> tuple[float, int]:
    """Gives the new lines that the next narrower width costs per column, and that width."""
    if width <= least:
        return inf, width
    lines = [line for text in texts for line in wrapped(text, width - 1)]
    narrower = max(least, min(width - 1, max(map(cell_len, lines), default=0)))
    return (_height(texts, narrower) - _height(texts, width)) / (width - narrower), narrower


def _height(texts: Sequence[str], width: int) -> int:
    return sum(len(wrapped(text, width)) for text in texts)


@lru_cache(maxsize=4096)
def wrapped(text: str, width: int) -> tuple[str, ...]:
    """Breaks a text into lines; a word that is wider than its column breaks at the end of it."""
    if _fits(text, width):
        return (text.rstrip(),)
    size = len if text.isascii() else cell_len
    lines = []
    for paragraph in text.split("\n"):
        lines.append("")
        for piece in _pieces(paragraph, width):
            if size((lines[-1] + piece).rstrip()) <= width:
                lines[-1] += piece
                continue
            if not lines[-1]:
                lines.pop()
            lines.append(piece)
            word = piece.rstrip()
            if size(word) > width:
                lines[-1:] = filter(None, chop_cells(word, width))
                lines[-1] += piece[len(word) :]
    return tuple(line.rstrip() for line in lines)


def _pieces(text: str, width: int) -> Iterator[str]:
    for piece, size in _measured_pieces(text):
        yield from [piece] if size <= width else PART.findall(piece)


@lru_cache(maxsize=4096)
def _measured_pieces(text: str) -> list[tuple[str, int]]:
    """The pieces of a text, each with its width; looked at again for each width of a column."""
    return [(piece, cell_len(piece.rstrip())) for piece in PIECE.findall(text)]


def padded(text: str, width: int) -> str:
    return text.ljust(width) if text.isascii() else text + " " * (width - cell_len(text))
