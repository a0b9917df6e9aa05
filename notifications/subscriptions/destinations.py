"""Where subscriptions outside mail go: the one table with their addresses, and signing secrets.

Signing secrets are derived from the secret of this installation, so whoever reads the database can
sign nothing. For a day after a rotation the old one signs, too.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from msgspec import Struct
from sqlalchemy import Connection, insert, select, update

from events import format_instant, parse_instant
from events.database.owned_tables import table_of
from notifications.addresses.channels import APPRISE, WEBHOOK, domain_of, name_of
from notifications.addresses.webhook_url import parse_hook
from notifications.errors import InvalidAddress, InvalidSubscription, TransportError
from notifications.mail import tokens
from notifications.mail.secret_file import secret_of
from notifications.outbox.locks import OUTBOX, OutboxMessage
from notifications.tables import DestinationRow, SubscriptionRow

if TYPE_CHECKING:
    from notifications.settings import MailSettings

DESTINATIONS, SUBSCRIPTIONS = table_of(DestinationRow), table_of(SubscriptionRow)
GONE = 410
UNSENT = ("due", "parked", "uncertain")
ROTATION_OVERLAP = timedelta(days=1)


class Destination(Struct, frozen=True):
    """An address outside mail; `name` is what it is called wherever it is shown."""

    channel: str
    url: str

    @property
    def name(self) -> str:
        return name_of(self.url, self.channel)


class StoredDestination(Struct, frozen=True):
    """A row of `destinations`; `secret_number` counts signing secrets."""

    subscription_id: int
    channel: str
    url: str
    secret_number: int
    rotated_at: str | None


def webhook_destination(url: str, settings: MailSettings) -> Destination:
    """A webhook address, checked as it will be before each delivery; raises InvalidAddress."""
    from notifications.addresses.resolving import hook_rules, resolve

    target = parse_hook(url)
    try:
        resolve(target, hook_rules(settings).networks)
    except TransportError as error:
        is_forbidden = error.phase == "address"
        raise InvalidAddress(
            f"no webhook can go there: {error.message}",
            hint=error.hint if is_forbidden else "is the name of the host right?",
        ) from error
    return Destination(WEBHOOK, target.text)


def apprise_destination(url: str, settings: MailSettings) -> Destination:
    """An address for apprise, checked by the library itself; raises InvalidAddress."""
    from notifications.addresses.apprise import service_of
    from notifications.addresses.resolving import hook_rules

    try:
        service_of(url, hook_rules(settings))
    except TransportError as error:
        raise InvalidAddress(f"no message can go there: {error.message}", error.hint) from error
    return Destination(APPRISE, url.strip())


def add_destination(connection: Connection, subscription_id: int, destination: Destination) -> None:
    """Stores where a new subscription goes."""
    values = {"channel": destination.channel, "url": destination.url}
    connection.execute(insert(DESTINATIONS).values(subscription_id=subscription_id, **values))


def change_destination(
    connection: Connection, subscription_id: int, channel: str, destination: Destination
) -> None:
    """Stores another address on the same channel, for messages not yet sent as well."""
    if destination.channel != channel:
        raise InvalidSubscription(
            f"subscription {subscription_id} goes by {channel}, and not by {destination.channel}",
            hint="pactwatch subscribe add for the new one, then "
            f"subscribe remove {subscription_id}",
        )
    is_own = DESTINATIONS.c.subscription_id == subscription_id
    connection.execute(update(DESTINATIONS).where(is_own).values(url=destination.url))
    is_unsent = (OUTBOX.c.subscription_id == subscription_id) & OUTBOX.c.state.in_(UNSENT)
    domain = domain_of(destination.name, destination.channel)
    connection.execute(
        update(OUTBOX).where(is_unsent).values(recipient=destination.name, domain=domain)
    )


def destinations_of(
    connection: Connection, subscription_ids: Iterable[int]
) -> dict[int, StoredDestination]:
    """The destinations of these subscriptions by their id; those without one are left out."""
    ids = sorted(set(subscription_ids))
    query = select(DESTINATIONS).where(DESTINATIONS.c.subscription_id.in_(ids))
    rows = (StoredDestination(**row._mapping) for row in connection.execute(query))
    return {row.subscription_id: row for row in rows}


def url_of(connection: Connection, subscription_id: int) -> str:
    """The address itself; raises InvalidSubscription for one that goes by mail."""
    return _destination_of(connection, subscription_id).url


def pause_if_gone(
    connection: Connection, message: OutboxMessage, now: datetime, error: TransportError
) -> None:
    """Pauses the subscription of a message that was answered with 410 Gone.

    The host wants nothing more; what is noticed meanwhile comes when somebody resumes it.
    """
    if error.phase != "answer" or error.code != GONE:
        return
    is_own = SUBSCRIPTIONS.c.id == message.subscription_id
    is_running = SUBSCRIPTIONS.c.paused_at.is_(None)
    pause = update(SUBSCRIPTIONS).where(is_own, is_running).values(paused_at=format_instant(now))
    connection.execute(pause)


def signing_keys(
    settings: MailSettings, destination: StoredDestination, now: datetime
) -> list[bytes]:
    """The secrets that sign now, the newest first."""
    numbers = [destination.secret_number]
    rotated_at = destination.rotated_at
    if rotated_at and now < parse_instant(rotated_at) + ROTATION_OVERLAP:
        numbers.append(destination.secret_number - 1)
    secret, own = secret_of(settings), (settings.tenant, str(destination.subscription_id))
    return [tokens.derived_key(secret, "webhook", *own, str(number)) for number in numbers]


def secrets_of(
    connection: Connection, settings: MailSettings, subscription_id: int, now: datetime
) -> list[bytes]:
    """What the receiver of this subscription checks signatures with."""
    destination = _destination_of(connection, subscription_id)
    return signing_keys(settings, destination, now) if destination.channel == WEBHOOK else []


def rotate_secret(connection: Connection, subscription_id: int, now: datetime) -> None:
    """Signs with a new secret from now on; the one before it signs as well for a day."""
    destination = destinations_of(connection, [subscription_id]).get(subscription_id)
    if destination is None or destination.channel != WEBHOOK:
        raise InvalidSubscription(
            f"subscription {subscription_id} is no webhook, so nothing of it is signed",
            hint="pactwatch subscribe list",
        )
    is_own = DESTINATIONS.c.subscription_id == subscription_id
    number = destination.secret_number + 1
    values = {"secret_number": number, "rotated_at": format_instant(now)}
    connection.execute(update(DESTINATIONS).where(is_own).values(values))


def _destination_of(connection: Connection, subscription_id: int) -> StoredDestination:
    destination = destinations_of(connection, [subscription_id]).get(subscription_id)
    if destination is None:
        raise InvalidSubscription(
            f"subscription {subscription_id} goes by mail: its address is no secret",
            hint=f"pactwatch subscribe show {subscription_id}",
        )
    return destination
