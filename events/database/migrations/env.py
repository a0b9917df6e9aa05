"""Alembic's way in: it is handed an open connection, and one transaction is enough for all."""

from __future__ import annotations

from alembic import context

context.configure(connection=context.config.attributes["connection"])
with context.begin_transaction():
    context.run_migrations()
