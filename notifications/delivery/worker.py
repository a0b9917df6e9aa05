"""Claims due messages, hands them to a transport, and records what became of each.

No transaction is open while a message is on the wire. Messages are handed over a few at a time:
that the next few are `transmitting` is committed together with what became of the last few, so no
message leaves before it is marked, and the disk is waited for once for all of them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, Engine

from events import format_instant
from events.database.engine import BEGIN, row_lock_transaction
from events.errors import StoreUnavailable
from notifications.addresses.channels import MAIL
from notifications.bounces.recording import record_refusal
from notifications.delivery.transports import Receipt, Transport
from notifications.errors import TransportError
from notifications.outbox import circuit, queue, reaper
from notifications.outbox.answers import Answer, AnswerFiles, AnswerLog
from notifications.outbox.attempts import Attempt, attempt_of, record_attempts
from notifications.outbox.clocks import TurnClock
from notifications.outbox.leases import LeaseGuard
from notifications.outbox.locks import OutboxMessage, lock_in_order
from notifications.outbox.rate_limit import Limits, load_allowance
from notifications.outbox.undelivered import ResendPolicy
from notifications.subscriptions.destinations import pause_if_gone

LOCK_TRIES = 6
"""How often a lock is waited for, ten seconds each: a rebuild of a large log takes a minute."""
REAP_INTERVAL = timedelta(seconds=5)
"""How often a worker that goes on sending looks for expired leases: they last for minutes."""


class Rules(Struct, frozen=True):
    """How deliveries go: `together` are marked and settled in one transaction."""

    lease: timedelta = reaper.LEASE
    batch: int = queue.BATCH_SIZE
    together: int = 10
    limits: Limits = Limits()
    resend: ResendPolicy = ResendPolicy()


class Delivery(Struct, frozen=True):
    """One attempt: `state` is sent, due (again), parked, uncertain, dead, or taken by another."""

    recipient: str
    subject: str
    state: str
    location: str
    id: int = 0
    phase: str | None = None
    code: int | None = None
    channel: str = MAIL


class Outcome(Struct, frozen=True):
    """What the transport answered for one message, or how it failed, and when."""

    message: OutboxMessage
    at: datetime
    answer: Receipt | TransportError


def never() -> bool:
    return False


class DeliveryRun(Struct, frozen=True):
    """What the workers of one process share while they deliver.

    `worker` is the name of the process, `clock` times leases, and `stop` ends a worker between two
    messages.
    """

    engine: Engine
    worker: str
    clock: TurnClock
    rules: Rules = Rules()
    stop: Callable[[], bool] = never


class DeliveryWorker:
    """One worker at the outbox, under a name of its own, with one connection and one transport."""

    def __init__(self, run: DeliveryRun, worker: str, transport: Transport) -> None:
        self.engine = run.engine
        self.worker = worker
        self.transport = transport
        self.rules = run.rules
        self.clock = run.clock
        self.stop = run.stop
        self.guard = LeaseGuard(run.rules.lease)
        self.deliveries: list[Delivery] = []
        self._claimed: deque[OutboxMessage] = deque()
        self._transmitting: set[int] = set()
        self._outcomes: list[Outcome] = []
        self._circuit_open = ""
        self._is_relay_well = False
        """Whether a success of this claim is on record; another worker may have failed since."""
        self._reaped_at: datetime | None = None
        self._connection: Connection | None = None

    def work(self) -> list[Delivery]:
        """Claims and sends until nothing is due, the circuit opens, or `stop` says so."""
        # IMMEDIATE: on SQLite a transaction that reads first and then writes may fail at once with
        # "database is locked"; one that begins as a writer waits for its turn.
        immediate = self.engine.execution_options(**{BEGIN: "BEGIN IMMEDIATE"})
        with immediate.connect() as self._connection, self.guard.renewing(self._renew):
            with self._connection.begin():
                self._answer_files = AnswerFiles.of(self._connection)
            self._answers = AnswerLog(self._answer_files.path_of(self.worker))
            try:
                while not self._must_stop() and self._claim():
                    while self._claimed and not self._must_stop():
                        self._hand_over(self._mark_next())
                    self._settle_and_release()
            finally:
                self.transport.close()
                try:
                    self._settle_and_release()
                finally:
                    self._answers.close(are_settled=not self._outcomes)
            self._answer_files.sweep()
        return self.deliveries

    def _must_stop(self) -> bool:
        return bool(self._circuit_open) or self.stop()

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        """A transaction; for what happened on the wire it is worth waiting out a long writer."""
        connection = self._connection
        assert connection is not None
        for tries_left in reversed(range(LOCK_TRIES)):
            try:
                transaction = connection.begin()
                break
            except StoreUnavailable:
                if not tries_left:
                    raise
        with transaction:
            yield connection

    def _renew(self) -> None:
        # Called from the guard's thread, so on a connection of its own.
        with row_lock_transaction(self.engine) as connection:
            at = self.clock.lease_time(connection)
            reaper.renew_leases(connection, self.worker, at, self.rules.lease)

    def _claim(self) -> int:
        """Releases expired leases, then claims what is due as far as circuit and limits allow."""
        now, rules, transport = self.clock.now(), self.rules, self.transport
        with self._transaction() as connection:
            at = self.clock.lease_time(connection)
            self._reap(connection, now, at)
            admitted = circuit.admitted_count(connection, transport.host, at)
            claimable = queue.Claimable(
                transport.lane,
                rules.batch if admitted is None else admitted,
                load_allowance(connection, rules.limits, at, transport.lane.channel),
            )
            batch = queue.claim(
                connection, self.worker, now, at, lease=rules.lease, claimable=claimable
            )
            transport.prepare(connection, batch)
            if not batch:
                self._rest(connection, at, had_probe=bool(admitted))
        self._is_relay_well = False
        self.guard.claimed()
        self._claimed.extend(batch)
        self._transmitting.clear()
        return len(batch)

    def _rest(self, connection: Connection, at: datetime, *, had_probe: bool) -> None:
        """Nothing was claimed: gives back the probe, or closes the circuit that nothing waits for.

        A probe spent on nothing would delay what is due a moment later, and a relay that stays in
        trouble would leave every turn without its sign of life.
        """
        host = self.transport.host
        if not queue.is_waited_for(connection, self.transport.lane):
            circuit.close(connection, host)
        elif had_probe:
            circuit.return_probe(connection, host, at)

    def _reap(self, connection: Connection, now: datetime, at: datetime) -> None:
        """Releases what other workers left behind, first and then now and again."""
        if self._reaped_at is None or abs(at - self._reaped_at) >= REAP_INTERVAL:
            lease, files = self.rules.lease, self._answer_files
            reaper.reap_expired(connection, now, at, lease, files)
            reaper.resend_uncertain(connection, self.rules.resend, now, at)
            self._reaped_at = at

    def _mark_next(self) -> int:
        """Settles the last few and marks the next few as transmitting, in one transaction.

        Returns how many are marked; others of the claim have gone to another worker meanwhile.
        """
        size = min(self.rules.together, len(self._claimed))
        messages = [self._claimed.popleft() for _ in range(size)]
        with self._transaction() as connection:
            lock_in_order(connection, [*self._handed_over(), *messages])
            self._settle(connection)
            unmarked = [message for message in messages if message.id not in self._transmitting]
            at = self.clock.last_lease_time()
            marked = queue.mark_transmitting(connection, unmarked, at, self.rules.lease)
        self._outcomes.clear()
        self._transmitting.update(message.id for message in marked)
        ours = [message for message in messages if message.id in self._transmitting]
        for message in messages:
            if message.id not in self._transmitting:
                self._report(message, "taken", "by another worker")
        self._claimed.extendleft(reversed(ours))
        return len(ours)

    def _hand_over(self, count: int) -> None:
        """Hands over each message in turn, up to the first that says the relay is in trouble."""
        for _ in range(count):
            if self._must_stop():
                return
            message = self._claimed.popleft()
            if not self.guard.is_sure:
                # The lease may have expired while this process was stopped: ask the database.
                with self._transaction() as connection:
                    at = self.clock.lease_time(connection)
                    marked = queue.mark_transmitting(connection, [message], at, self.rules.lease)
                if not marked:
                    self._report(message, "taken", "by another worker")
                    continue
            outcome = self._attempt(message)
            self._outcomes.append(outcome)
            if isinstance(outcome.answer, TransportError):
                if _is_relay_failure(outcome.answer):
                    return
                continue
            received, receipt = format_instant(self.clock.now()), outcome.answer
            facts = (received, receipt.code, receipt.location, receipt.answer)
            self._answers.keep(Answer(message.id, message.attempts, *facts))

    def _attempt(self, message: OutboxMessage) -> Outcome:
        answer: Receipt | TransportError
        try:
            answer = self.transport.hand_over(message)
        except TransportError as error:
            answer = error
        except Exception as error:
            # A bug of ours must not stop the other messages; how far this one came is unknown, so
            # it is held as uncertain and not sent again.
            words = f"unexpected {type(error).__name__}: {error}"
            answer = TransportError(words, permanent=False, phase="after_data")
        return Outcome(message, self.clock.last_lease_time(), answer)

    def _settle_and_release(self) -> None:
        """Records what was handed over and gives back what was not."""
        if not (self._outcomes or self._claimed):
            return
        with self._transaction() as connection:
            lock_in_order(connection, [*self._handed_over(), *self._claimed])
            self._settle(connection)
            reason = self._circuit_open or "stopped before it was handed over"
            queue.release(connection, self._claimed, self.clock.last_lease_time(), reason)
        self._outcomes.clear()
        self._claimed.clear()

    def _handed_over(self) -> list[OutboxMessage]:
        return [outcome.message for outcome in self._outcomes]

    def _settle(self, connection: Connection) -> None:
        """Records what became of the messages handed over, and of the relay."""
        outcomes, now = self._outcomes, self.clock.now()
        sent = [
            (o.message, now, o.answer.location) for o in outcomes if isinstance(o.answer, Receipt)
        ]
        queue.mark_sent(connection, sent)
        if sent and not self._is_relay_well:
            circuit.close(connection, self.transport.host)
            self._is_relay_well = True
        attempts = [self._settle_one(connection, outcome, now) for outcome in outcomes]
        record_attempts(connection, attempts)

    def _settle_one(self, connection: Connection, outcome: Outcome, now: datetime) -> Attempt:
        message, answer = outcome.message, outcome.answer
        if isinstance(answer, Receipt):
            self._report(message, "sent", answer.location, code=answer.code)
            return attempt_of(message, "sent", outcome.at, None, answer.code, answer.answer)
        state = queue.mark_failed(connection, message, now, answer)
        record_refusal(connection, message, now, answer)
        pause_if_gone(connection, message, now, answer)
        # A conversation that we broke off ourselves says nothing of the relay.
        if _is_relay_failure(answer) and not self.stop():
            self._is_relay_well = False
            host, at = self.transport.host, self.clock.last_lease_time()
            relay = circuit.record_failure(connection, host, at, answer.message, answer.retry_after)
            if (until := relay.open_until) is not None:
                self._circuit_open = f"{host} is left alone until {until:%Y-%m-%dT%H:%M:%SZ}"
        self._report(message, state, answer.message, phase=answer.phase, code=answer.code)
        return attempt_of(message, state, outcome.at, answer.phase, answer.code, answer.message)

    def _report(self, message: OutboxMessage, state: str, location: str, **more: Any) -> None:
        facts = (message.recipient, message.subject, state, location, message.id)
        self.deliveries.append(Delivery(*facts, channel=message.channel, **more))


def _is_relay_failure(error: TransportError) -> bool:
    """Whether it counts against the relay: trouble of its own, or silence after the final dot."""
    return error.of_relay or error.is_silence
