"""How far the projection is, by the connection of the store alone or by another."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from events import EventStore, parse_instant
from events.database.engine import open_engine, read_snapshot, write_transaction
from tests.support.served import project, record
from tracker.projections.freshness import Freshness, freshness

MADE = "2026-02-01T12:00:00Z"


def both(database: str) -> tuple[Freshness, Freshness]:
    with EventStore.open(database) as store, read_snapshot(open_engine(database)) as connection:
        return freshness(store, connection), freshness(store)


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

    data = {"commitment": "c", "occurred": "2026-02-02", "text": "soon", "by": "NOR"}
    record(database, "a", "PositionStated", at="2026-02-02T12:00:00Z", **data)
    behind, by_store = both(database)
    assert (2, 3, behind) == (behind.position, behind.head, by_store)


@pytest.mark.parametrize(
    ("now", "is_behind"),
    [
        ("2026-04-10T11:59:59.9Z", False),
        ("2026-04-10T12:00:00Z", True),
        ("2026-04-10T12:00:00.3Z", True),
    ],
)
def test_a_change_has_come_from_its_instant_on(database: str, now: str, is_behind: bool) -> None:
    """Of two within one second the first counts, and a fraction of a second later it has come."""
    for name in ("a", "b"):
        heading = {"agreement": name, "title": "A", "parties": ["NOR"], "occurred": "2026-02-01"}
        record(database, name, "AgreementRecorded", at=MADE, **heading)
    project(database, parse_instant(MADE))
    with write_transaction(open_engine(database)) as connection:
        for name, at in (("a", "2026-04-10T12:00:00Z"), ("b", "2026-04-10T12:00:00.5Z")):
            query = text("UPDATE agreements SET refold_at = :at WHERE id = :id")
            connection.execute(query, {"at": at, "id": name})

    assert [is_behind] * 2 == [each.is_behind(parse_instant(now)) for each in both(database)]
