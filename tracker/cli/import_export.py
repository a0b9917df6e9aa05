"""The commands `import` and `export`: event files and sheets into the log, the log as a file."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from events.wording import plural
from tracker.cli.entering.appending import append
from tracker.terminal.options import (
    HELP,
    after_option,
    author_option,
    now_option,
    option_named,
    pass_session,
    tlp_option,
)
from tracker.terminal.output import OutputFile, emit, output_option
from tracker.terminal.session import Session
from tracker.terminal.text import Progress, print_data, print_info

if TYPE_CHECKING:
    from events import EventStore
    from tracker.recording.accepted import Accepted
    from tracker.spreadsheets.row_import import SheetImport
    from tracker.spreadsheets.sheet import Sheet


@click.command("import", context_settings=HELP)
@click.argument("file", type=click.File("rb"), required=False)
@click.option("-n", "--dry-run", is_flag=True, help="Check everything and write nothing.")
@click.option("--template", metavar="TYPE", help="Print the heading of a sheet of such entries.")
@click.option("--sheet", metavar="NAME", help="Which sheet of an .xlsx file (default: the first).")
@click.option("--encoding", metavar="NAME", help="Of a CSV file that is not UTF-8, e.g. cp1252.")
@click.option("-y", "--yes", is_flag=True, help="Take rows that are dated later than now.")
@author_option
@now_option
@pass_session
def import_events(
    session: Session,
    file: Any,
    dry_run: bool,
    template: str | None,
    sheet: str | None,
    encoding: str | None,
    yes: bool,
) -> None:
    """Take in an event file, or a sheet of entries; all of it, or nothing.

    An event file is CloudEvents JSON, one a line. Lines that are on record already, byte for byte,
    are passed over, so a file can be taken in again, and desks can exchange their exports. A party
    or an agreement that both registered alike is one; what they say otherwise of one event, party,
    agreement or promise is listed with both versions.

    A sheet is CSV or .xlsx, its columns named as fields (terms.due); a row is an entry. Lists are
    separated by ; and dates may be as people write them. Without a column `id` a row is known by
    what it says, so a sheet can be taken in again after rows were added. What cannot be taken is
    told by row and column; a row that is dated later than now needs --yes, as with `record`.
    Whoever imports it is its author. With -n it shows what the rows would change.

    FILE may be - for standard input. A long file takes about three times its size in the folder for
    temporary files (TMPDIR) meanwhile. The database is created when there is none. What is refused
    leaves nothing behind; exit code 5 means that the events are recorded, and that projecting them
    failed.

    \b
    Examples:
      pactwatch import events.jsonl
      pactwatch import --template ViolationAlleged > reports.csv
      pactwatch import reports.csv -n
      pactwatch export | pactwatch --db copy.db import -
    """
    if template is not None:
        with option_named("--template"):
            print_template(session, template)
        return
    if file is None:
        raise click.UsageError("Missing argument 'FILE'.")
    from tracker.spreadsheets.files import MAX_SHEET, kind_of, read_sheet

    with closing(session.store(create=True)) as store:
        kind = kind_of(str(file.name), file.peek(4096))
        if kind == "events":
            accepted = take_in_events(session, store, file)
            record_accepted(session, store, accepted, dry_run=dry_run)
        else:
            read = partial(read_sheet, kind, file.read(MAX_SHEET + 1), sheet, encoding)
            import_rows(session, store, read, dry_run=dry_run, yes=yes)


def record_accepted(
    session: Session,
    store: EventStore,
    accepted: Accepted,
    sheet: SheetImport | None = None,
    *,
    dry_run: bool,
) -> None:
    """Appends what an intake has accepted, and prints what became of it."""
    from tracker.cli.views.imports import print_effect, print_warnings

    if accepted.latest is not None and session.now_text is None:
        session.alerting.check_clock(store, accepted.latest)
    failure = None if dry_run else append(session, store, accepted)
    is_new_database = store is session.draft and not dry_run
    document: dict[str, object] = {
        "imported": 0 if dry_run else len(accepted.events),
        "already_known": accepted.already_known,
        "position": accepted.folded.head if is_new_database else store.head(),
        "dry_run": dry_run,
        "projecting_failed": failure.reason if failure else None,
        "warnings": list(accepted.warnings),
    }
    print_warnings(session, accepted.warnings)
    if sheet is not None:
        document["effect"] = effect = sheet.effect()
        if dry_run and session.format == "table":
            print_effect(effect, sheet.ends())
    verb = "would import" if dry_run else "imported"
    count = plural(len(accepted.events), "event")
    words = f"{verb} {count}, {accepted.already_known:,} already known"
    emit(session, document, draw=lambda: print_info(session, words))
    if failure is not None:
        raise failure


def print_template(session: Session, name: str) -> None:
    """Prints the heading of a sheet, for a file; people are told what goes below it."""
    from tracker.spreadsheets.columns import template, written_type
    from tracker.terminal.cells import csv_text

    print_data(csv_text([], template(name)).rstrip("\n"))
    print_info(
        session,
        f"a row for each entry, {written_type(name)} as its type; a column may be left out, and "
        "any other field of the type added",
    )


def take_in_events(session: Session, store: EventStore, file: Any) -> Accepted:
    """Takes an event file into an intake."""
    from events.cloudevents import bounded_lines
    from tracker.cli.views.imports import print_conflicts
    from tracker.recording.conflicts import Conflicting
    from tracker.recording.files.long_file import judge_file

    # A database that is yet to be made is empty for every process.
    url = "memory://" if store is session.draft else session.db
    try:
        with Progress(session, "lines read") as read, Progress(session, "lines judged") as judged:
            return judge_file(bounded_lines(file), store, session.now, url, read, judged)
    except Conflicting as error:
        print_conflicts(session, error.conflicts)
        raise


def import_rows(
    session: Session, store: EventStore, read: Callable[[], Sheet], *, dry_run: bool, yes: bool
) -> None:
    """Records the rows of a sheet; prints where it is refused, by whoever reads or takes it.

    With `yes` it takes rows that are dated ahead.
    """
    from tracker.cli.views.imports import print_problems
    from tracker.recording.recorder import Recording
    from tracker.spreadsheets.row_import import SheetImport
    from tracker.spreadsheets.sheet import SheetRefused

    recording = Recording(store, session.now, session.alerting.preview, session.source)
    rows = SheetImport(recording, session.tz, takes_ahead=yes)
    try:
        accepted = rows.take(read())
    except SheetRefused as error:
        print_problems(session, error.problems)
        raise
    record_accepted(session, store, accepted, rows, dry_run=dry_run)


@click.command("export", context_settings=HELP)
@output_option
@after_option
@tlp_option
@pass_session
def export_events(session: Session, output: OutputFile, after: int) -> None:
    """Write every event in order of position; importing the file elsewhere gives it back.

    \b
    Examples:
      pactwatch export -o events.jsonl
      pactwatch export --after 120
    """
    from events.cloudevents import encode
    from events.transparency.checkpoints import checkpoint_line
    from tracker.entries.tlp import OPEN, highest, level_of, marking

    with closing(session.visible_store()) as store, output.writing() as stream:
        levels = {OPEN}
        for event in store.read_all(after=after):
            levels.add(level_of(event))
            stream.write(encode(event))
        print_info(session, marking(highest(levels)))
        print_info(session, f"checkpoint: {checkpoint_line(store)}")
