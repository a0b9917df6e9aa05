"""How long does it take to verify a million events, and to prove one of them?"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks import facts
from benchmarks.facts import Load
from benchmarks.timing import clocked, progress, row, taking_turns, with_peak_memory
from events import EventStore
from events.transparency import verification
from events.transparency.proofs import prove_inclusion

LOAD = Load("log of 1,000,000 events", 1000, 1, 1000)
VERIFY, PROVE = "verify 1,000,000 events", "prove one event of 1,000,000"


def rows() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as place:
        path = str(Path(place) / "million.db")
        progress(f"{LOAD.name}: writing it")
        event_id = fill(path)
        yield verified(path)
        yield proof(path, event_id)


def fill(path: str) -> str:
    """Write the log; the id of an event in its middle."""
    with EventStore.open(path) as store:
        facts.begin(store, LOAD)
        facts.append(store, LOAD)
        return next(store.read_all(after=LOAD.total // 2, limit=1)).id


def verified(path: str) -> str:
    progress(f"{VERIFY}: once, in a process of its own")
    seconds, memory = with_peak_memory(verify, path)
    measured = f"{seconds:.1f} s, {LOAD.total / seconds:,.0f}/s, peak {memory:.0f} MiB"
    return row(VERIFY, measured, "-", "-", "-", "<= 10 s")


def verify(path: str) -> float:
    """Seconds to recompute every hash of the log."""
    with EventStore.open(path) as store:
        return clocked(lambda: _whole(verification.verify(store)))


def _whole(verified: verification.Verification) -> None:
    if verified.damage is not None:
        raise SystemExit(f"the log that was just written is damaged: {verified.damage}")


def proof(path: str, event_id: str) -> str:
    progress(f"{PROVE}: best of a hundred")
    seconds, memory = with_peak_memory(prove, path, event_id)
    measured = f"{seconds * 1000:.2f} ms, peak {memory:.0f} MiB"
    return row(PROVE, measured, "-", "-", "-", "<= 10 ms")


def prove(path: str, event_id: str) -> float:
    """Seconds to make the proof that one event is in the log."""
    with EventStore.open(path) as store:
        (seconds,) = taking_turns(
            lambda: clocked(lambda: prove_inclusion(store, event_id)), times=100
        )
        return seconds
