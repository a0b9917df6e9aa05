"""Deliver: claimed messages go out of any transaction, and each outcome is committed.

Messages are handed over a few at a time: that the next few are `transmitting` is committed together
with what became of the last few, so no message leaves before it is marked, and the disk is waited
for once for all of them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError

from events.database.engine import BEGIN, row_lock_transaction
from notifications.delivery import bounces
from notifications.delivery.relay import MailRelay, Receipt
from notifications.delivery.transports import MailTransport, Transport
from notifications.errors import TransportError
from notifications.outbox import attempts as steps
from notifications.outbox import circuit as circuits
from notifications.outbox import locks as outbox_rows
from notifications.outbox import queue as outbox
from notifications.outbox import rate_limit as rates
from notifications.outbox import reaper
from notifications.outbox.clocks import TurnClock
from notifications.outbox.leases import LeaseGuard
from notifications.outbox.locks import Held
from notifications.outbox.rate_limit import Limits
from notifications.subscriptions import destinations


class Rules(Struct, frozen=True):
    """How deliveries go: `together` are marked and settled in one transaction."""

    lease: timedelta = reaper.LEASE
    batch: int = outbox.BATCH
    together: int = 10
    limits: Limits = Limits()
    resend: tuple[str, ...] = ()


class Delivery(Struct, frozen=True):
    """One attempt: `state` is sent, due (again), parked, uncertain, dead, or taken by another."""

    recipient: str
    subject: str
    state: str
    location: str
    id: int = 0
    phase: str | None = None
    code: int | None = None


class Outcome(Struct, frozen=True):
    """What came of handing one message over."""

    row: Held
    at: datetime
    answer: Receipt | TransportError


@contextmanager
def _begun(connection: Connection) -> Iterator[None]:
    """A transaction; for what happened on the wire it is worth waiting out a long writer."""
    for left in reversed(range(TRIES)):
        try:
            transaction = connection.begin()
            break
        except OperationalError:
            if not left:
                raise
    with transaction:
        yield


TRIES = 6
"""How often a lock is waited for, ten seconds each: a rebuild of a large log takes a minute."""


def never() -> bool:
    return False


def deliver(
    engine: Engine,
    transport: MailRelay,
    now: datetime,
    worker: str,
    *,
    rules: Rules = Rules(),  # noqa: B008
    watch: TurnClock | None = None,
    stop: Callable[[], bool] = never,
) -> list[Delivery]:
    """Send mail that is due, batch by batch, until none is; `stop` ends it between two messages."""
    desk = DeliveryWorker(
        engine, MailTransport(transport), worker, rules, watch or TurnClock(now), stop
    )
    return desk.work()


class DeliveryWorker:
    """One worker at the outbox, with one connection to the database and one way out."""

    def __init__(
        self,
        engine: Engine,
        way: Transport,
        worker: str,
        rules: Rules,
        watch: TurnClock,
        stop: Callable[[], bool],
    ) -> None:
        self.engine = engine
        self.way = way
        self.worker = worker
        self.rules = rules
        self.watch = watch
        self.stop = stop
        self.hold = LeaseGuard(rules.lease)
        self.done: list[Delivery] = []
        self._left: deque[Held] = deque()
        self._marked: set[int] = set()
        self._outcomes: list[Outcome] = []
        self._open = ""
        self._connection: Connection | None = None

    def work(self) -> list[Delivery]:
        """Claim and send until nothing is due, the relay is to be left alone, or we are stopped."""
        with self._connected(), self.hold.renewing(self._renew):
            try:
                while not self._must_stop() and self._claim():
                    self._send()
            finally:
                self.way.close()
                self._end()
        return self.done

    @contextmanager
    def _connected(self) -> Iterator[None]:
        with self.engine.execution_options(**{BEGIN: "BEGIN IMMEDIATE"}).connect() as connection:
            self._connection = connection
            yield

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        connection = self._connection
        assert connection is not None
        with _begun(connection):
            yield connection

    def _must_stop(self) -> bool:
        return bool(self._open) or self.stop()

    def _claim(self) -> int:
        """What ran out is given back first, then what is due is taken as far as limits go."""
        now, rules = self.watch.now(), self.rules
        with self._transaction() as connection:
            at = self.watch.at(connection)
            reaper.reap(connection, now, at, rules.lease)
            reaper.resend_uncertain(connection, rules.resend, now, at)
            most = circuits.most(connection, self.way.host, at)
            batch = outbox.claim(
                connection,
                self.worker,
                now,
                at,
                lease=rules.lease,
                most=rules.batch if most is None else most,
                allowance=rates.allowance(connection, rules.limits, at, self.way.lane.channel),
                lane=self.way.lane,
            )
            self.way.prepare(connection, batch)
        self.hold.taken()
        self._left.extend(batch)
        self._marked.clear()
        return len(batch)

    def _renew(self) -> None:
        with row_lock_transaction(self.engine) as connection:
            reaper.renew(connection, self.worker, self.watch.at(connection), self.rules.lease)

    def _send(self) -> None:
        """A few at a time; what is not handed over when we have to stop is given back."""
        while self._left and not self._must_stop():
            self._hand_over(self._begin())
        self._end()

    def _begin(self) -> int:
        """One transaction: what became of the last few, and that the next are transmitting.

        Returns how many are; others that were claimed have gone to another worker meanwhile.
        """
        few = [self._left.popleft() for _ in range(min(self.rules.together, len(self._left)))]
        with self._transaction() as connection:
            outbox_rows.lock(connection, [*self._handed_over(), *few])
            self._settle(connection)
            at = self.watch.moment()
            unmarked = [row for row in few if row.id not in self._marked]
            marked = outbox.mark_transmitting(connection, unmarked, at, self.rules.lease)
        self._marked.update(row.id for row in marked)
        still = [row for row in few if row.id in self._marked]
        for row in few:
            if row not in still:
                self._tell(row, "taken", "by another worker")
        self._left.extendleft(reversed(still))
        return len(still)

    def _hand_over(self, count: int) -> None:
        """Each message in turn, up to the first that says the relay is in trouble."""
        for _ in range(count):
            if self._must_stop():
                return
            row = self._left.popleft()
            if not self.hold.is_sure and not self._is_still_ours(row):
                continue
            outcome = self._attempt(row)
            self._outcomes.append(outcome)
            if isinstance(outcome.answer, TransportError) and outcome.answer.of_relay:
                return

    def _is_still_ours(self, row: Held) -> bool:
        """Asked of the database, where the lease may have run out while we were stopped."""
        with self._transaction() as connection:
            at = self.watch.at(connection)
            if outbox.mark_transmitting(connection, [row], at, self.rules.lease):
                return True
        self._tell(row, "taken", "by another worker")
        return False

    def _attempt(self, row: Held) -> Outcome:
        """Whatever else goes wrong, nobody knows how far it came, and the others go on."""
        answer: Receipt | TransportError
        try:
            answer = self.way.hand_over(row)
        except TransportError as error:
            answer = error
        except Exception as error:
            words = f"unexpected {type(error).__name__}: {error}"
            answer = TransportError(words, permanent=False, phase="after_data")
        return Outcome(row, self.watch.moment(), answer)

    def _end(self) -> None:
        """Settle what was handed over and give back what was not."""
        if not (self._outcomes or self._left):
            return
        with self._transaction() as connection:
            outbox_rows.lock(connection, [*self._handed_over(), *self._left])
            self._settle(connection)
            why = self._open or "stopped before it was handed over"
            outbox.release(connection, self._left, self.watch.moment(), why)
        self._left.clear()

    def _handed_over(self) -> list[Held]:
        return [outcome.row for outcome in self._outcomes]

    def _settle(self, connection: Connection) -> None:
        """Write down what became of the messages handed over, and of the relay."""
        outcomes, self._outcomes = self._outcomes, []
        taken = [(o.row, o.answer) for o in outcomes if isinstance(o.answer, Receipt)]
        now = self.watch.now()
        outbox.mark_sent(connection, [(row, now, answer.location) for row, answer in taken])
        if taken:
            circuits.note_success(connection, self.way.host)
        told = [self._settled(connection, outcome, now) for outcome in outcomes]
        steps.add(connection, told)

    def _settled(self, connection: Connection, outcome: Outcome, now: datetime) -> dict[str, Any]:
        row, answer = outcome.row, outcome.answer
        if isinstance(answer, Receipt):
            self._tell(row, "sent", answer.location, code=answer.code)
            return steps.step(row, "sent", outcome.at, None, answer.code, answer.answer)
        state = outbox.mark_failed(connection, row, now, answer)
        bounces.refused(connection, row, now, answer)
        destinations.refused(connection, row, now, answer)
        if answer.of_relay:
            self._note_trouble(connection, answer)
        self._tell(row, state, answer.message, phase=answer.phase, code=answer.code)
        return steps.step(row, state, outcome.at, answer.phase, answer.code, answer.message)

    def _note_trouble(self, connection: Connection, error: TransportError) -> None:
        host, at = self.way.host, self.watch.moment()
        circuit = circuits.note_failure(connection, host, at, error.message, error.retry_after)
        if circuit.open_until is not None:
            self._open = f"{host} is left alone until {circuit.open_until:%Y-%m-%dT%H:%M:%SZ}"

    def _tell(self, row: Held, state: str, location: str, **more: Any) -> None:
        self.done.append(Delivery(row.recipient, row.subject, state, location, row.id, **more))
