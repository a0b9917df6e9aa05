"""What requests share is no longer trusted when the log behind it is another one."""

from __future__ import annotations

import pytest

from events import NewEvent, parse_instant
from events.memory import MemoryEventStore
from web.model.memo import MarkedStreams, MemoCache
from web.settings import Site

NOW = parse_instant("2026-03-02T08:00:00Z")


def log(*marks: str) -> MemoryEventStore:
    """One stream a mark, each with one event."""
    store = MemoryEventStore(lambda: NOW)
    for number, mark in enumerate(marks):
        store.append(f"s{number}", [NewEvent(type="t.v1", data={"tlp": mark}, recorded_at=NOW)])
    return store


@pytest.mark.parametrize("later", [(), ("CLEAR",), ("CLEAR", "CLEAR")])
def test_another_log_is_read_anew(later: tuple[str, ...]) -> None:
    """A backup restored under a running board has other marks, however long it has become."""
    site = Site(db="unused", clock=lambda: NOW)
    streams = MarkedStreams()

    assert {"s2"} == streams.at_head(log("CLEAR", "CLEAR", "RED"), site).streams
    assert {"s1"} == streams.at_head(log("CLEAR", "AMBER", *later), site).streams


def test_only_the_news_of_a_log_are_read() -> None:
    """What was read stays known while the log grows."""
    site, streams = Site(db="unused", clock=lambda: NOW), MarkedStreams()
    store = log("CLEAR", "RED")
    streams.at_head(store, site)
    store.append("s5", [NewEvent(type="t.v1", data={"tlp": "RED"}, recorded_at=NOW)])

    assert {"s1", "s5"} == streams.at_head(store, site).streams
    assert 3 == streams.position


def test_the_answers_used_last_are_kept() -> None:
    """As many as there are places, each computed once while it has its own."""
    cache, computed = MemoCache(2), []
    for key in "abacab":
        cache.get(key, lambda key=key: computed.append(key))  # type: ignore[misc]

    assert ["a", "b", "c", "b"] == computed
    assert 2 == len(cache)
