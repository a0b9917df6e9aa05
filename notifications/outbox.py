"""The outbox: each message once, claimed under a lease, its way recorded step by step.

due -> leased -> transmitting -> sent; back to due after a passing failure, parked after a lasting
one, uncertain when the answer to the final dot was lost. Uncertain is never silently due again.

Safety rests on the fence alone: a change counts only for the worker and attempt that hold the
message. The clock of leases decides no more than how soon the message of a dead worker is looked at
again, so a clock that jumps can delay or make uncertain, and never send twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    bindparam,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from events import format_instant
from notifications.backoff import LONGEST, backoff
from notifications.rate import Allowance
from notifications.steps import record
from notifications.tables import OutboxRow, table_of

if TYPE_CHECKING:
    from notifications.errors import Phase, TransportError
    from notifications.planning import Planned
    from notifications.render import Rendered
    from notifications.subscriptions import Subscription

OUTBOX = table_of(OutboxRow)
STATES = ("due", "leased", "transmitting", "sent", "uncertain", "parked", "dead")
LEASE = timedelta(minutes=5)
MOST_FAILURES = 20
RESEND_AFTER = timedelta(minutes=15)
"""Longer than a lease, so that the worker who may still hear the answer can say so first."""
BATCH = 50
NO_WORD = "no word before the lease ran out"
SLACK = timedelta(minutes=1)
"""How far clocks of several machines may stand apart before one counts as having gone back."""

Held = Row[Any]
"""A message that a worker has claimed: its row, as it was when claimed."""


def put(
    connection: Connection,
    subscription: Subscription,
    planned: Planned,
    now: datetime,
    **more: Any,
) -> int:
    """Put a digest in, unless its key is taken; how many were put. `more` as put_message."""
    return put_message(
        connection,
        planned.rendered,
        recipient=subscription.email,
        dedup_key=planned.dedup_key,
        now=now,
        subscription_id=subscription.id,
        **more,
    )


def put_message(
    connection: Connection,
    rendered: Rendered,
    *,
    recipient: str,
    dedup_key: str,
    now: datetime,
    subscription_id: int = 0,
    list_name: str = "digest",
    envelope_from: str | None = None,
    due: datetime | None = None,
) -> int:
    """Put a message in, unless its key is taken; returns how many were put.

    `envelope_from` is the address that bounces of this message go to (None: that of the sender);
    `due` puts it off; `list_name` is what `PACTWATCH_RESEND_UNCERTAIN` goes by.
    """
    values = {
        "dedup_key": dedup_key,
        "subscription_id": subscription_id,
        "recipient": recipient,
        "domain": recipient.rpartition("@")[2].lower(),
        "message_id": rendered.message_id,
        "subject": rendered.subject,
        "message": rendered.message,
        "state": "due",
        "due_at": format_instant(due or now),
        "planned_at": format_instant(now),
        "attempts": 0,
        "list_name": list_name,
        "envelope_from": envelope_from,
    }
    return int(connection.execute(_new(connection), values).rowcount)


def _new(connection: Connection) -> Any:
    """Whoever loses the unique key did nothing; the databases say it in the same words."""
    postgres = connection.dialect.name == "postgresql"
    insert = postgresql.insert if postgres else sqlite.insert
    return insert(OUTBOX).on_conflict_do_nothing(index_elements=["dedup_key"])


def claim(
    connection: Connection,
    worker: str,
    now: datetime,
    at: datetime | None = None,
    *,
    lease: timedelta = LEASE,
    most: int = BATCH,
    allowance: Allowance | None = None,
) -> list[Held]:
    """Lease what is due at `now` to this worker; `attempts` is the fence that a stale one fails at.

    `at` is the time of leases (None: the same). `allowance` is what rate limits have left.
    """
    at = at or now
    ids = _choose(connection, now, most, allowance)
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
    connection: Connection, now: datetime, most: int, allowance: Allowance | None
) -> list[int]:
    """What is due, longest first, passing over what another transaction is just taking."""
    wanted = [OUTBOX.c.state == "due", _has_come(now)]
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


def _has_come(now: datetime) -> ColumnElement[bool]:
    """Due, or planned later than now: the clock went back, and its old time may never come."""
    ahead = OUTBOX.c.planned_at > format_instant(now + SLACK)
    retried = OUTBOX.c.failures > 0
    far = OUTBOX.c.due_at > format_instant(now + LONGEST + SLACK)
    return or_(OUTBOX.c.due_at <= format_instant(now), ahead, retried & far)


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
    not_begun = _locked(connection, OUTBOX.c.state == "leased", over)
    _change(connection, not_begun, state="due", worker=None, lease_until=None)
    record(connection, not_begun, "due", at, answer=NO_WORD)
    begun = _locked(connection, OUTBOX.c.state == "transmitting", over)
    _change(connection, begun, **_unsure(now))
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
    again = _locked(
        connection,
        OUTBOX.c.state == "uncertain",
        OUTBOX.c.list_name.in_(lists),
        OUTBOX.c.resends == 0,
        OUTBOX.c.due_at <= format_instant(now),
    )
    _change(connection, again, state="due", resends=1)
    record(connection, again, "due", at or now, answer="uncertain: sent once more by policy")
    return len(again)


def _locked(connection: Connection, *wanted: ColumnElement[bool]) -> Sequence[Held]:
    """Rows to change, but for those that another transaction is changing."""
    columns = (OUTBOX.c.id, OUTBOX.c.attempts, OUTBOX.c.worker)
    query = select(*columns).where(*wanted).order_by(OUTBOX.c.id)
    return connection.execute(query.with_for_update(skip_locked=True)).all()


def lock(connection: Connection, rows: Iterable[Held]) -> None:
    """Take the rows that a transaction is going to change, in one order for everybody.

    Whoever else waits for rows takes them by this too, and all others pass over what is taken, so
    no two wait for each other. SQLite has one writer, so there is nothing to take.
    """
    ids = [row.id for row in rows]
    if ids and connection.dialect.name == "postgresql":
        query = select(OUTBOX.c.id).where(OUTBOX.c.id.in_(ids)).order_by(OUTBOX.c.id)
        connection.execute(query.with_for_update()).all()


def _change(connection: Connection, rows: Sequence[Held], **values: Any) -> None:
    for n in range(0, len(rows), 500):
        ids = [row.id for row in rows[n : n + 500]]
        connection.execute(update(OUTBOX).where(OUTBOX.c.id.in_(ids)).values(**values))


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


def renew(connection: Connection, worker: str, at: datetime, lease: timedelta = LEASE) -> int:
    """Hold on to everything this worker has, but for what it is just changing; how much that is."""
    held = OUTBOX.c.state.in_(("leased", "transmitting"))
    mine = _locked(connection, OUTBOX.c.worker == worker, held)
    _change(connection, mine, lease_until=format_instant(at + lease))
    return len(mine)


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
    due = now + wait_after(row, error.phase, failures, state)
    values = {"state": state, "failures": failures, "due_at": format_instant(due)}
    _settle(connection, row, **values, last_error=error.message)
    return state


def state_after(failures: int, error: TransportError) -> str:
    if error.phase == "after_data":
        return "uncertain"
    if error.permanent:
        return "parked"
    return "dead" if failures >= MOST_FAILURES else "due"


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
