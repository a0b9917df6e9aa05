"""What an entry still needs: asked for at a terminal, elsewhere named all at once."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import click

from events.wording import either
from tracker.cli.entering.appending import Draft, command_line
from tracker.entries.lookup import position_of, with_entry_ids
from tracker.errors import InvalidEvent, UnknownId
from tracker.model.event_types import EVENT_TYPES, Promise
from tracker.model.vocabulary import Basis
from tracker.queries.incidents import (
    OPENING,
    Report,
    breaches_of,
    incident_meant,
    incident_typed,
    reports_of,
)
from tracker.recording.as_written import COMMITMENTS, PARTIES, WrittenFields
from tracker.recording.fields import (
    Field,
    check_stand_ins,
    check_word,
    example_of,
    fields_of,
    missing,
)
from tracker.recording.recorder import Recording
from tracker.rules.actors import own_basis
from tracker.terminal.prompts import MORE, ask, ask_all, at_terminal, line_of
from tracker.terminal.session import Session
from tracker.terminal.text import print_talk

if TYPE_CHECKING:
    from events import RecordedEvent
    from events.envelope import EventData
    from tracker.terminal.line_editor import Suggest, Suggestions

OF_TARGET = {"commitment", "agreement", "party", "document"}
"""Fields that the target fills in."""
COMMITMENT = Field("commitment", "text", True, (), "id of the commitment")
SHOWN_BREACHES = 5


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
        changes += name_breach(recording, draft, before)
        draft.data.update(with_entry_ids(recording.store, draft.data, before))
    return changes


def name_breach(recording: Recording, draft: Draft, before: int | None) -> list[str]:
    """Puts the id of the breach that is meant; returns what the typed name was taken for."""
    typed = draft.data.get("incident")
    if not isinstance(typed, str):
        return []
    events = [e for e in events_of(recording, draft) if before is None or e.position < before]
    about = draft.data.get("commitment", draft.target)
    meant = incident_typed(events, draft.name, about, typed)
    breaches = breaches_of(reports_of(events, about))
    breach = next((each for each in breaches if each.incident == meant), None)
    if draft.name != OPENING and breach is None:
        raise unknown_breach(draft, f"unknown incident {typed!r} on {draft.target!r}", breaches)
    draft.data["incident"] = meant
    return [f"incident: {breach.words}"] if breach and meant != typed else []


def unknown_breach(draft: Draft, what: str, breaches: list[Report]) -> UnknownId:
    """Makes the refusal of a breach that is not on record, with those that are."""
    if not breaches:
        words = [OPENING, shlex.quote(draft.target), "speaker=PARTY text='...'"]
        return UnknownId(
            f"{what}: no breach is on record", hint=f"pactwatch record {' '.join(words)}"
        )
    few = "; ".join(breach.words for breach in breaches[:SHOWN_BREACHES])
    given = Draft(draft.name, draft.target, {**draft.data, "incident": breaches[0].name})
    return UnknownId(f"{what}; on record: {few}", hint=command_line(given))


def events_of(recording: Recording, draft: Draft) -> list[RecordedEvent]:
    """The events of the stream that an entry belongs to."""
    subject = recording.resolve_target(draft.name, draft.target, draft.data)
    return recording.intake.stream(subject).events


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
    is_finding = any(field.name == "incident" for field in absent)
    about = data.get("commitment", target)
    reports = reports_of(events_of(recording, draft), about) if is_finding else []
    if is_finding and not reports:
        raise unknown_breach(draft, f"{name} on {target!r} is about a breach", [])
    if at_terminal():
        suggest = RecordSuggestions(recording, name, subject, data.get("commitment"))
        ask_missing(draft, absent, written, suggest, new=new)
        absent = missing(name, data, new=new)
    check_stand_ins(data)
    if absent:
        raise incomplete(draft, absent, reports, own_word(recording, subject, about, data))


def own_word(
    recording: Recording, subject: str, commitment_id: str, data: EventData
) -> Basis | None:
    """What the word of this speaker is, where the promise is on record and it is a side of it."""
    promise = recording.intake.stream(subject).commitments().get(commitment_id)
    speaker = data.get("speaker")
    if promise is None or not isinstance(speaker, str):
        return None
    return own_basis(speaker, promise, recording.intake.registry)


def ask_missing(
    draft: Draft, absent: list[Field], written: WrittenFields, suggest: Suggest, *, new: bool
) -> None:
    """Asks for what is missing, or for every field where none was given."""
    name, data = draft.name, draft.data
    named = set(data)
    draft.is_to_be_kept = bool(absent) or not named - OF_TARGET
    if COMMITMENT in absent:
        ask(name, COMMITMENT, data, written, suggest)
    if not named - OF_TARGET:
        ask_all(name, data, written, suggest, new=new)
        return
    for field in absent:
        if field.name not in data:
            print_talk(line_of(field))
            ask(name, field, data, written, suggest)


def incomplete(
    draft: Draft, absent: list[Field], reports: list[Report], word: Basis | None
) -> InvalidEvent:
    """Makes the refusal of an event: every missing field, and what the command lacks.

    Where a breach is missing, those on record are listed, and the newest is given. A side's own
    `word` is the basis, where it is one that the entry takes.
    """
    choices = {field.name: list(field.allowed) or [field.meaning] for field in absent}
    values = [
        f"basis={word}" if field.name == "basis" and word in field.allowed else example_of(field)
        for field in absent
    ]
    if breaches := breaches_of(reports)[:SHOWN_BREACHES]:
        choices["incident"] = [breach.words for breach in breaches]
        values = [v.replace("=INCIDENT", f"={breaches[0].name}") for v in values]
    needs = "; ".join(f"{field} ({either(allowed)})" for field, allowed in choices.items())
    if click.get_current_context().info_name != "record":
        pairs = (value.partition("=") for value in values)
        values = [w for f, _, v in pairs for w in (f"--{f.split('.')[-1].replace('_', '-')}", v)]
    return InvalidEvent(
        f"{draft.name} on {draft.target!r} needs {needs}",
        hint=f"the same with {shlex.join(values)}",
        more=tuple(values),
    )


ENTRIES = ("event", "derived_from")


class RecordSuggestions:
    """Suggests answers for an entry of a type in one stream, from what is on record."""

    def __init__(
        self, recording: Recording, name: str, subject: str, commitment: str | None
    ) -> None:
        self.recording = recording
        self.name = name
        self.subject = subject
        self.commitment = commitment
        self.events = recording.intake.stream(subject).recorded

    def __call__(self, field: str) -> Suggestions:
        from tracker.terminal.line_editor import Suggestions

        if field == "incident" and self.name != OPENING:
            reports = reports_of(self.events, self.commitment)
            words = [(breach.name, breach.words) for breach in breaches_of(reports)]
            known = {report.incident for report in reports}
            return Suggestions(words, accepts=lambda name: incident_meant(reports, name) in known)
        if field == COMMITMENT.name and not issubclass(EVENT_TYPES[self.name], Promise):
            promises = self._promises()
            return Suggestions(promises, accepts=dict(promises).__contains__)
        return Suggestions(self._words(field), self._earlier(field))

    def _promises(self) -> list[tuple[str, str]]:
        """The promises of the agreement, each with what it says."""
        promises = self.recording.intake.stream(self.subject).commitments()
        return [(name, f"{name}: {promise.promise}") for name, promise in promises.items()]

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
        if field == "incident":
            breaches = breaches_of(reports_of(self.events, self.commitment))
            return [(breach.name, breach.words) for breach in breaches]
        return []

    def _earlier(self, field: str) -> list[str]:
        """The values that entries of the stream have for a field, the newest last."""
        values = (event.data.get(field) for event in self.events)
        newest_first = dict.fromkeys(reversed([v for v in values if isinstance(v, str)]))
        return list(reversed(newest_first))
