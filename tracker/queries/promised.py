"""What each promise says, and where it was read: the cells that a sheet of promises has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct

from events import EventStore
from events.envelope import EventData
from tracker.entries.decoding import standing_events
from tracker.model.readings import last_moment


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
