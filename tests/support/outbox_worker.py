"""One worker at the outbox: in this process, or in one of its own until its line is closed."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection

from sqlalchemy import Engine

from events.database.engine import open_engine
from notifications.delivery.smtp import SmtpTransport
from notifications.delivery.transports import MailTransport
from notifications.delivery.worker import Delivery, DeliveryRun, DeliveryWorker, Rules, never
from notifications.outbox.clocks import TurnClock

IDLE_SECONDS = 0.02


def deliver(
    engine: Engine,
    transport: MailTransport,
    now: datetime,
    worker: str,
    *,
    rules: Rules = Rules(),  # noqa: B008
    clock: TurnClock | None = None,
    stop: Callable[[], bool] = never,
) -> list[Delivery]:
    """Sends what is due at an instant; without a clock, leases are timed from it on."""
    run = DeliveryRun(engine, worker, clock or TurnClock(now), rules, stop)
    return DeliveryWorker(run, worker, transport).work()


def work(
    url: str,
    address: str,
    lease: timedelta,
    name: str,
    line: Connection,
    environment: Mapping[str, str],
) -> None:
    """Delivers batch by batch; says `ready` on the line when it begins.

    A fork has the environment of the process that it is forked from until it is given another.
    """
    os.environ.update(environment)
    engine = open_engine(url)
    transport = SmtpTransport(f"smtp://{address}", "p@example.org", None)
    rules = Rules(lease=lease, batch=5)
    line.send("ready")
    while not line.poll(IDLE_SECONDS):
        now = datetime.now(UTC)
        clock = TurnClock(now, given=False)
        deliver(engine, transport, now, name, rules=rules, clock=clock, stop=line.poll)
