"""One turn of the scheduler: project and alert, plan, deliver; safe to run twice, or by many."""

from __future__ import annotations

import os
import socket
from datetime import datetime
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from sqlalchemy import Engine

from events import EventStore, format_instant
from events.checkpoints import checkpoint_line
from events.engine import writing
from notifications.alert_log import record_alerts
from notifications.alerts import Alert, as_json
from notifications.delivery import Delivery, deliver
from notifications.planning import plan
from notifications.tables import create_tables
from notifications.transport import Transport
from tracker import projections

if TYPE_CHECKING:
    from events.notes import Signer
    from notifications.settings import MailSettings


class TickReport(Struct, frozen=True):
    """What a turn did. `projected` counts events newly read."""

    now: datetime
    projected: int
    alerts: tuple[Alert, ...]
    planned: int
    deliveries: tuple[Delivery, ...]

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
    transport: Transport,
    now: datetime,
    signer: Signer | None = None,
) -> TickReport:
    """Project to `now` and notice alerts; plan digests; deliver what is due."""
    with writing(engine) as connection:
        create_tables(connection)
        done = projections.catch_up(store, connection, now)
        alerts = record_alerts(connection, now, done.position)
    with writing(engine) as connection:
        line = checkpoint_line(store, done.position, signer)
        planned = plan(connection, settings, now, line)
    deliveries = deliver(engine, transport, now, worker_name())
    return TickReport(now, done.projected, tuple(alerts), planned, tuple(deliveries))


def worker_name() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"


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
            }
            for delivery in report.deliveries
        ],
    }
