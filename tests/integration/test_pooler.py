"""pgbouncer before PostgreSQL: the next transaction may run in a session that others use too."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest

from events import EventStore
from events.database.engine import open_engine, read_snapshot, write_transaction
from events.errors import StoreUnavailable, WrongExpectedVersion
from events.locks import AdvisoryLock
from events.postgres import connections
from tests.support import forks
from tests.support.command import Command, plain_environment
from tests.support.given import new
from tests.support.pgbouncer import POOL_SIZE, pooler
from tests.support.postgres import NoPostgres
from tests.support.profiles import in_ci
from tests.support.served import EVENING, serving
from tests.support.waiting import eventually
from tracker.projections.reader import projected
from tracker.projections.rebuild import rebuild

PATIENCE = 30.0
KEY = AdvisoryLock.PROJECTING.value
SESSIONS = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


@pytest.fixture(scope="module", params=["transaction", "session"])
def pool(request: pytest.FixtureRequest, postgres_server: str) -> Iterator[str]:
    try:
        with pooler(postgres_server, request.param) as address:
            yield address
    except NoPostgres as error:
        if in_ci():
            pytest.fail(f"CI needs pgbouncer: {error}")
        pytest.skip(f"PGBOUNCER NOT TESTED: {error}")


@pytest.fixture
def pooled(pool: str, shipped_postgres: str) -> Iterator[str]:
    """The shipped data set by way of the pooler; nothing may be left on the server's sessions."""
    address = f"{pool.rpartition('/')[0]}/{shipped_postgres.rpartition('/')[2]}"
    yield address
    with psycopg.connect(shipped_postgres) as db:
        sessions = db.execute(SESSIONS).fetchone()
    assert sessions is not None
    assert sessions[0] > 0
    with ExitStack() as open_together:
        for _ in range(min(sessions[0], POOL_SIZE)):
            client = psycopg.connect(address, prepare_threshold=None)
            assert_untouched(open_together.enter_context(client))


def assert_untouched(session: psycopg.Connection) -> None:
    """Whether a session of the server is as a new one."""
    limits = [session.execute(f"SHOW {name}").fetchone() for name in connections.SERVER]
    assert [("0",), ("0",)] == limits
    assert ("off",) == session.execute("SHOW transaction_read_only").fetchone()
    for left in ("pg_prepared_statements", "pg_listening_channels() AS t"):
        assert [] == session.execute(f"SELECT * FROM {left}").fetchall(), left  # type: ignore[arg-type]
    query = "SELECT * FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"
    assert [] == session.execute(query).fetchall()
    assert (
        []
        == session.execute(
            "SELECT relname FROM pg_class WHERE pg_my_temp_schema() = relnamespace"
        ).fetchall()
    )


def test_many_appends_from_two_writers_and_a_reader(pooled: str) -> None:
    """No statement is prepared, so none is missing in the other session."""
    with EventStore.open(pooled, create=False, read_only=True) as reader:
        head = reader.head()

        def write(name: str) -> None:
            with EventStore.open(pooled) as store:
                for n in range(20):
                    store.append(name, [new("t", {}, f"{name}-{n}")], n)

        writers = [threading.Thread(target=write, args=(f"writer-{n}",)) for n in range(2)]
        for writer in writers:
            writer.start()
        while any(writer.is_alive() for writer in writers):
            assert len([*reader.read_all(head)]) <= 40
        for writer in writers:
            writer.join()

        assert head + 40 == reader.head()
        assert 20 == reader.stream_version("writer-0")
        with pytest.raises(StoreUnavailable, match="read-only"):
            reader.append("writer-0", [new("t", {}, "refused")])
    with EventStore.open(pooled) as store, pytest.raises(WrongExpectedVersion):
        store.append("writer-0", [new("t", {}, "late")], 3)


def test_the_limits_hold_within_each_transaction(pooled: str) -> None:
    """A lock is waited for no longer than elsewhere; the address cannot say so, as a pooler
    refuses it."""
    engine = open_engine(pooled)
    with EventStore.open(pooled) as store, store.exclusive():
        db = store._db  # type: ignore[attr-defined]
        assert ["30s", "5min"] == [
            db.execute(f"SHOW {name}").fetchone()[0] for name in connections.SERVER
        ]
    with write_transaction(engine) as connection:
        assert "30s" == connection.exec_driver_sql("SHOW lock_timeout").scalar()
    with read_snapshot(open_engine(pooled, read_only=True)) as connection:
        assert "on" == connection.exec_driver_sql("SHOW transaction_read_only").scalar()


def test_a_rebuild_keeps_its_session(pooled: str) -> None:
    """Others take any that is free between two transactions, and its new rows are in one alone."""
    is_over = threading.Event()

    def ask() -> None:
        with psycopg.connect(pooled, autocommit=True, prepare_threshold=None) as client:
            while not is_over.is_set():
                client.execute("SELECT pg_sleep(0.001)")

    others = [threading.Thread(target=ask) for _ in range(3)]
    for other in others:
        other.start()
    try:
        with EventStore.open(pooled) as store:
            done = [rebuild(store, open_engine(pooled), EVENING) for _ in range(4)]
            position = position_in(store)
    finally:
        is_over.set()
        for other in others:
            other.join()

    assert ([done[0]] * 4, position) == (done, done[0].position)


def test_commands_daemon_and_board_go_through_it(pooled: str, tmp_path: Path) -> None:
    """Record, tick, rebuild, import and the board, while a daemon takes turns and is woken."""
    environment = plain_environment(tmp_path) | {"PACTWATCH_DB": pooled}
    run = Command(tmp_path, environment)
    log = tmp_path / "log"
    with forks.running(("run", "--interval", "3600"), environment, tmp_path, log) as daemon:
        with serving(pooled) as board, EventStore.open(pooled, create=False) as reading:
            eventually(lambda: position_in(reading) > 0, "no turn is taken")
            for words in (
                "record PositionStated ep-rus text=x by=NOR",
                "subscribe add reader@example.org",
                "projection rebuild --yes",
                "projection rebuild --dry-run",
                "digest preview",
                "tick",
                "status",
            ):
                result = run(*words.split())
                assert 0 == result.code, (words, result.err)
                assert 200 == board.ask("/").status
            with EventStore.open(pooled) as store:
                head = store.append("elsewhere", [new("t", {}, "w")]).events[-1].position
            eventually(lambda: position_in(reading) == head, "the daemon is not woken")
        code, talk = forks.end(daemon, signal.SIGTERM, PATIENCE), log.read_text()
    assert (0, False) == (code, "WARNING" in talk or "ERROR" in talk), talk


def position_in(store: EventStore) -> int:
    reader = projected(store)
    return reader.position if reader else 0


def test_a_lock_that_is_not_given_is_said_by_name(pooled: str, shipped_postgres: str) -> None:
    """Who holds it is asked through the pooler, too."""
    with psycopg.connect(shipped_postgres, autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(%s)", (KEY,))
        with open_engine(pooled).connect() as connection, connection.begin():
            connection.exec_driver_sql("SET LOCAL lock_timeout = '100ms'")
            with pytest.raises(StoreUnavailable, match="lock of turns and projections is held by"):
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({KEY})")
