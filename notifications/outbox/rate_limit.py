"""What has left within the last minute, counted from the steps of every worker's messages."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, func, select, text

from events import format_instant
from notifications.addresses.channels import MAIL
from notifications.rate import WINDOW, Allowance, Limits
from notifications.tables import OutboxRow, OutboxStepRow, table_of

OUTBOX, STEPS = table_of(OutboxRow), table_of(OutboxStepRow)
COUNTING = 0x70616375
"""Advisory lock: with limits set, claims on PostgreSQL take turns, or two would share one place."""


def allowance(
    connection: Connection, limits: Limits, at: datetime, channel: str = MAIL
) -> Allowance | None:
    """What limits of this channel leave at this instant; None when there are none."""
    if not limits.are_set:
        return None
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": COUNTING})
    return Allowance.of(limits, _used(connection, at, channel))


def _used(connection: Connection, at: datetime, channel: str) -> dict[str, int]:
    """Messages claimed within the window, by domain; what was given back counts until it ends."""
    window = STEPS.c.at.between(format_instant(at - WINDOW), format_instant(at))
    query = (
        select(OUTBOX.c.domain, func.count())
        .join(STEPS, STEPS.c.outbox_id == OUTBOX.c.id)
        .where(STEPS.c.state == "leased", window, OUTBOX.c.channel == channel)
        .group_by(OUTBOX.c.domain)
    )
    return {row[0]: row[1] for row in connection.execute(query)}
