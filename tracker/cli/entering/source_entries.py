"""The commands that put a text on record: `source add` and `source mark`."""

from __future__ import annotations

import shlex
from contextlib import closing
from typing import TYPE_CHECKING, Any

import click

from tracker.cli.entering.entry_options import id_option, several
from tracker.entries.tlp import LEVELS
from tracker.terminal.completion import documents
from tracker.terminal.options import (
    HELP,
    author_option,
    now_option,
    pass_session,
    read_date,
    with_options,
    yes_option,
)
from tracker.terminal.session import Session
from tracker.terminal.text import print_info

if TYPE_CHECKING:
    from events.envelope import EventData
    from tracker.sources.editions import SourceDocument
    from tracker.sources.text import SourceText

TEXT_FILE = click.Path(exists=True, dir_okay=False)
"""What cannot be opened is a slip on the command line (exit code 2), as in `import`."""
document_argument = click.argument("document", metavar="ID", shell_complete=documents)
writing_options = with_options(
    [
        click.option("--tlp", type=click.Choice(LEVELS), help="How far it may be passed on."),
        click.option("--note", help="Free text, which can be erased later."),
        click.option("-n", "--dry-run", is_flag=True, help="Show the entry, write nothing."),
        yes_option,
        author_option,
        now_option,
    ]
)


@click.command("add", context_settings=HELP)
@click.argument("file", metavar="FILE", type=TEXT_FILE)
@click.option(
    "--id", "document", metavar="ID", required=True, shell_complete=documents,
    help="The name that entries cite it by.",
)  # fmt: skip
@click.option("--title", help="What it is called; needed the first time.")
@click.option("--publisher", help="Who published it.")
@click.option("--url", help="Where it stands.")
@click.option(
    "--published", metavar="DATE", callback=read_date, help="When it was published, as said."
)
@click.option("--archived-url", metavar="URL", help="Where a copy of it is kept.")
@click.option("--retrieved-at", metavar="T", callback=read_date, help="When it was read there.")
@several(
    "--cited-by",
    help="The source of events that name lines and no document: they mean this one.",
)
@writing_options
@pass_session
def source_add(session: Session, /, file: str, document: str, **options: Any) -> int:
    """Register a text by the hashes of its lines, or a new edition of it.

    What is not said stays as it was registered. The same file again is one; a file that has
    changed is a new edition, and lines that read as before keep their entries wherever they are
    now.

    \b
    Examples:
      pactwatch source add blog.txt --id blog --title "Live blog" \\
          --publisher "Harbour News" --url https://news.example/live \\
          --published 2025-03-18 -n
    """
    from tracker.cli.entering.appending import Draft
    from tracker.cli.entering.record_flow import record_event
    from tracker.entries.streams import source_stream
    from tracker.errors import InvalidEvent
    from tracker.sources.editions import document_in
    from tracker.sources.findings import differences

    text = text_of(file)
    with closing(session.store(create=True)) as store:
        known = document_in(store.read_stream(source_stream(document)))
        data = _registration(text, options, known)
        if "title" not in data:
            raise InvalidEvent(
                f"document {document!r} is new, and needs a title",
                hint=f"pactwatch source add {shlex.quote(file)} --id {document} --title TITLE",
            )
        if known is not None and data == _registered(known):
            print_info(session, f"{document} is registered so already; nothing was recorded")
            return 0
        if known is not None and text.sha256 != known.newest.sha256:
            differ = differences(known.newest.hashes, text.hashes)
            print_info(session, f"a new edition of {document}: {differ or 'no line reads anew'}")
        return record_event(
            session,
            store,
            Draft("SourceRegistered", document, {**data, "document": document, **_own(options)}),
            dry_run=options["dry_run"],
            yes=options["yes"],
            next_step=shlex.join(["pactwatch", "source", "next", document, file]),
        )


def text_of(file: str) -> SourceText:
    from tracker.sources.text import MOST_BYTES, read_text

    with open(file, "rb") as stream:
        return read_text(stream.read(MOST_BYTES + 1), file)


def _own(options: dict[str, Any]) -> EventData:
    return {name: options[name] for name in ("tlp", "note") if options[name] is not None}


ABOUT = ("title", "publisher", "url", "archived_url", "published", "retrieved_at")


def _registration(
    text: SourceText, options: dict[str, Any], known: SourceDocument | None
) -> EventData:
    """What is said of a document, over what is registered of it."""
    given = {name: options[name] for name in ABOUT if options[name] is not None}
    given |= {"cited_by": list(options["cited_by"])} if options["cited_by"] else {}
    hashes = {"sha256": text.sha256, "line_hashes": "".join(text.hashes)}
    return (_registered(known) if known else {}) | given | hashes


def _registered(known: SourceDocument) -> EventData:
    """What is registered of a document, as its data."""
    from tracker.sources.editions import joined_hashes

    about = known.about
    data = {name: getattr(about, name) for name in ABOUT if getattr(about, name) is not None}
    data |= {"cited_by": list(about.cited_by)} if about.cited_by else {}
    newest = known.newest
    return data | {"sha256": newest.sha256, "line_hashes": joined_hashes(newest.hashes)}


@click.command("mark", context_settings=HELP)
@document_argument
@click.argument("lines", metavar="LINES")
@click.argument("reason")
@click.option("--file", type=click.Path(), help="The text, for the command that comes next.")
@id_option
@writing_options
@pass_session
def source_mark(
    session: Session,
    /,
    document: str,
    lines: str,
    reason: str,
    file: str | None,
    **options: Any,
) -> int:
    """Put on record that lines were read and need no entry, and why.

    LINES is one line or a range, as the newest edition counts them. A mark is an entry, and is
    retracted as one.

    \b
    Examples:
      pactwatch source mark blog 54 "no promise" -n
      pactwatch source mark blog 57-61 "told again in line 12" --file blog.txt -n
    """
    from tracker.cli.entering.appending import Draft
    from tracker.cli.entering.record_flow import record_event
    from tracker.entries.lookup import position_of
    from tracker.errors import InvalidEvent
    from tracker.queries.sources import covered, source_document
    from tracker.sources.citations import read_lines

    lines_read = read_lines(lines)
    with closing(session.store()) as store:
        known = source_document(store, document, session.now)
        if lines_read.last > known.line_count:
            raise InvalidEvent(
                f"{document} has lines 1 to {known.line_count}; found {lines}",
                hint=f"pactwatch source coverage {document} --open",
            )
        of_now = {(m.lines, m.reason) for m in known.read if known.is_of_newest(m.order)}
        is_same_command = position_of(store, options["own_id"]) is not None
        if (lines_read, reason) in of_now and not is_same_command:
            words = f"{document}:{lines_read} is marked so already; nothing was recorded"
            print_info(session, words)
            return 0
        if not is_same_command:
            lines_marked = covered(store, document, session.now).lines
            for line in lines_marked[lines_read.first - 1 : lines_read.last]:
                # Of a line with an entry the mark changes nothing.
                if line.entries:
                    entries = ", ".join(f"#{each.position} {each.type}" for each in line.entries)
                    words = f"{document}:{line.line} has {entries} already"
                    print_info(session, f"{words}, and still counts as having an entry")
        data: EventData = {"document": document, "line": lines_read.first, "reason": reason}
        data |= {"last_line": lines_read.last} if lines_read.last > lines_read.first else {}
        return record_event(
            session,
            store,
            Draft("SourceLineRead", document, data | _own(options), options["own_id"]),
            dry_run=options["dry_run"],
            yes=options["yes"],
            next_step=shlex.join(["pactwatch", "source", "next", document, *filter(None, [file])]),
        )
