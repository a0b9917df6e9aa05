"""What several rooms of tests share: the shipped data set in a database, and a desk to work at."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine

from events import EventStore, parse_instant
from events.database.engine import open_engine
from tests.postgres import NoPostgres, server
from tests.served import Board, project, serving
from tracker.recording.intake import Intake, read_lines

ROOT = Path(__file__).resolve().parents[1]
DATASET = ROOT / "tracker" / "dataset"
EVENING = parse_instant("2025-03-18T22:00:00Z")


def load(store: EventStore) -> None:
    intake = Intake(store, EVENING)
    for file in sorted(DATASET.glob("*.jsonl")):
        read_lines(file.read_bytes().splitlines(), intake)
    accepted = intake.accepted()
    store.append_batch(accepted.items, accepted.versions)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A real PostgreSQL; without one the test is skipped loudly, and in CI it fails."""
    try:
        with server() as address:
            yield address
    except NoPostgres as error:
        if os.environ.get("CI"):
            pytest.fail(f"CI needs PostgreSQL: {error}")
        pytest.skip(f"POSTGRESQL NOT TESTED: {error}")


DATABASES = count(1)


@pytest.fixture
def make_database(postgres_server: str) -> Iterator[Callable[[], str]]:
    """Makes empty databases, and takes them away again."""
    made: list[str] = []

    def make() -> str:
        made.append(f"test_{next(DATABASES)}")
        with psycopg.connect(postgres_server, autocommit=True) as db:
            db.execute(f"CREATE DATABASE {made[-1]}")
        return postgres_server.rsplit("/", 1)[0] + f"/{made[-1]}"

    yield make
    with psycopg.connect(postgres_server, autocommit=True) as db:
        for name in made:
            db.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def postgres(make_database: Callable[[], str]) -> str:
    """The address of an empty database of its own."""
    return make_database()


@pytest.fixture
def database(tmp_path: Path) -> str:
    return str(tmp_path / "pactwatch.db")


@pytest.fixture
def store(database: str) -> Iterator[EventStore]:
    """The shipped data set on SQLite."""
    with EventStore.open(database) as opened:
        load(opened)
        yield opened


@pytest.fixture
def engine(database: str, store: EventStore) -> Engine:
    return open_engine(database)


@pytest.fixture
def board(database: str, store: EventStore) -> Iterator[Board]:
    """The shipped data set, projected at the evening and served."""
    project(database)
    with serving(database) as served:
        yield served
