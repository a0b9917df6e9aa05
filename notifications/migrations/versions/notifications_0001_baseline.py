"""Subscriptions, alerts and the outbox, as version 0.1 made them."""

from __future__ import annotations

from alembic import op

from events.database.owned_tables import create
from notifications.tables import GRANTS, TABLES

revision = "notifications_0001"
down_revision = None
branch_labels = ("notifications",)
depends_on = None


def upgrade() -> None:
    """A database made before migrations were kept has all of this already."""
    create(op.get_bind(), TABLES, GRANTS)
