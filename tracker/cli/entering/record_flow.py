"""Recording one event from the command line: missing fields, preview, question, append.

Every command that records an event goes this way, so that all of them preview, ask and refuse
alike.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING

import click

from events import EventStore
from events.envelope import EventData
from events.errors import AnswerLost, EventIdConflict, nearest
from tracker.cli.views.status import show_preview
from tracker.entries.decoding import full_type, type_name
from tracker.entries.unreadable import reason_of
from tracker.errors import InvalidEvent, ProjectingFailed
from tracker.model.event_types import EVENT_TYPES
from tracker.recording.as_written import WrittenFields
from tracker.recording.fields import Field, fields_of, missing
from tracker.recording.recorder import Recording, RecordingDocument
from tracker.terminal.output import emit
from tracker.terminal.prompts import ask, ask_all, at_terminal
from tracker.terminal.session import Session
from tracker.terminal.text import Progress, format_local, print_info

if TYPE_CHECKING:
    from events.envelope import Items


def append(
    session: Session, store: EventStore, items: Items, versions: Mapping[str, int]
) -> ProjectingFailed | None:
    """Appends events and brings the projections up to them; returns what failed after the commit.

    What fails before raises, and nothing is recorded. After it the events stay. A draft in
    memory stands for a database that is not there yet, which is made.
    """
    if store is session.draft:
        with closing(session.complete_store()) as made:
            failure = append(session, made, items, versions)
        store.append_batch(items)  # its head is that of the database from here on
        return failure
    session.advance_witness(store)
    store.append_batch(items, versions)
    try:
        session.advance_witness(store)
        _catch_up(session, store)
    except KeyboardInterrupt:
        print_info(session, str(ProjectingFailed(len(items), "it was interrupted")))
        raise
    except Exception as error:
        return ProjectingFailed(len(items), reason_of(error))
    return None


def _catch_up(session: Session, store: EventStore) -> None:
    """Brings the projections to the head of the log."""
    from events.database.engine import write_transaction
    from tracker.projections.catch_up import catch_up

    with (
        write_transaction(session.engine()) as connection,
        Progress(session, "agreements projected") as progress,
    ):
        catch_up(store, connection, session.now, progress)


DECLINED = 1
EFFECT_COLUMNS = ["commitment", "axis", "before", "after"]


def record_event(
    session: Session,
    store: EventStore,
    name: str,
    target: str,
    data: EventData,
    *,
    event_id: str | None = None,
    dry_run: bool = False,
    yes: bool = False,
    next_step: str = "",
) -> int:
    """Records one event, or only shows what it would do; returns the exit code."""
    type_name(full_type(name))
    if session.now_text is None:
        session.check_clock(store, session.now)
    recording = Recording(store, session.now, session.preview_alerts)
    written = resolve_written(session, recording, target, data)
    complete(recording, name, target, data, written)
    event = recording.event(name, target, data, event_id)
    session.advance_witness(store)
    document = recording.preview(event, dry_run=dry_run)
    asks = at_terminal() and not yes and not dry_run and not document["already_known"]
    if session.format == "table" or asks:
        print_preview(session, name, document)
    if asks and not click.confirm("Record it?", err=True):
        print_info(session, "nothing was recorded")
        return DECLINED
    failure = None
    if not dry_run:
        try:
            failure = append_entry(session, store, recording, event.id)
        except EventIdConflict:
            # Taken since it was looked for, perhaps by the same command: now it is on record.
            # Opened anew, since a draft does not see what others have recorded.
            again = partial(record_event, event_id=event_id, yes=True, next_step=next_step)
            with closing(session.store()) as log:
                return again(session, log, name, target, data)
        document["projecting_failed"] = failure.reason if failure else None
    rows = document["effect"] if session.format != "jsonl" else [document]
    emit(
        session,
        document,
        rows,
        EFFECT_COLUMNS,
        draw=lambda: print_recorded(session, name, document, "" if dry_run else next_step),
    )
    if failure is not None:
        raise failure
    return 0


def record_together(
    session: Session,
    store: EventStore,
    name: str,
    target: str,
    promises: Mapping[str, EventData],
    *,
    event_id: str | None = None,
    dry_run: bool = False,
    yes: bool = False,
    next_step: str = "",
) -> int:
    """Records one event of a type for each party in one transaction; returns the exit code."""
    if session.now_text is None:
        session.check_clock(store, session.now)
    recording = Recording(store, session.now, session.preview_alerts)
    documents: list[RecordingDocument] = []
    session.advance_witness(store)
    for party, data in promises.items():
        written = resolve_written(session, recording, target, data)
        complete(recording, name, target, data, written)
        own_id = f"{event_id}-{party.lower()}" if event_id else None
        event = recording.event(name, target, data, own_id)
        documents.append(recording.preview(event, dry_run=dry_run))
        # What one of them lacks, the next may bring.
        documents[-2:-1] = [{**each, "warnings": []} for each in documents[-2:-1]]
    asks = at_terminal() and not yes and not dry_run
    if session.format == "table" or asks:
        for document in documents:
            print_preview(session, name, document)
    if asks and not click.confirm(f"Record these {len(documents)}?", err=True):
        print_info(session, "nothing was recorded")
        return DECLINED
    failure = None if dry_run else append_entry(session, store, recording, documents[-1]["id"])
    for document in documents:
        document["projecting_failed"] = failure.reason if failure else None
    rows = [row for document in documents for row in document["effect"]]
    emit(
        session,
        {"recorded": documents},
        rows if session.format != "jsonl" else documents,
        EFFECT_COLUMNS,
        draw=lambda: print_all_recorded(session, name, documents, "" if dry_run else next_step),
    )
    if failure is not None:
        raise failure
    return 0


def print_all_recorded(
    session: Session, name: str, documents: list[RecordingDocument], next_step: str
) -> None:
    *others, last = documents
    for document in others:
        print_recorded(session, name, document, "")
    print_recorded(session, name, last, next_step)


def append_entry(
    session: Session, store: EventStore, recording: Recording, event_id: str
) -> ProjectingFailed | None:
    """Appends what a recording has taken; an answer that is lost names the id to use again."""
    accepted = recording.intake.accepted()
    try:
        return append(session, store, accepted.items, accepted.versions)
    except AnswerLost as error:
        hint = f"give the same command again with --id {event_id}, and it counts once"
        raise AnswerLost(error.message, hint=hint) from error


def resolve_written(
    session: Session, recording: Recording, target: str, data: EventData
) -> WrittenFields:
    """Turns what is written into what is recorded, and prints what each field was taken for."""
    written = recording.written_fields(target, session.tz)
    data.update(written.resolve(data))
    for change in written.take_changes():
        print_info(session, change)
    return written


def complete(
    recording: Recording, name: str, target: str, data: EventData, written: WrittenFields
) -> None:
    """Asks for what is missing on a terminal; elsewhere raises InvalidEvent with all of it."""
    recording.resolve_target(name, target, data)
    new = recording.is_new(name, target, data)
    check_words(name, data, new=new)
    absent = missing(name, data, new=new)
    if recording.lacks_commitment(name, target, data):
        absent.insert(0, COMMITMENT)
    if at_terminal():
        ask_missing(name, data, absent, written, new=new)
    elif absent:
        raise incomplete(name, target, data, absent)


def check_words(name: str, data: EventData, *, new: bool) -> None:
    """Raises InvalidEvent for a word that its field cannot have, naming those that it can."""
    for field in fields_of(name, new=new):
        word = data.get(field.name)
        if field.allowed and isinstance(word, str) and word not in field.allowed:
            raise InvalidEvent(
                f"{name}: {field.name}: expected {' or '.join(field.allowed)}; found {word!r}",
                hint=f"e.g. {field.name}={(nearest(word, field.allowed) or field.allowed)[0]}",
            )


OF_TARGET = {"commitment", "agreement", "party"}
"""Fields that the target fills in."""
COMMITMENT = Field("commitment", "text", True, (), "id of the commitment")


def ask_missing(
    name: str, data: EventData, absent: list[Field], written: WrittenFields, *, new: bool
) -> None:
    """Asks for what is missing, or for every field where none was given."""
    named = set(data)
    if COMMITMENT in absent:
        ask(name, COMMITMENT, data, written)
    if not named - OF_TARGET:
        ask_all(name, data, written, new=new)
        return
    for field in absent:
        if field.name not in data:
            ask(name, field, data, written)


def incomplete(name: str, target: str, data: EventData, absent: list[Field]) -> InvalidEvent:
    """Makes the refusal of an event: every missing field, and a command that has them all."""
    words = [f"{key}={field_text(value)}" for key, value in data.items() if value != target]
    words += [f"{f.name}={f.allowed[0] if f.allowed else '…'}" for f in absent]
    needs = "; ".join(
        f"{f.name} ({', '.join(f.allowed) if f.allowed else f.meaning})" for f in absent
    )
    return InvalidEvent(
        f"{name} on {target!r} needs {needs}",
        hint=f"pactwatch record {name} {shlex.quote(target)} {' '.join(words)}",
    )


def field_text(value: object) -> str:
    """Writes a value as `name=value` takes it, quoted for the shell."""
    if isinstance(value, list) and all(isinstance(each, str) and "," not in each for each in value):
        return shlex.quote(",".join(value))
    return shlex.quote(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def print_preview(session: Session, name: str, document: RecordingDocument) -> None:
    """Prints what the event would do, on stderr when stdout is for a program."""
    for warning in document["warnings"]:
        print_info(session, f"warning: {warning}")
    where = document["data"].get("commitment") or document["subject"]
    at = format_local(document["effective_at"], session.tz)
    print_info(session, f"{name} on {where} takes effect at {at}")
    show_preview(document, session.tz, err=session.format != "table")


def print_recorded(
    session: Session, name: str, document: RecordingDocument, next_step: str
) -> None:
    verb = "would record" if document["dry_run"] else "recorded"
    verb = "already on record:" if document["already_known"] else verb
    print_info(session, f"{verb} {name} {document['id']} on {document['subject']}")
    if next_step:
        print_info(session, f"next: {next_step}")


def needs_target(name: str) -> str:
    """Names what a type is recorded on, for a prompt."""
    level = EVENT_TYPES[name].level
    return {"registry": "PARTY", "agreement": "AGREEMENT"}.get(level, "COMMITMENT-OR-AGREEMENT")
