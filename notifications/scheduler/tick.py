"""One turn of the scheduler; safe to run twice, or by many at once."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct
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
from notifications.delivery.lanes import deliver_http, deliver_mail
from notifications.delivery.transports import MailTransport
from notifications.delivery.worker import Rules, never
from notifications.errors import TurnStopped
from notifications.outbox import reaper
from notifications.outbox.answers import AnswerFiles
from notifications.outbox.circuit import failing_relays
from notifications.outbox.clocks import TurnClock
from notifications.outbox.rate_limit import Limits
from notifications.outbox.undelivered import (
    ResendPolicy,
    are_messages_lost,
    undelivered,
)
from notifications.planning.composer import Composer
from notifications.planning.context import DigestContext
from notifications.planning.escalation import escalate
from notifications.planning.plan import plan_in_parts
from notifications.planning.set_back import begin_noticing
from notifications.scheduler.deliveries import RunDeliveries, deliver_in_turn
from notifications.scheduler.failure_log import FailureLog, TurnFailures
from notifications.scheduler.last_turn import check_turn_clock, record_turn, worker_name
from notifications.scheduler.liveness import ping, record_clock
from notifications.scheduler.report import Alerts, TickReport
from notifications.tables import OutboxRow, create_tables, readable
from tracker.projections.catch_up import catch_up
from tracker.projections.reader import projected

if TYPE_CHECKING:
    from events.transparency.notes import Signer
    from notifications.settings import MailSettings

PATIENCE_SECONDS = 5.0
"""How long a daemon waits for others that project; a record or a turn takes less."""
log = logging.getLogger(__name__)


def tick(
    store: EventStore,
    engine: Engine,
    settings: MailSettings,
    transport: MailTransport,
    now: datetime,
    signer: Signer | None = None,
    *,
    workers: int = 1,
    clock: TurnClock | None = None,
    stop: Callable[[], bool] = never,
    run_deliveries: RunDeliveries = deliver_in_turn,
    patience: float | None = None,
    progress: OnProgress = unreported,
    failures: TurnFailures | None = None,
) -> TickReport:
    """Takes one turn at `now`; `clock` times its leases (None: from `now` on).

    With `run_deliveries` a daemon goes on while a server does not answer. With `patience` it only
    delivers where another process has been projecting for so many seconds. `progress` is told of
    agreements as they are folded, `failures` of what goes wrong and ends no turn. Once `stop` says
    so, what is being folded is not written, and a later turn begins it anew.
    """
    clock, worker, rules = clock or TurnClock(now), worker_name(), rules_of(settings)
    failures = failures or TurnFailures()
    with reused_connections(engine):
        # 0. Take no turn at an instant that cannot be the present, unless it is given.
        if not clock.given:
            check_turn_clock(store, now)

        # 1. Read new events and the clock's due changes into projections, and notice alerts.
        noticed = _project(store, engine, now, patience, progress, stop, failures.projecting)

        # A first turn that is cut off, or that another process takes, leaves nothing to send.
        if noticed is None:
            with read_snapshot(engine) as connection:
                if not readable(connection, OutboxRow):
                    return TickReport(now)

        # 2. Plan digests, then escalate what nobody has acknowledged.
        planned = _plan(store, engine, settings, now, noticed, signer, stop) if noticed else 0

        # 3. Release what dead workers left behind, before the ways with a message due are read.
        with row_lock_transaction(engine) as connection:
            at, answer_files = clock.lease_time(connection), AnswerFiles.of(connection)
            reaper.reap_expired(connection, clock.now(), at, rules.lease, answer_files)
            reaper.resend_uncertain(connection, rules.resend, clock.now(), at)

        # 4. Deliver what is due.
        deliveries = run_deliveries(
            (
                lambda: deliver_mail(
                    engine, transport, worker, rules, clock, stop, workers=workers
                ),
                lambda: deliver_http(engine, settings, worker, rules, clock, stop),
            )
        )

        # 5. Record a good turn, and say so outside; a given instant proves nothing about now.
        with row_lock_transaction(engine) as connection:
            relays = [r for r in failing_relays(connection) if r.host == transport.host]
            if not relays and noticed:
                record_turn(ConnectionTableWriter(connection), now, noticed.position)
            record_clock(connection, now, given=clock.given)
        troubles = undelivered(store, rules.resend)
        is_well = noticed and not relays and not are_messages_lost(troubles)
        if is_well and settings.heartbeat_url and not clock.given and not stop():
            ping(settings.heartbeat_url, failures.heartbeat)

        news, reader = noticed or Noticed(), projected(store)
        return TickReport(
            now=now,
            projected=news.projected,
            alerts=news.alerts,
            planned=planned,
            deliveries=tuple(deliveries),
            obstacles=tuple(relay.words for relay in relays),
            undelivered=troubles,
            unreadable=tuple(reader.unreadable() if reader else ()),
            historical=news.historical,
        )


class Noticed(Struct, frozen=True):
    """What projecting brought: events read, position reached, alerts, and how many are history."""

    projected: int = 0
    position: int = 0
    alerts: Alerts = ()
    historical: int = 0


def _project(
    store: EventStore,
    engine: Engine,
    now: datetime,
    patience: float | None,
    progress: OnProgress,
    stop: Callable[[], bool],
    failures: FailureLog,
) -> Noticed | None:
    """Projects what is new and notices alerts; None where others do so for too long, or on a stop.

    What is much is looked at in several transactions, and others write in between. A stop comes
    between two of them, or undoes the one that folds.
    """

    def go_on(done: int, of: int) -> None:
        progress(done, of)
        if stop():
            raise TurnStopped(f"stopped when {done} of {of} agreements were folded")

    begin = (
        write_transaction(engine)
        if patience is None
        else write_transaction_unless_busy(engine, patience)
    )
    try:
        with begin as connection:
            if connection is None:
                failures.failed("another process is projecting for long")
                return None
            failures.succeeded()
            create_tables(connection)
            reached = catch_up(store, connection, now, go_on)
            noticing = begin_noticing(connection, now, reached.position)
            noticing.take_part(connection)
    except TurnStopped as stopped:
        log.info("%s; nothing of it is written, and the next turn begins it anew", stopped)
        return None
    while not noticing.is_over:
        if stop():
            log.info("stopped while alerts were looked for; the next turn goes on with them")
            return None
        with write_transaction(engine) as connection:
            noticing.take_part(connection)
    if not noticing.numbers:
        return Noticed(reached.projected, reached.position)
    alerts = NewAlerts(engine, noticing.numbers)
    return Noticed(reached.projected, reached.position, alerts, alerts.historical)


def _plan(
    store: EventStore,
    engine: Engine,
    settings: MailSettings,
    now: datetime,
    noticed: Noticed,
    signer: Signer | None,
    stop: Callable[[], bool],
) -> int:
    checkpoint = checkpoint_line(store, noticed.position, signer)

    def compose(connection: Connection) -> Composer:
        return Composer(settings, DigestContext(connection, now), checkpoint)

    planned = plan_in_parts(engine, compose, stop)
    with write_transaction(engine) as connection:
        return planned + escalate(compose(connection))


def rules_of(settings: MailSettings) -> Rules:
    """How mail is delivered, by the settings."""
    limits = Limits(settings.mail_per_minute, settings.mail_per_minute_domain)
    return Rules(limits=limits, resend=resend_policy(settings))


def resend_policy(settings: MailSettings) -> ResendPolicy:
    """Which uncertain messages are sent once more, by the settings."""
    return ResendPolicy.of(settings.resend_uncertain, settings.hold_uncertain)
