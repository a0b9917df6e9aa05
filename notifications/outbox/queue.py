"""The states of a message, and who may change them.

due -> leased -> transmitting -> sent; back to due after a temporary failure, parked after a
permanent one, uncertain when the answer to the final dot was lost. Uncertain is due once more, with
the same Message-ID, unless its list is held.

Safety rests on the fence alone: a change counts only for the worker and attempt that have the
message. The clock of leases decides no more than how soon the message of a dead worker is looked at
again, so a clock that jumps can delay or make uncertain, and never send twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from sqlalchemy import (
    Connection,
    Integer,
    bindparam,
    exists,
    select,
    tuple_,
    update,
)

from events import format_instant, parse_instant
from notifications.addresses.channels import MAIL, Lane
from notifications.outbox.arrays import takes_arrays
from notifications.outbox.attempts import record_state
from notifications.outbox.due import IS_DUE, LONGEST, backoff, due_limits, outside_quiet_hours
from notifications.outbox.locks import OUTBOX, OutboxMessage
from notifications.outbox.rate_limit import Allowance
from notifications.outbox.reaper import LEASE, RESEND_AFTER

if TYPE_CHECKING:
    from notifications.errors import Phase, TransportError

STATES = ("due", "leased", "transmitting", "sent", "uncertain", "parked", "dead")
MAX_FAILURES = 20
RETRY_PERIOD = timedelta(days=7)
"""How long a host that is nobody's relay may stay away before its messages are given up."""
BATCH_SIZE = 50


LEASE_ALL = (
    update(OUTBOX)
    .where(OUTBOX.c.id.in_(bindparam("ids", expanding=True)))
    .values(
        state="leased",
        worker=bindparam("name"),
        lease_until=bindparam("until"),
        attempts=OUTBOX.c.attempts + 1,
    )
    .returning(OUTBOX)
)


class Claimable(Struct, frozen=True):
    """What one claim may take: messages of one lane, at most so many, as rate limits leave it."""

    lane: Lane = Lane()
    limit: int = BATCH_SIZE
    allowance: Allowance | None = None


ANY_MAIL = Claimable()


def claim(
    connection: Connection,
    worker: str,
    now: datetime,
    at: datetime | None = None,
    *,
    lease: timedelta = LEASE,
    claimable: Claimable = ANY_MAIL,
) -> list[OutboxMessage]:
    """Leases to this worker what is due at `now` and claimable, longest due first.

    `at` is the time of leases (None: the same). Each claim raises `attempts`, the fence at which a
    worker whose lease has gone to another fails.
    """
    at = at or now
    ids = _available_ids(connection, now, claimable)
    if not ids:
        return []
    values = {"ids": ids, "name": worker, "until": format_instant(at + lease)}
    # RETURNING gives no order.
    messages = sorted(connection.execute(LEASE_ALL, values), key=lambda row: (row.due_at, row.id))
    record_state(connection, messages, "leased", at)
    return messages


DUE_IN_CHANNEL = (
    select(OUTBOX.c.id, OUTBOX.c.domain)
    .where(*IS_DUE, OUTBOX.c.channel == bindparam("lane"))
    .order_by(OUTBOX.c.due_at, OUTBOX.c.id)
    .limit(bindparam("most", type_=Integer))
    # SKIP LOCKED lets workers claim side by side: each passes over the rows that another is
    # just claiming, instead of waiting for them and then finding them gone.
    .with_for_update(skip_locked=True)
)


def _available_ids(connection: Connection, now: datetime, claimable: Claimable) -> list[int]:
    lane, allowance = claimable.lane, claimable.allowance
    conditions = [*outside_quiet_hours(connection, now)]
    if lane.domain is not None:
        conditions.append(OUTBOX.c.domain == lane.domain)
    if allowance is not None and allowance.spent:
        conditions.append(OUTBOX.c.domain.not_in(allowance.spent))
    query = DUE_IN_CHANNEL.where(*conditions) if conditions else DUE_IN_CHANNEL
    values = {**due_limits(now), "lane": lane.channel, "most": claimable.limit}
    rows = connection.execute(query, values)
    return [row.id for row in rows if allowance is None or allowance.take(row.domain)]


def is_waited_for(connection: Connection, lane: Lane) -> bool:
    """Whether a message of a lane is to be sent, now or later."""
    conditions = [OUTBOX.c.channel == lane.channel, OUTBOX.c.state.in_(STATES[:3])]
    if lane.domain is not None:
        conditions.append(OUTBOX.c.domain == lane.domain)
    return bool(connection.execute(select(exists().where(*conditions))).scalar())


def mark_transmitting(
    connection: Connection,
    messages: Sequence[OutboxMessage],
    at: datetime,
    lease: timedelta = LEASE,
) -> list[OutboxMessage]:
    """Marks messages that are about to be handed over; returns those still this worker's.

    To be committed before any of them leaves: a message in `transmitting` may have left.
    """
    if not messages:
        return []
    lease_until = format_instant(at + lease)
    if takes_arrays(connection):
        parameters = {**_fence_arrays(messages), "lease_until": lease_until}
        ids = set(connection.exec_driver_sql(MARK_TRANSMITTING, parameters).scalars())
    else:
        is_unsettled = OUTBOX.c.state.in_(("leased", "transmitting", "uncertain"))
        is_same_worker = OUTBOX.c.worker == messages[0].worker
        attempts = [(message.id, message.attempts) for message in messages]
        is_same_attempt = tuple_(OUTBOX.c.id, OUTBOX.c.attempts).in_(attempts)
        statement = (
            update(OUTBOX)
            .where(is_unsettled, is_same_worker, is_same_attempt)
            .values(state="transmitting", lease_until=lease_until)
            .returning(OUTBOX.c.id)
        )
        ids = set(connection.execute(statement).scalars())
    marked = [message for message in messages if message.id in ids]
    record_state(connection, marked, "transmitting", at)
    return marked


