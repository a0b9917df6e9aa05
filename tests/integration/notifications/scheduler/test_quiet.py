"""A turn with nothing to do: it leaves what the whole turn leaves, and anything due ends it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import apsw
import pytest

from events import EventStore
from events.database.engine import open_engine
from events.instants import boot_id
from notifications import tables
from notifications.delivery.eml_files import EmlTransport
from notifications.outbox.clocks import TurnClock
from notifications.scheduler.quiet import SETTINGS, TABLES, quiet_turn
from notifications.scheduler.tick import TurnOptions, tick
from notifications.settings import MailSettings
from tests.support.fixtures import changed_copy
from tests.support.given import new
from tracker.projections import tables as projections
from tracker.projections.reader import OF_AGREEMENT, OTHERS

NOW = datetime.now(UTC)
SUBSCRIBED = (
    "INSERT INTO subscriptions (email, cadence, hour, zone, locale, next_due, {more}) "
    "VALUES ('a@example.org', 'daily', 8, 'UTC', 'en', {due})"
)
DUE: dict[str, str] = {
    "an agreement": "UPDATE agreements SET refold_at = '2025-01-01T00:00:00Z' WHERE id = 'hk'",
    "a change": "UPDATE alert_cursor SET instant = '2025-03-18T00:00:00Z'",
    "an entry that alerts have not seen": "UPDATE alert_cursor SET position = position - 1",
    "another edition": "UPDATE projection_checkpoints SET edition = 'x'",
    "a relay in trouble": "INSERT INTO mail_circuits VALUES ('h', 1, NULL, 'e', 'c')",
    "a missing table": "DROP TABLE alert_marks",
    "another start of the machine": "UPDATE turns SET worker = 'x' WHERE name = 'clock'",
}


@pytest.fixture(scope="module")
def ticked(shipped_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped data set after a turn of today."""
    folder = tmp_path_factory.mktemp("ticked")
    return changed_copy(shipped_database, folder, lambda file: whole_turn(Path(file), NOW))


@pytest.fixture
def file(ticked: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(ticked, tmp_path / "pactwatch.db"))


def whole_turn(file: Path, now: datetime) -> object:
    settings = MailSettings(mail_dir=file.parent / "mail")
    transport = EmlTransport(settings.mail_dir)
    options = TurnOptions(clock=TurnClock(now, given=False))
    with EventStore.open(str(file), create=False) as store:
        return tick(store, open_engine(str(file)), settings, transport, now, options)


def quiet(file: Path, now: datetime) -> object:
    with EventStore.open(str(file), create=False) as store:
        return quiet_turn(store, now)


def contents(file: Path) -> dict[str, list[tuple[object, ...]]]:
    with apsw.Connection(str(file), apsw.SQLITE_OPEN_READONLY) as db:
        names = (*OF_AGREEMENT, *OTHERS, *TABLES)
        return {name: sorted(db.execute(f"SELECT * FROM {name}"), key=str) for name in names}


@pytest.mark.skipif(boot_id() is None, reason="the machine does not say when it was started")
def test_a_quiet_turn_leaves_what_the_whole_turn_leaves(file: Path, tmp_path: Path) -> None:
    """The same report, the same rows."""
    twin, later = tmp_path / "twin.db", NOW + timedelta(minutes=5)
    shutil.copy(file, twin)

    assert whole_turn(twin, later) == quiet(file, later)
    assert contents(twin) == contents(file)


@pytest.mark.parametrize("name", DUE)
def test_whatever_may_be_due_needs_the_whole_turn(file: Path, name: str) -> None:
    """An agreement, an alert, a relay, a table: the quiet turn leaves all of it as it is."""
    with apsw.Connection(str(file)) as db:
        db.execute("UPDATE agreements SET id = 'hk' WHERE id = (SELECT min(id) FROM agreements)")
        db.execute(DUE[name])
    before = file.read_bytes()

    assert quiet(file, NOW + timedelta(minutes=5)) is None
    assert before == file.read_bytes()


@pytest.mark.parametrize("setting", ["PACTWATCH_SMTP_URL", "pactwatch_heartbeat_url"])
def test_a_setting_of_mail_is_checked_by_the_whole_turn(
    file: Path, monkeypatch: pytest.MonkeyPatch, setting: str
) -> None:
    """In any case of letters, as settings are read."""
    monkeypatch.setenv(setting, "x")

    assert quiet(file, NOW + timedelta(minutes=5)) is None


def test_a_new_entry_needs_the_whole_turn(file: Path) -> None:
    """Until a turn has read it."""
    with EventStore.open(str(file)) as store:
        stated = {"occurred": "2026-01-02", "text": "x", "by": "NOR"}
        store.append("statements", [new("pactwatch.PositionStated.v1", stated, "e1")])

    assert quiet(file, NOW + timedelta(minutes=5)) is None


def test_the_names_are_those_of_tables_and_settings() -> None:
    """What is read without the classes has the names that they have."""
    names: Callable[[object], str] = lambda row: str(row.__tablename__)  # type: ignore[attr-defined]  # noqa: E731

    assert OF_AGREEMENT == tuple(map(names, projections.OF_AGREEMENT))
    assert {*OF_AGREEMENT, *OTHERS} == set(map(names, projections.TABLES))
    assert set(TABLES) == set(map(names, (*tables.TABLES, *tables.TURNS)))
    assert SETTINGS | {"mail_dir"} == set(MailSettings.model_fields)
