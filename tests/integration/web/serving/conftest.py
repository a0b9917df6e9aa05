"""What tests of links in mails share: a projected data set, a token, and what a database holds."""

from __future__ import annotations

import hashlib

import apsw
import pytest

from events import EventStore

FORM = "application/x-www-form-urlencoded"
ONE_CLICK = b"List-Unsubscribe=One-Click"
TOKEN = "t" * 32


@pytest.fixture
def store(projected_store: EventStore) -> EventStore:
    """The shipped data set on SQLite, projected at the evening."""
    return projected_store


def dump(database: str) -> str:
    """Everything the database holds, as one hash."""
    digest = hashlib.sha256()
    connection = apsw.Connection(database)
    names = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
    for (name,) in connection.execute(names).fetchall():
        rows = connection.execute(f'SELECT * FROM "{name}"').fetchall()
        digest.update(repr((name, sorted(map(repr, rows)))).encode())
    return digest.hexdigest()
