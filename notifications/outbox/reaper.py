"""Releases messages whose worker has gone silent, and resends those whose answer was lost."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, or_

from events import format_instant
from notifications.outbox.answers import Answer, AnswerFiles
from notifications.outbox.attempts import Attempt, record_attempts, record_state
from notifications.outbox.locks import OUTBOX, OutboxMessage, locking_available, update_messages
from notifications.outbox.undelivered import ALL_LISTS, MOST_RESENDS, ResendPolicy

Answers = dict[tuple[int, int], Answer]
LEASE = timedelta(minutes=5)
RESEND_AFTER = timedelta(minutes=15)
"""Longer than a lease, so that the worker who may still get the answer can record it first."""
LEASE_EXPIRED = "no word before the lease ran out"
SLACK = timedelta(minutes=1)
"""How far clocks of several machines may differ before one counts as having been set back."""
IS_EXPIRED = or_(
    OUTBOX.c.lease_until < bindparam("now"),
    # A lease longer than any we give means that the clock was set back: it has expired too.
    OUTBOX.c.lease_until > bindparam("beyond_any"),
)
EXPIRED_UNTOUCHED = locking_available(OUTBOX.c.state == "leased", IS_EXPIRED)
EXPIRED_MAYBE_SENT = locking_available(OUTBOX.c.state == "transmitting", IS_EXPIRED)
UNCERTAIN = locking_available(
    OUTBOX.c.state == "uncertain",
    OUTBOX.c.resends < MOST_RESENDS,
    or_(
        OUTBOX.c.due_at <= bindparam("now"),
        # A wait longer than any we give means that the clock was set back.
        OUTBOX.c.due_at > bindparam("beyond_any"),
    ),
    OUTBOX.c.list_name.not_in(bindparam("held", expanding=True)),
)
UNCERTAIN_OF_SOME = UNCERTAIN.where(OUTBOX.c.list_name.in_(bindparam("only", expanding=True)))
LEASED_BY = locking_available(
    OUTBOX.c.worker == bindparam("name"), OUTBOX.c.state.in_(("leased", "transmitting"))
)


def reap_expired(
    connection: Connection,
    now: datetime,
    at: datetime | None = None,
    lease: timedelta = LEASE,
    answer_files: AnswerFiles | None = None,
) -> None:
    """Makes what was only leased due again, and what may have left uncertain, on expired leases.

    What its worker was answered and could not settle is sent. `at` is the time of leases (None: the
    same as `now`). The uncertain keep their worker, who may only be slow and can still record how
    it went.
    """
    at = at or now
    longest = max(lease, LEASE) + SLACK
    limits = {"now": format_instant(at), "beyond_any": format_instant(at + longest)}
    untouched = connection.execute(EXPIRED_UNTOUCHED, limits).all()
    update_messages(connection, untouched, state="due", worker=None, lease_until=None)
    record_state(connection, untouched, "due", at, LEASE_EXPIRED)
    maybe_sent = connection.execute(EXPIRED_MAYBE_SENT, limits).all()
    if answer_files is not None:
        answers = {name: answer_files.read(name) for name in {one.worker for one in maybe_sent}}
        maybe_sent = [
            message
            for message in maybe_sent
            if not _settle_by_answer(connection, message, answers[message.worker])
        ]
    update_messages(
        connection,
        maybe_sent,
        state="uncertain",
        lease_until=None,
        last_error=LEASE_EXPIRED,
        due_at=format_instant(now + RESEND_AFTER),
    )
    record_state(connection, maybe_sent, "uncertain", at, LEASE_EXPIRED)


def _settle_by_answer(connection: Connection, message: OutboxMessage, answers: Answers) -> bool:
    """Marks a message sent that its worker was answered for; False when there is no answer."""
    answer = answers.get((message.id, message.attempts))
    if answer is None:
        return False
    update_messages(
        connection,
        [message],
        state="sent",
        sent_at=answer.at,
        location=answer.location,
        lease_until=None,
        last_error=None,
    )
    step = Attempt(
        message.id,
        message.attempts,
        answer.at,
        "sent",
        message.worker,
        code=answer.code,
        answer=answer.answer,
    )
    record_attempts(connection, [step])
    return True


def resend_uncertain(
    connection: Connection, policy: ResendPolicy, now: datetime, at: datetime | None = None
) -> int:
    """Makes uncertain messages due once more; returns how many.

    Not those whose list is held, or that were sent again so often that something else is wrong.
    """
    if ALL_LISTS in policy.excepted:
        return 0
    beyond_any = format_instant(now + RESEND_AFTER + SLACK)
    limits: dict[str, Any] = {"now": format_instant(now), "beyond_any": beyond_any}
    limits["held"] = policy.excepted
    if policy.only is None:
        messages = connection.execute(UNCERTAIN, limits).all()
    else:
        messages = connection.execute(UNCERTAIN_OF_SOME, limits | {"only": policy.only}).all()
    update_messages(connection, messages, state="due", resends=OUTBOX.c.resends + 1)
    record_state(connection, messages, "due", at or now, "uncertain: sent once more by policy")
    return len(messages)


def renew_leases(connection: Connection, worker: str, at: datetime, lease: timedelta) -> int:
    """Extends all leases of a worker, except on what it is just changing; returns how many."""
    messages = connection.execute(LEASED_BY, {"name": worker}).all()
    update_messages(connection, messages, lease_until=format_instant(at + lease))
    return len(messages)
