"""The `source` commands: add, list, check, coverage, mark, next."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

import click

from tracker.cli.entering.entry_options import id_option, several
from tracker.entries.tlp import LEVELS
from tracker.terminal.completion import documents
from tracker.terminal.options import (
    HELP,
    author_option,
    known_at_option,
    now_option,
    pass_session,
    resolve_clocks,
    tlp_option,
    with_options,
    yes_option,
)
from tracker.terminal.output import document_head, emit, print_tlp_marking
from tracker.terminal.session import Session
from tracker.terminal.text import print_info

if TYPE_CHECKING:
    from events.envelope import EventData
    from tracker.sources.editions import SourceDocument
    from tracker.sources.text import SourceText

document_argument = click.argument("document", metavar="ID", shell_complete=documents)
file_argument = click.argument("file", metavar="[FILE]", required=False, type=click.Path())
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


@click.group(context_settings=HELP)
def source() -> None:
    """Work through a text that entries cite: what stands in which line, what is still open.

    Of the text only hashes are recorded, one a line: the words stay in your file. An entry cites
    lines with source=blog:53 or source=blog:53-55. Quotes are compared without regard to spaces
    and the form of quotation marks and dashes; "..." in a quote stands for words left out.

    \b
    Examples:
      pactwatch source add blog.txt --id blog --title "Live blog of 18 March" -n
      pactwatch source next blog blog.txt
      pactwatch source mark blog 54-58 "no promise" -n
      pactwatch source coverage blog --open
      pactwatch source check blog blog.txt
    """


@source.command("add", context_settings=HELP)
@click.argument("file", metavar="FILE", type=click.Path())
@click.option(
    "--id", "document", metavar="ID", required=True, shell_complete=documents,
    help="The name that entries cite it by.",
)  # fmt: skip
@click.option("--title", help="What it is called; needed the first time.")
@click.option("--publisher", help="Who published it.")
@click.option("--url", help="Where it stands.")
@click.option("--published", metavar="DATE", help="When it was published, as said.")
@click.option("--archived-url", metavar="URL", help="Where a copy of it is kept.")
@click.option("--retrieved-at", metavar="T", help="When it was read there.")
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
      pactwatch source add blog.txt --id blog --title "Live blog" --publisher "Harbour News" \\
          --url https://news.example/live --published 2025-03-18 -n
    """
    from tracker.cli.entering.record_flow import record_event
    from tracker.entries.streams import source_stream
    from tracker.errors import InvalidEvent
    from tracker.sources.editions import document_in
    from tracker.sources.findings import differences

    text = _text_of(file)
    with closing(session.store(create=True)) as store:
        known = document_in(store.read_stream(source_stream(document)))
        data = _registration(session, text, options, known)
        if "title" not in data:
            raise InvalidEvent(
                f"document {document!r} is new, and needs a title",
                hint=f"pactwatch source add {file} --id {document} --title TITLE",
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
            "SourceRegistered",
            document,
            {**data, "document": document, **_own(options)},
            dry_run=options["dry_run"],
            yes=options["yes"],
            next_step=f"pactwatch source next {document} {file}",
        )


def _text_of(file: str) -> SourceText:
    from tracker.sources.text import MOST_BYTES, read_text

    with open(file, "rb") as stream:
        return read_text(stream.read(MOST_BYTES + 1), file)


def _own(options: dict[str, Any]) -> EventData:
    return {name: options[name] for name in ("tlp", "note") if options[name] is not None}


ABOUT = ("title", "publisher", "url", "archived_url", "published", "retrieved_at")


def _registration(
    session: Session, text: SourceText, options: dict[str, Any], known: SourceDocument | None
) -> EventData:
    """What is said of a document, over what is registered of it."""
    from tracker.dates.instants import typed_date

    given = {name: options[name] for name in ABOUT if options[name] is not None}
    for name in ("published", "retrieved_at"):
        if name in given:
            given[name] = typed_date(given[name], session.now, session.tz, "").text
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


@source.command("list", context_settings=HELP)
@known_at_option
@tlp_option
@pass_session
def source_list(session: Session, known_at: str | None) -> None:
    """Every registered document, and how far it is worked through.

    \b
    Examples:
      pactwatch source list
      pactwatch source list --json
    """
    from tracker.cli.views.sources import show_documents
    from tracker.queries.sources import all_covered

    at, known = resolve_clocks(session, known_at, known_at)
    with closing(session.visible_store()) as store:
        coverage = all_covered(store, known)
    rows = [each.row() for each in coverage]
    document = document_head(at, known, [each.tlp for each in coverage]) | {"documents": rows}
    emit(session, document, rows, LIST_COLUMNS, draw=lambda: show_documents(rows))
    print_tlp_marking(session, document)


LIST_COLUMNS = ["id", "title", "publisher", "published", "lines", "with_entries", "read", "open",
                "blank", "entries", "editions", "url", "archived_url", "sha256"]  # fmt: skip


