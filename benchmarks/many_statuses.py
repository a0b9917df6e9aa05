"""How long does a whole `status` take over ten thousand commitments?"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from benchmarks.many_promises import EACH, MADE, fill
from benchmarks.startup import pactwatch, run
from benchmarks.timing import progress, row, taking_turns
from events import EventStore
from events.database.engine import open_engine, write_transaction
from tracker.projections.catch_up import catch_up

COMMITMENTS = 10_000
PROJECTED = MADE + timedelta(days=30)


def rows() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as place:
        path = str(Path(place) / "many.db")
        progress(f"status: {COMMITMENTS:,} commitments")
        with EventStore.open(path) as store:
            fill(store, COMMITMENTS // EACH)
            with write_transaction(open_engine(path)) as connection:
                catch_up(store, connection, PROJECTED)
        command = [*pactwatch(path), "--now", "2025-02-10T00:00:00Z"]
        past = ["status", "--as-of", "2025-01-20T00:00:00Z", "--known-at", "2025-01-20T00:00:00Z"]
        timings = taking_turns(
            run([*command, "status"]),
            run([*command, "--json", "status"]),
            run([*command, "--json", *past]),
            times=3,
        )
    for what, seconds, goal in zip(
        ("status", "status --json", "status --json of the past, folded"),
        timings,
        ("<= 1 s", "<= 1 s", "measured"),
        strict=True,
    ):
        measured = f"{seconds:.2f} s"
        yield row(f"{what}, {COMMITMENTS:,} commitments (wall time)", measured, "-", "-", "-", goal)
