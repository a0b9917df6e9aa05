"""How rows are printed: a table on a terminal, or csv, json, jsonl and markdown for programs.

Only commands use this. Colours are given to every output and taken away by Click
where `ctx.color` or a pipe asks for plain text.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import click
import msgspec

from tracker.terminal.cells import csv_text, text_of
from tracker.terminal.session import Session
from tracker.terminal.tables import table
from tracker.terminal.text import Row


def emit(
    session: Session,
    document: Any,
    rows: Sequence[Row],
    columns: Sequence[str],
    draw: Callable[[], None] | None = None,
) -> None:
    """Print a document in the format that was asked for.

    json prints `document`, the others its `rows` with these `columns`. People at a terminal get
    what `draw` prints, where a plain table would not do.
    """
    if session.format == "json":
        click.echo(_json(document))
    elif session.format == "jsonl":
        for row in rows:
            click.echo(json.dumps(row, ensure_ascii=False))
    elif session.format == "csv":
        click.echo(csv_text(rows, columns), nl=False)
    elif session.format == "md":
        click.echo(_markdown(rows, columns))
    elif draw is not None:
        draw()
    else:
        table(rows, columns)


def _json(document: Any) -> str:
    """Indented by two; msgspec does in 0.03 s what takes `json` half a second."""
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode()


def _markdown(rows: Sequence[Row], columns: Sequence[str]) -> str:
    lines = [columns, ["---"] * len(columns)]
    lines += [
        [text_of(row.get(column)).replace("|", "\\|").replace("\n", " ") for column in columns]
        for row in rows
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
