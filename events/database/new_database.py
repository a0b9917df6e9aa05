"""Makes all that packages have beside a new log on SQLite, by statements that are written down.

They say what the rows of each package declare, which takes SQLAlchemy to work out: three times as
long as all else that a first command does. `make docs` writes them, and a test compares the
database that they make with one made from the rows.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

from events import EventStore
from events.address import is_postgres

BESIDE = """
    SELECT count(*) FROM sqlite_schema WHERE type IN ('table', 'view')
    AND name NOT IN ('events', 'event_texts', 'event_counter', 'alembic_version')
"""
"""How many tables and views are there besides the log."""
STAMPS = "SELECT count(*) FROM alembic_version"
"""How many packages have told their revision, the log among them."""


def script_of(package: str) -> Path:
    """The file of the statements that make the tables and views of a package on SQLite.

    The package is found and not loaded.
    """
    spec = find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).with_name("new-database.sql")


def make_new(store: EventStore, url: str, packages: Iterable[str]) -> bool:
    """Makes the tables and views of packages beside a log that stands alone; whether it did.

    On PostgreSQL it makes none: there a table has an owner, and rights that this login may lack.
    """
    transaction = None if is_postgres(url) else store.write_tables()
    if transaction is None:
        return False
    with transaction as tables:
        # What another process, an earlier release or an operator has made is compared with the
        # rows: a statement here would fail on it, or leave it in another form.
        if tables.rows(BESIDE) != [(0,)] or tables.rows(STAMPS) != [(1,)]:
            return False
        for package in packages:
            tables.execute(script_of(package).read_text(encoding="utf-8"))
    return True
