"""Fields as people write them, turned into what is recorded: dates, lengths, places, parties.

Only what is typed goes this way. An event file states EDTF, zones and ids.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from typing import Any, Final

from events import EventStore, RecordedEvent
from events.envelope import EventData
from tracker.dates.durations import typed_duration
from tracker.dates.instants import typed_date
from tracker.dates.recurrence import typed_recurrence
from tracker.dates.zones import is_zone
from tracker.entries.parties import Registry
from tracker.entries.party_stream import read_registry
from tracker.errors import InvalidDate, InvalidEvent

DATES: Final = frozenset({
    "occurred", "said", "effective_at", "first_seen", "last_seen", "window", "until", "period",
    "offer_valid_until", "start", "due", "end", "deadline", "published", "retrieved_at",
})  # fmt: skip
PARTIES: Final = frozenset({
    "speaker", "parties", "debtor", "creditor", "by", "proposed_by", "to", "speaks_for",
    "reading_of",
})  # fmt: skip
COMMITMENTS: Final = frozenset({"commitment", "commitments", "reciprocal_with"})
DURATIONS: Final = frozenset({
    "duration", "tacit_renewal", "extend_by", "grace", "leads", "stale_after",
})  # fmt: skip
ZONES: Final = frozenset({"zone", "zones"})
STRUCTURES: Final = frozenset({"terms", "source", "antecedent", "antecedents", "replacement"})
"""Fields with fields in them that may be written so."""
DATED_TERMS: Final = frozenset({"start", "due", "end"})
OF_ANOTHER: Final = "14 days after ID is discharged"
"""How a term may hang on another promise."""


class WrittenFields:
    """Resolves the fields of an event, and remembers what each was taken for.

    Days count in `zone`. A name that `is_party` says stands on record as an id stays as it is.
    """

    def __init__(
        self, now: datetime, zone: str, registry: Registry, is_party: Callable[[str], bool]
    ) -> None:
        self.now = now
        self.zone = zone
        self.registry = registry
        self.is_party = is_party
        self._changes: list[str] = []

    @classmethod
    def of(cls, store: EventStore, stream: str, now: datetime, zone: str) -> WrittenFields:
        """Resolves what is typed about a stream, by the parties that are registered."""
        is_party = partial(names_party, list(store.read_stream(stream)))
        return cls(now, zone, read_registry(store), is_party)

    def resolve(self, data: EventData, path: str = "") -> EventData:
        """The data in the form that is recorded; raises a TrackerError for what may be several."""
        place = data.get("zone")
        place = self._zone(place) if isinstance(place, str) else ""
        names_date = data.get("term") in DATED_TERMS
        return {
            name: self._value(
                f"{path}{name}", "due" if name == "value" and names_date else name, value, place
            )
            for name, value in data.items()
        }

    def take_changes(self) -> list[str]:
        """What was resolved since the last call: `occurred: 20 March 2025 -> 2025-03-20`."""
        changes, self._changes = self._changes, []
        return changes

    def _value(self, path: str, name: str, value: Any, place: str) -> Any:
        if isinstance(value, list):
            return [self._value(path, name, each, place) for each in value]
        if isinstance(value, dict):
            return self.resolve(value, f"{path}.") if name in STRUCTURES else value
        if not isinstance(value, str):
            return value
        value = value.replace("\r\n", "\n").strip()
        resolved = self._text(path, name, value, place)
        if resolved != value:
            self._changes.append(f"{path}: {value} -> {resolved}")
        return resolved

    def _text(self, path: str, name: str, text: str, place: str) -> str:
        if name in DATES:
            try:
                return typed_date(text, self.now, self.zone, place).text
            except InvalidDate as error:
                hint = str(error.hint)
                if name in DATED_TERMS and "accepted forms" in hint:
                    hint += f", '{OF_ANOTHER}'"
                raise error.of_field(path, hint) from error
        if name in PARTIES:
            return self._party(path, text)
        if name in DURATIONS:
            return typed_duration(text)
        if name == "recurrence":
            return typed_recurrence(text)
        return self._zone(text) if name in ZONES else text

    def _party(self, path: str, text: str) -> str:
        if not text.isascii():
            from tracker.dates.written import plain_spaces

            text = plain_spaces(text)
        ids = self.registry.named(text)
        if ids == (text,) or not ids or self.is_party(text):
            return text
        if len(ids) > 1:
            raise InvalidEvent(
                f"{text!r} may be {' or '.join(ids)}",
                hint=f"write which one: {path}={f', or {path}='.join(ids)}",
            ).of_field(path)
        return ids[0]

    def _zone(self, text: str) -> str:
        """The zone of a city; a name that is none or several stays, and is refused as a zone."""
        if is_zone(text):
            return text
        from tracker.dates.places import zone_of_city

        return zone_of_city(text) or text


def names_party(events: Iterable[RecordedEvent], name: str) -> bool:
    """Whether some entries have a name as the id of a party."""
    return any(
        name == value or (isinstance(value, list) and name in value)
        for event in events
        for field, value in event.data.items()
        if field in PARTIES
    )
