"""What tests of links in mails share: a projected data set, a token, and what a database holds."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import apsw
import pytest

from events import EventStore

FORM = "application/x-www-form-urlencoded"
ONE_CLICK = b"List-Unsubscribe=One-Click"
TOKEN = "t" * 32


@pytest.fixture
def store(projected: str) -> Iterator[EventStore]:
    """The shipped data set, projected."""
    with EventStore.open(projected) as opened:
        yield opened


def dump(database: str) -> str:
    """Everything the database holds, as one hash."""
    digest = hashlib.sha256()
    connection = apsw.Connection(database)
    names = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
    for (name,) in connection.execute(names).fetchall():
        rows = connection.execute(f'SELECT * FROM "{name}"').fetchall()
        digest.update(repr((name, sorted(map(repr, rows)))).encode())
    return digest.hexdigest()
