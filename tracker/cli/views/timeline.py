"""How entries read as a timeline, and how the hits of a search do."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import click

from tracker.terminal.cells import printable
from tracker.terminal.tables import print_table
from tracker.terminal.text import Style, print_data, terminal_width

if TYPE_CHECKING:
    from tracker.queries.search import Hit, HitRow
    from tracker.queries.timeline import TimelineRow

LONGEST = 160
"""Characters of a text that a list shows; `event show` has all of it."""
MARK = Style(bold=True, fg="yellow")
INSTANT = re.compile(r"(\d)T(\d\d:\d\d)(?::00(?=[Z+-]))?")
AROUND = 60
"""Characters before the first word that was found."""


def show_timeline(rows: Iterable[TimelineRow], *, of_one_stream: bool) -> None:
    """Prints one row an entry: when, of which promise, what, who says so, and the text.

    Who entered it has a column where that differs from row to row.
    """
    rows = list(rows)
    numbers = {row["id"]: row["position"] for row in rows}
    cells = [
        {
            "#": f"#{row['position']}",
            "date": date_words(row["occurred"]),
            "promise": row["commitment"] or ("" if of_one_stream else row["stream"]),
            "what": what_words(row),
            "who": row["speaker"] or "",
            "text": textwrap.shorten(_text(row, numbers), LONGEST, placeholder=" ..."),
            "author": row["author"] or "",
        }
        for row in rows
    ]
    author = ["author"] if len({row["author"] for row in rows}) > 1 else []
    columns = ["#", "date", "promise", "what", "who", "text", *author]
    print_table(cells, columns, 80, below={"who": "promise"})


def _text(row: TimelineRow, numbers: Mapping[str, int]) -> str:
    """The words of an entry; of one that amends another after the number of that."""
    amended = numbers.get(str(row["data"].get("event")))
    return f"#{amended}: {row['text']}" if amended else row["text"]


def date_words(occurred: str) -> str:
    """A date as it was said, an instant without seconds that are none."""
    return INSTANT.sub(r"\1 \2", occurred)


def what_words(row: TimelineRow) -> str:
    """The type of an entry in words, with what became of it."""
    what, standing = str(row["what"]), row["standing"]
    return what if standing == "stands" else f"{what}, {standing.upper()}"


def show_hits(rows: Iterable[HitRow]) -> None:
    """Prints each hit: a line that says which entry it is, and its text with the words marked."""
    for row in rows:
        about = row["commitment"] or row["stream"]
        head = [f"#{row['position']}", date_words(row["occurred"]), about, what_words(row)]
        head += [f"by {row['speaker']}"] if row["speaker"] else []
        print_data(printable("  ".join(head)))
        for line in hit_lines(row["hit"], min(terminal_width(80), 100) - 4):
            click.echo(f"    {line}")


def hit_lines(hit: Hit, width: int) -> list[str]:
    """The text around the words that were found, as lines, with each of them marked."""
    first = hit["spans"][0][0] if hit["spans"] else 0
    start = max(first - AROUND, 0)
    piece = hit["text"][start : start + 4 * AROUND]
    marked = _marked(piece, [(a - start, b - start) for a, b in hit["spans"]])
    before, after = "... " if start else "", " ..." if start + len(piece) < len(hit["text"]) else ""
    return textwrap.wrap(f"{hit['field']}: {before}{marked}{after}", width)


def _marked(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """A text with some places in brackets, so that a pipe and a colour-blind reader see them."""
    parts, done = [], 0
    for first, last in spans:
        if last <= len(text):
            parts += [printable(text[done:first]), f"[{printable(text[first:last])}]"]
            done = last
    return " ".join("".join([*parts, printable(text[done:])]).split())
