"""What requests share is no longer trusted when the log behind it is another one."""

from __future__ import annotations

from pathlib import Path

import pytest

from events import EventStore, NewEvent, format_instant, parse_instant
from events.memory import MemoryEventStore
from tracker.entries.hidden_events import HiddenEvents
from web.model.memo import Marked, MarkedStreams, MemoCache, NewestEntry
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


def test_the_newest_entry_is_the_last_recorded_of_those_that_may_be_shown(tmp_path: Path) -> None:
    """Not the last of the log; and it is found again when other entries are hidden."""
    newest, hiding = NewestEntry(), Marked(frozenset("s"), HiddenEvents({"s": [(2, 2, "e2")]}))
    with EventStore.open(str(tmp_path / "log.db")) as store:
        for hour in (8, 10, 9):
            at = parse_instant(f"2026-03-02T{hour:02}:00:00Z")
            store.append("s", [NewEvent(type="t.v1", data={}, recorded_at=at)])
        answers = [newest.at_head(store, marked) for marked in (Marked(), hiding, hiding)]

    assert ["2026-03-02T10:00:00Z", *["2026-03-02T09:00:00Z"] * 2] == [
        at and format_instant(at) for at in answers
    ]
