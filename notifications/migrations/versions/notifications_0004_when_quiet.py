"""Subscriptions say whether a digest without news is sent, alerts when their condition was over.

Those on record go on without such digests.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "notifications_0004"
down_revision = "notifications_0003"
branch_labels = None
depends_on = None

TEXT = sa.String().with_variant(sa.String(collation="C"), "postgresql")
ADDED: dict[str, tuple[sa.Column[Any], ...]] = {
    "subscriptions": (sa.Column("when_quiet", TEXT, nullable=False, server_default="skip"),),
    "alerts": (sa.Column("resolved_at", TEXT), sa.Column("resolved_seq", sa.Integer())),
}


def upgrade() -> None:
    """Add what is missing."""
    for table, columns in ADDED.items():
        present = {column["name"] for column in sa.inspect(op.get_bind()).get_columns(table)}
        for column in columns:
            if column.name not in present:
                op.add_column(table, column)
    indexes = {index["name"] for index in sa.inspect(op.get_bind()).get_indexes("alerts")}
    if "ix_alerts_resolved_seq" not in indexes:
        op.create_index("ix_alerts_resolved_seq", "alerts", ["resolved_seq"])
