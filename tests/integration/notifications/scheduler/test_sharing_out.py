"""Several workers share out planning, and none is held up by one that is slow, on PostgreSQL."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, text

from events import EventStore
from events.database.engine import open_engine, snapshot_transaction, write_transaction
from notifications.delivery.eml_files import EmlTransport
from notifications.planning import plan as planning
from notifications.planning.context import DigestContext
from notifications.planning.digest_writer import DigestSetup
from notifications.scheduler.failure_log import TurnFailures
from notifications.scheduler.tick import TurnOptions, tick
from notifications.settings import MailSettings
from notifications.tables import create_tables
from tests.support.dataset import EVENING
from tests.support.fixtures import Databases
from tests.support.mail import fill, states
from tests.support.subscribers import add_reader

NOW = EVENING + timedelta(days=2)
READERS = 12


@pytest.fixture(scope="module")
def desk_template(databases: Databases, shipped_template: str) -> str:
    """The shipped data set with a turn taken, and then a dozen readers whose digest is due."""
    address = databases(shipped_template)
    engine = open_engine(address)
    with EventStore.open(address) as store:
        tick(store, engine, MailSettings(), EmlTransport(Path("/nonexistent")), EVENING)
    with write_transaction(engine) as connection:
        for number in range(READERS):
            add_reader(connection, email=f"reader{number}@example.org", now=EVENING)
    return address


@pytest.fixture
def desk_url(make_database: Databases, desk_template: str) -> str:
    return make_database(desk_template)


@pytest.fixture
def desk(desk_url: str) -> Engine:
    return open_engine(desk_url)


def set_up(connection: Connection) -> DigestSetup:
    return DigestSetup(MailSettings(), DigestContext(connection, NOW))


def planned(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.execute(text("SELECT count(*) FROM outbox")).scalar_one())


def test_a_part_passes_over_what_another_worker_plans(desk: Engine) -> None:
    """Each digest is planned once, and nobody waits."""
    with snapshot_transaction(desk) as first:
        assert 5 == planning.plan_part(set_up(first), 0, 5).count
        with snapshot_transaction(desk) as second:
            assert READERS - 5 == planning.plan_part(set_up(second), 0, 100).count
    assert 0 == planning.plan_in_parts(desk, set_up)

    assert READERS == planned(desk)


def test_workers_side_by_side_plan_each_digest_once(
    desk: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In parts of two, with the same rows met again and again."""
    monkeypatch.setattr(planning, "PART", 2)
    monkeypatch.setattr(planning, "MOST", 2)
    counts: list[int] = []
    workers = [
        threading.Thread(target=lambda: counts.append(planning.plan_in_parts(desk, set_up)))
        for _ in range(3)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert (READERS, READERS) == (sum(counts), planned(desk))


def test_a_part_is_planned_again_when_a_subscription_has_changed(
    desk: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody who unsubscribes meanwhile gets nothing; the others get theirs."""
    changed: list[bool] = []

    def set_up_late(connection: Connection) -> DigestSetup:
        if not changed:
            changed.append(True)
            connection.execute(text("SELECT 1 FROM subscriptions"))  # the view of this part
            with write_transaction(desk) as other:
                other.execute(text("UPDATE subscriptions SET removed_at = '2025' WHERE id = 1"))
        return set_up(connection)

    assert READERS - 1 == planning.plan_in_parts(desk, set_up_late)


def test_a_daemon_delivers_while_another_process_projects(
    desk: Engine, desk_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Its turn is none that counts as good, and the next one that gets the lock is.

    However many turns that takes, it is logged once, and its end.
    """
    with write_transaction(desk) as connection:
        create_tables(connection)
    fill(desk, 3, now=NOW)
    settings, transport, failures = MailSettings(), EmlTransport(tmp_path), TurnFailures()
    with EventStore.open(desk_url) as store:

        def turn(patience: float) -> int:
            options = TurnOptions(patience=patience, failures=failures)
            return tick(store, desk, settings, transport, NOW, options).planned

        with write_transaction(desk):
            assert [0, 0] == [turn(0.0), turn(0.0)]
            assert {"sent": 3} == dict(states(desk))
            assert str(EVENING.date()) in last_turn(store)
        assert READERS == turn(60.0)
        assert str(NOW.date()) in last_turn(store)
    assert [
        "turns only deliver: another process is projecting for long",
        "turns project again",
    ] == caplog.messages


def test_a_daemon_waits_in_words_while_another_process_takes_the_first_turn(
    shipped_postgres: str, tmp_path: Path
) -> None:
    """There is no outbox yet, so there is nothing to deliver, and no error."""
    engine = open_engine(shipped_postgres)
    settings, transport = MailSettings(), EmlTransport(tmp_path)
    with EventStore.open(shipped_postgres) as store:
        with write_transaction(engine):
            report = tick(store, engine, settings, transport, NOW, TurnOptions(patience=0.0))
        assert (0, ()) == (report.projected, report.deliveries)
        assert store.head() == tick(store, engine, settings, transport, NOW).projected


def last_turn(store: EventStore) -> str:
    return str(store.read_table("turns", "SELECT at FROM turns WHERE name = 'good'")[0][0])
