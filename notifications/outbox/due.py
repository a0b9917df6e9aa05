"""What stays in the outbox while its reader's quiet hours last, however it came to be late."""

from __future__ import annotations

import json
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, or_, select, tuple_

from notifications.alerts.calendar_rules import is_covered
from notifications.tables import OutboxRow, SubscriptionRow, table_of

OUTBOX, SUBSCRIPTIONS = table_of(OutboxRow), table_of(SubscriptionRow)
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
