"""Projection tables: rebuilt equals live, and a tick touches only what is due."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, select

from events import EventStore, parse_instant
from events.database.engine import open_engine, write_transaction
from events.database.owned_tables import table_of
from tests.support.dataset import EVENING
from tests.support.profiles import examples
from tracker.projections import catch_up as projections
from tracker.projections.rebuild import rebuild
from tracker.projections.tables import TABLES
from tracker.queries.status import status


def contents(connection: Connection) -> dict[str, list[Any]]:
    """Every row of every table, but for the count of rebuilds."""
    tables = {}
    for row in TABLES:
        columns = [column for column in table_of(row).columns if column.name != "version"]
        tables[row.__name__] = sorted(map(repr, connection.execute(select(*columns)).all()))
    return tables


def test_a_rebuild_equals_what_was_kept_up_to_date(store: EventStore, engine: Engine) -> None:
    """Six weeks of half days, then everything anew: the same rows."""
    with write_transaction(engine) as connection:
        for step in range(85):
            projections.catch_up(store, connection, EVENING + step * timedelta(hours=12))
        live = contents(connection)
    rebuild(store, engine)
    with write_transaction(engine) as connection:
        assert live == contents(connection)


@settings(max_examples=examples(25), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(hours=st.lists(st.integers(0, 24 * 60), min_size=1, max_size=6))
def test_rows_depend_on_the_instant_and_not_on_the_way_there(
    store: EventStore, database: str, hours: list[int]
) -> None:
    """Ticks in any order, back and forth, leave the rows of the last one."""
    engine = open_engine(database)
    with write_transaction(engine) as connection:
        for hour in hours:
            projections.catch_up(store, connection, EVENING + timedelta(hours=hour))
        walked = contents(connection)
    rebuild(store, engine)
    with write_transaction(engine) as connection:
        assert walked == contents(connection)


def test_a_turn_folds_only_what_is_due(store: EventStore, engine: Engine) -> None:
    """As the swap's first reading ends one agreement is folded, not fifteen."""
    with write_transaction(engine) as connection:
        first = projections.catch_up(store, connection, EVENING)
        quiet = projections.catch_up(store, connection, EVENING + timedelta(hours=1))
        projections.catch_up(store, connection, parse_instant("2025-03-19T20:59:59Z"))
        due = projections.catch_up(store, connection, parse_instant("2025-03-19T22:00:00Z"))

    assert (first.folded, quiet.folded, due.folded) == (15, 0, 1)


def test_the_tables_say_what_the_fold_says(store: EventStore, engine: Engine) -> None:
    """Every commitment's row agrees with the answer folded from the log."""
    at = parse_instant("2025-04-17T12:00:00Z")
    with write_transaction(engine) as connection:
        projections.catch_up(store, connection, at)
        table = TABLES[1].__table__  # type: ignore[attr-defined]
        rows = {row.id: (row.state, row.timing) for row in connection.execute(select(table))}
    document = status(store, at, at)

    assert rows == {
        c["id"]: (c["state"], c["timing"]) for a in document["agreements"] for c in a["commitments"]
    }


def test_events_recorded_after_the_instant_are_not_yet_known(
    store: EventStore, engine: Engine
) -> None:
    """A turn in the past knows what was recorded by then; a later one catches up."""
    with write_transaction(engine) as connection:
        before = projections.catch_up(store, connection, parse_instant("2025-03-18T20:00:00Z"))
        none = contents(connection)["CommitmentRow"]
        after = projections.catch_up(store, connection, EVENING)

        assert (before.folded, none, after.folded, len(contents(connection)["CommitmentRow"])) == (
            15,
            [],
            15,
            18 + 1,
        )
