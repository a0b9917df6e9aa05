"""How rows are printed: a table on a terminal, or csv, json, jsonl and markdown for programs.

Only `console.py` modules use this; Rich is imported when a table is drawn.
"""

from __future__ import annotations

import json
import os
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
from tracker.cells import csv_text, text_of
from tracker.plain_table import drawn
from tracker.session import Session

Row = dict[str, Any]
NARROW = 80


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


def say(text: str) -> None:
    """A line of data on stdout."""
    click.echo(text)


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
) -> None:
    """A plain table that wraps inside the terminal's width; off a terminal, inside `width`."""
    cells = [[printable(text_of(row.get(column))) for column in columns] for row in rows]
    headers = [column.replace("_", " ") for column in columns]
    across = terminal_width(width)
    text = None if _is_lively() else drawn(headers, cells, across)
    if text is not None:
        click.echo(text, nl=False)
    else:
        _rich_table(headers, cells, columns, across, first_whole=first_whole)


def _is_lively() -> bool:
    """Whether Rich would write for a terminal, with weight and colour."""
    return sys.stdout.isatty() or any(
        name in os.environ for name in ("FORCE_COLOR", "TTY_COMPATIBLE")
    )


def _rich_table(
    headers: Sequence[str],
    cells: Sequence[Sequence[str]],
    columns: Sequence[str],
    across: int,
    *,
    first_whole: bool,
) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    made = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for n, column in enumerate(columns):
        whole = (n == 0 and first_whole) or column == "at" or column.endswith("_at")
        made.add_column(headers[n], overflow="fold", no_wrap=whole)
    for row in cells:
        made.add_row(*map(clean, row))
    Console(width=across, no_color="NO_COLOR" in os.environ, highlight=False).print(made)


def printable(text: str) -> str:
    """Text without control codes that a terminal would obey."""
    return "".join(c for c in text if c == "\n" or c.isprintable())


def clean(text: str) -> Any:
    """Text as plain text for a table: no markup and no control codes."""
    from rich.text import Text

    return Text(printable(text))


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
