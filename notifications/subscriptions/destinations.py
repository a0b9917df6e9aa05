"""Where subscriptions outside mail go: the one place that holds such an address, and its secrets.

Signing secrets are derived from the secret of this installation, so who reads the database can sign
nothing. For a day after a change the old one signs, too.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from sqlalchemy import Connection, insert, select, update

from events import format_instant, parse_instant
from notifications.addresses.channels import APPRISE, WEBHOOK, domain_of, name_of
from notifications.addresses.webhook_url import parse_hook
from notifications.errors import InvalidAddress, InvalidSubscription, TransportError
from notifications.mail import tokens
from notifications.mail.secret_file import secret_of
from notifications.tables import DestinationRow, OutboxRow, SubscriptionRow, table_of

if TYPE_CHECKING:
    from notifications.settings import MailSettings

DESTINATIONS, SUBSCRIPTIONS = table_of(DestinationRow), table_of(SubscriptionRow)
OUTBOX = table_of(OutboxRow)
GONE = 410
WAITING = ("due", "parked", "uncertain")
BOTH_SIGN = timedelta(days=1)


class Destination(Struct, frozen=True):
    """An address outside mail; `name` is what it is called wherever it is shown."""

    channel: str
    url: str

    @property
    def name(self) -> str:
        return name_of(self.url, self.channel)


def webhook_destination(url: str, settings: MailSettings) -> Destination:
    """A webhook address, looked at as it will be before each delivery; raises what refuses it."""
    from notifications.addresses.resolving import hook_rules, resolve

    target = parse_hook(url)
    try:
        resolve(target, hook_rules(settings).networks)
    except TransportError as error:
        refused = error.phase == "address"
        raise InvalidAddress(
            f"no webhook can go there: {error.message}",
            hint=error.hint if refused else "is the name of the host right?",
        ) from error
    return Destination(WEBHOOK, target.text)


def apprise_destination(url: str, settings: MailSettings) -> Destination:
    """An address for apprise, looked at by the library itself."""
    from notifications.addresses.apprise import service_of
    from notifications.addresses.resolving import hook_rules

    try:
        service_of(url, hook_rules(settings))
    except TransportError as error:
        raise InvalidAddress(f"no message can go there: {error.message}", error.hint) from error
    return Destination(APPRISE, url.strip())


def add_destination(connection: Connection, subscription_id: int, destination: Destination) -> None:
    """Say where a new subscription goes."""
    values = {"channel": destination.channel, "url": destination.url}
    connection.execute(insert(DESTINATIONS).values(subscription_id=subscription_id, **values))


def change_destination(
    connection: Connection, subscription_id: int, channel: str, destination: Destination
) -> dict[str, Any]:
    """Another address on the same channel, for what waits as well; returns its columns."""
    if destination.channel != channel:
        raise InvalidSubscription(
            f"subscription {subscription_id} goes by {channel}, and not by {destination.channel}",
            hint="pactwatch subscribe add for the new one, then "
            f"subscribe remove {subscription_id}",
        )
    mine = DESTINATIONS.c.subscription_id == subscription_id
    connection.execute(update(DESTINATIONS).where(mine).values(url=destination.url))
    waits = (OUTBOX.c.subscription_id == subscription_id) & OUTBOX.c.state.in_(WAITING)
    domain = domain_of(destination.name, destination.channel)
    connection.execute(
        update(OUTBOX).where(waits).values(recipient=destination.name, domain=domain)
    )
    return {"email": destination.name}


def destinations_of(connection: Connection, subscription_ids: Iterable[int]) -> dict[int, Any]:
    """The rows of these subscriptions: channel, url, secret_number, rotated_at."""
    ids = sorted(set(subscription_ids))
    query = select(DESTINATIONS).where(DESTINATIONS.c.subscription_id.in_(ids))
    return {row.subscription_id: row for row in connection.execute(query)}


def url_of(connection: Connection, subscription_id: int) -> str:
    """The address itself."""
    return str(_row(connection, subscription_id).url)


def pause_if_gone(connection: Connection, row: Any, now: datetime, error: TransportError) -> None:
    """A host that answers 410 Gone wants nothing more: its subscription is paused.

    `row` is the message in the outbox. What is noticed meanwhile comes when somebody resumes it.
    """
    if error.phase != "answer" or error.code != GONE:
        return
    mine = (SUBSCRIPTIONS.c.id == row.subscription_id) & SUBSCRIPTIONS.c.paused_at.is_(None)
    connection.execute(update(SUBSCRIPTIONS).where(mine).values(paused_at=format_instant(now)))


def _row(connection: Connection, subscription_id: int) -> Any:
    row = destinations_of(connection, [subscription_id]).get(subscription_id)
    if row is None:
        raise _unsigned(subscription_id)
    return row


def _unsigned(subscription_id: int) -> InvalidSubscription:
    return InvalidSubscription(
        f"subscription {subscription_id} is no webhook, so nothing of it is signed",
        hint="pactwatch subscribe list",
    )


def signing_keys(settings: MailSettings, row: Any, now: datetime) -> list[bytes]:
    """The secrets that sign now, the newest first."""
    numbers = [row.secret_number]
    if row.rotated_at and now < parse_instant(row.rotated_at) + BOTH_SIGN:
        numbers.append(row.secret_number - 1)
    return [_key(settings, row.subscription_id, number) for number in numbers]


def _key(settings: MailSettings, subscription_id: int, number: int) -> bytes:
    parts = (settings.tenant, str(subscription_id), str(number))
    return tokens.derived_key(secret_of(settings), "webhook", *parts)


def secrets_of(
    connection: Connection, settings: MailSettings, subscription_id: int, now: datetime
) -> list[bytes]:
    """What the receiver of this subscription checks signatures with."""
    row = _row(connection, subscription_id)
    return signing_keys(settings, row, now) if row.channel == WEBHOOK else []


def rotate_secret(connection: Connection, subscription_id: int, now: datetime) -> None:
    """A new secret from now on; the one before it signs as well for a day."""
    row = _row(connection, subscription_id)
    if row.channel != WEBHOOK:
        raise _unsigned(subscription_id)
    mine = DESTINATIONS.c.subscription_id == subscription_id
    values = {"secret_number": row.secret_number + 1, "rotated_at": format_instant(now)}
    connection.execute(update(DESTINATIONS).where(mine).values(values))