ONE_FENCE = (
    (OUTBOX.c.id == bindparam("of_id"))
    & (OUTBOX.c.worker == bindparam("of_worker"))
    & (OUTBOX.c.attempts == bindparam("of_attempt"))
)
"""The same fence for one message by parameters, so that many are settled by one executemany."""
MARK_SENT = (
    update(OUTBOX)
    .where(ONE_FENCE)
    .values(
        state="sent",
        sent_at=bindparam("at"),
        location=bindparam("place"),
        lease_until=None,
        last_error=None,
    )
)


FENCES = "unnest(%(ids)s::bigint[], %(workers)s::text[], %(attempts)s::bigint[]"
IS_FENCED = (
    "outbox.id = fence.id AND outbox.worker = fence.worker AND outbox.attempts = fence.attempts"
)
MARK_TRANSMITTING = f"""
    UPDATE outbox SET state = 'transmitting', lease_until = %(lease_until)s
    FROM {FENCES}) AS fence (id, worker, attempts)
    WHERE {IS_FENCED} AND state IN ('leased', 'transmitting', 'uncertain') RETURNING outbox.id
"""
MARK_ALL_SENT = f"""
    UPDATE outbox SET state = 'sent', sent_at = fence.at, location = fence.place,
      lease_until = NULL, last_error = NULL
    FROM {FENCES}, %(at)s::text[], %(places)s::text[]) AS fence (id, worker, attempts, at, place)
    WHERE {IS_FENCED}
"""


def mark_sent(connection: Connection, sent: Sequence[tuple[OutboxMessage, datetime, str]]) -> int:
    """Settles accepted messages with when and where; returns how many were still this worker's."""
    if not sent:
        return 0
    if takes_arrays(connection):
        arrays: dict[str, object] = _fence_arrays([message for message, _, _ in sent])
        arrays["at"] = [format_instant(at) for _, at, _ in sent]
        arrays["places"] = [location for _, _, location in sent]
        return int(connection.exec_driver_sql(MARK_ALL_SENT, arrays).rowcount)
    parameters = [
        {**_fence_parameters(message), "at": format_instant(at), "place": location}
        for message, at, location in sent
    ]
    return int(connection.execute(MARK_SENT, parameters).rowcount)


def mark_failed(
    connection: Connection, message: OutboxMessage, now: datetime, error: TransportError
) -> str:
    """Parks, holds or postpones a message, by how far it came; returns its new state."""
    failures = message.failures + (0 if error.of_relay else 1)
    state = state_after(failures, error)
    # Our own relay comes back one day; somebody else's host may be gone for good.
    is_too_old = now - parse_instant(message.planned_at) > RETRY_PERIOD
    if state == "due" and message.channel != MAIL and is_too_old:
        state = "dead"
    # A server may ask to be left alone, but not for longer than our own longest wait.
    retry_after = min(error.retry_after or timedelta(0), LONGEST)
    due = now + max(wait_after(message, error.phase, failures, state), retry_after)
    values = {"state": state, "failures": failures, "due_at": format_instant(due)}
    _settle(connection, message, **values, last_error=error.message)
    return state


def state_after(failures: int, error: TransportError) -> str:
    """The state of a message after so many failures of its own, the last being `error`."""
    if error.phase == "after_data":
        return "uncertain"
    if error.permanent:
        return "parked"
    return "dead" if failures >= MAX_FAILURES else "due"


def wait_after(message: OutboxMessage, phase: Phase, failures: int, state: str) -> timedelta:
    """How long until a message is looked at again."""
    if state == "uncertain":
        return RESEND_AFTER
    return backoff(phase, failures or message.attempts, message.dedup_key)


def release(
    connection: Connection, messages: Sequence[OutboxMessage], at: datetime, reason: str
) -> None:
    """Gives back what was claimed and certainly not handed over."""
    for message in messages:
        _settle(connection, message, state="due", due_at=message.due_at)
    record_state(connection, messages, "due", at, reason)


def _settle(connection: Connection, message: OutboxMessage, **values: Any) -> None:
    statement = update(OUTBOX).where(ONE_FENCE).values(**values, lease_until=None)
    connection.execute(statement, _fence_parameters(message))


def _fence_arrays(messages: Sequence[OutboxMessage]) -> dict[str, Any]:
    return {
        "ids": [message.id for message in messages],
        "workers": [message.worker for message in messages],
        "attempts": [message.attempts for message in messages],
    }


def _fence_parameters(message: OutboxMessage) -> dict[str, int | str | None]:
    return {
        "of_id": message.id,
        "of_worker": message.worker,
        "of_attempt": message.attempts,
    }
