"""How rows are printed: a table on a terminal, or csv, json, jsonl and markdown for programs.

Only `console.py` modules use this. Colours are given to every output and taken away by Click
where `ctx.color` or a pipe asks for plain text.
"""

from __future__ import annotations

import json
import shutil
import sys
import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import click
import msgspec

from events import parse_instant
from tracker.plain_table import GAP, drawn
from tracker.terminal.cells import csv_text, text_of
from tracker.terminal.session import Session

Row = dict[str, Any]


def emit(session: Session, document: Any, rows: Sequence[Row], columns: Sequence[str]) -> None:
    """Print a document in the format asked for; `columns` are those of the table forms."""
    if session.format == "json":
        click.echo(_json(document))
    elif session.format == "jsonl":
        for row in rows:
            click.echo(json.dumps(row, ensure_ascii=False))
    elif session.format == "csv":
        click.echo(csv_text(rows, columns), nl=False)
    elif session.format == "md":
        click.echo(_markdown(rows, columns))
    else:
        table(rows, columns)


def _json(document: Any) -> str:
    """Indented by two; msgspec does in 0.03 s what takes `json` half a second."""
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode()


def say(text: str, *, err: bool = False) -> None:
    """A line of data on stdout; a terminal shows it wrapped, a pipe gets it in one piece."""
    if not sys.stdout.isatty() or len(click.unstyle(text)) <= terminal_width():
        click.echo(text, err=err)
        return
    import textwrap

    for line in text.split("\n"):
        indent = " " * (len(line) - len(line.lstrip()) + 2)
        filled = textwrap.fill(
            line, terminal_width(), subsequent_indent=indent, break_on_hyphens=False
        )
        click.echo(filled, err=err)


def note(text: str) -> None:
    """A word of progress on stderr."""
    click.echo(text, err=True)


class Progress:
    """A count on stderr while something takes long: nothing in the first second, then on a
    terminal one line that moves, elsewhere a line every ten seconds."""

    def __init__(self, what: str, *, quiet: bool = False) -> None:
        self.what = what
        self.quiet = quiet
        self.lively = sys.stderr.isatty()
        self.next = time.monotonic() + (1.0 if self.lively else 10.0)
        self.shown = False

    def __call__(self, done: int, of: int | None = None) -> None:
        if self.quiet or time.monotonic() < self.next:
            return
        self.next = time.monotonic() + (0.2 if self.lively else 10.0)
        self.shown = True
        count = f"{done} of {of}" if of else str(done)
        end = "\r" if self.lively else "\n"
        print(f"{self.what}: {count}", end=end, file=sys.stderr, flush=True)

    def close(self) -> None:
        if self.shown and self.lively:
            print(file=sys.stderr)


def talk(session: Session, text: str) -> None:
    """A word to the person, on stderr."""
    if not session.quiet:
        click.echo(text, err=True)


def _markdown(rows: Sequence[Row], columns: Sequence[str]) -> str:
    lines = [columns, ["---"] * len(columns)]
    lines += [
        [text_of(row.get(column)).replace("|", "\\|").replace("\n", " ") for column in columns]
        for row in rows
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


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
    asked = context.color if context else None
    return sys.stdout.isatty() if asked is None else asked


def _wrapped_table(
    cells: Sequence[Sequence[str]], whole: Sequence[bool], across: int, err: bool
) -> None:
    from tracker.terminal.tables import widths

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

    from tracker.terminal.tables import padded, wrapped

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


RED, YELLOW, GREEN = ({"fg": name} for name in ("red", "yellow", "green"))
STYLES: dict[str, dict[str, Any]] = {
    **dict.fromkeys(
        ("overdue", "lapsed", "violated", "confirmed", "attention", "in_grace", "critical"), RED
    ),
    **dict.fromkeys(
        ("alleged", "disputed", "contested", "due_soon", "contested_end", "stale", "suspended"),
        YELLOW,
    ),
    **dict.fromkeys(("in_force", "discharged", "clear", "fulfilled", "full"), GREEN),
}
"""A colour beside the word, never instead of it."""


def style_of(text: str) -> dict[str, Any]:
    return STYLES.get(text, {})


def word(text: str) -> str:
    """A word of the status model in its colour; pipes and NO_COLOR get it plain."""
    return styled(text, style_of(text))


def styled(text: str, style: dict[str, Any]) -> str:
    return click.style(text, **style) if style else text


def printable(text: str) -> str:
    """Text without control codes that a terminal would obey."""
    return "".join(c for c in text if c == "\n" or c.isprintable())


def terminal_width(otherwise: int | None = None) -> int:
    """The columns of the terminal; what is written to a file or a pipe has a width of its own."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else otherwise or 100


def shown(at: str | datetime | None, zone: str) -> str:
    """An instant in the display zone, with its offset."""
    if at is None:
        return ""
    instant = parse_instant(at) if isinstance(at, str) else at
    local = instant.astimezone(ZoneInfo(zone))
    offset = local.strftime("%z")
    return f"{local:%Y-%m-%d %H:%M}{'Z' if offset == '+0000' else offset[:3] + ':' + offset[3:]}"
