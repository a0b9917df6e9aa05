"""Alerts are noticed some agreements at a time: the same ones, whatever happens in between."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, text

from events import EventStore, format_instant
from events.database.engine import open_engine, write_transaction
from notifications.alerts import noticing
from notifications.alerts.cursor import read_cursor
from notifications.alerts.noticing import Noticing
from notifications.alerts.stored import read_alerts
from notifications.planning.set_back import begin_noticing
from notifications.tables import create_tables
from tests.support.dataset import EVENING
from tracker.projections.catch_up import catch_up

LATER = EVENING + timedelta(days=40)
IN_2030 = EVENING + timedelta(days=1800)
TURNS = (EVENING, IN_2030, LATER)
"""The second by a clock that is ahead: what it noticed is withdrawn."""
Rows = list[tuple[Any, ...]]


@pytest.fixture
def log(request: pytest.FixtureRequest) -> EventStore:
    """The shipped data set."""
    store: EventStore = request.getfixturevalue(getattr(request, "param", "store"))
    return store


@pytest.fixture
def postgres_log(shipped_postgres: str) -> Iterator[EventStore]:
    with EventStore.open(shipped_postgres) as opened:
        yield opened


@pytest.fixture
def desk(log: EventStore, request: pytest.FixtureRequest) -> Engine:
    is_postgres = "postgres_log" in request.fixturenames
    url = str(request.getfixturevalue("shipped_postgres" if is_postgres else "database"))
    engine = open_engine(url)
    with write_transaction(engine) as connection:
        create_tables(connection)
    return engine


@pytest.fixture
def in_small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each agreement is looked at in a transaction of its own."""
    monkeypatch.setattr(noticing, "CHANGES_TOGETHER", 1)


def begin(log: EventStore, connection: Connection, now: datetime) -> Noticing:
    return begin_noticing(connection, now, catch_up(log, connection, now).position)


def rows(connection: Connection) -> Rows:
    """The tables of alerts as they stand."""
    alerts = connection.execute(text("SELECT * FROM alerts ORDER BY seq"))
    return [*map(tuple, alerts), tuple(read_cursor(connection) or ())]


def tried(log: EventStore, engine: Engine, *turns: datetime) -> list[Rows]:
    """The tables after each of these turns, in a transaction that is rolled back."""
    tables = []
    with write_transaction(engine) as connection, connection.begin_nested() as savepoint:
        for now in turns:
            begin(log, connection, now).take_all(connection)
            tables.append(rows(connection))
        savepoint.rollback()
    return tables


def cut_off(log: EventStore, engine: Engine, now: datetime, parts: int) -> None:
    """A turn that ends after some of its parts, each committed."""
    with write_transaction(engine) as connection:
        turn = begin(log, connection, now)
    for _ in range(parts):
        with write_transaction(engine) as connection:
            turn.take_part(connection)
    assert not turn.is_over, "the turn has come to its end"


def turn_of(log: EventStore, engine: Engine, now: datetime) -> Rows:
    with write_transaction(engine) as connection:
        begin(log, connection, now).take_all(connection)
        return rows(connection)


def test_many_parts_make_the_same_tables_as_one(
    log: EventStore, desk: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also what is withdrawn and resolved, and every number."""
    whole = tried(log, desk, *TURNS)
    monkeypatch.setattr(noticing, "CHANGES_TOGETHER", 1)

    assert whole == tried(log, desk, *TURNS)
    assert [True] * len(TURNS) == [len(table) > 1 for table in whole]


@pytest.mark.usefixtures("in_small_parts")
def test_a_turn_that_is_cut_off_loses_and_doubles_nothing(log: EventStore, desk: Engine) -> None:
    """The next one ends with the same tables, and until then nothing is on record."""
    [whole] = tried(log, desk, EVENING)
    for parts in (1, 3):
        cut_off(log, desk, EVENING, parts)
        with desk.connect() as connection:
            assert ([], None) == (read_alerts(connection), read_cursor(connection))

    assert whole == turn_of(log, desk, EVENING)


@pytest.mark.usefixtures("in_small_parts")
@pytest.mark.parametrize("earlier", [(), (EVENING,)])
def test_what_a_wrong_clock_has_left_in_half_is_on_record_nowhere(
    log: EventStore, desk: Engine, earlier: tuple[datetime, ...]
) -> None:
    """A turn in 2030 is cut off, the first one or another; what it stored comes in its time."""
    *_, whole = tried(log, desk, *earlier, LATER)
    for now in earlier:
        turn_of(log, desk, now)
    cut_off(log, desk, IN_2030, 4)

    assert whole == turn_of(log, desk, LATER)


@pytest.mark.usefixtures("in_small_parts")
def test_two_turns_at_once_make_the_tables_of_one(log: EventStore, desk: Engine) -> None:
    """They take parts by turns; the one that is second sees that all is done."""
    [whole] = tried(log, desk, EVENING)
    with write_transaction(desk) as connection:
        turns = [begin(log, connection, EVENING) for _ in range(2)]
    while not all(turn.is_over for turn in turns):
        for turn in turns:
            with write_transaction(desk) as connection:
                turn.take_part(connection)
    with desk.connect() as connection:
        assert whole == rows(connection)

    assert [True, False] == sorted((bool(turn.numbers) for turn in turns), reverse=True)
    assert format_instant(EVENING) == whole[-1][2]
