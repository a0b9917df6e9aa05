"""What an entry still needs: asked for at a terminal, elsewhere named all at once."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from tracker.cli.entering.appending import Draft, field_text
from tracker.entries.lookup import position_of, with_entry_ids
from tracker.errors import InvalidEvent, either
from tracker.recording.as_written import PARTIES, WrittenFields
from tracker.recording.fields import Field, check_stand_ins, check_word, fields_of, missing
from tracker.recording.recorder import Recording
from tracker.terminal.prompts import MORE, ask, ask_all, at_terminal
from tracker.terminal.session import Session

if TYPE_CHECKING:
    from tracker.terminal.line_editor import Suggest, Suggestions

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


COMMITMENTS = ("commitment", "commitments", "reciprocal_with")
ENTRIES = ("event", "derived_from")


class RecordSuggestions:
    """Suggests answers for an entry of a type in one stream, from what is on record."""

    def __init__(self, recording: Recording, name: str, subject: str) -> None:
        self.recording = recording
        self.name = name
        self.events = recording.intake.stream(subject).recorded

    def __call__(self, field: str) -> Suggestions:
        from tracker.terminal.line_editor import Suggestions

        return Suggestions(self._words(field), self._earlier(field))

    def _words(self, field: str) -> list[tuple[str, str]]:
        intake, fields = self.recording.intake, {f.name: f for f in fields_of(self.name, new=True)}
        if field == MORE:
            return [(f"{each.name}=", each.meaning) for each in fields.values()]
        if field in PARTIES:
            return [(party.id, party.name) for party in intake.registry.parties.values()]
        if field in COMMITMENTS:
            return list(intake.index.items())
        if field in ENTRIES:
            return [(event.id, event.type.split(".")[1]) for event in self.events]
        if field in fields and fields[field].allowed:
            return [(word, "") for word in fields[field].allowed]
        return [(value, "") for value in self._earlier(field)] if field == "incident" else []

    def _earlier(self, field: str) -> list[str]:
        """The values that entries of the stream have for a field, the newest last."""
        values = (event.data.get(field) for event in self.events)
        newest_first = dict.fromkeys(reversed([v for v in values if isinstance(v, str)]))
        return list(reversed(newest_first))
