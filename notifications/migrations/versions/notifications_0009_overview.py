"""Subscriptions say whether their first digest, which begins with how things stand, is to come.

Those on record have been told as it came.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "notifications_0009"
down_revision = "notifications_0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what is missing."""
    added = sa.Column("awaits_overview", sa.Integer(), nullable=False, server_default="0")
    present = {column["name"] for column in sa.inspect(op.get_bind()).get_columns("subscriptions")}
    if added.name not in present:
        op.add_column("subscriptions", added)
