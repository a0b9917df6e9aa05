"""When promises end: every open reading, and what each says and where, for a sheet of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct

from events import EventStore, parse_instant
from events.envelope import EventData
from tracker.documents.readings import (
    AwaitedEnd,
    OpenReading,
    awaited_ends_of_document,
    by_end,
    open_readings_of_document,
)
from tracker.entries.decoding import standing_events
from tracker.entries.unreadable import UnreadableDocument
from tracker.model.readings import last_moment
from tracker.model.vocabulary import OPEN_STATES
from tracker.queries.status import each_agreement
from tracker.spool import SpooledDocuments, sorted_on_disk


class Deadlines(Struct, frozen=True):
    """The open readings, of what the date is not known yet, and what cannot be read."""

    answers: Sequence[OpenReading]
    awaiting: Sequence[AwaitedEnd]
    unreadable: list[UnreadableDocument]


def deadlines(
    store: EventStore,
    as_of: datetime,
    known_at: datetime,
    until: datetime | None,
    tag: str | None = None,
) -> Deadlines:
    """Every reading of every open term after `as_of`, soonest first; with a tag or of all.

    They wait on disk, so that the answer of a large record takes little memory.
    """
    unreadable: list[UnreadableDocument] = []
    awaiting = SpooledDocuments()

    def readings() -> Iterator[OpenReading]:
        for agreement in each_agreement(store, as_of, known_at, unreadable):
            for c in agreement["commitments"]:
                if c["state"] in OPEN_STATES and tag in (None, *agreement["tags"]):
                    for awaited in awaited_ends_of_document(agreement["id"], c):
                        awaiting.add(awaited)
                    yield from open_readings_of_document(agreement["id"], c)

    with store.snapshot():
        due = (r for r in readings() if until is None or parse_instant(r["at"]) <= until)
        return Deadlines(sorted_on_disk(due, by_end), awaiting, unreadable)


class Promised(Struct):
    """The text of a promise, and the address that its first entry gives."""

    promise: str = ""
    url: str = ""


def promised(
    store: EventStore, agreements: Iterable[str], known_at: datetime
) -> dict[str, Promised]:
    """Every promise of some agreements by its id, as it was known at an instant."""
    promises: dict[str, Promised] = {}
    for agreement in dict.fromkeys(agreements):
        known = [e for e in store.read_stream(agreement) if e.recorded_at <= known_at]
        for event in standing_events(known):
            name = event.data.get("commitment")
            if isinstance(name, str):
                each = promises.setdefault(name, Promised())
                each.promise = each.promise or str(event.data.get("promise") or "")
                each.url = each.url or source_url(event.data)
    return promises


def source_url(data: EventData) -> str:
    """The address that an entry gives as its source; empty without one."""
    source = data.get("source")
    url = source.get("url") if isinstance(source, dict) else None
    return url if isinstance(url, str) else ""


def day_of(reading: Mapping[str, object]) -> str:
    """The last day of a reading as a date, as it was promised: an end of day is that day."""
    return last_moment(reading).isoformat()[:10]


def last_day(commitment: Mapping[str, Any]) -> str:
    """The last day of a promise as now counted; empty where it has no end."""
    latest = commitment["latest"]
    ends = (reading for reading in commitment["readings"] if reading.get("at") == latest)
    end = next(ends, None)
    return day_of(end) if latest and end else ""
