"""Subscriptions: who receives digests, what they follow, how often, and with whose consent."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Connection, Integer, bindparam, insert, or_, select, update

from events import format_instant
from events.database.owned_tables import table_of
from notifications.addresses.channels import MAIL, WEBHOOK
from notifications.addresses.mailbox import recipient_address, same_mailbox
from notifications.alerts.calendar_rules import is_covered
from notifications.alerts.filters import Filter
from notifications.errors import InvalidSubscription, UnknownSubscription
from notifications.language import ENGLISH, language_of
from notifications.prose.reader import NOBODY, Reader
from notifications.subscriptions.cadence import Rhythm
from notifications.subscriptions.destinations import Destination, add_destination
from notifications.subscriptions.preferences import Preferences, columns_of, validated
from notifications.subscriptions.suppression import Suppression, suppressed, suppression_of
from notifications.tables import AlertCursorRow, SubscriptionRow, create_tables, has_table

SUBSCRIPTIONS, CURSOR = table_of(SubscriptionRow), table_of(AlertCursorRow)
STATES = ("pending", "active", "paused", "suppressed", "removed")
BY_OPERATOR = "added by an operator"


class Subscription(Struct, frozen=True):
    """One recipient; `agreements` empty means all; `told_until` is the last alert told.

    Who `awaits_overview` is told in the first digest how things stand.
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
    awaits_overview: bool = False
    language: str = ENGLISH
    clock: int = 24
    hook_version: int = 1

    @property
    def preferences(self) -> Preferences:
        """What its reader has chosen."""
        names = Preferences.__struct_fields__
        return Preferences(**{name: getattr(self, name) for name in names})

    @property
    def rhythm(self) -> Rhythm:
        return Rhythm(self.cadence, self.hour, self.zone, self.on_day)

    def reader(self, now: datetime, names: Mapping[str, str] = NOBODY) -> Reader:
        """For whom something is written at an instant: in their zone, language and clock."""
        return Reader(self.zone, now, names, language_of(self.language, self.clock))

    def due_after(self, now: datetime) -> str | None:
        """The next due instant after `now`; None for an immediate subscription."""
        due = self.rhythm.next_due(now)
        return format_instant(due) if due else None

    def last_due(self, now: datetime) -> str | None:
        """The last due instant up to `now`; None for an immediate subscription."""
        due = self.rhythm.last_due(now)
        return format_instant(due) if due else None

    def is_paused(self, now: datetime) -> bool:
        until = self.paused_until
        return self.paused_at is not None and (until is None or format_instant(now) < until)

    def is_quiet(self, now: datetime) -> bool:
        """Whether it is one of its quiet hours."""
        return is_covered(self.quiet, self.zone, now)


def state_of(subscription: Subscription, now: datetime, suppression: Suppression | None) -> str:
    """Gives the state of a subscription: the first word of STATES that holds."""
    if subscription.removed_at is not None:
        return "removed"
    if suppression is not None:
        return "suppressed"
    if subscription.confirmed_at is None:
        return "pending"
    return "paused" if subscription.is_paused(now) else "active"


def add(
    connection: Connection,
    recipient: str | Destination,
    preferences: Preferences,
    now: datetime,
    *,
    consent: str = BY_OPERATOR,
    pending: bool = False,
) -> Subscription:
    """Adds a subscription; everything is checked before anything is stored.

    It goes to a mail address, or to a destination outside mail. An equal one that is on record
    already is returned as it is. A pending one hears nothing until its reader confirms.
    """
    create_tables(connection)
    destination = recipient if isinstance(recipient, Destination) else None
    address = destination.name if destination else recipient_address(str(recipient))
    channel = destination.channel if destination else MAIL
    if channel != WEBHOOK:  # Only a webhook has a document with a version.
        preferences = replace(preferences, hook_version=1)
    followed = tuple(sorted(set(preferences.wants.agreements)))
    preferences = replace(preferences, wants=replace(preferences.wants, agreements=followed))
    preferences = validated(connection, preferences)
    _check_suppression(connection, address)
    values = {"email": address, "channel": channel, **columns_of(preferences)}
    duplicate = find_duplicate(connection, values)
    if duplicate is not None:
        return duplicate
    due = preferences.rhythm.next_due(now)
    # A new reader hears what is noticed from now on; before the first turn all of it is new.
    last_alert = connection.execute(select(CURSOR.c.seq)).scalar() or 0
    own_values = {
        "created_at": format_instant(now),
        "next_due": format_instant(due) if due else None,
        "told_until": last_alert,
        "awaits_overview": 1,
        "consent": "" if pending else consent,
        "confirmed_at": None if pending else format_instant(now),
    }
    statement = insert(SUBSCRIPTIONS).values(values | own_values).returning(SUBSCRIPTIONS.c.id)
    subscription_id = connection.execute(statement).scalar_one()
    if destination is not None:
        add_destination(connection, subscription_id, destination)
    return get(connection, subscription_id)


ADDRESSES = ("email", "escalate_to")
"""Columns with a mail address, which is the same mailbox in whatever case."""


def find_duplicate(connection: Connection, values: Mapping[str, object]) -> Subscription | None:
    """A subscription, not removed, to the same mailbox with the same values in these columns."""
    exact = (
        values
        if values["channel"] != MAIL
        else {name: value for name, value in values.items() if name not in ADDRESSES}
    )
    is_same = [
        SUBSCRIPTIONS.c[name] == value for name, value in exact.items() if name != "hook_version"
    ]
    query = select(SUBSCRIPTIONS).where(*is_same, SUBSCRIPTIONS.c.removed_at.is_(None))
    mailboxes = _mailboxes(values)
    for row in connection.execute(query.order_by(SUBSCRIPTIONS.c.id)):
        if values["channel"] != MAIL or _mailboxes(row._mapping) == mailboxes:
            return _of_row(row)
    return None


