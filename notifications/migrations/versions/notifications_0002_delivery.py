"""The way of each message step by step, circuits of relays, and the last turn that went well."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from events.database.owned_tables import create
from notifications.tables import GRANTS, TABLES, TURN_GRANTS, TURNS

revision = "notifications_0002"
down_revision = "notifications_0001"
branch_labels = None
depends_on = None

Kind = sa.String | sa.Integer
ADDED: tuple[tuple[str, Kind, str | None], ...] = (
    ("list_name", sa.String(), "digest"),
    ("domain", sa.String(), ""),
    ("envelope_from", sa.String(), None),
    ("failures", sa.Integer(), "0"),
    ("resends", sa.Integer(), "0"),
)


def upgrade() -> None:
    """Tables that the step before this one made today have all of it already."""
    connection = op.get_bind()
    create(connection, TABLES, GRANTS)
    create(connection, TURNS, TURN_GRANTS)
    held = {column["name"] for column in sa.inspect(connection).get_columns("outbox")}
    for name, kind, default in ADDED:
        if name not in held:
            op.add_column("outbox", _column(name, kind, default))
    _fill_domains(connection)


def _column(name: str, kind: Kind, default: str | None) -> sa.Column[Any]:
    if isinstance(kind, sa.String):
        kind = sa.String().with_variant(sa.String(collation="C"), "postgresql")
    return sa.Column(name, kind, nullable=default is None, server_default=default)


def _fill_domains(connection: sa.Connection) -> None:
    """The domain of a recipient is what limits by domain count."""
    rows = connection.execute(sa.text("SELECT id, recipient FROM outbox WHERE domain = ''")).all()
    fill = sa.text("UPDATE outbox SET domain = :domain WHERE id = :id")
    for row in rows:
        domain = row.recipient.rpartition("@")[2].lower()
        connection.execute(fill, {"domain": domain, "id": row.id})
