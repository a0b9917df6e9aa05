"""Deliver: each claimed message outside any transaction, its outcome committed by itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import Engine, Row

from events.engine import writing
from notifications import bounces, outbox
from notifications.errors import TransportError
from notifications.transport import Transport


class Delivery(Struct, frozen=True):
    """One attempt: `state` is sent, due (again), parked, uncertain or dead."""

    recipient: str
    subject: str
    state: str
    location: str


def deliver(engine: Engine, transport: Transport, now: datetime, worker: str) -> list[Delivery]:
    """Send what is due, batch by batch, until nothing is."""
    return list(_deliveries(engine, transport, now, worker))


def _deliveries(
    engine: Engine, transport: Transport, now: datetime, worker: str
) -> Iterator[Delivery]:
    while True:
        with writing(engine) as connection:
            batch = outbox.claim(connection, worker, now)
        if not batch:
            return
        for row in batch:
            yield _deliver_one(engine, transport, row, now)


def _deliver_one(engine: Engine, transport: Transport, row: Row[Any], now: datetime) -> Delivery:
    with writing(engine) as connection:
        if not outbox.mark_transmitting(connection, row):
            return Delivery(row.recipient, row.subject, "taken", "by another worker")
    try:
        location = transport.send(row.recipient, row.message, row.envelope_from)
    except TransportError as error:
        with writing(engine) as connection:
            state = outbox.mark_failed(connection, row, now, error)
            bounces.refused(connection, row, now, error)
        return Delivery(row.recipient, row.subject, state, error.message)
    with writing(engine) as connection:
        outbox.mark_sent(connection, row, now, location)
    return Delivery(row.recipient, row.subject, "sent", location)
