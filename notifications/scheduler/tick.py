"""One turn of the scheduler; safe to run twice, or by many at once."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct, field
from sqlalchemy import Connection, Engine

from events import EventStore
from events.batches import OnProgress, unreported
from events.database.engine import (
    read_snapshot,
    reused_connections,
    row_lock_transaction,
    write_transaction,
    write_transaction_unless_busy,
)
from events.database.table_writer import ConnectionTableWriter
from events.transparency.checkpoints import checkpoint_line
from notifications.alerts.stored import NewAlerts
from notifications.delivery.lanes import deliver_http, deliver_mail, due_lanes
from notifications.delivery.transports import MailTransport
from notifications.delivery.worker import Delivery, DeliveryRun, Rules, never
from notifications.errors import TurnStopped
from notifications.outbox import reaper
from notifications.outbox.answers import AnswerFiles
from notifications.outbox.circuit import FailingRelay, failing_relays, forget_abandoned
from notifications.outbox.clocks import TurnClock
from notifications.outbox.rate_limit import Limits
from notifications.outbox.undelivered import (
    ResendPolicy,
    are_messages_lost,
    undelivered,
)
from notifications.planning.context import DigestContext
from notifications.planning.digest_writer import DigestSetup
from notifications.planning.escalation import escalate
from notifications.planning.plan import plan_in_parts
from notifications.planning.set_back import begin_noticing
from notifications.scheduler.deliveries import RunDeliveries, deliver_in_turn
from notifications.scheduler.failure_log import TurnFailures
from notifications.scheduler.last_turn import check_turn_clock, record_turn, worker_name
from notifications.scheduler.liveness import ping, record_clock
from notifications.scheduler.report import Alerts, TickReport
from notifications.tables import OutboxRow, create_tables, has_table
from tracker.projections.catch_up import catch_up
from tracker.projections.reader import projected

if TYPE_CHECKING:
    from events.transparency.notes import Signer
    from notifications.settings import MailSettings

PATIENCE_SECONDS = 5.0
"""How long a daemon waits for others that project; a record or a turn takes less."""
log = logging.getLogger(__name__)


class TurnOptions(Struct, frozen=True, kw_only=True):
    """How a turn is taken: by default by itself, at an instant that is given, and to its end."""

    signer: Signer | None = None
    """Signs the checkpoint that digests carry."""
    clock: TurnClock | None = None
    """Times leases; without one they are timed from the instant of the turn on."""
    workers: int = 1
    """Conversations with the relay at once."""
    stop: Callable[[], bool] = never
    """Once it says so, what is being folded is not written, and a later turn begins it anew."""
    run_deliveries: RunDeliveries = deliver_in_turn
    """A daemon's goes on while a server does not answer."""
    patience: float | None = None
    """Where another process has projected for so many seconds, the turn only delivers."""
    progress: OnProgress = unreported
    """Told of agreements as they are folded."""
    noticed: OnProgress = unreported
    """Told of agreements as alerts are looked for in them."""
    failures: TurnFailures = field(default_factory=TurnFailures)
    """Told of what goes wrong and ends no turn."""


class TurnNews(Struct, frozen=True):
    """What projecting brought: events read, position reached, alerts, and how many are history."""

    projected: int = 0
    position: int = 0
    alerts: Alerts = ()
    historical: int = 0


def tick(
    store: EventStore,
    engine: Engine,
    settings: MailSettings,
    transport: MailTransport,
    now: datetime,
    options: TurnOptions = TurnOptions(),  # noqa: B008
) -> TickReport:
    """Takes one turn at `now`."""
    return Turn(store, engine, settings, transport, now, options).take()


