"""What an entry still needs: asked for at a terminal, elsewhere named all at once."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from tracker.cli.entering.appending import Draft, field_text
from tracker.entries.lookup import position_of, with_entry_ids
from tracker.errors import InvalidEvent, either
from tracker.recording.as_written import WrittenFields
from tracker.recording.fields import Field, check_stand_ins, check_word, missing
from tracker.recording.recorder import Recording
from tracker.terminal.prompts import ask, ask_all, at_terminal
from tracker.terminal.session import Session

if TYPE_CHECKING:
    from tracker.terminal.line_editor import Suggest

OF_TARGET = {"commitment", "agreement", "party", "document"}
"""Fields that the target fills in."""
COMMITMENT = Field("commitment", "text", True, (), "id of the commitment")


def complete_drafts(session: Session, recording: Recording, drafts: list[Draft]) -> list[str]:
    """Turns what is written into what is recorded, and asks for the rest.

    Returns what each field was taken for that was not typed as it is recorded.
    """
    changes: list[str] = []
    for draft in drafts:
        written = recording.written_fields(draft.target, session.tz, draft.event_id)
        draft.data.update(written.resolve(draft.data))
        changes += [each for each in written.take_changes() if each not in changes]
        complete(recording, draft, written)
        before = position_of(recording.store, draft.event_id)
        draft.data.update(with_entry_ids(recording.store, draft.data, before))
    return changes


def complete(recording: Recording, draft: Draft, written: WrittenFields) -> None:
    """Asks for what is missing on a terminal; elsewhere raises InvalidEvent with all of it."""
    name, target, data = draft.name, draft.target, draft.data
    subject = recording.resolve_target(name, target, data)
    new = recording.is_new(name, target, data)
    for field, value in data.items():
        check_word(name, field, value)
    absent = missing(name, data, new=new)
    if recording.lacks_commitment(name, target, data):
        absent.insert(0, COMMITMENT)
    if at_terminal():
        from tracker.cli.entering.suggestions import RecordSuggestions

        suggest = RecordSuggestions(recording, name, subject)
        ask_missing(draft, absent, written, suggest, new=new)
        absent = missing(name, data, new=new)
    check_stand_ins(data)
    if absent:
        raise incomplete(draft, absent)


def ask_missing(
    draft: Draft, absent: list[Field], written: WrittenFields, suggest: Suggest, *, new: bool
) -> None:
    """Asks for what is missing, or for every field where none was given."""
    name, data = draft.name, draft.data
    named = set(data)
    if COMMITMENT in absent:
        ask(name, COMMITMENT, data, written, suggest)
    if not named - OF_TARGET:
        ask_all(name, data, written, suggest, new=new)
        return
    for field in absent:
        if field.name not in data:
            ask(name, field, data, written, suggest)


def incomplete(draft: Draft, absent: list[Field]) -> InvalidEvent:
    """Makes the refusal of an event: every missing field, and a command that has them all."""
    name, target = draft.name, draft.target
    words = [
        f"{key}={shlex.quote(field_text(value))}"
        for key, value in draft.data.items()
        if value != target
    ]
    words += [f"{f.name}={f.name.upper()}" for f in absent]
    needs = "; ".join(f"{f.name} ({either(f.allowed) if f.allowed else f.meaning})" for f in absent)
    return InvalidEvent(
        f"{name} on {target!r} needs {needs}",
        hint=f"pactwatch record {name} {shlex.quote(target)} {' '.join(words)}",
    )
