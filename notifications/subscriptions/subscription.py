"""Who receives digests: an address, what it follows, how often, and by what leave."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, insert, or_, select, update

from events import format_instant
from notifications.addresses.channels import MAIL
from notifications.addresses.mailbox import recipient_address, same_mailbox
from notifications.alerts.calendar_rules import is_covered
from notifications.alerts.filters import Filter
from notifications.errors import InvalidSubscription, UnknownSubscription
from notifications.subscriptions import destinations
from notifications.subscriptions.cadence import next_due
from notifications.subscriptions.destinations import Destination
from notifications.subscriptions.preferences import Preferences, checked, columns_of
from notifications.subscriptions.suppression import suppressed, suppression_of
from notifications.tables import AlertCursorRow, SubscriptionRow, create_tables, table_of

SUBSCRIPTIONS, CURSOR = table_of(SubscriptionRow), table_of(AlertCursorRow)
STATES = ("pending", "active", "paused", "suppressed", "removed")
"""What becomes of a digest that has nothing new to say."""
BY_OPERATOR = "added by an operator"


class Subscription(Struct, frozen=True):
    """One recipient; `agreements` empty means all; `told_until` is the last alert told.

    `email` is the address, or on another `channel` than mail the name that its address goes by.
    """

    id: int
    email: str
    agreements: tuple[str, ...]
    cadence: str
    hour: int
    zone: str
    created_at: str
    next_due: str | None
    told_until: int
    on_day: int | None = None
    wants: Filter = Filter()
    quiet: tuple[str, ...] = ()
    consent: str = BY_OPERATOR
    confirmed_at: str | None = None
    paused_at: str | None = None
    paused_until: str | None = None
    removed_at: str | None = None
    removed_by: str | None = None
    escalate_to: str | None = None
    escalate_days: int | None = None
    when_quiet: str = "skip"
    remind_days: int | None = None
    channel: str = MAIL

    @property
    def terms(self) -> Preferences:
        """What it asks."""
        return Preferences(
            self.wants,
            self.cadence,
            self.hour,
            self.zone,
            self.on_day,
            self.quiet,
            self.escalate_to,
            self.escalate_days,
            self.when_quiet,
            self.remind_days,
        )

    def due_after(self, now: datetime) -> str | None:
        due = next_due(self.cadence, self.hour, self.zone, now, self.on_day)
        return format_instant(due) if due else None

    def is_paused(self, now: datetime) -> bool:
        until = self.paused_until
        return self.paused_at is not None and (until is None or format_instant(now) < until)

    def is_quiet(self, now: datetime) -> bool:
        return is_covered(self.quiet, self.zone, now)


def state_of(held: Subscription, now: datetime, suppression: str | None) -> str:
    """One word of STATES: the first that holds, the most final first."""
    if held.removed_at is not None:
        return "removed"
    if suppression is not None:
        return "suppressed"
    if held.confirmed_at is None:
        return "pending"
    return "paused" if held.is_paused(now) else "active"


def add(
    connection: Connection,
    *,
    email: str | None = None,
    destination: Destination | None = None,
    agreements: tuple[str, ...] = (),
    cadence: str = "daily",
    hour: int = 8,
    zone: str = "UTC",
    now: datetime,
    on_day: int | None = None,
    wants: Filter | None = None,
    quiet: Iterable[str] = (),
    consent: str = BY_OPERATOR,
    pending: bool = False,
    escalate_to: str | None = None,
    escalate_days: int | None = None,
    when_quiet: str = "skip",
    remind_days: int | None = None,
) -> Subscription:
    """Add a subscription; everything is checked before anything is stored.

    It goes to `email`, or to a `destination` outside mail. One that is on record already, to the
    letter, is answered with itself. A pending one hears nothing until its reader confirms.
    """
    create_tables(connection)
    address = destination.name if destination else recipient_address(email or "")
    chosen = wants or Filter()
    followed = tuple(sorted({*agreements, *chosen.agreements}))
    terms = Preferences(
        wants=msgspec.structs.replace(chosen, agreements=followed),
        cadence=cadence,
        hour=hour,
        zone=zone,
        on_day=on_day,
        quiet=tuple(quiet),
        escalate_to=escalate_to,
        escalate_days=escalate_days,
        when_quiet=when_quiet,
        remind_days=remind_days,
    )
    asked = checked(connection, terms)
    _check_suppression(connection, address)
    values = {
        "email": address,
        "channel": destination.channel if destination else MAIL,
        **columns_of(asked),
    }
    twin = find_duplicate(connection, values)
    if twin is not None:
        return twin
    due = next_due(cadence, hour, zone, now, on_day)
    fresh = {
        "created_at": format_instant(now),
        "next_due": format_instant(due) if due else None,
        "told_until": _told_already(connection),
        "consent": "" if pending else consent,
        "confirmed_at": None if pending else format_instant(now),
    }
    added = insert(SUBSCRIPTIONS).values(values | fresh).returning(SUBSCRIPTIONS.c.id)
    number = connection.execute(added).scalar_one()
    if destination is not None:
        destinations.add_destination(connection, number, destination)
    return get(connection, number)


def find_duplicate(connection: Connection, values: dict[str, Any]) -> Subscription | None:
    """A live subscription that says the same."""
    same = [SUBSCRIPTIONS.c[name] == value for name, value in values.items()]
    query = select(SUBSCRIPTIONS).where(*same, SUBSCRIPTIONS.c.removed_at.is_(None))
    row = connection.execute(query).first()
    return None if row is None else _of_row(row)


def _told_already(connection: Connection) -> int:
    """A new reader hears what is noticed from now on; before the first turn all of it is new."""
    return connection.execute(select(CURSOR.c.seq)).scalar() or 0


def _check_suppression(connection: Connection, address: str) -> None:
    held = suppression_of(connection, address)
    if held is not None:
        raise InvalidSubscription(
            f"{address} gets no mail since {held.at}: {held.reason} ({held.detail})",
            hint=f"pactwatch bounce lift {address} --reason TEXT, once it is settled",
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


def all_subscriptions(connection: Connection, *, removed: bool = False) -> list[Subscription]:
    """Every subscription that stands; on request those that were removed, too."""
    create_tables(connection)
    query = select(SUBSCRIPTIONS).order_by(SUBSCRIPTIONS.c.id)
    query = query if removed else query.where(SUBSCRIPTIONS.c.removed_at.is_(None))
    return [_of_row(row) for row in connection.execute(query)]


def due_subscriptions(connection: Connection, now: datetime) -> list[Subscription]:
    """Those whose digest is due, and those who hear at once; quiet hours delay, and no more."""
    due = SUBSCRIPTIONS.c.next_due
    is_due = due.is_(None) | (due <= format_instant(now))
    return [held for held in _listening(connection, now, is_due) if not held.is_quiet(now)]


def escalating_subscriptions(connection: Connection, now: datetime) -> list[Subscription]:
    """Those whose unacknowledged alerts go on to somebody else."""
    return _listening(connection, now, SUBSCRIPTIONS.c.escalate_to.is_not(None))


def _listening(connection: Connection, now: datetime, wanted: Any) -> list[Subscription]:
    """Those who have agreed, are not paused and whose address takes mail."""
    at, c = format_instant(now), SUBSCRIPTIONS.c
    heard = (
        c.confirmed_at.is_not(None),
        c.removed_at.is_(None),
        or_(c.paused_at.is_(None), c.paused_until <= at),
    )
    query = select(SUBSCRIPTIONS).where(*heard, wanted).order_by(c.id)
    stopped = suppressed(connection)
    rows = [_of_row(row) for row in connection.execute(query)]
    return [held for held in rows if same_mailbox(held.email) not in stopped]


def update_subscription(
    connection: Connection, subscription_id: int, **values: Any
) -> Subscription:
    """Set columns of one subscription; returns it as it then stands."""
    mine = SUBSCRIPTIONS.c.id == subscription_id
    connection.execute(update(SUBSCRIPTIONS).where(mine).values(values))
    return get(connection, subscription_id)


def preview_subscription(zone: str, now: datetime) -> Subscription:
    """A reader who follows everything and has been told nothing: for previews only."""
    return Subscription(
        0, "you@example.org", (), "immediate", 8, zone, format_instant(now), None, 0
    )


def _of_row(row: Any) -> Subscription:
    fields = dict(row._mapping)
    fields["agreements"] = tuple(json.loads(fields["agreements"]))
    fields["quiet"] = tuple(json.loads(fields["quiet"]))
    rest = msgspec.json.decode(fields.pop("filter"), type=Filter)
    fields["wants"] = msgspec.structs.replace(rest, agreements=fields["agreements"])
    return Subscription(**fields)
