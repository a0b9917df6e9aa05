"""What several rooms of tests share: the shipped data set in a database, and a desk to work at."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from events import EventStore, parse_instant
from events.engine import open_engine
from tracker.intake import Intake, read_lines

ROOT = Path(__file__).resolve().parents[1]
DATASET = ROOT / "tracker" / "dataset"
EVENING = parse_instant("2025-03-18T22:00:00Z")


def load(store: EventStore) -> None:
    intake = Intake(store, EVENING)
    for file in sorted(DATASET.glob("*.jsonl")):
        read_lines(file.read_bytes().splitlines(), intake)
    accepted = intake.accepted()
    store.append_batch(accepted.items, accepted.versions)


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
