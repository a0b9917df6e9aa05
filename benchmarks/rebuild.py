"""How long does it take to make all projections anew from a million events, in how much memory?"""

from __future__ import annotations

import resource
import tempfile
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.rebuild_log import fill
from benchmarks.timing import clocked, progress, row, with_peak_memory
from events import EventStore
from events.database.engine import open_engine
from tracker.projections.processes import Processes, paying_jobs
from tracker.projections.rebuild import rebuild

EVENTS = 1_000_000
NOW = datetime(2024, 6, 1, tzinfo=UTC)


def rows() -> Iterator[str]:
    """In one process, then as the command does it: in a process a core where that pays."""
    with tempfile.TemporaryDirectory() as place:
        for events, goal in ((EVENTS // 10, "measured"), (EVENTS, "<= 60 s, flat memory")):
            path = str(Path(place) / f"{events}.db")
            progress(f"rebuild: a log of {events:,} events")
            with EventStore.open(path) as store:
                fill(store, events)
            for jobs in sorted({1, paying_jobs(events)}):
                (seconds, worker), memory = with_peak_memory(timed, path, jobs)
                measured = f"{seconds:.1f} s, {events / seconds:,.0f}/s, peak {memory:.0f} MiB"
                measured += f" and {worker:.0f} a process" if worker else ""
                shared = f"{jobs} processes" if jobs > 1 else "one process"
                what = f"rebuild projections of {events:,} events, in {shared}"
                yield row(what, measured, "-", "-", "-", goal if jobs > 1 else "measured")


def timed(path: str, jobs: int) -> tuple[float, float]:
    """Seconds of a rebuild, and the most memory that a process of its pool took, in MiB."""
    with (
        EventStore.open(path) as store,
        Processes(path, jobs) if jobs > 1 else nullcontext() as processes,
    ):
        seconds = clocked(lambda: rebuild(store, open_engine(path), NOW, processes=processes))
    return seconds, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
