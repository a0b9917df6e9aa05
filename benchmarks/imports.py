"""How long does a file of events take to be judged, appended and projected, in how much memory?"""

from __future__ import annotations

import resource
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from benchmarks.rebuild_log import PER_AGREEMENT, life
from benchmarks.timing import progress, row, with_peak_memory
from events import EventStore, RecordedEvent
from events.cloudevents import bounded_lines, encode
from events.database.engine import open_engine, write_transaction
from tracker.projections.catch_up import catch_up
from tracker.recording.accepted import append_accepted
from tracker.recording.files.long_file import judge_file

SMALL, LARGE = 10_000, 100_000
NOW = datetime(2024, 6, 1, tzinfo=UTC)


class Import(NamedTuple):
    """Seconds for judging alone and for all of it, CPU of all processes, MiB of the largest."""

    judged: float
    whole: float
    cpu: float
    of_a_worker: float


def rows() -> Iterator[str]:
    """Two sizes: the same rate for both is linear, the same peak would be flat memory."""
    with tempfile.TemporaryDirectory() as place:
        rates = {}
        for events in (SMALL, LARGE):
            file = Path(place) / f"{events}.jsonl"
            progress(f"import: a file of {events:,} events")
            write_file(file, events)
            done, memory = with_peak_memory(imported, str(file))
            rates[events] = events / done.whole
            peaks = f"peak {memory:.0f} MiB"
            if done.of_a_worker:
                peaks += f" and {done.of_a_worker:.0f} a process"
            rate = f"{rates[events]:,.0f}/s, {done.cpu / events * 1e6:.0f} µs of CPU each"
            what = f"import {events:,} events, judged and projected"
            yield row(what, f"{done.whole:.1f} s, {rate}, {peaks}", "-", "-", "-", ">= 10,000/s")
            yield row("of it judging", f"{events / done.judged:,.0f}/s", "-", "-", "-", "measured")
        small, large = rates[SMALL], rates[LARGE]
    whole = (f"{large:,.0f}/s", f"{small:,.0f}/s", f"{SMALL:,} events", f"{large / small:.2f}x")
    yield row(f"import of {LARGE:,} events, is it linear?", *whole, "near 1")


def write_file(file: Path, events: int) -> None:
    """Writes the log of the rebuild as an event file, agreement after agreement in turn."""
    with file.open("wb") as lines:
        for n, (stream, new) in enumerate(life(events, events // PER_AGREEMENT), start=1):
            assert new.recorded_at is not None
            lines.write(
                encode(
                    RecordedEvent(
                        n, stream, 1, new.id, new.type, new.source, new.recorded_at, new.data
                    )
                )
            )


def imported(path: str) -> Import:
    """Imports a file as the command does, into a new database."""
    database = f"{path}.db"
    begun = time.perf_counter()
    with EventStore.open(database, create=True) as store, Path(path).open("rb") as file:
        accepted = judge_file(bounded_lines(file), store, NOW, database)
        judged = time.perf_counter() - begun
        append_accepted(store, accepted)
        with write_transaction(open_engine(database)) as connection:
            catch_up(store, connection, NOW, judged=accepted.folded)
    whole = time.perf_counter() - begun
    own, workers = (
        resource.getrusage(each) for each in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    cpu = own.ru_utime + own.ru_stime + workers.ru_utime + workers.ru_stime
    return Import(judged, whole, cpu, workers.ru_maxrss / 1024)
