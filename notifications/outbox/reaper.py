"""What becomes of messages whose worker has gone silent, and of those whose answer was lost?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, or_

from events import format_instant
from notifications.outbox.attempts import record
from notifications.outbox.locks import OUTBOX, change, locked

LEASE = timedelta(minutes=5)
RESEND_AFTER = timedelta(minutes=15)
"""Longer than a lease, so that the worker who may still hear the answer can say so first."""
NO_WORD = "no word before the lease ran out"
SLACK = timedelta(minutes=1)
"""How far clocks of several machines may stand apart before one counts as having gone back."""


def reap(
    connection: Connection, now: datetime, at: datetime | None = None, lease: timedelta = LEASE
) -> None:
    """Leases that ran out: not begun is due again, begun is uncertain.

    A lease longer than any we give means that the clock went back: it has run out too. The
    uncertain keep their worker, who may only be slow and can still say how it went.
    """
    at = at or now
    over = or_(
        OUTBOX.c.lease_until < format_instant(at),
        OUTBOX.c.lease_until > format_instant(at + max(lease, LEASE) + SLACK),
    )
    not_begun = locked(connection, OUTBOX.c.state == "leased", over)
    change(connection, not_begun, state="due", worker=None, lease_until=None)
    record(connection, not_begun, "due", at, answer=NO_WORD)
    begun = locked(connection, OUTBOX.c.state == "transmitting", over)
    change(connection, begun, **_unsure(now))
    record(connection, begun, "uncertain", at, answer=NO_WORD)


def _unsure(now: datetime) -> dict[str, Any]:
    return {
        "state": "uncertain",
        "lease_until": None,
        "last_error": NO_WORD,
        "due_at": format_instant(now + RESEND_AFTER),
    }


def resend_uncertain(
    connection: Connection, lists: Sequence[str], now: datetime, at: datetime | None = None
) -> int:
    """Send once more what is uncertain on these lists; they chose a duplicate over a loss."""
    if not lists:
        return 0
    again = locked(
        connection,
        OUTBOX.c.state == "uncertain",
        OUTBOX.c.list_name.in_(lists),
        OUTBOX.c.resends == 0,
        OUTBOX.c.due_at <= format_instant(now),
    )
    change(connection, again, state="due", resends=1)
    record(connection, again, "due", at or now, answer="uncertain: sent once more by policy")
    return len(again)


def renew(connection: Connection, worker: str, at: datetime, lease: timedelta = LEASE) -> int:
    """Hold on to everything this worker has, but for what it is just changing; how much that is."""
    held = OUTBOX.c.state.in_(("leased", "transmitting"))
    mine = locked(connection, OUTBOX.c.worker == worker, held)
    change(connection, mine, lease_until=format_instant(at + lease))
    return len(mine)
