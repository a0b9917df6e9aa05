"""One turn of the scheduler; safe to run twice, or by many at once."""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct
from sqlalchemy import Engine

from events import EventStore, format_instant
from events.database.engine import row_lock_transaction, write_transaction
from events.transparency.checkpoints import checkpoint_line
from notifications.alerts.alert import Alert, AlertDocument, as_json
from notifications.delivery.lanes import deliver_http, deliver_mail
from notifications.delivery.transports import MailTransport
from notifications.delivery.worker import Delivery, Rules, never
from notifications.outbox import reaper
from notifications.outbox.answers import AnswerFiles
from notifications.outbox.circuit import failing_relays
from notifications.outbox.clocks import TurnClock
from notifications.outbox.rate_limit import Limits
from notifications.outbox.undelivered import (
    ResendPolicy,
    Undelivered,
    are_messages_lost,
    undelivered,
)
from notifications.planning.composer import Composer
from notifications.planning.context import DigestContext
from notifications.planning.escalation import escalate
from notifications.planning.plan import plan
from notifications.planning.set_back import notice
from notifications.scheduler.deliveries import RunDeliveries, deliver_in_turn
from notifications.scheduler.last_turn import check_turn_clock
from notifications.scheduler.liveness import ping, record_clock, record_turn
from notifications.tables import create_tables
from tracker.entries.unreadable import UnreadableDocument
from tracker.projections.catch_up import catch_up
from tracker.projections.reader import projected

if TYPE_CHECKING:
    from events.transparency.notes import Signer
    from notifications.settings import MailSettings

PROCESS_NONCE = secrets.token_hex(3)
"""Tells two processes apart when the second gets the number of one that died."""


class TickReport(Struct, frozen=True):
    """What a turn did: `projected` counts events newly read, `obstacles` are relays in trouble.

    `alerts` are news, `historical` counts those that lay too far back when they were recorded;
    `undelivered` is what stays in the outbox until somebody looks, of this turn or any before,
    `unreadable` the agreements of which nothing can be told.
    """

    now: datetime
    projected: int
    alerts: tuple[Alert, ...]
    planned: int
    deliveries: tuple[Delivery, ...]
    obstacles: tuple[str, ...] = ()
    undelivered: tuple[Undelivered, ...] = ()
    unreadable: tuple[UnreadableDocument, ...] = ()
    historical: int = 0

    @property
    def delivered(self) -> int:
        return sum(delivery.state == "sent" for delivery in self.deliveries)

    @property
    def failed(self) -> int:
        """Not sent; what another worker has taken is that worker's to count."""
        return sum(delivery.state not in ("sent", "taken") for delivery in self.deliveries)


class TickDocument(Struct, frozen=True):
    """The document of `tick --json`."""

    now: str
    projected: int
    alerts: list[AlertDocument]
    planned: int
    delivered: int
    failed: int
    messages: tuple[Delivery, ...]
    held: tuple[str, ...]
    undelivered: tuple[Undelivered, ...]
    unreadable: tuple[UnreadableDocument, ...]
    historical: int


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


def worker_name() -> str:
    """The name of this process among all workers of a database."""
    return f"{socket.gethostname()}:{os.getpid()}:{PROCESS_NONCE}"


def document_of(report: TickReport) -> TickDocument:
    return TickDocument(
        now=format_instant(report.now),
        projected=report.projected,
        alerts=[as_json(alert) for alert in report.alerts],
        planned=report.planned,
        delivered=report.delivered,
        failed=report.failed,
        messages=report.deliveries,
        held=report.obstacles,
        undelivered=report.undelivered,
        unreadable=report.unreadable,
        historical=report.historical,
    )
