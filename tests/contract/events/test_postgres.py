"""What PostgreSQL adds: rights that keep a writer from rewriting, durability, order under load."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import ExitStack

import psycopg
import pytest
from sqlalchemy import make_url

from events import EventStore, NewEvent
from events.errors import NotDurable, StoreNotFound, StoreUnavailable
from events.postgres.roles import ROLES
from events.postgres.schema import REFUSED
from events.transparency.verification import verify
from tests.support.fixtures import Databases
from tests.support.given import new
from tests.support.profiles import examples
from tests.support.writers import codes_of_writers

COLUMNS = "stream, version, id, type, source, recorded_at, data"
ROW = "'a', NULL, 'n', 't', 's', '2026-01-01T00:00:00Z', '{}'"


@pytest.fixture(scope="module")
def log_template(databases: Databases, made_template: str) -> str:
    """A log with two events, and every package's tables: to be copied."""
    address = databases(made_template)
    with EventStore.open(address) as store:
        noted = NewEvent(type="t", data={"note": "x"}, id="1", erasable=("note",))
        store.append("a", [noted, new("t", {}, "2")])
    return address


@pytest.fixture
def log(make_database: Databases, log_template: str) -> str:
    """The address of such a log of its own."""
    return make_database(log_template)


def login(address: str, role: str) -> str:
    """The address for a login that has one role and nothing else."""
    url = make_url(address)
    name = f"login_{role}"
    with psycopg.connect(address, autocommit=True) as db:
        existing = db.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (name,)).fetchone()
        if not existing:
            db.execute(f"CREATE ROLE {name} LOGIN")
        db.execute(f"GRANT {role} TO {name}")
    return url.set(username=name).render_as_string(hide_password=False)


def may(db: psycopg.Connection, statement: str) -> bool:
    """Whether a statement is allowed in a session; it is rolled back."""
    try:
        db.execute(statement)
    except psycopg.DatabaseError as error:
        refusals = (psycopg.errors.InsufficientPrivilege, psycopg.errors.ReadOnlySqlTransaction)
        if isinstance(error, refusals) or error.sqlstate == REFUSED:
            return False
        raise
    finally:
        db.rollback()
    return True


MATRIX = {
    "SELECT * FROM events": {"writer", "projector", "notifier"},
    f"INSERT INTO events ({COLUMNS}) VALUES ({ROW})": {"writer"},
    f"INSERT INTO events (position, {COLUMNS}) VALUES (9, {ROW})": set(),
    f"INSERT INTO events (leaf, {COLUMNS}) VALUES ('x', {ROW})": set(),
    "UPDATE events SET type = 'u'": set(),
    "DELETE FROM events": set(),
    "TRUNCATE events CASCADE": set(),
    f"INSERT INTO events ({COLUMNS}) VALUES ({ROW}) ON CONFLICT (id) DO UPDATE SET id = ''": set(),
    "ALTER TABLE events DISABLE TRIGGER ALL": set(),
    "DROP TABLE events CASCADE": set(),
    "SET session_replication_role = replica": set(),
    "CREATE TABLE mine (x int)": set(),
    "CREATE TEMP TABLE events (x int)": set(),
    "UPDATE event_counter SET position = 9": set(),
    "UPDATE event_texts SET text = 'other'": set(),
    "DELETE FROM event_texts": {"writer"},
    "SELECT * FROM commitments": {"writer", "projector", "notifier"},
    "SELECT * FROM reporting_commitments": {"reader"},
    "SELECT * FROM reporting_events": {"reader"},
    "SELECT * FROM reporting_deliveries": {"reader"},
    "SELECT * FROM incidents": {"writer", "projector", "notifier"},
    "CREATE VIEW mine AS SELECT 1": set(),
    "DELETE FROM commitments": {"projector"},
    "SELECT * FROM subscriptions": {"notifier"},
    "INSERT INTO alert_cursor (position, instant, seq) VALUES (1, '', 1)": {"notifier"},
    "SELECT * FROM alembic_version": {"writer", "projector", "notifier", "reader"},
}


def test_each_role_may_do_what_is_declared_and_nothing_else(log: str) -> None:
    """The matrix of rights, every cell of it, for logins that have one role each."""
    roles = [role.removeprefix("pactwatch_") for role in ROLES if role != "pactwatch_owner"]
    with ExitStack() as open_together:
        sessions = {
            role: open_together.enter_context(psycopg.connect(login(log, f"pactwatch_{role}")))
            for role in roles
        }
        allowed = {
            statement: {role for role in roles if may(sessions[role], statement)}
            for statement in MATRIX
        }

    assert MATRIX == allowed


@pytest.mark.parametrize(
    "attack",
    ["UPDATE events SET type = 'u'", "DELETE FROM events", "TRUNCATE events CASCADE"],
)
def test_not_even_its_owner_changes_the_log_unnoticed(log: str, attack: str) -> None:
    """Triggers hold for a superuser too, and when replication is played."""
    with psycopg.connect(log, autocommit=True) as db:
        db.execute("SET session_replication_role = replica")
        with pytest.raises(psycopg.Error, match="append-only"):
            db.execute(attack)


