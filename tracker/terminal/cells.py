"""Writes values as text that does no harm where it is opened, and rows as CSV and Markdown."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any


def text_of(value: Any) -> str:
    """Writes a list as words with commas, and nothing as an empty cell."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return str(value)


def printable(text: str) -> str:
    """Removes control codes that a terminal would obey."""
    if text.replace("\n", "").isprintable():
        return text
    return "".join(c for c in text if c == "\n" or c.isprintable())


def csv_text(rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> str:
    """Writes rows as CSV, with a line of column names."""
    return "".join(csv_lines(rows, columns))


def csv_lines(rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> Iterator[str]:
    """Writes rows as CSV one by one, after a line of column names."""
    from tracker.spreadsheets.sheet import inert

    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    cells = ([inert(text_of(row.get(column))) for column in columns] for row in rows)
    for line in chain([columns], cells):
        out.seek(0)
        out.truncate()
        writer.writerow(line)
        yield out.getvalue()


def markdown_text(rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> str:
    """Writes rows as a Markdown table; a cell is one line."""
    lines = [columns, ["---"] * len(columns)]
    lines += [
        [text_of(row.get(column)).replace("|", "\\|").replace("\n", " ") for column in columns]
        for row in rows
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
