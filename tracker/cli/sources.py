"""The `source` commands: how far a text is worked through, and whether entries agree with it."""

from __future__ import annotations

import shlex
from contextlib import closing
from datetime import datetime
from typing import TYPE_CHECKING

import click

from events.wording import plural
from tracker.cli.entering.source_entries import (
    TEXT_FILE,
    document_argument,
    source_add,
    source_mark,
    text_of,
)
from tracker.terminal.command_groups import CommandGroup
from tracker.terminal.options import (
    HELP,
    known_at_option,
    pass_session,
    resolve_clocks,
    tlp_option,
)
from tracker.terminal.output import document_head, emit, print_tlp_marking
from tracker.terminal.session import Session
from tracker.terminal.text import print_info

if TYPE_CHECKING:
    from tracker.sources.editions import SourceDocument

file_argument = click.argument("file", metavar="[FILE]", required=False, type=TEXT_FILE)


@click.group(cls=CommandGroup, context_settings=HELP)
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


@source.command("list", context_settings=HELP)
@known_at_option
@tlp_option
@pass_session
def source_list(session: Session, known_at: datetime | None) -> None:
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
    session: Session, document: str, file: str | None, only_open: bool, known_at: datetime | None
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
    text = text_of(file)
    if text.sha256 != document.newest.sha256:
        name = document.about.document
        print_info(
            session,
            f"warning: {file} is not what was registered as {name}; the words shown are of the "
            f"lines that read alike: pactwatch source check {name} {shlex.quote(file)}",
        )
    place = places(document.newest.hashes, text.hashes)
    return {line: text.lines[n - 1].strip() for line, n in place.items()}


@source.command("check", context_settings=HELP)
@document_argument
@click.argument("file", metavar="FILE", type=TEXT_FILE)
@known_at_option
@tlp_option
@pass_session
def source_check(session: Session, document: str, file: str, known_at: datetime | None) -> None:
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
    text = text_of(file)
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
        count = plural(len(rows), "finding")
        raise CheckFailed(f"{count} in {document}", hint=rows[0]["hint"])
    of_quotes = f"each of {quotes} quotes is in its line" if quotes else "no entry quotes it"
    print_info(session, f"{file} is what was registered as {document}; {of_quotes}")


CHECK_COLUMNS = ["kind", "position", "entry", "lines", "text", "quote", "found_in", "hint"]


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
    about = coverage.document.about
    commands = [] if line is None else entering_commands(about, line, file)
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


for command in (source_add, source_mark):
    source.add_command(command)