class Turn:
    """One turn, and its steps: each is safe to repeat, and to take beside other workers."""

    def __init__(
        self,
        store: EventStore,
        engine: Engine,
        settings: MailSettings,
        transport: MailTransport,
        now: datetime,
        options: TurnOptions,
    ) -> None:
        self.store = store
        self.engine = engine
        self.settings = settings
        self.transport = transport
        self.now = now
        self.options = options
        self.clock = options.clock or TurnClock(now)
        self.rules = rules_of(settings)

    def take(self) -> TickReport:
        """Takes the steps in their order; what an earlier turn has left is taken up by each."""
        with reused_connections(self.engine):
            # No turn is taken at an instant that cannot be the present, unless it is given.
            if not self.clock.given:
                check_turn_clock(self.store, self.now)
            news = self.project()
            # A first turn that is cut off, or that another process takes, leaves nothing to send.
            if news is None:
                with read_snapshot(self.engine) as connection:
                    if not has_table(connection, OutboxRow):
                        return TickReport(self.now)
            planned = self.plan(news) if news else 0
            # Before the hosts are read that have a message due.
            self.release_expired()
            deliveries = self.deliver()
            relays = self.record(news)
            troubles = undelivered(self.store, self.rules.resend)
            if news and not relays and not are_messages_lost(troubles):
                self.show_life()
            news, reader = news or TurnNews(), projected(self.store)
            return TickReport(
                now=self.now,
                projected=news.projected,
                alerts=news.alerts,
                planned=planned,
                deliveries=tuple(deliveries),
                obstacles=tuple(relay.words for relay in relays),
                undelivered=troubles,
                unreadable=tuple(reader.unreadable() if reader else ()),
                historical=news.historical,
            )

    def project(self) -> TurnNews | None:
        """Reads new events and what the clock has made due, and notices alerts.

        None where another process projects for too long, or on a stop. What is much is looked at
        in several transactions, and others write in between. A stop comes between two of them, or
        undoes the one that folds.
        """
        patience, stop = self.options.patience, self.options.stop

        def go_on(done: int, of: int) -> None:
            self.options.progress(done, of)
            if stop():
                raise TurnStopped(f"stopped when {done} of {of} agreements were folded")

        begin = (
            write_transaction(self.engine)
            if patience is None
            else write_transaction_unless_busy(self.engine, patience)
        )
        try:
            with begin as connection:
                if connection is None:
                    self.options.failures.projecting.failed(
                        "another process is projecting for long"
                    )
                    return None
                self.options.failures.projecting.succeeded()
                create_tables(connection)
                reached = catch_up(self.store, connection, self.now, go_on)
                noticing = begin_noticing(connection, self.now, reached.position)
                noticing.take_part(connection)
        except TurnStopped as stopped:
            log.info("%s; nothing of it is written, and the next turn begins it anew", stopped)
            return None
        while not noticing.is_over:
            if stop():
                log.info("stopped while alerts were looked for; the next turn goes on with them")
                return None
            self.options.noticed(noticing.done, noticing.of)
            with write_transaction(self.engine) as connection:
                noticing.take_part(connection)
        if not noticing.numbers:
            return TurnNews(reached.projected, reached.position)
        alerts = NewAlerts(self.engine, noticing.numbers)
        return TurnNews(reached.projected, reached.position, alerts, alerts.historical)

    def plan(self, news: TurnNews) -> int:
        """Plans the digests that are due, then escalates what nobody has acknowledged."""
        checkpoint = checkpoint_line(self.store, news.position, self.options.signer)

        def set_up(connection: Connection) -> DigestSetup:
            return DigestSetup(self.settings, DigestContext(connection, self.now), checkpoint)

        planned = plan_in_parts(self.engine, set_up, self.options.stop)
        with write_transaction(self.engine) as connection:
            return planned + escalate(set_up(connection))

    def release_expired(self) -> None:
        """Makes due again what workers that died have left, and what is uncertain by policy."""
        clock, rules = self.clock, self.rules
        with row_lock_transaction(self.engine) as connection:
            at, answer_files = clock.lease_time(connection), AnswerFiles.of(connection)
            reaper.reap_expired(connection, clock.now(), at, rules.lease, answer_files)
            reaper.resend_uncertain(connection, rules.resend, clock.now(), at)

    def deliver(self) -> list[Delivery]:
        """Delivers what is due, by mail and to other hosts.

        The hosts are read here, on the connection of the turn: mostly there are none.
        """
        lanes = due_lanes(self.engine, self.clock.now())
        run = DeliveryRun(self.engine, worker_name(), self.clock, self.rules, self.options.stop)
        return self.options.run_deliveries(
            (
                lambda: deliver_mail(run, self.transport, self.options.workers),
                lambda: deliver_http(run, self.settings, lanes),
            )
        )

    def record(self, news: TurnNews | None) -> list[FailingRelay]:
        """Records the turn as a good one, unless its relay is in trouble, which is returned."""
        with row_lock_transaction(self.engine) as connection:
            forget_abandoned(connection, self.now)
            relays = [r for r in failing_relays(connection) if r.host == self.transport.host]
            if not relays and news:
                record_turn(ConnectionTableWriter(connection), self.now, news.position)
            record_clock(connection, self.now, given=self.clock.given)
        return relays

    def show_life(self) -> None:
        """Fetches the operator's URL; a turn at a given instant proves nothing about now."""
        url = self.settings.heartbeat_url
        if url and not self.clock.given and not self.options.stop():
            ping(url, self.options.failures.heartbeat)


def rules_of(settings: MailSettings) -> Rules:
    """How mail is delivered, by the settings."""
    limits = Limits(settings.mail_per_minute, settings.mail_per_minute_domain)
    return Rules(limits=limits, resend=resend_policy(settings))


def resend_policy(settings: MailSettings) -> ResendPolicy:
    """Which uncertain messages are sent once more, by the settings."""
    return ResendPolicy.of(settings.resend_uncertain, settings.hold_uncertain)
