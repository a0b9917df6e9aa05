"""The desk's commands: import and export, status, deadlines."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import click

from events import EventStore, format_instant
from tracker.cli.views.status import show_status
from tracker.terminal.completion import agreements_and_commitments
from tracker.terminal.options import (
    HELP,
    as_of_option,
    asked,
    instants,
    known_at_option,
    mark,
    now_option,
    pass_session,
    tlp_option,
)
from tracker.terminal.output import Progress, emit, shown, talk
from tracker.terminal.session import Session

SHOWN_WARNINGS = 20


@click.command("import", context_settings=HELP)
@click.argument("file", type=click.File("rb"))
@click.option("-n", "--dry-run", is_flag=True, help="Check every line and write nothing.")
@now_option
@pass_session
def import_events(session: Session, file: Any, dry_run: bool) -> None:
    """Take in an event file: CloudEvents JSON, one a line; all of it, or nothing.

    Lines that are on record already, byte for byte, are passed over, so a file can be taken
    in again. FILE may be - for standard input. The database is created when there is none.

    \b
    Examples:
      pactwatch import events.jsonl
      pactwatch import --dry-run events.jsonl
      pactwatch export | pactwatch --db copy.db import -
    """
    from tracker.recording.intake import Intake, read_lines

    with closing(session.store(create=True)) as store:
        reading = Progress("lines read", quiet=session.quiet)
        accepted = read_lines(file, Intake(store, session.now), reading)
        reading.close()
        if not dry_run:
            session.show_witness(store)
            store.append_batch(accepted.items, accepted.versions)
            session.show_witness(store)
            catch_up(session, store)
        document = {
            "imported": 0 if dry_run else len(accepted.items),
            "already_known": accepted.known,
            "position": store.head(),
            "dry_run": dry_run,
            "warnings": list(accepted.warnings),
        }
    for warning in accepted.warnings[:SHOWN_WARNINGS]:
        talk(session, f"warning: {warning}")
    if len(accepted.warnings) > SHOWN_WARNINGS:
        talk(session, f"and {len(accepted.warnings) - SHOWN_WARNINGS} more; --json lists them all")
    if session.format == "table":
        words = (
            f"would import {len(accepted.items)}" if dry_run else f"imported {len(accepted.items)}"
        )
        talk(session, f"{words} events, {accepted.known} already known")
    else:
        emit(session, document, [document], list(document))


def catch_up(session: Session, store: EventStore) -> None:
    """Bring the projections to the head of the log, at the instant they stand for or now."""
    from events.database.engine import writing
    from tracker.projections import catch_up as projections

    with writing(session.engine()) as connection:
        progress = Progress("agreements projected", quiet=session.quiet)
        projections.catch_up(store, connection, session.now, progress)
        progress.close()


@click.command("export", context_settings=HELP)
@click.option("-o", "--output", type=click.File("wb", lazy=True), default="-", show_default=True)
@click.option("--after", "after", type=click.IntRange(0), default=0, metavar="POSITION")
@tlp_option
@pass_session
def export_events(session: Session, output: Any, after: int) -> None:
    """Write every event in order of position; importing the file elsewhere gives it back.

    \b
    Examples:
      pactwatch export -o events.jsonl
      pactwatch export --after 120
    """
    from events.cloudevents import encode
    from events.transparency.checkpoints import checkpoint_line
    from tracker.entries.tlp import OPEN, highest, level_of, marking

    with closing(session.reading()) as store:
        seen = {OPEN}
        for event in store.read_all(after=after):
            seen.add(level_of(event))
            output.write(encode(event))
        talk(session, marking(highest(seen)))
        talk(session, f"checkpoint: {checkpoint_line(store)}")
    output.flush()


@click.command("status", context_settings=HELP)
@click.argument(
    "wanted",
    required=False,
    metavar="[AGREEMENT|COMMITMENT]",
    shell_complete=agreements_and_commitments,
)
@as_of_option
@known_at_option
@tlp_option
@pass_session
def status(session: Session, wanted: str | None, as_of: str | None, known_at: str | None) -> None:
    """How every commitment stands: state, compliance, timing, and what is still disputed.

    --as-of asks of the world at an instant, --known-at of what had been recorded by then.

    \b
    Examples:
      pactwatch status
      pactwatch status energy-pause-2025 --as-of 2025-03-18T22:00:00Z
      pactwatch status ep-rus --json
    """
    from tracker.queries.status import status as ask

    at, known = instants(session, as_of, known_at)
    with closing(session.reading()) as store:
        document = ask(store, at, known, wanted)
    rows = [
        {"agreement": agreement["id"], "roll_up": agreement["roll_up"], **row}
        for agreement in document["agreements"]
        for row in agreement["commitments"]
    ]
    if session.format == "table":
        talk(
            session,
            f"as of {document['as_of']}, known at {document['known_at']}, "
            f"event {document['position']}",
        )
        if not document["agreements"]:
            talk(session, "nothing is recorded; next: pactwatch import FILE, or pactwatch demo")
        show_status(document, session.tz)
    else:
        emit(session, document, rows, STATUS_COLUMNS)
    mark(session, document)


STATUS_COLUMNS = [
    "agreement",
    "roll_up",
    "id",
    "state",
    "compliance",
    "timing",
    "debtor",
    "creditor",
    "flags",
    "earliest",
    "latest",
    "next_change_at",
]


@click.command("deadlines", context_settings=HELP)
@click.option("--until", metavar="T", help="Leave out readings after this instant.")
@as_of_option
@known_at_option
@tlp_option
@pass_session
def deadlines(session: Session, until: str | None, as_of: str | None, known_at: str | None) -> None:
    """Every reading of every open term, soonest first, with who counts how.

    \b
    Examples:
      pactwatch deadlines
      pactwatch deadlines --as-of 2025-03-18T22:00:00Z --until +14d
    """
    from tracker.entries.tlp import highest
    from tracker.queries import agreements as queries

    at, known = asked(session, as_of, known_at)
    limit = session.instant(until) if until else None
    if limit and session.format == "table":
        talk(session, f"until {format_instant(limit)}")
    with closing(session.reading()) as store:
        rows = queries.deadlines(store, at, known, limit)
    document = {
        "as_of": format_instant(at),
        "known_at": format_instant(known),
        "until": format_instant(limit) if limit else None,
        "tlp": highest(row["tlp"] for row in rows),
        "deadlines": rows,
    }
    columns = ["commitment", "term", "at", "rule", "zone", "by", "state"]
    if session.format == "table":
        rows = [{**row, "at": shown(row["at"], session.tz)} for row in rows]
    emit(session, document, rows, columns)
    mark(session, document)
