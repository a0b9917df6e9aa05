"""A projected data set to deliver news of, and servers that stop with their test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from events import EventStore


@pytest.fixture
def place() -> Iterator[ExitStack]:
    """Takes servers, which are stopped with the test."""
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def store(projected_store: EventStore) -> EventStore:
    """The shipped data set on SQLite, projected at the evening."""
    return projected_store
