"""One payment, which most tests of planning have on record."""

from __future__ import annotations

import pytest

from events import EventStore


@pytest.fixture
def store(accord_store: EventStore) -> EventStore:
    """The log of one agreement with one payment due on 10 February in Oslo."""
    return accord_store
