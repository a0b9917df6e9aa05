"""Nobody waits for ever on PostgreSQL, and every refusal says what to do."""

from __future__ import annotations

import re
import socket
import threading
from typing import Any

import psycopg
import pytest

from events import EventStore
from events.database.engine import open_engine, write_transaction
from events.database.table_writer import ConnectionTableWriter
from events.errors import AnswerLost, StoreUnavailable
from events.locks import AdvisoryLock
from events.postgres import connections
from tests.support.given import new
from tests.support.loopback import free_port

SOON = "options=-clock_timeout%3D150ms"


@pytest.fixture
def log(made_postgres: str) -> str:
    return made_postgres


def hold(db: psycopg.Connection, lock: AdvisoryLock) -> int:
    db.execute("SELECT pg_advisory_lock(%s)", (lock.value,))
    return db.info.backend_pid


def settings(db: Any) -> list[str]:
    return [db.execute(f"SHOW {name}").fetchone()[0] for name in connections.SERVER]


def test_every_connection_has_its_limits(log: str) -> None:
    """Store and engine give up a lock after 30 s and a silent transaction after 5 min."""
    with EventStore.open(log) as store, open_engine(log).connect() as connection:
        driver: Any = connection.connection.driver_connection
        store_limits = settings(store._db)  # type: ignore[attr-defined]

        assert [["30s", "5min"]] * 2 == [store_limits, settings(driver)]
        parameters = driver.info.get_parameters()
        assert {name: str(value) for name, (_, value) in connections.CLIENT.items()} == {
            name: parameters.get(name) for name in connections.CLIENT
        }


