"""`alert_tellings` becomes `notification_log`: why each reader was told of an alert, or was not.

On PostgreSQL rights and owner stay with the table; its indexes, key and sequence are renamed, so
that an upgraded database has the names of a fresh one.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "notifications_0007"
down_revision = "notifications_0006"
branch_labels = None
depends_on = None

OLD, NEW = "alert_tellings", "notification_log"


def upgrade() -> None:
    connection = op.get_bind()
    if OLD not in sa.inspect(connection).get_table_names():
        return
    op.rename_table(OLD, NEW)
    if connection.dialect.name == "postgresql":
        _rename_on_postgresql(connection)
        return
    # SQLite has no ALTER INDEX.
    op.drop_index(f"ix_{OLD}_key", NEW)
    op.drop_index(f"{OLD}_of", NEW)
    op.create_index(f"ix_{NEW}_key", NEW, ["key"])
    op.create_index(f"{NEW}_of", NEW, ["subscription_id", "outcome"])


def _rename_on_postgresql(connection: sa.Connection) -> None:
    """Renaming the index of a primary key renames its constraint too."""
    relations = connection.execute(
        sa.text(
            "SELECT relname, relkind FROM pg_class "
            "WHERE relnamespace = current_schema()::regnamespace "
            "AND relkind IN ('i', 'S') AND strpos(relname, :table) > 0"
        ),
        {"table": OLD},
    ).all()
    for relation in relations:
        kind = "SEQUENCE" if relation.relkind == "S" else "INDEX"
        name = relation.relname.replace(OLD, NEW, 1)
        op.execute(f"ALTER {kind} {relation.relname} RENAME TO {name}")
    # PostgreSQL 18 names NOT NULL constraints after their table.
    constraints = connection.execute(
        sa.text(
            "SELECT conname FROM pg_constraint WHERE conrelid = CAST(:table AS regclass) "
            "AND strpos(conname, :old) > 0"
        ),
        {"table": NEW, "old": OLD},
    ).scalars()
    for constraint in constraints.all():
        name = constraint.replace(OLD, NEW, 1)
        op.execute(f"ALTER TABLE {NEW} RENAME CONSTRAINT {constraint} TO {name}")
