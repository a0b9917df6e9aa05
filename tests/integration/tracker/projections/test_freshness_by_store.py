"""How far the projection is, asked by the connection of the store alone."""

from __future__ import annotations

from events import EventStore, parse_instant
from events.database.engine import open_engine, read_snapshot
from tests.support.served import project, record
from tracker.projections.freshness import Freshness, freshness, freshness_by_store

MADE = "2026-02-01T12:00:00Z"


def both(database: str) -> tuple[Freshness, Freshness]:
    with EventStore.open(database) as store, read_snapshot(open_engine(database)) as connection:
        return freshness(store, connection), freshness_by_store(store)


def test_one_connection_tells_the_same_as_two(database: str) -> None:
    """Before the first turn, after it, and with an entry that is not projected yet."""
    heading = {"agreement": "a", "title": "A", "parties": ["NOR"], "occurred": "2026-02-01"}
    record(database, "a", "AgreementRecorded", at=MADE, **heading)
    promise = {"commitment": "c", "kind": "achievement", "debtor": ["NOR"], "creditor": ["ISL"],
               "promise": "do it", "speaker": "NOR", "occurred": "2026-02-01"}  # fmt: skip
    before, by_store = both(database)
    assert (None, before) == (before.projected_at, by_store)

    record(database, "a", "CommitmentAccepted", at=MADE, terms={"due": "2026-04-10"}, **promise)
    project(database, parse_instant("2026-02-02T00:00:00Z"))
    projected, by_store = both(database)
    assert projected == by_store
    assert (2, 2, True) == (projected.position, projected.head, bool(projected.next_change_at))

    told = {"commitment": "c", "occurred": "2026-02-02", "text": "soon", "by": "NOR"}
    record(database, "a", "PositionStated", at="2026-02-02T12:00:00Z", **told)
    behind, by_store = both(database)
    assert (2, 3, behind) == (behind.position, behind.head, by_store)
