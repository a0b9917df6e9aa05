"""How fast is a commit on SQLite, alone and a thousand together, with synchronous=FULL?"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks import facts, peer, raw_sqlite
from benchmarks.facts import Load
from benchmarks.timing import clocked, progress, speed, taking_turns
from events import EventStore

SINGLE = "append 1 a commit, SQLite"
LOADS = (
    (Load(SINGLE, 1000, 1, 1), ">= 1.5"),
    (Load("append 1000 a commit to one stream, SQLite", 10, 1, 1000), ">= 3"),
    (Load("append 1000 a commit over 100 streams, SQLite", 10, 100, 10), ">= 3"),
)


def rows() -> Iterator[str]:
    for load, goal in LOADS:
        progress(f"{load.name}: {load.total} events, five rounds")
        with tempfile.TemporaryDirectory() as place:
            yield from _compared(load, goal, Path(place))


def _compared(load: Load, goal: str, place: Path) -> Iterator[str]:
    written = place / "written.db"
    ours(load, written)
    precomputed = raw_sqlite.rows_of(written)
    mine, other, floor = taking_turns(
        lambda: ours(load, _fresh(place)),
        lambda: peers(load, _fresh(place)),
        lambda: raw(load, precomputed, written, _fresh(place)),
    )
    yield speed(load.name, load.total, mine, other, peer.NAME, goal)
    yield speed(load.name, load.total, mine, floor, "raw apsw, rows ready", "measured")


def _fresh(place: Path) -> Path:
    """A path in an empty folder of its own."""
    return Path(tempfile.mkdtemp(dir=place)) / "bench.db"


def ours(load: Load, path: Path) -> float:
    with EventStore.open(str(path)) as store:
        peer.check_durable(vars(store)["_db"].cursor(), "our store")
        facts.begin(store, load)
        return clocked(lambda: facts.append(store, load))


def peers(load: Load, path: Path) -> float:
    with peer.on_sqlite(path) as ledger:
        agreements = peer.begin(ledger, load.streams)
        return clocked(lambda: peer.save(ledger, agreements, load))


def raw(load: Load, precomputed: raw_sqlite.Rows, written: Path, path: Path) -> float:
    first, timed = precomputed[: load.streams], precomputed[load.streams :]
    with raw_sqlite.empty_copy(written, path) as db:
        raw_sqlite.insert(db, first, load.streams)
        return clocked(lambda: raw_sqlite.insert(db, timed, load.a_commit))
