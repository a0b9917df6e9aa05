"""The way of each message step by step, circuits of relays, and the last turn that went well."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

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

# The SQL stands here as it was released: a later change of the declared tables must not reach it.
TYPES = {
    "sqlite": {"serial": "INTEGER", "text": "VARCHAR", "blob": "BLOB"},
    "postgresql": {"serial": "SERIAL", "text": 'VARCHAR COLLATE "C"', "blob": "BYTEA"},
}
TABLES = {
    "outbox_steps": (
        "CREATE TABLE outbox_steps (id {serial} NOT NULL, outbox_id INTEGER NOT NULL, "
        "attempt INTEGER NOT NULL, at {text} NOT NULL, state {text} NOT NULL, worker "
        "{text}, phase {text}, code INTEGER, answer {text}, PRIMARY KEY (id))",
        "CREATE INDEX outbox_steps_at ON outbox_steps (state, at)",
        "CREATE INDEX outbox_steps_of ON outbox_steps (outbox_id)",
    ),
    "mail_circuits": (
        "CREATE TABLE mail_circuits (host {text} NOT NULL, failures INTEGER NOT NULL, "
        "open_until {text}, last_error {text} NOT NULL, changed_at {text} NOT NULL, "
        "PRIMARY KEY (host))",
    ),
    "turns": (
        "CREATE TABLE turns (name {text} NOT NULL, at {text} NOT NULL, position INTEGER "
        "NOT NULL, worker {text} NOT NULL, PRIMARY KEY (name))",
    ),
}


def create_missing() -> None:
    """The tables that this migration brings, where they are not there."""
    bind = op.get_bind()
    present = set(sa.inspect(bind).get_table_names())
    for table, statements in TABLES.items():
        for statement in statements if table not in present else ():
            op.execute(statement.format(**TYPES[bind.dialect.name]))


def upgrade() -> None:
    """Create what is missing, and fill the domains by which limits count."""
    connection = op.get_bind()
    create_missing()
    columns = {column["name"] for column in sa.inspect(connection).get_columns("outbox")}
    for name, kind, default in ADDED:
        if name not in columns:
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
