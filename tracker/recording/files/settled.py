"""Finds which conflicts of an event file the file settles itself, by corrections further down.

So desks agree by one correction: where the other registered the same otherwise, what counts of its
registration is how its own file corrects it.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from events import EventStoreError, RecordedEvent
from events.cloudevents import parse_line
from events.envelope import EventData
from tracker.entries.amendments import AMENDING, Amendments, short_type
from tracker.entries.streams import STATEMENTS
from tracker.recording.conflicts import ConflictDocument


def corrected_in_file(
    lines: Iterable[bytes], conflicts: Iterable[ConflictDocument]
) -> dict[str, EventData]:
    """What the file makes of each entry in conflict that it corrects, by the id of the entry."""
    ids = {conflict["in_file"]["id"] for conflict in conflicts}
    events: list[RecordedEvent] = []
    for number, line in enumerate(lines, start=1):
        with suppress(EventStoreError):
            event = parse_line(line)
            if event.id in ids or short_type(event) in AMENDING:
                stream, at, data = event.subject or STATEMENTS, event.time, event.data
                name = (event.id, event.type, event.source)
                events.append(RecordedEvent(number, stream, number, *name, at, data))
    amendments = Amendments(events)
    return {
        event.id: amendments.data(event)
        for event in events
        if event.id in ids and event.id in amendments.corrections
    }
