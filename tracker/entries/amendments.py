"""Decides which corrections and retractions count, and applies them to the entries they name. Pure.

An amendment is an entry too: one that is retracted no longer acts, one that is corrected acts as
corrected. An amendment names an earlier entry, so the newest are settled first.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable, Mapping
from functools import lru_cache
from operator import attrgetter
from typing import Any, Protocol

from events import RecordedEvent
from events.envelope import EventData
from events.upcasters import split_type

RETRACTED, CORRECTED, REVISED = "EntryRetracted", "EntryCorrected", "FindingRevised"
AMENDING = frozenset({RETRACTED, CORRECTED, REVISED})
POSITION = attrgetter("position")
AS_RECORDED = attrgetter("recorded_at", "position")
"""The corrections of two desks count in the order in which they were made, at both of them."""


class Amendments:
    """What became of each entry, by its id: corrected, retracted, revised."""

    def __init__(self, events: Iterable[RecordedEvent]) -> None:
        self.retracted_by: dict[str, RecordedEvent] = {}
        self.corrections: dict[str, list[RecordedEvent]] = {}
        self.revised_by: dict[str, RecordedEvent] = {}
        ordered = list(events)
        amending = [event for event in ordered if short_type(event) in AMENDING]
        places = {event.id: event.position for event in ordered} if amending else {}
        for event in sorted(amending, key=POSITION, reverse=True):
            target = self.data(event).get("event")
            # A log of another writer may name no entry, or a later one, which would never end.
            if not isinstance(target, str) or places.get(target, 0) >= event.position:
                continue
            if event.id not in self.retracted_by:
                self._act(event, target)

    def _act(self, event: RecordedEvent, target: str) -> None:
        if short_type(event) == RETRACTED:
            self.retracted_by.setdefault(target, event)
        elif short_type(event) == CORRECTED:
            insort(self.corrections.setdefault(target, []), event, key=AS_RECORDED)
        else:
            self.revised_by.setdefault(target, event)

    @property
    def is_empty(self) -> bool:
        """Whether every entry counts as it was recorded."""
        return not (self.retracted_by or self.corrections)

    def data(self, event: RecordedEvent) -> EventData:
        """The data of an entry with every correction that counts, the later over the earlier."""
        data = dict(event.data)
        for correction in self.corrections.get(event.id, ()):
            data = amended_data(data, replacement_of(self.data(correction)))
        return data

    def standing(self, event: RecordedEvent) -> bool:
        return event.id not in self.retracted_by


def replacement_of(data: Mapping[str, Any]) -> EventData:
    """The fields that an amendment replaces; none where it brings no object."""
    replacement = data.get("replacement")
    return replacement if isinstance(replacement, dict) else {}


def amended_data(data: EventData, replacement: EventData) -> EventData:
    """The data of an entry with some fields replaced.

    Null takes a field back, except a `value`, where it is an account's silence. A corrected date
    moves the event with it, unless the correction also says to when.
    """
    moved = "occurred" in replacement and "effective_at" not in replacement
    fields = {name: value for name, value in data.items() if not (moved and name == "effective_at")}
    taken_back = {name for name, value in replacement.items() if value is None} - {"value"}
    amended = fields | replacement
    return {name: value for name, value in amended.items() if name not in taken_back}


class Typed(Protocol):
    """Whatever has the full name of an event type."""

    @property
    def type(self) -> str: ...


def amended_id(event: RecordedEvent) -> str | None:
    """The id of the event that an event amends; None where it names none, as others may write."""
    target = event.data.get("event") if short_type(event) in AMENDING else None
    return target if isinstance(target, str) else None


def short_type(event: Typed) -> str:
    """Takes the name of a type from its full form: `pactwatch.RoundHeld.v1` -> `RoundHeld`."""
    return _last_part(event.type)


@lru_cache(maxsize=1024)
def _last_part(event_type: str) -> str:
    return split_type(event_type)[0].rpartition(".")[2]