@source.command("coverage", context_settings=HELP)
@document_argument
@file_argument
@click.option("--open", "only_open", is_flag=True, help="Only the lines that are still open.")
@known_at_option
@tlp_option
@pass_session
def source_coverage(
    session: Session, document: str, file: str | None, only_open: bool, known_at: str | None
) -> None:
    """Which lines have entries, which were read without one and why, and which are open.

    With FILE each line is shown with its words.

    \b
    Examples:
      pactwatch source coverage live-blog
      pactwatch source coverage live-blog --open --json
    """
    from tracker.cli.views.sources import coverage_rows, print_counts, show_coverage
    from tracker.queries.sources import covered

    at, known = resolve_clocks(session, known_at, known_at)
    with closing(session.visible_store()) as store:
        coverage = covered(store, document, known)
    words = _words(session, coverage.document, file)
    rows = coverage_rows(coverage.lines, words, only_open=only_open)
    answer = document_head(at, known, [coverage.tlp]) | coverage.row() | {"coverage": rows}
    emit(session, answer, rows, COVERAGE_COLUMNS, draw=lambda: show_coverage(coverage, rows, file))
    if session.format != "json":
        print_counts(session, coverage.counts)
    print_tlp_marking(session, answer)


COVERAGE_COLUMNS = ["line", "standing", "entries", "reasons", "words"]


def _words(session: Session, document: SourceDocument, file: str | None) -> dict[int, str]:
    """The words of each line of the newest edition, from a file that has them."""
    from tracker.sources.editions import places

    if file is None:
        return {}
    text = _text_of(file)
    if text.sha256 != document.newest.sha256:
        name = document.about.document
        print_info(
            session,
            f"warning: {file} is not what was registered as {name}; the words shown are of the "
            f"lines that read alike: pactwatch source check {name} {file}",
        )
    place = places(document.newest.hashes, text.hashes)
    return {line: text.lines[n - 1].strip() for line, n in place.items()}


@source.command("check", context_settings=HELP)
@document_argument
@click.argument("file", metavar="FILE", type=click.Path())
@known_at_option
@tlp_option
@pass_session
def source_check(session: Session, document: str, file: str, known_at: str | None) -> None:
    """Compare entries with the text they cite; exit 4 when something does not agree.

    Found are quotes that are not in their lines, lines that the document does not have, and what
    in FILE is not as it was registered.

    \b
    Examples:
      pactwatch source check blog blog.txt
      pactwatch source check blog blog.txt --json
    """
    from tracker.cli.views.sources import show_findings
    from tracker.errors import CheckFailed
    from tracker.queries.sources import covered
    from tracker.sources.findings import check_document

    at, known = resolve_clocks(session, known_at, known_at)
    text = _text_of(file)
    with closing(session.visible_store()) as store:
        coverage = covered(store, document, known)
    rows = check_document(coverage.document, text, coverage.citations, file)
    quotes = sum(citation.quote is not None for citation in coverage.citations)
    answer = document_head(at, known, [coverage.tlp]) | {
        "document": document,
        "ok": not rows,
        "citations": len(coverage.citations),
        "quotes": quotes,
        "found": rows,
    }
    emit(session, answer, rows, CHECK_COLUMNS, draw=lambda: show_findings(rows))
    if rows:
        print_tlp_marking(session, answer)
        count = f"{len(rows)} finding{'s' if len(rows) > 1 else ''}"
        raise CheckFailed(f"{count} in {document}", hint=rows[0]["hint"])
    of_quotes = f"each of {quotes} quotes is in its line" if quotes else "no entry quotes it"
    print_info(session, f"{file} is what was registered as {document}; {of_quotes}")


CHECK_COLUMNS = ["kind", "position", "entry", "lines", "text", "quote", "found_in", "hint"]


@source.command("mark", context_settings=HELP)
@document_argument
@click.argument("lines", metavar="LINES")
@click.argument("reason")
@id_option
@writing_options
@pass_session
def source_mark(session: Session, /, document: str, lines: str, reason: str, **options: Any) -> int:
    """Put on record that lines were read and need no entry, and why.

    LINES is one line or a range, as the newest edition counts them. A mark is an entry, and is
    retracted as one.

    \b
    Examples:
      pactwatch source mark blog 54 "no promise" -n
      pactwatch source mark blog 57-61 "told again in line 12" -n
    """
    from tracker.cli.entering.record_flow import record_event
    from tracker.entries.lookup import position_of
    from tracker.errors import InvalidEvent
    from tracker.queries.sources import source_document
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
        data: EventData = {"document": document, "line": lines_read.first, "reason": reason}
        data |= {"last_line": lines_read.last} if lines_read.last > lines_read.first else {}
        return record_event(
            session,
            store,
            "SourceLineRead",
            document,
            data | _own(options),
            event_id=options["own_id"],
            dry_run=options["dry_run"],
            yes=options["yes"],
            next_step=f"pactwatch source next {document}",
        )


@source.command("next", context_settings=HELP)
@document_argument
@file_argument
@tlp_option
@pass_session
def source_next(session: Session, document: str, file: str | None) -> None:
    """The next line that is open, and commands for it that only need their words.

    \b
    Examples:
      pactwatch source next live-blog
      pactwatch source next blog blog.txt
    """
    from tracker.cli.views.sources import entering_commands, print_counts, show_next
    from tracker.queries.sources import covered

    with closing(session.visible_store()) as store:
        coverage = covered(store, document, session.now)
    words = _words(session, coverage.document, file)
    line = next((each.line for each in coverage.lines if each.standing == "open"), None)
    commands = entering_commands(coverage.document.about, line) if line is not None else []
    answer = document_head(session.now, session.now, [coverage.tlp]) | {
        "document": document,
        "line": line,
        "words": words.get(line) if line is not None else None,
        **coverage.counts,
        "commands": commands,
    }
    emit(
        session,
        answer,
        commands,
        ["about", "command"],
        draw=lambda: show_next(coverage, line, words, commands),
    )
    if session.format != "json":
        print_counts(session, coverage.counts)
    print_tlp_marking(session, answer)
