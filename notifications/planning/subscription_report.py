"""A subscription as commands print it: what it asks for, how it stands, and its evidence."""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import asdict
from sqlalchemy import Connection, select

from events.database.owned_tables import table_of
from notifications.alerts import filter_check
from notifications.bounces.recording import bounces_of
from notifications.planning import notification_log
from notifications.subscriptions.description import subscription_row
from notifications.subscriptions.subscription import Subscription
from notifications.tables import OutboxRow

OUTBOX = table_of(OutboxRow)


def in_full(connection: Connection, subscription: Subscription, now: datetime) -> dict[str, object]:
    """Everything an operator can be asked about one subscription."""
    notifications = notification_log.of_subscription(connection, subscription.id)
    matching = filter_check.matching(connection, subscription.wants)
    is_own = OUTBOX.c.subscription_id == subscription.id
    query = select(OUTBOX.c.dedup_key, OUTBOX.c.state, OUTBOX.c.planned_at, OUTBOX.c.sent_at,
                   OUTBOX.c.subject, OUTBOX.c.message_id, OUTBOX.c.recipient)  # fmt: skip
    messages = [
        dict(row._mapping) for row in connection.execute(query.where(is_own).order_by(OUTBOX.c.id))
    ]
    sent = [message for message in messages if message["sent_at"]]
    return {
        **subscription_row(connection, subscription, now),
        "matches": matching,
        "warnings": filter_check.filter_warnings(connection, subscription.wants),
        "last_sent": sent[-1] if sent else None,
        "messages": messages,
        "told": notifications,
        "bounces": [asdict(bounce) for bounce in bounces_of(connection, subscription.email)],
    }
