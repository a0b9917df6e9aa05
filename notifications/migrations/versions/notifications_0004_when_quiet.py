"""Subscriptions say whether a digest without news is sent; those on record go on without."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "notifications_0004"
down_revision = "notifications_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    text = sa.String().with_variant(sa.String(collation="C"), "postgresql")
    held = {column["name"] for column in sa.inspect(op.get_bind()).get_columns("subscriptions")}
    if "when_quiet" not in held:
        column = sa.Column("when_quiet", text, nullable=False, server_default="skip")
        op.add_column("subscriptions", column)
