"""Subscriptions have a language, and a clock of twelve or twenty-four hours.

Those on record go on in English.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "notifications_0010"
down_revision = "notifications_0009"
branch_labels = None
depends_on = None

TEXT = sa.String().with_variant(sa.String(collation="C"), "postgresql")
ADDED: tuple[sa.Column[Any], ...] = (
    sa.Column("language", TEXT, nullable=False, server_default="en"),
    sa.Column("clock", sa.Integer(), nullable=False, server_default="24"),
)


def upgrade() -> None:
    """Add what is missing."""
    present = {column["name"] for column in sa.inspect(op.get_bind()).get_columns("subscriptions")}
    for column in ADDED:
        if column.name not in present:
            op.add_column("subscriptions", column)
