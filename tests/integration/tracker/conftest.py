"""The shipped data set and an agreement in which much happens, on both engines."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from events import EventStore
from events.database.engine import open_engine
from tests.support.copies import own_copy


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest) -> str:
    """The address of the database."""
    return str(request.getfixturevalue(f"lively_{request.param}"))


@pytest.fixture
def log(url: str) -> Iterator[EventStore]:
    with EventStore.open(url) as opened:
        yield opened


@pytest.fixture(params=["sqlite", "postgres"])
def rows_url(request: pytest.FixtureRequest) -> str:
    """The same, with every table and projected at the evening."""
    return own_copy(request, "lively_rows", "lively_rows_template")


@pytest.fixture(params=["lively_rows", "lively_rows_template"], ids=["sqlite", "postgres"])
def rows_to_read(request: pytest.FixtureRequest) -> str:
    """The address of such a database for who only reads: not a copy."""
    return str(request.getfixturevalue(request.param))


@pytest.fixture
def log_to_read(rows_to_read: str) -> Iterator[EventStore]:
    """The log beside them."""
    with EventStore.open(rows_to_read, read_only=True) as opened:
        yield opened


@pytest.fixture
def projected_engine(projected: str) -> Engine:
    """An engine on the rows beside `projected_store`."""
    return open_engine(projected)
