"""One turn of the scheduler; safe to run twice, or by many at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Engine

from events import EventStore
from events.database.engine import row_lock_transaction, write_transaction
from events.transparency.checkpoints import checkpoint_line
from notifications.delivery.lanes import deliver_http, deliver_mail
from notifications.delivery.transports import MailTransport
from notifications.delivery.worker import Rules, never
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
from notifications.planning.plan import plan
from notifications.planning.set_back import notice
from notifications.scheduler.deliveries import RunDeliveries, deliver_in_turn
from notifications.scheduler.last_turn import check_turn_clock, worker_name
from notifications.scheduler.liveness import ping, record_clock, record_turn
from notifications.scheduler.report import TickReport
from notifications.tables import create_tables
from tracker.projections.catch_up import catch_up
from tracker.projections.reader import projected

if TYPE_CHECKING:
    from events.transparency.notes import Signer
    from notifications.settings import MailSettings


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
) -> TickReport:
    """Takes one turn at `now`; `clock` times its leases (None: from `now` on).

    With `run_deliveries` a daemon goes on while a server does not answer.
    """
    clock, worker, rules = clock or TurnClock(now), worker_name(), rules_of(settings)

    # 0. Take no turn at an instant that cannot be the present, unless it is given.
    if not clock.given:
        check_turn_clock(store, now)

    # 1. Read new events and the clock's due changes into projections, and notice alerts.
    with write_transaction(engine) as connection:
        create_tables(connection)
        progress = catch_up(store, connection, now)
        alerts = notice(connection, now, progress.position)

    # 2. Plan digests, then escalate what nobody has acknowledged.
    with write_transaction(engine) as connection:
        checkpoint = checkpoint_line(store, progress.position, signer)
        composer = Composer(settings, DigestContext(connection, now), checkpoint)
        planned = plan(composer) + escalate(composer)

    # 3. Release what dead workers left behind, before the ways are read that have a message due.
    with row_lock_transaction(engine) as connection:
        at, answer_files = clock.lease_time(connection), AnswerFiles.of(connection)
        reaper.reap_expired(connection, clock.now(), at, rules.lease, answer_files)
        reaper.resend_uncertain(connection, rules.resend, clock.now(), at)

    # 4. Deliver what is due.
    deliveries = run_deliveries(
        (
            lambda: deliver_mail(engine, transport, worker, rules, clock, stop, workers=workers),
            lambda: deliver_http(engine, settings, worker, rules, clock, stop),
        )
    )

    # 5. Record a good turn, and say so outside; one at a given instant proves nothing about now.
    with row_lock_transaction(engine) as connection:
        relays = [r for r in failing_relays(connection) if r.host == transport.host]
        if not relays:
            record_turn(connection, now, progress.position, worker)
        record_clock(connection, now, given=clock.given)
    troubles = undelivered(store, rules.resend)
    is_well = not relays and not are_messages_lost(troubles)
    if is_well and settings.heartbeat_url and not clock.given and not stop():
        ping(settings.heartbeat_url)

    return TickReport(
        now,
        progress.projected,
        tuple(alert for alert in alerts if not alert.historical),
        planned,
        tuple(deliveries),
        tuple(relay.words for relay in relays),
        troubles,
        tuple(reader.unreadable() if (reader := projected(store)) else ()),
        sum(alert.historical for alert in alerts),
    )


def rules_of(settings: MailSettings) -> Rules:
    """How mail is delivered, by the settings."""
    limits = Limits(settings.mail_per_minute, settings.mail_per_minute_domain)
    return Rules(limits=limits, resend=resend_policy(settings))


def resend_policy(settings: MailSettings) -> ResendPolicy:
    """Which uncertain messages are sent once more, by the settings."""
    return ResendPolicy.of(settings.resend_uncertain, settings.hold_uncertain)
