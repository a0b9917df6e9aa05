"""Subscriptions, alerts and the outbox, as version 0.1 made them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "notifications_0001"
down_revision = None
branch_labels = ("notifications",)
depends_on = None

# The SQL stands here as it was released: a later change of the declared tables must not reach it.
TYPES = {
    "sqlite": {"serial": "INTEGER", "text": "VARCHAR", "blob": "BLOB"},
    "postgresql": {"serial": "SERIAL", "text": 'VARCHAR COLLATE "C"', "blob": "BYTEA"},
}
TABLES = {
    "subscriptions": (
        "CREATE TABLE subscriptions (id {serial} NOT NULL, email {text} NOT NULL, "
        "agreements {text} NOT NULL, cadence {text} NOT NULL, hour INTEGER NOT NULL, "
        "zone {text} NOT NULL, created_at {text} NOT NULL, next_due {text}, told_until "
        "INTEGER NOT NULL, PRIMARY KEY (id))",
    ),
    "alerts": (
        'CREATE TABLE alerts (seq {serial} NOT NULL, "key" {text} NOT NULL, kind {text} '
        "NOT NULL, severity {text} NOT NULL, agreement_id {text} NOT NULL, "
        "commitment_id {text} NOT NULL, at {text} NOT NULL, axis {text} NOT NULL, "
        '"before" {text}, "after" {text} NOT NULL, rule {text} NOT NULL, events {text} '
        "NOT NULL, lead {text}, noticed_at {text} NOT NULL, withdrawn_at {text}, "
        'withdrawn_seq INTEGER, PRIMARY KEY (seq), UNIQUE ("key"))',
        "CREATE INDEX ix_alerts_withdrawn_seq ON alerts (withdrawn_seq)",
        "CREATE INDEX alerts_agreement ON alerts (agreement_id)",
    ),
    "alert_cursor": (
        "CREATE TABLE alert_cursor (id {serial} NOT NULL, position INTEGER NOT NULL, "
        "instant {text} NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (id))",
    ),
    "outbox": (
        "CREATE TABLE outbox (id {serial} NOT NULL, dedup_key {text} NOT NULL, "
        "subscription_id INTEGER NOT NULL, recipient {text} NOT NULL, message_id {text} "
        "NOT NULL, subject {text} NOT NULL, message {blob} NOT NULL, state {text} NOT "
        "NULL, due_at {text} NOT NULL, lease_until {text}, worker {text}, attempts "
        "INTEGER NOT NULL, last_error {text}, planned_at {text} NOT NULL, sent_at "
        "{text}, location {text}, PRIMARY KEY (id), UNIQUE (dedup_key))",
        "CREATE INDEX outbox_due ON outbox (state, due_at)",
    ),
}


def upgrade() -> None:
    """Create what is missing: a database made before migrations existed has all of this already."""
    bind = op.get_bind()
    present = set(sa.inspect(bind).get_table_names())
    for table, statements in TABLES.items():
        for statement in statements if table not in present else ():
            op.execute(statement.format(**TYPES[bind.dialect.name]))
