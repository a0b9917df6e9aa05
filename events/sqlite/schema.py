"""The schema of the log on SQLite: made where there is none, refused where it is another's."""

from __future__ import annotations

import apsw

from events.encoding.rows import LOG_REVISION
from events.errors import StoreNotFound, outdated


def ensure(db: apsw.Connection, path: str, *, create: bool) -> None:
    """Make the tables in an empty database when `create`, else raise StoreNotFound.

    StoreOutdated for an older or a newer schema.
    """
    if _revision(db) == LOG_REVISION:
        return
    if not create:
        actual = _revision(db)
        raise no_log(path) if actual is None else outdated(actual, LOG_REVISION, path)
    with db:
        actual = _revision(db)
        if actual is None:
            _create(db)
        elif actual != LOG_REVISION:
            raise outdated(actual, LOG_REVISION, path)


def no_log(path: str) -> StoreNotFound:
    return StoreNotFound(f"no log in {path}", hint=f"pactwatch --db {path} db init")


def _revision(db: apsw.Connection) -> str | None:
    """The migration that the log stands at; None for a database without a log."""
    tables = {row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if "events" not in tables:
        return None
    if "alembic_version" not in tables:
        return "events_0001"
    rows = db.execute("SELECT version_num FROM alembic_version WHERE version_num LIKE 'events_%'")
    return str(rows.get or "events_0001")


def _create(db: apsw.Connection) -> None:
    from events.sqlite.append_only import TRIGGERS
    from events.tables import sqlite_schema

    for statement in (*sqlite_schema(), *TRIGGERS):
        db.execute(statement)
    db.execute("INSERT INTO event_counter (id, position) VALUES (1, 0)")
    db.execute(
        "CREATE TABLE IF NOT EXISTS alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"
    )
    db.execute("INSERT INTO alembic_version (version_num) VALUES (?)", (LOG_REVISION,))
