"""The log of version 0.1 on SQLite: a digest a row, no tree. PostgreSQL begins with the next."""

from __future__ import annotations

from alembic import op
from sqlalchemy import inspect

revision = "events_0001"
down_revision = None
branch_labels = ("events",)
depends_on = None

REFUSED = "SELECT RAISE(ABORT, 'events are append-only')"
STATEMENTS = (
    "CREATE TABLE events (position INTEGER NOT NULL, stream TEXT NOT NULL, "
    "version INTEGER NOT NULL, id TEXT NOT NULL, type TEXT NOT NULL, source TEXT NOT NULL, "
    "recorded_at TEXT NOT NULL, data BLOB NOT NULL, digest BLOB NOT NULL, "
    "PRIMARY KEY (position), UNIQUE (stream, version), UNIQUE (id)) STRICT",
    "CREATE TABLE event_texts (position INTEGER NOT NULL, field TEXT NOT NULL, "
    "salt BLOB NOT NULL, text TEXT NOT NULL, PRIMARY KEY (position, field)) STRICT",
    "CREATE TABLE event_counter (id INTEGER NOT NULL, position INTEGER NOT NULL, "
    "PRIMARY KEY (id)) STRICT",
    "INSERT INTO event_counter (id, position) VALUES (1, 0)",
)


def upgrade() -> None:
    """A database made before migrations were kept has all of this already."""
    bind = op.get_bind()
    if bind.dialect.name == "sqlite" and not inspect(bind).has_table("events"):
        for statement in STATEMENTS:
            op.execute(statement)
