"""The outbox: each message once, claimed under a lease, its way recorded step by step.

due -> leased -> transmitting -> sent; back to due after a passing failure, parked after a lasting
one, uncertain when the answer to the final dot was lost. Uncertain is never silently due again.

Safety rests on the fence alone: a change counts only for the worker and attempt that hold the
message. The clock of leases decides no more than how soon the message of a dead worker is looked at
again, so a clock that jumps can delay or make uncertain, and never send twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    bindparam,
    select,
    tuple_,
    update,
)

from events import format_instant, parse_instant
from notifications.addresses.channels import MAIL, Lane
from notifications.outbox.attempts import record
from notifications.outbox.backoff import LONGEST, backoff
from notifications.outbox.due import is_due, outside_quiet_hours
from notifications.outbox.locks import OUTBOX, Held
from notifications.outbox.rate_limit import Allowance
from notifications.outbox.reaper import LEASE, RESEND_AFTER

if TYPE_CHECKING:
    from notifications.errors import Phase, TransportError

STATES = ("due", "leased", "transmitting", "sent", "uncertain", "parked", "dead")
MOST_FAILURES = 20
KEPT_TRYING = timedelta(days=7)
"""How long a host that is nobody's relay may stay away before what waits for it is given up."""
BATCH = 50


def claim(
    connection: Connection,
    worker: str,
    now: datetime,
    at: datetime | None = None,
    *,
    lease: timedelta = LEASE,
    most: int = BATCH,
    allowance: Allowance | None = None,
    lane: Lane = Lane(),  # noqa: B008
) -> list[Held]:
    """Lease what is due at `now` to this worker; `attempts` is the fence that a stale one fails at.

    `at` is the time of leases (None: the same). `allowance` is what rate limits have left; only
    what leaves by `lane` is taken.
    """
    at = at or now
    ids = _choose(connection, now, most, allowance, lane)
    if not ids:
        return []
    values = {
        "state": "leased",
        "worker": worker,
        "lease_until": format_instant(at + lease),
        "attempts": OUTBOX.c.attempts + 1,
    }
    claimed = update(OUTBOX).where(OUTBOX.c.id.in_(ids)).values(**values).returning(OUTBOX)
    held = sorted(connection.execute(claimed), key=lambda row: (row.due_at, row.id))
    record(connection, held, "leased", at)
    return held


def _choose(
    connection: Connection, now: datetime, most: int, allowance: Allowance | None, lane: Lane
) -> list[int]:
    """What is due, longest first, passing over what another transaction is just taking."""
    wanted = [*is_due(now), *outside_quiet_hours(connection, now)]
    wanted.append(OUTBOX.c.channel == lane.channel)
    if lane.domain is not None:
        wanted.append(OUTBOX.c.domain == lane.domain)
    if allowance is not None and allowance.spent:
        wanted.append(OUTBOX.c.domain.not_in(allowance.spent))
    query = (
        select(OUTBOX.c.id, OUTBOX.c.domain)
        .where(*wanted)
        .order_by(OUTBOX.c.due_at, OUTBOX.c.id)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    rows = connection.execute(query)
    return [row.id for row in rows if allowance is None or allowance.take(row.domain)]


def mark_transmitting(
    connection: Connection, rows: Sequence[Held], at: datetime, lease: timedelta = LEASE
) -> list[Held]:
    """Say that these are about to be handed over; the ones that are still this worker's.

    Committed before any of them leaves: who reads `transmitting` knows that it may have.
    """
    if not rows:
        return []
    held = OUTBOX.c.state.in_(("leased", "transmitting", "uncertain"))
    marked = (
        update(OUTBOX)
        .where(held, _fence(rows))
        .values(state="transmitting", lease_until=format_instant(at + lease))
        .returning(OUTBOX.c.id)
    )
    ours = set(connection.execute(marked).scalars())
    still = [row for row in rows if row.id in ours]
    record(connection, still, "transmitting", at)
    return still


def _fence(rows: Sequence[Held]) -> ColumnElement[bool]:
    """Whose these are: every change is for one worker and its attempt."""
    pairs = [(row.id, row.attempts) for row in rows]
    fence = tuple_(OUTBOX.c.id, OUTBOX.c.attempts).in_(pairs)
    mine: ColumnElement[bool] = OUTBOX.c.worker == rows[0].worker
    return fence & mine


BY_FENCE = (
    (OUTBOX.c.id == bindparam("of_id"))
    & (OUTBOX.c.worker == bindparam("of_worker"))
    & (OUTBOX.c.attempts == bindparam("of_attempt"))
)
SENT = (
    update(OUTBOX)
    .where(BY_FENCE)
    .values(
        state="sent",
        sent_at=bindparam("at"),
        location=bindparam("place"),
        lease_until=None,
        last_error=None,
    )
)


def mark_sent(connection: Connection, sent: Sequence[tuple[Held, datetime, str]]) -> int:
    """Accepted messages with when and where; how many were still this worker's to settle."""
    rows = [
        {**_ours(row), "at": format_instant(at), "place": location} for row, at, location in sent
    ]
    return int(connection.execute(SENT, rows).rowcount) if rows else 0


def _ours(row: Held) -> dict[str, Any]:
    return {"of_id": row.id, "of_worker": row.worker, "of_attempt": row.attempts}


def mark_failed(connection: Connection, row: Held, now: datetime, error: TransportError) -> str:
    """Park, hold or postpone a message, by how far it came; returns its new state."""
    failures = row.failures + (0 if error.of_relay else 1)
    state = state_after(failures, error)
    if state == "due" and _is_too_old(row, now):
        state = "dead"
    due = now + max(wait_after(row, error.phase, failures, state), _asked(error))
    values = {"state": state, "failures": failures, "due_at": format_instant(due)}
    _settle(connection, row, **values, last_error=error.message)
    return state


def state_after(failures: int, error: TransportError) -> str:
    if error.phase == "after_data":
        return "uncertain"
    if error.permanent:
        return "parked"
    return "dead" if failures >= MOST_FAILURES else "due"


def _is_too_old(row: Held, now: datetime) -> bool:
    """Our own relay comes back one day; somebody else's host may be gone for good."""
    return row.channel != MAIL and now - parse_instant(row.planned_at) > KEPT_TRYING


def _asked(error: TransportError) -> timedelta:
    """How long the server wants to be left alone, as far as we go along."""
    return min(error.retry_after or timedelta(0), LONGEST)


def wait_after(row: Held, phase: Phase, failures: int, state: str) -> timedelta:
    if state == "uncertain":
        return RESEND_AFTER
    return backoff(phase, failures or row.attempts, row.dedup_key)


def release(connection: Connection, rows: Sequence[Held], at: datetime, why: str) -> None:
    """Give back what was claimed and certainly not handed over."""
    for row in rows:
        _settle(connection, row, state="due", due_at=row.due_at)
    record(connection, rows, "due", at, answer=why)


def _settle(connection: Connection, row: Held, **values: Any) -> None:
    change = update(OUTBOX).where(BY_FENCE).values(**values, lease_until=None)
    connection.execute(change, _ours(row))
