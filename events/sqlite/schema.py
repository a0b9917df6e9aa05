"""The schema of the log on SQLite: made where there is none, refused where it is another's.

Append-only is enforced by SQLite itself: what the log holds is not changed by any connection.
`INSERT OR REPLACE` walks past a DELETE trigger while recursive triggers are off, so what is there
already is guarded before each insert as well, and with it the density of positions and versions.
"""

from __future__ import annotations

from pathlib import Path
from shlex import quote

import apsw

from events.encoding.rows import LOG_REVISION
from events.errors import StoreNotFound, missing_or_altered, outdated

LOG = Path(__file__).with_name("log.sql")
"""The statements that make the tables of the log; `make docs` writes them."""
REFUSED = "SELECT RAISE(ABORT, 'events are append-only')"
NEXT_POSITION = "(SELECT ifnull(max(position), 0) + 1 FROM events)"
NEXT_VERSION = "(SELECT ifnull(max(version), 0) + 1 FROM events WHERE stream = NEW.stream)"

TRIGGERS = {
    statement.split()[2]: statement
    for statement in (
        f"CREATE TRIGGER events_no_update BEFORE UPDATE ON events BEGIN {REFUSED}; END",
        f"CREATE TRIGGER events_no_delete BEFORE DELETE ON events BEGIN {REFUSED}; END",
        "CREATE TRIGGER events_next_only BEFORE INSERT ON events "
        f"WHEN NEW.position IS NOT {NEXT_POSITION} OR NEW.version IS NOT {NEXT_VERSION} "
        f"OR EXISTS (SELECT 1 FROM events WHERE id = NEW.id) BEGIN {REFUSED}; END",
        "CREATE TRIGGER event_counter_forward BEFORE UPDATE ON event_counter "
        "WHEN NEW.position <= OLD.position "
        "BEGIN SELECT RAISE(ABORT, 'the counter goes forward'); END",
        "CREATE TRIGGER event_counter_stays BEFORE DELETE ON event_counter "
        "BEGIN SELECT RAISE(ABORT, 'the counter stays'); END",
        "CREATE TRIGGER event_texts_no_update BEFORE UPDATE ON event_texts "
        "BEGIN SELECT RAISE(ABORT, 'texts are erased, never changed'); END",
    )
}
"""The statement that makes each trigger, by its name; SQLite keeps it as it was given."""


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
    return StoreNotFound(f"no log in {path}", hint=f"pactwatch --db {quote(path)} db init")


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
    for statement in (LOG.read_text(encoding="utf-8"), *TRIGGERS.values()):
        db.execute(statement)
    db.execute("INSERT INTO event_counter (id, position) VALUES (1, 0)")
    db.execute(
        "CREATE TABLE IF NOT EXISTS alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"
    )
    db.execute("INSERT INTO alembic_version (version_num) VALUES (?)", (LOG_REVISION,))


def guard_faults(db: apsw.Connection) -> list[str]:
    """Tells which triggers of the log are missing or altered."""
    query = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
    present = {str(name): str(sql) for name, sql in db.execute(query)}
    return missing_or_altered("trigger", TRIGGERS, present)


def renew_guards(db: apsw.Connection) -> None:
    """Makes the triggers of the log anew."""
    for name, statement in TRIGGERS.items():
        db.execute(f"DROP TRIGGER IF EXISTS {name}")
        db.execute(statement)
