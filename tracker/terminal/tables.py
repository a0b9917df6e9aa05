"""Tables that fit the terminal: how wide each column is.

Where ids do not fit side by side, the table becomes one line a value.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import repeat, zip_longest
from math import inf

import click
from rich.cells import cell_len

from tracker.terminal.cells import printable, text_of
from tracker.terminal.text import Row, Style, style_of, styled, terminal_width
from tracker.terminal.wrapping import is_id, padded, parts_of, pieces_of, wrapped

GAP = 2
Cells = Sequence[str]
Grid = Sequence[Sequence[str]]
WHOLE = ("id", "event", "commitment", "promise", "agreement", "incident", "key")
"""Columns of one id a cell, which stays on one line."""
NAMES = (
    "events", "because", "by", "who", "account", "accounts", "debtor", "creditor", "about",
    "recipient", "parties",
)  # fmt: skip
"""Columns of several ids or names a cell: a line ends between them."""


def print_table(
    rows: Sequence[Row],
    columns: Sequence[str],
    width: int | None = None,
    *,
    first_whole: bool = True,
    err: bool = False,
    below: Mapping[str, str] | None = None,
) -> None:
    """Prints a table on stdout (or stderr) that fits the terminal, or `width` where there is none.

    Text breaks between words; the first column, ids and instants stay whole. Where the columns do
    not fit so, those of `below` go under the column that each names, before a word is broken; a
    terminal too narrow for that gets one line a value. Without rows nothing is printed: a heading
    of nothing tells nobody that there is none.
    """
    if not rows:
        return
    headers, cells = _texts_of(rows, columns)
    room = terminal_width(width)
    is_coloured = _is_coloured(err)
    text = None if is_coloured else plain_table(headers, cells, room)
    if text is not None:
        click.echo(text, nl=False, err=err)
        return
    widths = _widths(headers, cells, columns, room, first_whole, breaks_words=not below)
    if widths is None and below:
        joined = [column for column in columns if column not in below]
        under = _texts_of(_with_below(rows, below), joined)
        widths = _widths(*under, joined, room, first_whole)
        headers, cells = (headers, cells) if widths is None else under
    if widths is None:
        for row in cells:
            for name, value in zip(headers, row, strict=True):
                value_lines = wrapped(f"{name}: {value}".rstrip(), room - GAP)
                click.echo(f"\n{' ' * GAP}".join(value_lines), err=err)
            click.echo(err=err)
        return
    bold = [Style(bold=True)] * len(headers)
    lines = list(_styled_lines(headers, widths, bold) if is_coloured else _lines(headers, widths))
    lines.append("─" * (sum(widths) + GAP * (len(widths) - 1)))
    for row in cells:
        styles = [style_of(text) for text in row] if is_coloured else []
        lines += _styled_lines(row, widths, styles) if any(styles) else _lines(row, widths)
    click.echo("\n".join(lines), err=err)


def _texts_of(rows: Iterable[Row], columns: Sequence[str]) -> tuple[list[str], list[list[str]]]:
    """The headers of the columns, and the texts of the cells below them."""
    headers = [column.replace("_", " ") for column in columns]
    return headers, [[printable(text_of(row.get(column))) for column in columns] for row in rows]


def _with_below(rows: Iterable[Row], below: Mapping[str, str]) -> Iterator[Row]:
    """The rows with each value of `below` under the one that it names."""
    for row in rows:
        lines = {name: [text_of(row.get(name))] for name in below.values()}
        for name, above in below.items():
            lines[above] += filter(None, [text_of(row.get(name))])
        yield {**row, **{name: "\n".join(texts) for name, texts in lines.items()}}


def _widths(
    headers: Cells,
    cells: Grid,
    columns: Sequence[str],
    room: int,
    first_whole: bool,
    *,
    breaks_words: bool = True,
) -> list[int] | None:
    whole = [(n == 0 and first_whole) or column in WHOLE for n, column in enumerate(columns)]
    named = [column in NAMES or f"_{column}".endswith("_at") for column in columns]
    return column_widths([headers, *cells], room, whole, named, breaks_words=breaks_words)


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
    """Whether Click would let colours through."""
    context = click.get_current_context(silent=True)
    setting = context.color if context else None
    return (sys.stderr if err else sys.stdout).isatty() if setting is None else setting


def _lines(cells: Cells, widths: Sequence[int]) -> Iterator[str]:
    """The lines of one row, as many as its longest cell needs."""
    columns = map(wrapped, cells, widths)
    for parts in zip_longest(*columns, fillvalue=""):
        yield (" " * GAP).join(map(padded, parts, widths)).rstrip()


def _styled_lines(cells: Cells, widths: Sequence[int], styles: Sequence[Style]) -> Iterator[str]:
    columns = map(wrapped, cells, widths)
    for parts in zip_longest(*columns, fillvalue=""):
        line = [
            padded(part, width).replace(part, styled(part, style), 1) if part else " " * width
            for part, width, style in zip(parts, widths, styles, strict=True)
        ]
        yield (" " * GAP).join(line).rstrip()


SMALLEST = (12, 9, 6)
"""No column becomes narrower than the last of these by breaking inside a word."""
SAMPLE = 60
"""So many different texts of a column decide how it is narrowed."""
STEPS = 8
"""So many narrower widths of a column are compared."""


def column_widths(
    cells: Grid,
    room: int,
    whole: Sequence[bool],
    named: Sequence[bool] = (),
    *,
    breaks_words: bool = True,
) -> list[int] | None:
    """Finds the width of each column; None when the shortest pieces do not fit side by side.

    A cell of a column that is `whole` is not broken, in one that is `named` no word is. Elsewhere
    a word is broken when nothing else helps, unless `breaks_words` says that something does.
    """
    columns = list(zip(*cells, strict=True))
    room -= GAP * (len(columns) - 1)
    natural = [
        min(max(cell_len(line) for text in column for line in text.split("\n")), room)
        for column in columns
    ]
    pieces = [
        {piece for text in set(column) for line in text.split("\n") for piece in pieces_of(line)}
        for column in columns
    ]
    words = [_widest(each) for each in pieces]
    parts = [_widest(part for piece in each for part in parts_of(piece)) for each in pieces]
    ids = [_widest(filter(is_id, each)) for each in pieces]
    chopped = (
        [max(min(size, part), each) for part, each in zip(parts, ids, strict=True)]
        for size in SMALLEST
    )
    for broken in (words, parts, *(chopped if breaks_words else ())):
        least = [
            n if is_whole else word if has_names else width
            for n, word, width, is_whole, has_names in zip(
                natural, words, broken, whole, named or repeat(False), strict=False
            )
        ]
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
    steps = {n: _best_step(samples[n], widths[n], least[n]) for n in range(len(widths))}
    while (excess := sum(widths) - room) > 0:
        best = min(steps, key=lambda n: steps[n])
        width = max(steps[best][1], widths[best] - excess)
        widths[best] = _filled(samples[best], width, least[best])
        steps[best] = _best_step(samples[best], widths[best], least[best])
    return widths


def _best_step(texts: Sequence[str], width: int, least: int) -> tuple[float, int]:
    """Gives the fewest new lines per column that a narrower width costs, and that width.

    One line more often makes room for several columns, so the next width alone says little.
    """
    best, at, now = (inf, width), width, _height(texts, width)
    for _ in range(STEPS):
        if at <= least:
            break
        at = _filled(texts, at - 1, least)
        best = min(best, ((_height(texts, at) - now) / (width - at), at))
    return best


def _filled(texts: Sequence[str], width: int, least: int) -> int:
    """The width that the lines of texts take when they are broken at a width."""
    lines = (line for text in texts for line in wrapped(text, width))
    return max(least, min(width, max(map(cell_len, lines), default=0)))


def _height(texts: Sequence[str], width: int) -> int:
    return sum(len(wrapped(text, width)) for text in texts)
