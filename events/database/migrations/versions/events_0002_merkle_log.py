"""Every event becomes a leaf of the Merkle log; on PostgreSQL the log begins here."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from alembic import op
from sqlalchemy import Connection, text

from events.encoding.rows import leaf_data
from events.merkle.frontier import Frontier

revision = "events_0002"
down_revision = "events_0001"
branch_labels = None
depends_on = None

OLD = "position, stream, version, id, type, source, recorded_at, data"
NEXT_VERSION = "(SELECT ifnull(max(version), 0) + 1 FROM events WHERE stream = NEW.stream)"
REFUSED = "SELECT RAISE(ABORT, 'events are append-only')"
TABLES = (
    "CREATE TABLE events (position INTEGER NOT NULL, stream TEXT NOT NULL, "
    "version INTEGER NOT NULL, id TEXT NOT NULL, type TEXT NOT NULL, source TEXT NOT NULL, "
    "recorded_at TEXT NOT NULL, data BLOB NOT NULL, leaf BLOB NOT NULL, "
    "subtrees BLOB NOT NULL, PRIMARY KEY (position), UNIQUE (stream, version), UNIQUE (id)) STRICT",
    "CREATE TABLE event_texts (position INTEGER NOT NULL, field TEXT NOT NULL, "
    "salt BLOB NOT NULL, text TEXT NOT NULL, PRIMARY KEY (position, field), "
    "FOREIGN KEY(position) REFERENCES events (position)) STRICT",
    "CREATE TABLE event_counter (id INTEGER NOT NULL, position INTEGER NOT NULL, "
    "PRIMARY KEY (id)) STRICT",
)
TRIGGERS = (
    f"CREATE TRIGGER events_no_update BEFORE UPDATE ON events BEGIN {REFUSED}; END",
    f"CREATE TRIGGER events_no_delete BEFORE DELETE ON events BEGIN {REFUSED}; END",
    "CREATE TRIGGER events_next_only BEFORE INSERT ON events "
    "WHEN NEW.position IS NOT (SELECT ifnull(max(position), 0) + 1 FROM events) "
    f"OR NEW.version IS NOT {NEXT_VERSION} "
    f"OR EXISTS (SELECT 1 FROM events WHERE id = NEW.id) BEGIN {REFUSED}; END",
    "CREATE TRIGGER event_counter_forward BEFORE UPDATE ON event_counter "
    "WHEN NEW.position <= OLD.position "
    "BEGIN SELECT RAISE(ABORT, 'the counter goes forward'); END",
    "CREATE TRIGGER event_counter_stays BEFORE DELETE ON event_counter "
    "BEGIN SELECT RAISE(ABORT, 'the counter stays'); END",
    "CREATE TRIGGER event_texts_no_update BEFORE UPDATE ON event_texts "
    "BEGIN SELECT RAISE(ABORT, 'texts are erased, never changed'); END",
)
INSERT = text(
    f"INSERT INTO events ({OLD}, leaf, subtrees) VALUES (:position, :stream, :version, :id, "
    ":type, :source, :recorded_at, :data, :leaf, :subtrees)"
)
BATCH = 1000


def upgrade() -> None:
    """The events keep their bytes; leaves and subtrees are worked out from them."""
    bind = op.get_bind()
    if bind.dialect.name == "postgresql":
        _begin_on_postgresql(bind)
        return
    for table in ("events", "event_texts"):
        op.execute(f"CREATE TEMP TABLE old_{table} AS SELECT * FROM {table}")
    for table in ("event_texts", "events", "event_counter"):
        op.execute(f"DROP TABLE {table}")
    for statement in TABLES:
        op.execute(statement)
    _copy(bind)
    for statement in TRIGGERS:
        op.execute(statement)
    for table in ("events", "event_texts"):
        op.execute(f"DROP TABLE old_{table}")


def _begin_on_postgresql(bind: Connection) -> None:
    from events.postgres.schema import make_log

    driver: Any = bind.connection.driver_connection
    make_log(driver)


def _copy(bind: Connection) -> None:
    rows = list(_rows(bind))
    for start in range(0, len(rows), BATCH):
        bind.execute(INSERT, rows[start : start + BATCH])
    op.execute(
        "INSERT INTO event_texts (position, field, salt, text) "
        "SELECT position, field, salt, text FROM old_event_texts"
    )
    op.execute(f"INSERT INTO event_counter (id, position) VALUES (1, {len(rows)})")


def _rows(bind: Connection) -> Iterator[dict[str, Any]]:
    edge = Frontier(0, _no_node)
    for row in bind.execute(text(f"SELECT {OLD} FROM old_events ORDER BY position")).mappings():
        leaf = sha256(b"\0" + leaf_data(*row.values())).digest()
        yield {**row, "leaf": leaf, "subtrees": edge.push(leaf)}


def _no_node(level: int, index: int) -> bytes:
    raise LookupError(f"subtree {index} at level {level}: the tree grows from its first leaf")
