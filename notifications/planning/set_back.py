"""Takes back what a turn ahead of its time has planned, once a turn shows that its clock was wrong.

News that it put into the outbox and that has not left is cancelled. Readers who were sent it are
sent corrections, as for late news. Due dates, keys and instants that lie ahead are set right, so
that nothing waits until the wrong instant comes.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, select, update

from events import format_instant
from events.batches import batches
from notifications.alerts.cursor import CLOCK_SLACK, is_set_back, read_cursor
from notifications.alerts.noticing import Noticing
from notifications.outbox.due import AFTER_DIGESTS
from notifications.outbox.locks import OUTBOX
from notifications.planning.decisions import ESCALATED, MUTED, SENT, SNOOZED
from notifications.planning.notification_log import LOG
from notifications.subscriptions.subscription import all_subscriptions, update_subscription
from notifications.subscriptions.suppression import cancel_due_messages

AHEAD = "planned by a turn that was ahead of its time"
RENAMED = "/ahead-"
"""What follows the key of a digest or escalation that such a turn has planned."""
TO_DECIDE = {"outcome": SNOOZED, "why": AHEAD, "dedup_key": None}
"""What is delayed is decided on with the next digest, unless it is withdrawn."""


def begin_noticing(connection: Connection, now: datetime, position: int) -> Noticing:
    """Begins to look for new alerts; where the clock was set back, takes back what lay ahead."""
    cursor = read_cursor(connection)
    if cursor is not None and is_set_back(cursor, now):
        _take_back_messages(connection, now, cursor.seq)
        # Nothing waits for an instant that lies ahead: no reminder, escalation or digest. What was
        # muted may have been so by what is not so yet, the last digest planned too early.
        is_ahead = LOG.c.at > format_instant(now + CLOCK_SLACK)
        connection.execute(update(LOG).where(is_ahead, LOG.c.outcome == MUTED).values(TO_DECIDE))
        connection.execute(update(LOG).where(is_ahead).values(at=format_instant(now)))
        for subscription in all_subscriptions(connection):
            following = subscription.due_after(now)
            if following and subscription.next_due and subscription.next_due > following:
                due = subscription.last_due(now)
                update_subscription(connection, subscription.id, next_due=due)
    return Noticing(connection, now, position)


def _take_back_messages(connection: Connection, now: datetime, seq: int) -> None:
    """Cancels the news that a turn ahead of its time planned, and frees its keys."""
    is_planned = (OUTBOX.c.dedup_key < AFTER_DIGESTS) | OUTBOX.c.dedup_key.startswith("escalation/")
    is_new = ~OUTBOX.c.dedup_key.contains(RENAMED)
    is_ahead = OUTBOX.c.planned_at > format_instant(now + CLOCK_SLACK)
    planned = select(OUTBOX.c.dedup_key).where(is_planned, is_new, is_ahead)
    keys = list(connection.execute(planned).scalars())

    # 1. Cancel what is still to leave and can be decided on anew: news and escalations alone.
    for some in batches(keys):
        is_followup = LOG.c.outcome.not_in((SENT, ESCALATED))
        with_followups = select(LOG.c.dedup_key).where(LOG.c.dedup_key.in_(some), is_followup)
        of_news = OUTBOX.c.dedup_key.in_(some) & OUTBOX.c.dedup_key.not_in(with_followups)
        # What is sent a second time may have arrived.
        messages = cancel_due_messages(connection, of_news & (OUTBOX.c.resends == 0), AHEAD, now)
        is_of_these = LOG.c.dedup_key.in_([message.dedup_key for message in messages])
        connection.execute(delete(LOG).where(is_of_these, LOG.c.outcome == ESCALATED))
        connection.execute(update(LOG).where(is_of_these).values(TO_DECIDE))

    # 2. Free the keys: the true digest of that window has yet to come.
    for some in batches(keys):
        for table in (LOG, OUTBOX):
            renamed = table.c.dedup_key.concat(f"{RENAMED}{seq}")
            connection.execute(
                update(table).where(table.c.dedup_key.in_(some)).values(dedup_key=renamed)
            )
