"""What requests share is no longer trusted when the log behind it is another one."""

from __future__ import annotations

from events import NewEvent, parse_instant
from events.memory import MemoryEventStore
from web.model.memo import MarkedStreams
from web.settings import Site

NOW = parse_instant("2026-03-02T08:00:00Z")


def log(*marks: str) -> MemoryEventStore:
    """One stream a mark, each with one event."""
    store = MemoryEventStore(lambda: NOW)
    for number, mark in enumerate(marks):
        store.append(f"s{number}", [NewEvent(type="t.v1", data={"tlp": mark}, recorded_at=NOW)])
    return store


def test_a_shorter_log_is_read_anew() -> None:
    """A backup that was restored under a running board may have its marks at other places."""
    site = Site(db="unused", clock=lambda: NOW)
    streams = MarkedStreams()

    assert {"s2"} == streams.at_head(log("CLEAR", "CLEAR", "RED"), site)
    assert {"s1"} == streams.at_head(log("CLEAR", "AMBER"), site)
