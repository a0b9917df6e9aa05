"""Alerts say whose word they are, which ends move, and whether they are history.

What is on record was told as it came, so none of it is history.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "notifications_0008"
down_revision = "notifications_0007"
branch_labels = None
depends_on = None

TEXT = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    """Add what is missing."""
    columns = (
        sa.Column("origin", TEXT),
        sa.Column("historical", sa.Integer(), nullable=False, server_default="0"),
    )
    present = {column["name"] for column in sa.inspect(op.get_bind()).get_columns("alerts")}
    for column in columns:
        if column.name not in present:
            op.add_column("alerts", column)
