"""The commands `import` and `export`: event files into the log, and the log as a file."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import click

from tracker.cli.entering.appending import append
from tracker.terminal.options import (
    HELP,
    now_option,
    pass_session,
    tlp_option,
)
from tracker.terminal.output import OutputFile, emit, output_option
from tracker.terminal.session import Session
from tracker.terminal.text import Progress, print_info

SHOWN_WARNINGS = 20


@click.command("import", context_settings=HELP)
@click.argument("file", type=click.File("rb"))
@click.option("-n", "--dry-run", is_flag=True, help="Check every line and write nothing.")
@now_option
@pass_session
def import_events(session: Session, file: Any, dry_run: bool) -> None:
    """Take in an event file: CloudEvents JSON, one a line; all of it, or nothing.

    Lines that are on record already, byte for byte, are passed over, so a file can be taken
    in again. FILE may be - for standard input. The database is created when there is none. What
    is refused leaves nothing behind; exit code 5 means that the events are recorded, and that
    projecting them failed.

    \b
    Examples:
      pactwatch import events.jsonl
      pactwatch import --dry-run events.jsonl
      pactwatch export | pactwatch --db copy.db import -
    """
    from events.cloudevents import bounded_lines
    from tracker.recording.intake import Intake, read_lines

    with closing(session.store(create=True)) as store:
        with Progress(session, "lines read") as progress:
            accepted = read_lines(bounded_lines(file), Intake(store, session.now), progress)
        times = [event.recorded_at for _, event in accepted.items if event.recorded_at]
        if times and session.now_text is None:
            session.check_clock(store, max(times))
        failure = None
        if not dry_run:
            failure = append(session, store, accepted.items, accepted.versions)
        document = {
            "imported": 0 if dry_run else len(accepted.items),
            "already_known": accepted.known,
            "position": store.head(),
            "dry_run": dry_run,
            "projecting_failed": failure.reason if failure else None,
            "warnings": list(accepted.warnings),
        }
    for warning in accepted.warnings[:SHOWN_WARNINGS]:
        print_info(session, f"warning: {warning}")
    if len(accepted.warnings) > SHOWN_WARNINGS:
        print_info(
            session, f"and {len(accepted.warnings) - SHOWN_WARNINGS} more; --json lists them all"
        )
    verb = "would import" if dry_run else "imported"
    words = f"{verb} {len(accepted.items)} events, {accepted.known} already known"
    emit(session, document, draw=lambda: print_info(session, words))
    if failure is not None:
        raise failure


@click.command("export", context_settings=HELP)
@output_option
@click.option("--after", "after", type=click.IntRange(0), default=0, metavar="POSITION")
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
