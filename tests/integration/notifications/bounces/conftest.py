"""A digest that was sent to one reader, for reports about it to come back."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from sqlalchemy import Engine

from events import EventStore, parse_instant
from events.database.engine import open_engine, write_transaction
from notifications.delivery.eml_files import EmlTransport
from notifications.outbox import operator as outbox_operator
from notifications.scheduler.tick import tick
from notifications.settings import MailSettings
from tests.support.dataset import EVENING
from tests.support.subscribers import add_reader
from tracker.projections.catch_up import catch_up

NOW = parse_instant("2025-03-20T08:00:00Z")
READER = "reader@example.org"


@pytest.fixture(scope="session")
def sent_database(shipped_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped data set and a digest sent to a reader, to be copied."""
    folder = tmp_path_factory.mktemp("sent")
    file = folder / "pactwatch.db"
    shutil.copy(shipped_database, file)
    engine, settings = open_engine(str(file)), MailSettings(mail_dir=folder, smtp_url=None)
    with EventStore.open(str(file)) as store:
        with write_transaction(engine) as connection:
            catch_up(store, connection, EVENING)
            add_reader(connection, email=READER, cadence="immediate", now=EVENING)
        tick(store, engine, settings, EmlTransport(folder), NOW)
    return file


@pytest.fixture
def sent_engine(database: str, sent_database: Path) -> Engine:
    """A database of its own with the digest."""
    shutil.copy(sent_database, database)
    return open_engine(database)


@pytest.fixture
def message(sent_engine: Engine) -> str:
    """The Message-ID of the digest."""
    with write_transaction(sent_engine) as connection:
        (row,) = outbox_operator.messages(connection)
    return str(row["message_id"])
