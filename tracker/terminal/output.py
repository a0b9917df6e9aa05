"""How the answer of a command is written: as a table for people, or in a format for programs.

Only commands use this. Colours are given to every output and taken away by Click where
`ctx.color` or a pipe asks for plain text.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click
import msgspec

from events import format_instant
from tracker.dates.instants import both_clocks
from tracker.entries.tlp import highest, marking
from tracker.errors import TrackerError
from tracker.terminal.cells import csv_lines, markdown_text, printable
from tracker.terminal.json_pieces import in_pieces, json_parts
from tracker.terminal.session import Session
from tracker.terminal.tables import print_table
from tracker.terminal.text import Row, print_heading, print_info

if TYPE_CHECKING:
    from tracker.entries.unreadable import UnreadableDocument


def emit(
    session: Session,
    document: Any,
    rows: Iterable[Row] | None = None,
    columns: Sequence[str] | None = None,
    draw: Callable[[], None] | None = None,
) -> None:
    """Prints a document on stdout in the format that was asked for.

    json prints `document`; jsonl, csv and md print its `rows`, the latter two with `columns`.
    Without rows the document itself is the only one, and without columns all of its keys are.
    People get what `draw` prints, where a table of those rows and columns would not do.

    Lists of the document, and rows for which columns are given, may be longer than the memory.
    """
    if session.format == "json":
        for piece in in_pieces(json_parts(document)):
            click.echo(piece, nl=False)
    elif session.format == "table" and draw is not None:
        draw()
    else:
        rows = [document] if rows is None else rows
        _print_rows(session.format, rows, columns)


def _print_rows(form: str, rows: Iterable[Row], columns: Sequence[str] | None) -> None:
    if form == "jsonl":
        for row in rows:
            click.echo(json.dumps(row, ensure_ascii=False))
        return
    if columns is None:
        rows = list(rows)
        columns = list(rows[0]) if rows else ()
    if not columns:  # nothing to print, and not even a heading of it
        return
    if form == "csv":
        for piece in in_pieces(line.encode() for line in csv_lines(rows, columns)):
            click.echo(piece, nl=False)
    elif form == "md":
        click.echo(markdown_text(rows, columns))
    else:
        print_table(list(rows), columns)


def document_head(at: datetime, known: datetime, levels: Iterable[str]) -> dict[str, object]:
    """Makes the beginning of a document: its two instants, and its highest TLP level."""
    return {**both_clocks(at, known), "tlp": highest(levels)}


def survey_document(
    at: datetime,
    known: datetime,
    name: str,
    rows: Sequence[Row],
    unreadable: Sequence[UnreadableDocument],
) -> dict[str, object]:
    """Makes the document of an answer over all agreements: `rows`, and what cannot be read."""
    head = document_head(at, known, (row["tlp"] for row in (*rows, *unreadable)))
    return head | {name: rows, "unreadable": unreadable}


def print_tlp_marking(session: Session, document: Mapping[str, Any]) -> None:
    """Prints the highest TLP level of an answer; where people read it, as the last line.

    Documents for programs carry `tlp`; csv and jsonl are marked on stderr.
    """
    line = marking(document["tlp"])
    if session.format in ("table", "md"):
        click.echo(f"\n{line}")
    elif session.format != "json" and not session.quiet:
        click.echo(line, err=True)


def print_if_none(
    session: Session,
    rows: Sequence[Any] | bool,
    at: datetime,
    known: datetime,
    *,
    name: str | None = None,
    first: str = "",
) -> None:
    """Says of an empty table from when what is on record counts, or which command comes first."""
    if rows or session.format != "table":
        return
    from tracker.queries.agreements import pending

    with closing(session.visible_store()) as store:
        later = pending(store, at, known, name)
    if later is not None:
        counts_from = format_instant(later.counts_from)
        command = " ".join(filter(None, [click.get_current_context().command_path, name]))
        print_heading(
            session,
            f"entries on record that count later: {later.entries}, the first from {counts_from}; "
            f"next: {command} --as-of {counts_from}",
        )
    elif first:
        print_heading(session, f"nothing is recorded by then; next: {first}")


def print_unreadable(session: Session, rows: Iterable[UnreadableDocument]) -> None:
    """Names the agreements that are missing from an answer, and what mends them."""
    from tracker.entries.unreadable import entry_of_unreadable

    for row in rows:
        reason, entry = printable(row["reason"]), entry_of_unreadable(row)
        print_info(
            session,
            f"warning: without agreement {row['agreement']}, unreadable because of entry "
            f"{entry.words}: {reason}",
        )
        print_info(session, f"hint: pactwatch event retract {entry.argument} --reason WHY")


class OutputFile(msgspec.Struct, frozen=True):
    """The `-o FILE` of a command: whole when the command has done its work, and else as it was.

    `-` is standard output.
    """

    name: str

    @contextmanager
    def writing(self) -> Iterator[IO[bytes]]:
        """Opens a stream to write to; a file takes its place at the end, unless something fails."""
        if self.name == "-":
            yield sys.stdout.buffer
            sys.stdout.buffer.flush()
            return
        from events.files import replacing

        try:
            with replacing(Path(self.name)) as file:
                yield file
        except OSError as error:
            raise TrackerError(
                f"{self.name}: {error.strerror}; what was there is untouched",
                hint="check space and rights, or name another file",
            ) from error


output_option = click.option(
    "-o",
    "--output",
    metavar="FILENAME",
    callback=lambda _context, _option, value: OutputFile(value),
    default="-",
    help="Where to write it (default: standard output).",
)
