"""Deliver what goes outside mail: host by host, several at a time, none in the way of another."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec.structs import replace
from sqlalchemy import Engine, select

from events.database.engine import read_snapshot
from notifications.addresses.channels import APPRISE, MAIL, Lane
from notifications.delivery.transports import AppriseTransport, Transport, WebhookTransport
from notifications.delivery.worker import Delivery, DeliveryWorker, Rules, never
from notifications.outbox.clocks import TurnClock
from notifications.outbox.due import is_due, outside_quiet_hours
from notifications.outbox.locks import OUTBOX
from notifications.outbox.rate_limit import Limits

if TYPE_CHECKING:
    from notifications.settings import MailSettings

AT_ONCE = 4
"""Hosts that are called at the same time."""


def deliver_hooks(
    engine: Engine,
    settings: MailSettings,
    worker: str,
    rules: Rules,
    watch: TurnClock,
    stop: Callable[[], bool] = never,
) -> list[Delivery]:
    """Hand over what is due at every host that has something waiting."""
    own = replace(rules, limits=Limits(domain=settings.hook_per_minute))

    def one(lane: Lane) -> list[Delivery]:
        who = f"{worker}/{lane.domain}"
        return DeliveryWorker(engine, way_of(settings, lane), who, own, watch, stop).work()

    lanes = waiting(engine, watch.now())
    if len(lanes) < 2:
        return [delivery for lane in lanes for delivery in one(lane)]
    with ThreadPoolExecutor(min(len(lanes), AT_ONCE)) as pool:
        return [delivery for done in pool.map(one, lanes) for delivery in done]


def waiting(engine: Engine, now: datetime) -> list[Lane]:
    """The lanes outside mail with something due."""
    lanes = select(OUTBOX.c.channel, OUTBOX.c.domain).distinct()
    ordered = lanes.order_by(OUTBOX.c.channel, OUTBOX.c.domain)
    with read_snapshot(engine) as connection:
        due = (*is_due(now), *outside_quiet_hours(connection, now))
        rows = connection.execute(ordered.where(*due, OUTBOX.c.channel != MAIL))
        return [Lane(row.channel, row.domain) for row in rows]


def way_of(settings: MailSettings, lane: Lane) -> Transport:
    way = AppriseTransport if lane.channel == APPRISE else WebhookTransport
    return way(settings, str(lane.domain))
