"""The commands `import` and `export`: event files into the log, and the log as a file."""

from __future__ import annotations

import json
from contextlib import closing
from typing import TYPE_CHECKING, Any

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
from tracker.terminal.text import Progress, print_data, print_info

if TYPE_CHECKING:
    from tracker.recording.conflicts import ConflictDocument, Version

SHOWN_WARNINGS = 20
CONFLICT_COLUMNS = ["line", "about", "id", "differs", "hint"]


@click.command("import", context_settings=HELP)
@click.argument("file", type=click.File("rb"))
@click.option("-n", "--dry-run", is_flag=True, help="Check every line and write nothing.")
@now_option
@pass_session
def import_events(session: Session, file: Any, dry_run: bool) -> None:
    """Take in an event file: CloudEvents JSON, one a line; all of it, or nothing.

    Lines that are on record already, byte for byte, are passed over, so a file can be taken
    in again, and desks can exchange their exports. A party or an agreement that both registered
    alike is one; what they say otherwise of one event, party, agreement or promise is listed with
    both versions. FILE may be - for standard input. The database is created when there is none.
    What is refused leaves nothing behind; exit code 5 means that the events are recorded, and
    that projecting them failed.

    \b
    Examples:
      pactwatch import events.jsonl
      pactwatch import --dry-run events.jsonl
      pactwatch export | pactwatch --db copy.db import -
    """
    from events.cloudevents import bounded_lines
    from tracker.recording.conflicts import Conflicting
    from tracker.recording.intake import Intake, read_lines

    with closing(session.store(create=True)) as store:
        try:
            with Progress(session, "lines read") as progress:
                accepted = read_lines(bounded_lines(file), Intake(store, session.now), progress)
        except Conflicting as error:
            print_conflicts(session, error.conflicts)
            raise
        times = [event.recorded_at for _, event in accepted.items if event.recorded_at]
        if times and session.now_text is None:
            session.check_clock(store, max(times))
        failure = None
        if not dry_run:
            failure = append(session, store, accepted)
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


def print_conflicts(session: Session, conflicts: list[ConflictDocument]) -> None:
    """Prints each event that is on record otherwise, with what differs in both versions."""
    document = {"imported": 0, "conflicts": conflicts}
    emit(session, document, conflicts, CONFLICT_COLUMNS, draw=lambda: _draw_conflicts(conflicts))


def _draw_conflicts(conflicts: list[ConflictDocument]) -> None:
    for conflict in conflicts:
        print_data(f"{conflict['about']} is on record otherwise (line {conflict['line']})")
        versions = ("on record", conflict["on_record"]), ("in file", conflict["in_file"])
        for name, version in versions:
            print_data(f"  {name:<9} {version['id']}, {version['time']}, by {version['source']}")
            for field in conflict["differs"]:
                print_data(f"    {field.removeprefix('data.')}: {_value(version, field)}")
        print_data(f"  hint: {conflict['hint']}\n")


def _value(version: Version, field: str) -> str:
    """One field of a version, as text."""
    outer, _, inner = field.partition(".")
    value = dict(version)[outer]
    value = value.get(inner) if inner and isinstance(value, dict) else value
    return "-" if value is None else json.dumps(value, ensure_ascii=False)


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