def test_a_writer_appends_redacts_and_retries_with_its_rights_alone(log: str) -> None:
    """What the store does needs no more than the role gives."""
    with EventStore.open(login(log, "pactwatch_writer")) as store:
        first = store.append("a", [new("t", {"n": 1}, "3")], 2)
        again = store.append("a", [new("t", {"n": 1}, "3")], 2)
        erased = store.redact("1")

        assert (3, 0, ("note",), None) == (
            first.events[0].position,
            again.appended,
            erased,
            verify(store).damage,
        )


def test_a_reader_can_not_append(log: str) -> None:
    """The refusal says which role is missing."""
    address = login(log, "pactwatch_notifier")
    with EventStore.open(address) as store, pytest.raises(StoreUnavailable) as caught:
        store.append("a", [new("t", {}, "9")])

    assert "pactwatch_writer" in caught.value.hint


@pytest.mark.parametrize("setting", ["off", "local", "remote_write"])
def test_an_append_that_would_not_be_durable_is_refused(log: str, setting: str) -> None:
    """synchronous_commit has to be on, whoever turned it off; nothing is written."""
    address = f"{log}?options=-csynchronous_commit%3D{setting}"
    with EventStore.open(address) as store:
        with pytest.raises(NotDurable, match=f"synchronous_commit is {setting}"):
            store.append("a", [new("t", {}, "9")])

        assert 2 == store.head()


def test_reading_makes_no_log(postgres: str) -> None:
    """Opening without create names the command, and shows no password."""
    address = make_url(postgres).set(password="secret").render_as_string(hide_password=False)
    with pytest.raises(StoreNotFound) as caught:
        EventStore.open(address, create=False)
    with psycopg.connect(postgres) as db:
        there = db.execute("SELECT to_regclass('events')").fetchone()

    assert ("db init" in caught.value.hint, "secret" in str(caught.value), (None,)) == (
        True,
        False,
        there,
    )


def test_a_login_without_rights_to_make_roles_still_gets_a_log(postgres: str) -> None:
    """Roles that are there are used; a plain owner of a database needs nobody's help."""
    with psycopg.connect(postgres, autocommit=True) as db:
        if not db.execute("SELECT 1 FROM pg_roles WHERE rolname = 'plain'").fetchone():
            db.execute("CREATE ROLE plain LOGIN")
        db.execute("GRANT CREATE, USAGE ON SCHEMA public TO plain")
    address = make_url(postgres).set(username="plain").render_as_string(hide_password=False)
    with EventStore.open(address) as store:
        store.append("a", [new("t", {}, "1")])

        assert (1, None) == (store.head(), verify(store).damage)


def test_a_reader_is_woken_by_an_append(log: str) -> None:
    """NOTIFY wakes who waits; the head is answered as soon as it has moved."""
    with EventStore.open(log) as waiting, EventStore.open(log) as writer:
        heads: list[int] = []
        thread = threading.Thread(target=lambda: heads.append(waiting.wait(2, 30)))
        thread.start()
        writer.append("a", [new("t", {}, "3")])
        thread.join(20)

        assert ([3], 3) == (heads, waiting.wait(3, 0))


def test_the_store_comes_back_when_its_connection_was_cut(log: str) -> None:
    """A lost connection is one error; the same events again count once."""
    event = new("t", {}, "3")
    with EventStore.open(log) as store, psycopg.connect(log, autocommit=True) as db:
        db.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE application_name = 'pactwatch'"
        )
        with pytest.raises(StoreUnavailable, match="postgresql://"):
            store.append("a", [event])

        assert (1, 3) == (store.append("a", [event]).appended, store.head())


WRITERS, EACH = 4, examples(3000)
"""Half as many fail every time where the lock of appends is left out."""


def tail(
    address: str, until: int, seen: list[tuple[int, str]], stopped: Callable[[], bool]
) -> None:
    """Read on from the last position seen, as a projection does."""
    with EventStore.open(address) as store:
        after = 0
        while after < until and not stopped():
            store.wait(after, 1)
            for event in store.read_all(after=after):
                seen.append((event.position, event.id))
                after = event.position


def test_four_writers_and_a_tailing_reader_miss_nothing(made_postgres: str) -> None:
    """Thousands of appends: the reader sees each once, in order, while they are made."""
    seen: list[tuple[int, str]] = []
    over = threading.Event()
    reader = threading.Thread(target=tail, args=(made_postgres, WRITERS * EACH, seen, over.is_set))
    reader.start()
    codes = codes_of_writers(made_postgres, [f"w{n}" for n in range(WRITERS)], EACH)
    reader.join(60)
    over.set()
    with EventStore.open(made_postgres) as store:
        stored = [(event.position, event.id) for event in store.read_all()]
        result = verify(store)

    assert ([0] * WRITERS, list(range(1, WRITERS * EACH + 1)), None) == (
        codes,
        [position for position, _ in seen],
        result.damage,
    )
    assert stored == seen
