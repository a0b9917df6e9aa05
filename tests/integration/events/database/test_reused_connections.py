"""Transactions of one thread on one connection, which is closed with the block."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from threading import Thread

import apsw
import psycopg
import pytest
from sqlalchemy import Engine, text

from events import EventStore
from events.database.engine import open_engine, reused_connections, write_transaction

BACKEND = text("SELECT pg_backend_pid()")


@pytest.fixture
def backends(postgres_server: str) -> Engine:
    """An engine on PostgreSQL, where a connection has a process with a number."""
    return open_engine(postgres_server)


def backend(engine: Engine) -> int:
    with write_transaction(engine) as connection:
        return int(connection.execute(BACKEND).scalar_one())


def test_transactions_follow_each_other_on_one_connection(backends: Engine) -> None:
    """In the block one for all, outside one for each."""
    with reused_connections(backends):
        inside = {backend(backends) for _ in range(3)}

    assert 1 == len(inside)
    assert 2 == len({backend(backends), backend(backends)} - inside)


def test_another_thread_has_a_connection_of_its_own(backends: Engine) -> None:
    """Nothing is handed from thread to thread."""
    seen: list[int] = []
    with reused_connections(backends):
        own = backend(backends)
        other = Thread(target=lambda: seen.append(backend(backends)))
        other.start()
        other.join()

    assert own not in seen
    assert 1 == len(seen)


def test_a_connection_that_the_server_ended_is_replaced(
    backends: Engine, postgres_server: str
) -> None:
    """Between two transactions of a block nothing is lost by it."""
    with reused_connections(backends):
        first = backend(backends)
        with psycopg.connect(postgres_server, autocommit=True) as db:
            db.execute("SELECT pg_terminate_backend(%s, 5000)", (first,))
        second = backend(backends)

    assert first != second


def test_what_failed_is_rolled_back_before_the_next(backends: Engine) -> None:
    """A transaction that raises leaves the connection as a new one would be."""
    with reused_connections(backends):
        with suppress(ZeroDivisionError), write_transaction(backends) as connection:
            connection.execute(text("CREATE TABLE half (id int)"))
            raise ZeroDivisionError
        with write_transaction(backends) as connection:
            there = connection.execute(text("SELECT to_regclass('half')")).scalar_one()

    assert there is None


def test_no_connection_outlives_the_block(tmp_path: Path) -> None:
    """On SQLite the file is whole then: its WAL has gone with the last connection."""
    path = tmp_path / "pactwatch.db"
    EventStore.open(str(path)).close()
    before = set(map(id, apsw.connections()))
    with reused_connections(engine := open_engine(str(path))):
        for _ in range(2):
            with write_transaction(engine) as connection:
                connection.execute(text("CREATE TABLE IF NOT EXISTS one (id int)"))
        inside = set(map(id, apsw.connections())) - before

    assert 1 == len(inside)
    assert set() == set(map(id, apsw.connections())) - before
    assert ["pactwatch.db"] == [file.name for file in tmp_path.iterdir()]
