"""What may be answered for a field of an entry: ids on record, words, and what was given before."""

from __future__ import annotations

from tracker.recording.as_written import PARTIES
from tracker.recording.fields import fields_of
from tracker.recording.recorder import Recording
from tracker.terminal.line_editor import Suggestions
from tracker.terminal.prompts import MORE

COMMITMENTS = ("commitment", "commitments", "reciprocal_with")
ENTRIES = ("event", "derived_from")


class RecordSuggestions:
    """Suggests answers for an entry of a type in one stream, from what is on record."""

    def __init__(self, recording: Recording, name: str, subject: str) -> None:
        self.recording = recording
        self.name = name
        self.events = recording.intake.stream(subject).recorded

    def __call__(self, field: str) -> Suggestions:
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
