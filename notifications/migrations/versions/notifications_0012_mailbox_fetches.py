"""Fetches from the mailbox of bounces that fail are counted, for `check` and metrics."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "notifications_0012"
down_revision = "notifications_0011"
branch_labels = None
depends_on = None

# The SQL stands here as it was released: a later change of the declared tables must not reach it.
TEXT = {"sqlite": "VARCHAR", "postgresql": 'VARCHAR COLLATE "C"'}
TABLE = """
    CREATE TABLE mailbox_fetches (name {text} NOT NULL, failures INTEGER NOT NULL,
    tried_at {text} NOT NULL, failing_since {text}, last_error {text} NOT NULL, PRIMARY KEY (name))
"""


def upgrade() -> None:
    """Create the table where it is not there."""
    connection = op.get_bind()
    if not sa.inspect(connection).has_table("mailbox_fetches"):
        op.execute(TABLE.format(text=TEXT[connection.dialect.name]))
