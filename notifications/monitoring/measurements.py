"""What an operator watches, read from the database: how far everything is, and what is stuck.

Read through the store with plain SQL, so a scrape loads no SQLAlchemy and writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from msgspec import Struct

from events import EventStore, format_instant, parse_instant
from notifications.outbox.undelivered import BOUNCES
from notifications.scheduler.last_turn import last_good_turn
from tracker.projections.reader import projected_to

NOBODY: dict[str, str] = {}
STATES = ("due", "leased", "transmitting", "sent", "uncertain", "parked", "dead")


class Measurement(Struct, frozen=True):
    """One number by its name in Prometheus, with its labels; seconds are of Unix time."""

    name: str
    value: float
    labels: dict[str, str] = NOBODY


MEANINGS = {
    "pactwatch_log_events": "Events in the log.",
    "pactwatch_projection_events": "Events that the projection has read.",
    "pactwatch_projection_lag_events": "Events of the log that the projection has not read.",
    "pactwatch_projection_timestamp_seconds": "The instant that the projection was made for.",
    "pactwatch_last_turn_timestamp_seconds": "When a turn of the scheduler last went well.",
    "pactwatch_standby_lag_seconds": "How far the standby that is read lies behind.",
    "pactwatch_unreadable_agreements": "Agreements of which nothing can be told.",
    "pactwatch_commitments": "Commitments by state, as of the projection.",
    "pactwatch_outbox_messages": "Messages by how far they have come.",
    "pactwatch_outbox_oldest_unsent_timestamp_seconds": "Since when the oldest due message waits.",
    "pactwatch_suppressed_addresses": "Addresses that get no mail.",
    "pactwatch_bounces": "Bounces on record, by kind and by whose fault they are.",
    "pactwatch_bounce_fetch_failures": "Fetches of bounces that failed, one after another.",
    "pactwatch_relay_circuit_open": "1 while a relay that fails is left alone.",
}
"""Every measurement, in words for whoever reads `/metrics`."""


def measurements(store: EventStore, now: datetime) -> Iterator[Measurement]:
    """Everything there is a number of; what was never made, as a first turn, has none."""
    yield from _of_log(store)
    yield from _of_mail(store, now)


def _of_log(store: EventStore) -> Iterator[Measurement]:
    head = store.head()
    yield Measurement("pactwatch_log_events", head)
    if checkpoint := projected_to(store):
        position, at = checkpoint
        yield Measurement("pactwatch_projection_events", position)
        yield Measurement("pactwatch_projection_lag_events", head - position)
        yield Measurement("pactwatch_projection_timestamp_seconds", _seconds(at))
    if last := last_good_turn(store):
        yield Measurement("pactwatch_last_turn_timestamp_seconds", _seconds(last))
    if lag := store.replica_lag():
        yield Measurement("pactwatch_standby_lag_seconds", lag.seconds)
    query = "SELECT count(*) FROM unreadable_agreements"
    for (count,) in store.read_table("unreadable_agreements", query):
        yield Measurement("pactwatch_unreadable_agreements", count)
    yield from _by_labels(store, "commitments", ("state",), "pactwatch_commitments")


def _of_mail(store: EventStore, now: datetime) -> Iterator[Measurement]:
    by_state = dict(_counts(store, "outbox", ("state",)))
    for state in STATES:
        yield Measurement("pactwatch_outbox_messages", by_state.get(state, 0), {"state": state})
    query = "SELECT min(planned_at) FROM outbox WHERE state = 'due' AND due_at <= ?"
    for (oldest,) in store.read_table("outbox", query, (format_instant(now),)):
        if oldest:
            name = "pactwatch_outbox_oldest_unsent_timestamp_seconds"
            yield Measurement(name, _seconds(oldest))
    query = "SELECT count(DISTINCT address) FROM suppressions WHERE lifted_at IS NULL"
    for (count,) in store.read_table("suppressions", query):
        yield Measurement("pactwatch_suppressed_addresses", count)
    yield from _by_labels(store, "bounces", ("kind", "verdict"), "pactwatch_bounces")
    query = "SELECT failures FROM mailbox_fetches WHERE name = ?"
    for (failures,) in store.read_table("mailbox_fetches", query, (BOUNCES,)):
        yield Measurement("pactwatch_bounce_fetch_failures", failures)
    query = "SELECT host, open_until FROM mail_circuits"
    for host, until in store.read_table("mail_circuits", query):
        is_open = until is not None and parse_instant(until) > now
        yield Measurement("pactwatch_relay_circuit_open", float(is_open), {"relay": host})


def _by_labels(
    store: EventStore, table: str, columns: tuple[str, ...], name: str
) -> Iterator[Measurement]:
    for *values, count in _counts(store, table, columns):
        yield Measurement(name, count, dict(zip(columns, values, strict=True)))


def _counts(store: EventStore, table: str, columns: tuple[str, ...]) -> list[tuple[Any, ...]]:
    """The number of rows for each combination of values, which stands last."""
    names = ", ".join(columns)
    query = f"SELECT {names}, count(*) FROM {table} GROUP BY {names} ORDER BY {names}"
    return list(store.read_table(table, query))


def _seconds(at: str) -> float:
    return parse_instant(at).timestamp()