def _mailboxes(values: Mapping[Any, Any]) -> list[str]:
    return [same_mailbox(values[name] or "") for name in ADDRESSES]


def _check_suppression(connection: Connection, address: str) -> None:
    suppression = suppression_of(connection, address)
    if suppression is not None:
        raise InvalidSubscription(
            f"{address} gets no mail since {suppression.at}: {suppression.reason} "
            f"({suppression.detail})",
            hint=f"pactwatch suppression lift {address} --reason TEXT, once it is settled",
        )


def get(connection: Connection, subscription_id: int, *, lock: bool = False) -> Subscription:
    """The subscription of this number, with `lock` for this transaction; or UnknownSubscription."""
    query = select(SUBSCRIPTIONS).where(SUBSCRIPTIONS.c.id == subscription_id)
    query = query.with_for_update() if lock else query
    row = connection.execute(query).first() if has_table(connection, SubscriptionRow) else None
    if row is None:
        raise UnknownSubscription(
            f"unknown subscription {subscription_id}", hint="pactwatch subscribe list"
        )
    return _of_row(row)


def all_subscriptions(connection: Connection, *, removed: bool = False) -> list[Subscription]:
    """Every subscription in order of its number, on request with those that were removed."""
    if not has_table(connection, SubscriptionRow):
        return []
    query = select(SUBSCRIPTIONS).order_by(SUBSCRIPTIONS.c.id)
    query = query if removed else query.where(SUBSCRIPTIONS.c.removed_at.is_(None))
    return [_of_row(row) for row in connection.execute(query)]


class DueSubscriptions(Struct, frozen=True):
    """Due subscriptions, locked for this transaction, and the last id seen; 0 where there is none.

    `is_end` when none is due after it.
    """

    subscriptions: tuple[Subscription, ...]
    last_id: int
    is_end: bool


CONFIRMED = (
    select(SUBSCRIPTIONS)
    .where(
        SUBSCRIPTIONS.c.confirmed_at.is_not(None),
        SUBSCRIPTIONS.c.removed_at.is_(None),
        or_(SUBSCRIPTIONS.c.paused_at.is_(None), SUBSCRIPTIONS.c.paused_until <= bindparam("now")),
    )
    .order_by(SUBSCRIPTIONS.c.id)
)
"""The subscriptions that are confirmed and not paused at `now`."""
DUE = (
    CONFIRMED.where(
        SUBSCRIPTIONS.c.next_due.is_(None) | (SUBSCRIPTIONS.c.next_due <= bindparam("now")),
        SUBSCRIPTIONS.c.id > bindparam("after"),
    )
    .limit(bindparam("most", type_=Integer))
    .with_for_update(skip_locked=True)
)
ESCALATING = CONFIRMED.where(SUBSCRIPTIONS.c.escalate_to.is_not(None))


def due_subscriptions(
    connection: Connection, now: datetime, after: int, limit: int
) -> DueSubscriptions:
    """The subscriptions whose digest is due or immediate, except during their quiet hours.

    Passes over what another worker is planning just now.
    """
    values = {"now": format_instant(now), "after": after, "most": limit}
    rows = [_of_row(row) for row in connection.execute(DUE, values)]
    receiving = [row for row in _not_suppressed(connection, rows) if not row.is_quiet(now)]
    return DueSubscriptions(tuple(receiving), rows[-1].id if rows else 0, len(rows) < limit)


def escalating_subscriptions(connection: Connection, now: datetime) -> list[Subscription]:
    """The subscriptions whose unacknowledged alerts go on to somebody else."""
    rows = connection.execute(ESCALATING, {"now": format_instant(now)})
    return _not_suppressed(connection, [_of_row(row) for row in rows])


def _not_suppressed(
    connection: Connection, subscriptions: Sequence[Subscription]
) -> list[Subscription]:
    no_mail = suppressed(connection)
    return [each for each in subscriptions if same_mailbox(each.email) not in no_mail]


def update_subscription(
    connection: Connection, subscription_id: int, **values: Any
) -> Subscription:
    """Sets columns of one subscription; returns it as it then is."""
    is_own = SUBSCRIPTIONS.c.id == subscription_id
    connection.execute(update(SUBSCRIPTIONS).where(is_own).values(values))
    return get(connection, subscription_id)


def preview_subscription(zone: str, now: datetime) -> Subscription:
    """A reader who follows everything and has been told nothing: for previews only."""
    return Subscription(
        id=0,
        email="you@example.org",
        agreements=(),
        cadence="immediate",
        hour=8,
        zone=zone,
        created_at=format_instant(now),
        next_due=None,
        told_until=0,
        awaits_overview=True,
    )


def _of_row(row: Any) -> Subscription:
    fields = dict(row._mapping)
    fields["agreements"] = tuple(json.loads(fields["agreements"]))
    fields["quiet"] = tuple(json.loads(fields["quiet"]))
    fields["awaits_overview"] = bool(fields["awaits_overview"])
    rest = msgspec.json.decode(fields.pop("filter"), type=Filter)
    fields["wants"] = replace(rest, agreements=fields["agreements"])
    return Subscription(**fields)
