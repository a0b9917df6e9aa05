"""What a turn of the scheduler did, for those who read it and for programs."""

from __future__ import annotations

from collections.abc import Iterable, Sized
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from events import format_instant
from notifications.alerts.alert import Alert, AlertDocument, as_json
from notifications.outbox.undelivered import Undelivered
from tracker.entries.unreadable import UnreadableDocument

if TYPE_CHECKING:
    from notifications.delivery.worker import Delivery


class Alerts(Sized, Iterable[Alert], Protocol):
    """Any number of alerts, read when they are asked for."""


class TickReport(Struct, frozen=True):
    """What a turn did: `projected` counts events newly read, `obstacles` are relays in trouble.

    `alerts` are news, `historical` counts those that lay too far back when they were recorded;
    `undelivered` is what stays in the outbox until somebody looks, of this turn or any before,
    `unreadable` the agreements of which nothing can be told.
    """

    now: datetime
    projected: int = 0
    alerts: Alerts = ()
    planned: int = 0
    deliveries: tuple[Delivery, ...] = ()
    obstacles: tuple[str, ...] = ()
    undelivered: tuple[Undelivered, ...] = ()
    unreadable: tuple[UnreadableDocument, ...] = ()
    historical: int = 0

    @property
    def delivered(self) -> int:
        return sum(delivery.state == "sent" for delivery in self.deliveries)

    @property
    def failed(self) -> int:
        """How many were not sent; what another worker has taken is that worker's to count."""
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


def document_of(report: TickReport, most: int | None = None) -> TickDocument:
    """All of it, or so many alerts and messages; the counts are always of all."""
    return TickDocument(
        now=format_instant(report.now),
        projected=report.projected,
        alerts=[as_json(alert) for alert in islice(report.alerts, most)],
        planned=report.planned,
        delivered=report.delivered,
        failed=report.failed,
        messages=report.deliveries[:most],
        held=report.obstacles,
        undelivered=report.undelivered,
        unreadable=report.unreadable,
        historical=report.historical,
    )
