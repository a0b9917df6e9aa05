"""Turns of the scheduler that write their mail into a folder of the test's own, and one payment."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

from events import EventStore
from events.database.engine import open_engine, write_transaction
from notifications.delivery.eml_files import EmlTransport
from notifications.scheduler.report import TickReport
from notifications.scheduler.tick import tick
from notifications.settings import MailSettings
from notifications.tables import create_tables
from tests.support.accord import START, Turn, accord
from tracker.projections.catch_up import catch_up


@pytest.fixture
def settings(tmp_path: Path) -> MailSettings:
    return MailSettings(mail_dir=tmp_path / "mail", smtp_url=None)


@pytest.fixture
def turn(store: EventStore, engine: Engine, settings: MailSettings) -> Turn:
    def run(now: datetime) -> TickReport:
        return tick(store, engine, settings, EmlTransport(settings.mail_dir), now)

    return run


@pytest.fixture(scope="session")
def accord_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An agreement with one payment, every table, and its rows as it begins: to be copied."""
    file = tmp_path_factory.mktemp("accord") / "pactwatch.db"
    with accord(str(file)) as log, write_transaction(open_engine(str(file))) as connection:
        catch_up(log, connection, START)
        create_tables(connection)
    return file


@pytest.fixture
def accord_store(database: str, accord_database: Path) -> Iterator[EventStore]:
    """The log of one agreement with one payment due on 10 February in Oslo."""
    shutil.copy(accord_database, database)
    with EventStore.open(database) as opened:
        yield opened
