"""Subscriptions say which version of its document a webhook gets.

Those on record go on with the first.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "notifications_0011"
down_revision = "notifications_0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what is missing."""
    added = sa.Column("hook_version", sa.Integer(), nullable=False, server_default="1")
    present = {column["name"] for column in sa.inspect(op.get_bind()).get_columns("subscriptions")}
    if added.name not in present:
        op.add_column("subscriptions", added)
