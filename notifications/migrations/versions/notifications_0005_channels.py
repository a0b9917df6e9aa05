"""Other ways than mail: the channel of a subscription and of a message, and where it goes;
reminders."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "notifications_0005"
down_revision = "notifications_0004"
branch_labels = None
depends_on = None


def _text() -> sa.String:
    """Text in byte order, so that instants sort as time."""
    return sa.String().with_variant(sa.String(collation="C"), "postgresql")


# The SQL stands here as it was released: a later change of the declared tables must not reach it.
TYPES = {
    "sqlite": {"serial": "INTEGER", "text": "VARCHAR", "blob": "BLOB"},
    "postgresql": {"serial": "SERIAL", "text": 'VARCHAR COLLATE "C"', "blob": "BYTEA"},
}
TABLES = {
    "destinations": (
        "CREATE TABLE destinations (subscription_id INTEGER NOT NULL, channel {text} "
        "NOT NULL, url {text} NOT NULL, secret_number INTEGER DEFAULT '1' NOT NULL, "
        "rotated_at {text}, PRIMARY KEY (subscription_id))",
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
    """All that is there goes by mail."""
    connection = op.get_bind()
    for table in ("subscriptions", "outbox"):
        present = {column["name"] for column in sa.inspect(connection).get_columns(table)}
        if "channel" not in present:
            op.add_column(
                table, sa.Column("channel", _text(), nullable=False, server_default="mail")
            )
    present = {column["name"] for column in sa.inspect(connection).get_columns("subscriptions")}
    if "remind_days" not in present:
        op.add_column("subscriptions", sa.Column("remind_days", sa.Integer()))
    create_missing()
