"""Subscriptions with filter, consent and pause; suppressions, bounces, marks and tellings."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "notifications_0003"
down_revision = "notifications_0002"
branch_labels = None
depends_on = None


def _text() -> sa.String:
    """Text in byte order, so that instants sort as time."""
    return sa.String().with_variant(sa.String(collation="C"), "postgresql")


COLUMNS: tuple[sa.Column[Any], ...] = (
    sa.Column("on_day", sa.Integer()),
    sa.Column("filter", _text(), nullable=False, server_default="{}"),
    sa.Column("quiet", _text(), nullable=False, server_default="[]"),
    sa.Column("consent", _text(), nullable=False, server_default=""),
    *(sa.Column(name, _text()) for name in ("confirmed_at", "paused_at", "paused_until")),
    *(sa.Column(name, _text()) for name in ("removed_at", "removed_by", "escalate_to")),
    sa.Column("escalate_days", sa.Integer()),
)

ADDED = {"subscriptions": COLUMNS, "outbox": (sa.Column("envelope_from", _text()),)}

# The SQL stands here as it was released: a later change of the declared tables must not reach it.
TYPES = {
    "sqlite": {"serial": "INTEGER", "text": "VARCHAR", "blob": "BLOB"},
    "postgresql": {"serial": "SERIAL", "text": 'VARCHAR COLLATE "C"', "blob": "BYTEA"},
}
TABLES = {
    "mail_tokens": (
        "CREATE TABLE mail_tokens (hash {text} NOT NULL, purpose {text} NOT NULL, "
        "subscription_id INTEGER NOT NULL, issued_at {text} NOT NULL, expires_at "
        "{text}, used_at {text}, PRIMARY KEY (hash))",
        "CREATE INDEX ix_mail_tokens_subscription_id ON mail_tokens (subscription_id)",
    ),
    "suppressions": (
        "CREATE TABLE suppressions (id {serial} NOT NULL, address {text} NOT NULL, "
        "reason {text} NOT NULL, detail {text} NOT NULL, at {text} NOT NULL, lifted_at "
        "{text}, lifted_because {text}, PRIMARY KEY (id))",
        "CREATE INDEX ix_suppressions_address ON suppressions (address)",
    ),
    "bounces": (
        'CREATE TABLE bounces (id {serial} NOT NULL, "key" {text} NOT NULL, kind {text} '
        "NOT NULL, address {text} NOT NULL, status {text} NOT NULL, verdict {text} NOT "
        "NULL, detail {text} NOT NULL, at {text} NOT NULL, outbox_id INTEGER, PRIMARY "
        'KEY (id), UNIQUE ("key"))',
        "CREATE INDEX ix_bounces_address ON bounces (address)",
    ),
    "alert_marks": (
        'CREATE TABLE alert_marks (id {serial} NOT NULL, mark {text} NOT NULL, "key" '
        "{text}, filter {text} NOT NULL, calendar {text} NOT NULL, zone {text} NOT "
        'NULL, reason {text} NOT NULL, "by" {text} NOT NULL, at {text} NOT NULL, until '
        "{text}, ended_at {text}, ended_because {text}, PRIMARY KEY (id))",
        'CREATE INDEX ix_alert_marks_key ON alert_marks ("key")',
    ),
    "alert_tellings": (
        "CREATE TABLE alert_tellings (id {serial} NOT NULL, subscription_id INTEGER NOT "
        'NULL, "key" {text} NOT NULL, outcome {text} NOT NULL, why {text} NOT NULL, at '
        "{text} NOT NULL, dedup_key {text}, PRIMARY KEY (id))",
        'CREATE INDEX ix_alert_tellings_key ON alert_tellings ("key")',
        "CREATE INDEX alert_tellings_of ON alert_tellings (subscription_id, outcome)",
    ),
}


def create_missing() -> None:
    """The tables that this migration brings, where they are not there."""
    bind = op.get_bind()
    present = set(sa.inspect(bind).get_table_names())
    for table, statements in TABLES.items():
        for statement in statements if table not in present else ():
            op.execute(statement.format(**TYPES[bind.dialect.name]))


def upgrade() -> None:
    """Those who were on record go on hearing."""
    connection = op.get_bind()
    for table, columns in ADDED.items():
        present = {column["name"] for column in sa.inspect(connection).get_columns(table)}
        for column in columns:
            if column.name not in present:
                op.add_column(table, column)
    create_missing()
    op.execute(
        "UPDATE subscriptions SET confirmed_at = created_at, "
        "consent = 'on record before consent was kept' WHERE confirmed_at IS NULL"
    )
