"""One turn of the scheduler: project and alert, plan, deliver; safe to run twice, or by many."""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from sqlalchemy import Engine

from events import EventStore, format_instant
from events.database.engine import row_lock_transaction, write_transaction
from events.transparency.checkpoints import checkpoint_line
from notifications.alerts.alert import Alert, as_json
from notifications.alerts.noticing import record_alerts
from notifications.delivery.lanes import deliver_hooks
from notifications.delivery.relay import MailRelay
from notifications.delivery.worker import Delivery, Rules, deliver, never
from notifications.outbox import circuit as circuits
from notifications.outbox.clocks import TurnClock
from notifications.outbox.rate_limit import Limits
from notifications.planning.composer import Composer
from notifications.planning.context import DigestContext
from notifications.planning.escalation import escalate
from notifications.planning.plan import plan
from notifications.scheduler import health_ping as heartbeat
from notifications.scheduler import last_turn as turns
from notifications.tables import create_tables
from tracker.projections import catch_up as projections

if TYPE_CHECKING:
    from events.transparency.notes import Signer
    from notifications.settings import MailSettings


class TickReport(Struct, frozen=True):
    """What a turn did. `projected` counts events newly read; `held` says what stands in the way."""

    now: datetime
    projected: int
    alerts: tuple[Alert, ...]
    planned: int
    deliveries: tuple[Delivery, ...]
    held: tuple[str, ...] = ()

    @property
    def delivered(self) -> int:
        return sum(delivery.state == "sent" for delivery in self.deliveries)

    @property
    def failed(self) -> int:
        """Not sent; what another worker has taken is that worker's to count."""
        return sum(delivery.state not in ("sent", "taken") for delivery in self.deliveries)


def tick(
    store: EventStore,
    engine: Engine,
    settings: MailSettings,
    transport: MailRelay,
    now: datetime,
    signer: Signer | None = None,
    *,
    workers: int = 1,
    watch: TurnClock | None = None,
    stop: Callable[[], bool] = never,
) -> TickReport:
    """Project to `now` and notice alerts; plan digests; deliver what is due.

    `watch` tells the time of leases; without one, the turn keeps to `now`.
    """
    watch = watch or TurnClock(now)
    with write_transaction(engine) as connection:
        create_tables(connection)
        done = projections.catch_up(store, connection, now)
        alerts = record_alerts(connection, now, done.position)
    with write_transaction(engine) as connection:
        line = checkpoint_line(store, done.position, signer)
        composer = Composer(settings, DigestContext(connection, now), line)
        planned = plan(composer) + escalate(composer)
    rules = rules_of(settings)
    sent = deliver_by(workers, engine, transport, rules, watch, stop)
    sent += deliver_hooks(engine, settings, worker_name(), rules, watch, stop)
    with row_lock_transaction(engine) as connection:
        relays = circuits.in_trouble(connection)
        held = tuple(_trouble(relay) for relay in relays if relay["host"] == transport.host)
        if not held:
            turns.keep(connection, now, done.position, worker_name())
    if not held and settings.heartbeat_url and not watch.given:
        heartbeat.ping(settings.heartbeat_url)
    return TickReport(now, done.projected, tuple(alerts), planned, tuple(sent), held)


def _trouble(circuit: dict[str, Any]) -> str:
    until = circuit["open_until"]
    rest = f"left alone until {until}" if until else f"{circuit['failures']} failures in a row"
    return f"{circuit['host']}: {rest}: {circuit['last_error']}"


def deliver_by(
    workers: int,
    engine: Engine,
    transport: MailRelay,
    rules: Rules,
    watch: TurnClock,
    stop: Callable[[], bool] = never,
) -> list[Delivery]:
    """Deliver with so many conversations at once."""
    name = worker_name()

    def one(number: int, own: MailRelay) -> list[Delivery]:
        who = f"{name}/{number}"
        return deliver(engine, own, watch.now(), who, rules=rules, watch=watch, stop=stop)

    if workers == 1:
        return one(1, transport)
    with ThreadPoolExecutor(workers) as pool:
        asked = [pool.submit(one, n, transport.another()) for n in range(1, workers + 1)]
    return [delivery for done in asked for delivery in done.result()]


def rules_of(settings: MailSettings) -> Rules:
    """How deliveries go, by the settings."""
    lists = tuple(name.strip() for name in settings.resend_uncertain.split(",") if name.strip())
    limits = Limits(settings.mail_per_minute, settings.mail_per_minute_domain)
    return Rules(limits=limits, resend=lists)


def worker_name() -> str:
    return f"{socket.gethostname()}:{os.getpid()}:{NONCE}"


NONCE = secrets.token_hex(3)
"""A process that gets the number of one that died is another worker."""


def report_json(report: TickReport) -> dict[str, Any]:
    """The document of `tick --json`."""
    return {
        "now": format_instant(report.now),
        "projected": report.projected,
        "alerts": [as_json(alert) for alert in report.alerts],
        "planned": report.planned,
        "delivered": report.delivered,
        "failed": report.failed,
        "messages": [
            {
                "recipient": delivery.recipient,
                "subject": delivery.subject,
                "state": delivery.state,
                "location": delivery.location,
                "id": delivery.id,
                "phase": delivery.phase,
                "code": delivery.code,
            }
            for delivery in report.deliveries
        ],
        "held": list(report.held),
    }
