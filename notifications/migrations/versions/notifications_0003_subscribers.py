"""Subscriptions with filter, consent and pause; suppressions, bounces, marks and tellings."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from events.database.owned_tables import create
from notifications.tables import GRANTS, TABLES

revision = "notifications_0003"
down_revision = "notifications_0002"
branch_labels = None
depends_on = None


def _text() -> sa.String:
    """Text in byte order, as `events.tables.in_byte_order` has it."""
    return sa.String().with_variant(sa.String(collation="C"), "postgresql")


COLUMNS: tuple[sa.Column[Any], ...] = (
    sa.Column("on_day", sa.Integer()),
    sa.Column("filter", _text(), nullable=False, server_default="{}"),
    sa.Column("quiet", _text(), nullable=False, server_default="[]"),
    sa.Column("consent", _text(), nullable=False, server_default=""),
    *(sa.Column(name, _text()) for name in ("confirmed_at", "paused_at", "paused_until")),
    *(sa.Column(name, _text()) for name in ("removed_at", "removed_by", "escalate_to")),
    sa.Column("escalate_days", sa.Integer()),
)

ADDED = {"subscriptions": COLUMNS, "outbox": (sa.Column("envelope_from", _text()),)}


def upgrade() -> None:
    """Those who were on record go on hearing; new tables are made as they are declared."""
    connection = op.get_bind()
    for table, columns in ADDED.items():
        held = {column["name"] for column in sa.inspect(connection).get_columns(table)}
        for column in columns:
            if column.name not in held:
                op.add_column(table, column)
    create(connection, TABLES, GRANTS)
    op.execute(
        "UPDATE subscriptions SET confirmed_at = created_at, "
        "consent = 'on record before consent was kept' WHERE confirmed_at IS NULL"
    )
