"""A projected data set, whose news readers subscribe to."""

from __future__ import annotations

import pytest

from events import EventStore


@pytest.fixture
def store(projected_store: EventStore) -> EventStore:
    """The shipped data set on SQLite, projected at the evening."""
    return projected_store
