"""`outbox_steps` becomes `outbox_attempts`: what it holds is the attempts of each message.

On PostgreSQL rights and owner stay with the table; its indexes, key and sequence are renamed, so
that an upgraded database has the names of a fresh one.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "notifications_0006"
down_revision = "notifications_0005"
branch_labels = None
depends_on = None

OLD, NEW = "outbox_steps", "outbox_attempts"
INDEXES = {"of": ("outbox_id",), "at": ("state", "at")}


def upgrade() -> None:
    connection = op.get_bind()
    tables = sa.inspect(connection).get_table_names()
    if OLD not in tables:
        return
    if NEW in tables:
        # Made by an earlier step of this same upgrade, and empty.
        op.drop_table(NEW)
    op.rename_table(OLD, NEW)
    if connection.dialect.name == "postgresql":
        _rename_on_postgresql(connection)
        return
    # SQLite has no ALTER INDEX.
    for name, columns in INDEXES.items():
        op.drop_index(f"{OLD}_{name}", NEW)
        op.create_index(f"{NEW}_{name}", NEW, list(columns))


def _rename_on_postgresql(connection: sa.Connection) -> None:
    """Renaming the index of a primary key renames its constraint too."""
    relations = connection.execute(
        sa.text(
            "SELECT relname, relkind FROM pg_class "
            "WHERE relnamespace = current_schema()::regnamespace "
            "AND relkind IN ('i', 'S') AND starts_with(relname, :prefix)"
        ),
        {"prefix": f"{OLD}_"},
    ).all()
    for relation in relations:
        kind = "SEQUENCE" if relation.relkind == "S" else "INDEX"
        name = relation.relname.replace(OLD, NEW, 1)
        op.execute(f"ALTER {kind} {relation.relname} RENAME TO {name}")
    # PostgreSQL 18 names NOT NULL constraints after their table.
    constraints = connection.execute(
        sa.text(
            "SELECT conname FROM pg_constraint WHERE conrelid = CAST(:table AS regclass) "
            "AND starts_with(conname, :prefix)"
        ),
        {"table": NEW, "prefix": f"{OLD}_"},
    ).scalars()
    for constraint in constraints.all():
        name = constraint.replace(OLD, NEW, 1)
        op.execute(f"ALTER TABLE {NEW} RENAME CONSTRAINT {constraint} TO {name}")
