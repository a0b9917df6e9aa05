"""How fast is a log read back and decoded, from its first event to its last?"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import msgspec
from eventsourcing.persistence import Notification

from benchmarks import facts, peer, raw_sqlite
from benchmarks.facts import Load
from benchmarks.timing import clocked, progress, speed, taking_turns
from events import EventStore

LOAD = Load("replay and decode 100,000 events, SQLite", 100, 100, 10)
PAGE = 1000


def rows() -> Iterator[str]:
    progress(f"{LOAD.name}: writing both logs")
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        _fill(place)
        with (
            EventStore.open(str(place / "ours.db")) as store,
            peer.on_sqlite(place / "peer.db") as ledger,
        ):
            yield from _compared(store, ledger, place / "ours.db")


def _fill(place: Path) -> None:
    with EventStore.open(str(place / "ours.db")) as store:
        facts.begin(store, LOAD)
        facts.append(store, LOAD)
    with peer.on_sqlite(place / "peer.db") as ledger:
        peer.save(ledger, peer.begin(ledger, LOAD.streams), LOAD)


def _compared(store: EventStore, ledger: peer.Ledger, path: Path) -> Iterator[str]:
    progress(f"{LOAD.name}: five rounds")
    mine, other, floor = taking_turns(
        lambda: clocked(lambda: _same(sum(1 for _ in store.read_all()))),
        lambda: clocked(lambda: _same(_peers(ledger))),
        lambda: clocked(lambda: _same(_raw(path))),
    )
    yield speed(LOAD.name, LOAD.total, mine, other, peer.NAME, ">= 2")
    yield speed(LOAD.name, LOAD.total, mine, floor, "raw apsw + msgspec", "measured")


def _same(count: int) -> None:
    assert count == LOAD.total + LOAD.streams, count


def _peers(ledger: peer.Ledger) -> int:
    """Notifications by pages, each made a domain event: how the peer feeds its projections."""
    decode = ledger.mapper.to_domain_event
    return sum(decode(stored) is not None for page in _pages(ledger) for stored in page)


def _pages(ledger: peer.Ledger) -> Iterator[list[Notification]]:
    last = 0
    while page := ledger.recorder.select_notifications(last + 1, PAGE):
        yield list(page)
        last = page[-1].id


def _raw(path: Path) -> int:
    decode = msgspec.json.decode
    with raw_sqlite.connection(path) as db:
        rows = db.execute("SELECT * FROM events ORDER BY position")
        return sum(1 for row in rows if decode(row[7]))
