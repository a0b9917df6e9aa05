"""How long does it take to make all projections anew from a million events, in how much memory?"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.rebuild_log import fill
from benchmarks.timing import clocked, progress, row, with_peak_memory
from events import EventStore
from events.database.engine import open_engine
from tracker.projections.rebuild import rebuild

EVENTS = 1_000_000
NOW = datetime(2024, 6, 1, tzinfo=UTC)


def rows() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as place:
        for events, goal in ((EVENTS // 10, "measured"), (EVENTS, "<= 60 s, flat memory")):
            path = str(Path(place) / f"{events}.db")
            progress(f"rebuild: a log of {events:,} events")
            with EventStore.open(path) as store:
                fill(store, events)
            seconds, memory = with_peak_memory(timed, path)
            measured = f"{seconds:.1f} s, {events / seconds:,.0f}/s, peak {memory:.0f} MiB"
            yield row(f"rebuild projections of {events:,} events", measured, "-", "-", "-", goal)


def timed(path: str) -> float:
    with EventStore.open(path) as store:
        return clocked(lambda: rebuild(store, open_engine(path), NOW))
