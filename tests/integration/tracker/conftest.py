"""The shipped data set and an agreement in which much happens, on both engines."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from events import EventStore


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest) -> str:
    """The address of the database."""
    return str(request.getfixturevalue(f"lively_{request.param}"))


@pytest.fixture
def log(url: str) -> Iterator[EventStore]:
    with EventStore.open(url) as opened:
        yield opened
