"""Which messages may leave now: due, and not a digest during its subscriber's quiet hours.

Quiet hours hold for retries too, which may come due hours after their digest was planned.
"""

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
AFTER_DIGESTS = ":"
"""Keys of digests begin with the number of their subscription, all others with a word; in ASCII
the colon comes after the digits and before the letters."""


def outside_quiet_hours(connection: Connection, now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Excludes digests whose subscriber is in quiet hours; no condition when nobody is."""
    rules = connection.execute(select(QUIET, ZONE).where(QUIET != "[]").distinct()).all()
    in_force = [tuple(row) for row in rules if is_covered(json.loads(row.quiet), row.zone, now)]
    if not in_force:
        return ()
    in_quiet_hours = select(SUBSCRIPTIONS.c.id).where(tuple_(QUIET, ZONE).in_(in_force))
    others = OUTBOX.c.subscription_id.not_in(in_quiet_hours)
    return (or_(OUTBOX.c.dedup_key >= AFTER_DIGESTS, others),)


def is_due(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Due by its time, or by a time that a clock set back has made unreachable."""
    planned_ahead = OUTBOX.c.planned_at > format_instant(now + SLACK)
    is_retry = OUTBOX.c.failures > 0
    beyond_backoff = OUTBOX.c.due_at > format_instant(now + LONGEST + SLACK)
    time_has_come = OUTBOX.c.due_at <= format_instant(now)
    return OUTBOX.c.state == "due", or_(time_has_come, planned_ahead, is_retry & beyond_backoff)
