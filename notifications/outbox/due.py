"""What stays in the outbox while its reader's quiet hours last, however it came to be late."""

from __future__ import annotations

import json
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, or_, select, tuple_

from events import format_instant
from notifications.alerts.calendar_rules import is_covered
from notifications.outbox.backoff import LONGEST
from notifications.outbox.locks import OUTBOX
from notifications.outbox.reaper import SLACK
from notifications.tables import SubscriptionRow, table_of

SUBSCRIPTIONS = table_of(SubscriptionRow)
QUIET, ZONE = SUBSCRIPTIONS.c.quiet, SUBSCRIPTIONS.c.zone
NOT_A_DIGEST = ":"
"""Keys of digests begin with the number of their subscription; what was asked for just now, and
what goes to somebody else, begins with a word, and letters come after this."""


def outside_quiet_hours(connection: Connection, now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Which messages may leave now; nothing is said where it is nobody's quiet hour."""
    asked = connection.execute(select(QUIET, ZONE).where(QUIET != "[]").distinct()).all()
    hushed = [tuple(row) for row in asked if is_covered(json.loads(row.quiet), row.zone, now)]
    if not hushed:
        return ()
    theirs = select(SUBSCRIPTIONS.c.id).where(tuple_(QUIET, ZONE).in_(hushed))
    others = OUTBOX.c.subscription_id.not_in(theirs)
    return (or_(OUTBOX.c.dedup_key >= NOT_A_DIGEST, others),)


def is_due(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return OUTBOX.c.state == "due", _has_come(now)


def _has_come(now: datetime) -> ColumnElement[bool]:
    """Due, or planned later than now: the clock went back, and its old time may never come."""
    ahead = OUTBOX.c.planned_at > format_instant(now + SLACK)
    retried = OUTBOX.c.failures > 0
    far = OUTBOX.c.due_at > format_instant(now + LONGEST + SLACK)
    return or_(OUTBOX.c.due_at <= format_instant(now), ahead, retried & far)
