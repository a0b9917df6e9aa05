"""Who receives digests: an address, the agreements followed, and how often."""

from __future__ import annotations

import json
from datetime import datetime
from difflib import get_close_matches
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, insert, select

from events import format_instant
from notifications.cadence import CADENCES, next_due
from notifications.errors import InvalidSubscription, UnknownSubscription
from notifications.headers import checked_address
from notifications.tables import AlertCursorRow, SubscriptionRow, create_tables, table_of
from tracker.tables import AgreementRow
from tracker.when import parse_zone

SUBSCRIPTIONS, AGREEMENTS = table_of(SubscriptionRow), table_of(AgreementRow)
CURSOR = table_of(AlertCursorRow)


class Subscription(Struct, frozen=True):
    """One recipient; `agreements` empty means all; `told_until` is the last alert told."""

    id: int
    email: str
    agreements: tuple[str, ...]
    cadence: str
    hour: int
    zone: str
    created_at: str
    next_due: str | None
    told_until: int


def add(
    connection: Connection,
    *,
    email: str,
    agreements: tuple[str, ...] = (),
    cadence: str = "daily",
    hour: int = 8,
    zone: str = "UTC",
    now: datetime,
) -> Subscription:
    """Add a subscription; everything is checked before anything is stored."""
    create_tables(connection)
    address = checked_address(email)
    _check(cadence, hour, zone)
    _check_agreements(connection, agreements)
    due = next_due(cadence, hour, zone, now)
    values = {
        "email": address,
        "agreements": json.dumps(sorted(set(agreements))),
        "cadence": cadence,
        "hour": hour,
        "zone": zone,
        "created_at": format_instant(now),
        "next_due": format_instant(due) if due else None,
        "told_until": _told_already(connection),
    }
    added = insert(SUBSCRIPTIONS).values(values).returning(SUBSCRIPTIONS.c.id)
    return get(connection, connection.execute(added).scalar_one())


def _told_already(connection: Connection) -> int:
    """A new reader hears what is noticed from now on; before the first turn all of it is new."""
    return connection.execute(select(CURSOR.c.seq)).scalar() or 0


def _check(cadence: str, hour: int, zone: str) -> None:
    if cadence not in CADENCES:
        raise InvalidSubscription(
            f"unknown cadence {cadence!r}", hint=f"one of {', '.join(CADENCES)}"
        )
    if not 0 <= hour <= 23:
        raise InvalidSubscription(f"hour {hour} is not on the clock", hint="0 to 23")
    parse_zone(zone)


def _check_agreements(connection: Connection, wanted: tuple[str, ...]) -> None:
    known = list(connection.execute(select(AGREEMENTS.c.id)).scalars()) if wanted else []
    for agreement in wanted:
        if agreement not in known:
            close = get_close_matches(agreement, known, n=3)
            meant = f"; did you mean {', '.join(close)}?" if close else ""
            raise InvalidSubscription(
                f"unknown agreement {agreement!r}{meant}", hint="pactwatch status"
            )


def get(connection: Connection, subscription_id: int) -> Subscription:
    create_tables(connection)
    query = select(SUBSCRIPTIONS).where(SUBSCRIPTIONS.c.id == subscription_id)
    row = connection.execute(query).first()
    if row is None:
        raise UnknownSubscription(
            f"unknown subscription {subscription_id}", hint="pactwatch subscribe list"
        )
    return _of_row(row)


def all_of(connection: Connection) -> list[Subscription]:
    create_tables(connection)
    return [_of_row(row) for row in connection.execute(select(SUBSCRIPTIONS).order_by("id"))]


def waiting(connection: Connection, now: datetime) -> list[Subscription]:
    """Those whose digest is due, and those who hear at once."""
    due = SUBSCRIPTIONS.c.next_due
    query = select(SUBSCRIPTIONS).where(due.is_(None) | (due <= format_instant(now)))
    return [_of_row(row) for row in connection.execute(query.order_by("id"))]


def newcomer(zone: str, now: datetime) -> Subscription:
    """A reader who follows everything and has been told nothing: for previews only."""
    return Subscription(
        0, "you@example.org", (), "immediate", 8, zone, format_instant(now), None, 0
    )


def _of_row(row: Any) -> Subscription:
    fields = dict(row._mapping)
    fields["agreements"] = tuple(json.loads(fields["agreements"]))
    return Subscription(**fields)
