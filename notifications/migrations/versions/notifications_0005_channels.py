"""Other ways than mail: the channel of a subscription and of a message, and where it goes;
reminders."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from events.database.owned_tables import create
from notifications.tables import GRANTS, TABLES

revision = "notifications_0005"
down_revision = "notifications_0004"
branch_labels = None
depends_on = None


def _text() -> sa.String:
    """Text in byte order, as `events.tables.in_byte_order` has it."""
    return sa.String().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    """All that is there goes by mail."""
    connection = op.get_bind()
    for table in ("subscriptions", "outbox"):
        held = {column["name"] for column in sa.inspect(connection).get_columns(table)}
        if "channel" not in held:
            op.add_column(
                table, sa.Column("channel", _text(), nullable=False, server_default="mail")
            )
    held = {column["name"] for column in sa.inspect(connection).get_columns("subscriptions")}
    if "remind_days" not in held:
        op.add_column("subscriptions", sa.Column("remind_days", sa.Integer()))
    create(connection, TABLES, GRANTS)
