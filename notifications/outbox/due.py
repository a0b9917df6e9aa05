"""When a message may leave: when it is due, and how long it waits after a failure.

A digest also waits during its subscriber's quiet hours, which hold for retries too: one may come
due hours after its digest was planned.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from zlib import crc32

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, bindparam, or_, select, tuple_

from events import format_instant
from events.database.owned_tables import table_of
from notifications.alerts.calendar_rules import is_covered
from notifications.errors import Phase
from notifications.outbox.locks import OUTBOX
from notifications.outbox.reaper import SLACK
from notifications.tables import SubscriptionRow


class Wait(Struct, frozen=True):
    """How long to wait: first so long, then twice as long after each failure, up to the longest."""

    first: timedelta
    longest: timedelta


SUBSCRIPTIONS = table_of(SubscriptionRow)
QUIET, ZONE = SUBSCRIPTIONS.c.quiet, SUBSCRIPTIONS.c.zone
QUIET_HOURS = select(QUIET, ZONE).where(QUIET != "[]").distinct()
AFTER_DIGESTS = ":"
"""Keys of digests begin with the number of their subscription, all others with a word; in ASCII
the colon comes after the digits and before the letters."""
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
DEFAULT = Wait(MINUTE, 6 * HOUR)
WAITS: dict[Phase, Wait] = {
    "connect": Wait(MINUTE, HOUR),
    "greeting": Wait(MINUTE, HOUR),
    "tls": Wait(MINUTE, HOUR),
    "auth": Wait(5 * MINUTE, HOUR),
    "sender": Wait(5 * MINUTE, 6 * HOUR),
    "recipient": Wait(5 * MINUTE, 6 * HOUR),
    "data": DEFAULT,
    "file": DEFAULT,
}
"""A recipient refused for now is most often greylisted, and a retry within five minutes is refused
again. A relay that does not answer is tried more often, since all mail waits for it."""
SPREAD = 4
"""Waits are lengthened by up to a quarter, so that messages do not all come back at once."""
LONGEST = max(wait.longest for wait in WAITS.values()) * (1 + 1 / SPREAD)


def outside_quiet_hours(connection: Connection, now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Excludes digests whose subscriber is in quiet hours; no condition when nobody is."""
    rules = connection.execute(QUIET_HOURS).all()
    in_force = [tuple(row) for row in rules if is_covered(json.loads(row.quiet), row.zone, now)]
    if not in_force:
        return ()
    in_quiet_hours = select(SUBSCRIPTIONS.c.id).where(tuple_(QUIET, ZONE).in_(in_force))
    others = OUTBOX.c.subscription_id.not_in(in_quiet_hours)
    return (or_(OUTBOX.c.dedup_key >= AFTER_DIGESTS, others),)


IS_DUE = (
    OUTBOX.c.state == "due",
    or_(
        OUTBOX.c.due_at <= bindparam("now"),
        OUTBOX.c.planned_at > bindparam("planned_ahead"),
        (OUTBOX.c.failures > 0) & (OUTBOX.c.due_at > bindparam("beyond_backoff")),
    ),
)
"""Due by its time, or by a time that a clock set back has made unreachable; see `due_limits`."""


def due_limits(now: datetime) -> dict[str, str]:
    """The instants of `IS_DUE`."""
    return {
        "now": format_instant(now),
        "planned_ahead": format_instant(now + SLACK),
        "beyond_backoff": format_instant(now + LONGEST + SLACK),
    }


def backoff(phase: Phase, failures: int, key: str) -> timedelta:
    """The wait after so many failures in a row; the same for the same message (`key`)."""
    wait = WAITS.get(phase, DEFAULT)
    base = min(wait.first * (1 << min(max(failures, 1) - 1, 16)), wait.longest)
    return base + base * (crc32(f"{key}/{failures}".encode()) % 256) / (256 * SPREAD)