def test_what_the_address_or_the_environment_says_goes_first(
    log: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A limit of one's own stays."""
    monkeypatch.setenv("PGCONNECT_TIMEOUT", "7")
    with connections.connect(f"{log}?{SOON}&keepalives_idle=5") as db:
        parameters = db.info.get_parameters()

        assert ["150ms", "5min"] == settings(db)
        assert ("5", "7") == (parameters["keepalives_idle"], parameters["connect_timeout"])


@pytest.mark.parametrize("host", ["127.0.0.1", "/nowhere"])
def test_each_of_several_hosts_is_named_with_what_it_said(host: str) -> None:
    """The primary that is gone too, and not only the last, which may be a standby."""
    ports = [str(free_port()), str(free_port())]
    address = f"postgresql:///pactwatch?host={host},{host}&port={','.join(ports)}"
    with pytest.raises(StoreUnavailable) as caught:
        connections.connect(address)

    words = str(caught.value).partition(": connection failed: ")[2]
    assert 1 == len(words.splitlines())
    assert ports == re.findall("|".join(ports), words)


@pytest.mark.parametrize(
    ("change", "hint"),
    [
        (("/[^/]*$", "/no such"), "createdb, then: pactwatch --db 'postgresql://.*' db init"),
        (("$", "?target_session_attrs=standby"), "target_session_attrs=prefer-standby"),
        (("$", "?target_session_attr=any"), "postgresql://USER@HOST:PORT,HOST:PORT/DATABASE"),
        (("$", "?target_session_attrs=some"), "postgresql://USER@HOST:PORT,HOST:PORT/DATABASE"),
        (("postgres@", "outsider@"), "GRANT the roles that this login needs"),
        (("postgres@", "nobody:secret@"), r"let this login in: psql 'postgresql://nobody@127"),
    ],
)
def test_why_there_is_no_connection_decides_what_to_do(
    log: str, change: tuple[str, str], hint: str
) -> None:
    """Each of them is another thing to mend; none shows a password."""
    with psycopg.connect(log, autocommit=True) as db:
        db.execute("DROP ROLE IF EXISTS outsider")
        db.execute("CREATE ROLE outsider LOGIN")
    address = re.sub(*change, log, count=1)
    for opened in (EventStore.open, open_engine):
        with pytest.raises(StoreUnavailable) as refused:
            opened(address.replace(" ", "%20")).connect()  # type: ignore[attr-defined]

        assert re.search(hint, refused.value.hint)
        assert "secret" not in refused.value.message + refused.value.hint


def test_a_peer_that_never_answers_is_told_with_where_to_look() -> None:
    """As a pooler whose server is gone: it lets a client wait."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"postgresql://127.0.0.1:{silent.getsockname()[1]}/x?connect_timeout=2"
        with pytest.raises(StoreUnavailable, match="timeout expired") as refused:
            connections.connect(address)

    assert "a pooler that lets clients wait" in refused.value.hint


def test_an_append_that_waits_in_vain_names_the_session_that_holds_the_lock(log: str) -> None:
    """What was waited for, how long, who has it, and how to end that."""
    with psycopg.connect(log, autocommit=True) as other, EventStore.open(f"{log}?{SOON}") as store:
        pid = hold(other, AdvisoryLock.APPENDING)
        with pytest.raises(StoreUnavailable) as caught:
            store.append("a", [new("t", {}, "1")])

        assert "waited 150ms" in str(caught.value)
        assert f"the lock of appends is held by session {pid}" in str(caught.value)
        assert f"pg_terminate_backend({pid})" in caught.value.hint
        assert 0 == store.head()


def test_a_turn_that_waits_in_vain_names_the_session_that_holds_the_lock(log: str) -> None:
    """The engine of projections and mail says the same."""
    with psycopg.connect(log, autocommit=True) as other:
        pid = hold(other, AdvisoryLock.PROJECTING)
        with (
            pytest.raises(StoreUnavailable, match=f"turns and projections is held .* {pid}"),
            write_transaction(open_engine(f"{log}?{SOON}")),
        ):
            pass


def test_a_table_that_somebody_has_locked_is_named_first(log: str) -> None:
    """Before the lock of ours that a worker holds while it waits for the table itself."""
    with psycopg.connect(log) as other, psycopg.connect(log, autocommit=True) as worker:
        pid = other.info.backend_pid
        other.execute("LOCK TABLE events IN ACCESS EXCLUSIVE MODE")
        hold(worker, AdvisoryLock.PROJECTING)
        with (
            pytest.raises(StoreUnavailable) as caught,
            open_engine(f"{log}?{SOON}").connect() as connection,
        ):
            connection.exec_driver_sql("SELECT * FROM events")

    assert f"nothing was written: table events is held by session {pid}" in caught.value.message
    assert f"pg_terminate_backend({pid})" in caught.value.hint


def test_a_session_that_is_ended_is_told_in_words(log: str) -> None:
    """The engine of projections and mail has no words of its library for it."""
    with open_engine(log).connect() as connection, psycopg.connect(log, autocommit=True) as other:
        pid = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar()
        other.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))
        with pytest.raises(AnswerLost) as caught:
            connection.exec_driver_sql("SELECT 1")

    assert caught.value.message.startswith(f"{log}: terminating connection due to admin")
    assert "sqlalche" not in str(caught.value)


def test_rows_that_are_copied_are_refused_in_the_same_words(log: str) -> None:
    """COPY goes past the engine, to its driver."""
    with open_engine(log).connect() as connection:
        connection.exec_driver_sql("CREATE TABLE x (y INTEGER)")
        connection.exec_driver_sql("SET TRANSACTION READ ONLY")
        with pytest.raises(StoreUnavailable, match="read-only, as a standby is"):
            ConnectionTableWriter(connection).insert_many("x", [{"y": 1}])


def test_a_client_that_stands_still_in_a_transaction_stops_nobody_for_long(log: str) -> None:
    """The server ends it, and who waits goes on."""
    stopped = open_engine(f"{log}?options=-cidle_in_transaction_session_timeout%3D100ms")
    taken, entered = threading.Event(), threading.Event()
    words: list[str] = []

    def stand_still() -> None:
        try:
            with write_transaction(stopped) as connection:
                taken.set()
                entered.wait(60)
                connection.exec_driver_sql("SELECT 1")
        except Exception as error:
            words.append(str(error))

    worker = threading.Thread(target=stand_still)
    worker.start()
    taken.wait(60)
    with write_transaction(open_engine(log)):
        entered.set()
    worker.join()

    assert 1 == len(words)


def test_a_server_that_only_reads_says_so(log: str) -> None:
    """A standby answers a write with words, from store and engine."""
    standby = f"{log}?options=-cdefault_transaction_read_only%3Don"
    with (
        EventStore.open(standby, create=False) as store,
        pytest.raises(StoreUnavailable, match="read-only") as caught,
    ):
        store.append("a", [new("t", {}, "1")])
    with (
        pytest.raises(StoreUnavailable, match="read-only"),
        write_transaction(open_engine(standby)) as connection,
    ):
        connection.exec_driver_sql("CREATE TABLE t (x int)")

    assert "primary" in caught.value.hint


def test_an_address_of_two_hosts_works_for_store_and_engine(log: str) -> None:
    """libpq's own form: the first host does not answer, the second does."""
    both = log.replace("127.0.0.1:", "127.0.0.1:1,127.0.0.1:")
    with EventStore.open(both) as store, write_transaction(open_engine(both)) as connection:
        assert (0, 1) == (store.head(), connection.exec_driver_sql("SELECT 1").scalar())


def test_a_database_of_another_encoding_is_refused_by_name(postgres_server: str) -> None:
    """A server set up without a locale makes SQL_ASCII."""
    with psycopg.connect(postgres_server, autocommit=True) as db:
        db.execute(
            "CREATE DATABASE plain_ascii ENCODING 'SQL_ASCII' TEMPLATE template0 "
            "LC_COLLATE 'C' LC_CTYPE 'C'"
        )
    url = f"{postgres_server.rpartition('/')[0]}/plain_ascii"
    with pytest.raises(StoreUnavailable, match="SQL_ASCII, expected UTF8") as caught:
        EventStore.open(url)

    assert "createdb -E UTF8 -T template0" in caught.value.hint


def test_without_the_driver_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL is an extra of the installation."""
    monkeypatch.setattr("events.address.find_spec", lambda _: None)
    for opened in (EventStore.open, open_engine):
        with pytest.raises(StoreUnavailable, match="no driver") as caught:
            opened("postgresql://127.0.0.1:1/x")
        assert "pactwatch[postgres]" in caught.value.hint


KEPT = """
    SELECT generic_plans, custom_plans FROM pg_prepared_statements
    WHERE strpos(statement, 'FROM t WHERE') > 0
"""


def test_a_plan_made_while_a_table_was_empty_is_not_kept(log: str) -> None:
    """A turn fills tables in the session that asks them: each time it is planned for what is there.

    The store, whose statements each find one place in an index, lets the server keep its plans.
    """
    query = f"SELECT id FROM t WHERE id IN ({', '.join(['%s'] * 100)})"
    keys = tuple(map(str, range(100)))
    with write_transaction(open_engine(log)) as connection:
        connection.exec_driver_sql('CREATE TEMPORARY TABLE t (id text COLLATE "C" PRIMARY KEY)')
        for _ in range(20):
            connection.exec_driver_sql(query, keys)
        rows = "SELECT 'x' || md5(i::text) || i FROM generate_series(1, 3000) AS i"
        connection.exec_driver_sql(f"INSERT INTO t {rows}")
        for _ in range(20):
            connection.exec_driver_sql(query, keys)
        generic, custom = connection.exec_driver_sql(KEPT).one()
    with EventStore.open(log) as store:
        of_store = store._db.execute("SHOW plan_cache_mode").fetchone()  # type: ignore[attr-defined]

    assert 0 == generic
    assert custom >= 20
    assert ("auto",) == of_store
