"""Into the outbox: the one way of every message to a subscriber."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite

from events import format_instant
from notifications.addresses.channels import MAIL, domain_of
from notifications.digests.render import Rendered
from notifications.mail.envelope import envelope_from
from notifications.outbox.locks import OUTBOX

if TYPE_CHECKING:
    from notifications.settings import MailSettings
    from notifications.subscriptions.subscription import Subscription


def put(
    connection: Connection,
    subscription: Subscription,
    planned: Planned,
    now: datetime,
    **more: Any,
) -> int:
    """Put a digest in, unless its key is taken; how many were put. `more` as put_message."""
    return put_message(
        connection,
        planned.rendered,
        recipient=subscription.email,
        dedup_key=planned.dedup_key,
        now=now,
        subscription_id=subscription.id,
        channel=subscription.channel,
        list_name="digest" if subscription.channel == MAIL else subscription.channel,
        **more,
    )


def put_message(
    connection: Connection,
    rendered: Rendered,
    *,
    recipient: str,
    dedup_key: str,
    now: datetime,
    subscription_id: int = 0,
    list_name: str = "digest",
    envelope_from: str | None = None,
    due: datetime | None = None,
    channel: str = MAIL,
) -> int:
    """Put a message in, unless its key is taken; returns how many were put.

    `envelope_from` is the address that bounces of this message go to (None: that of the sender);
    `due` puts it off; `list_name` is what `PACTWATCH_RESEND_UNCERTAIN` goes by. Outside mail,
    `recipient` is a name, and the address is read when the message leaves.
    """
    values = {
        "dedup_key": dedup_key,
        "subscription_id": subscription_id,
        "recipient": recipient,
        "channel": channel,
        "domain": domain_of(recipient, channel),
        "message_id": rendered.message_id,
        "subject": rendered.subject,
        "message": rendered.message,
        "state": "due",
        "due_at": format_instant(due or now),
        "planned_at": format_instant(now),
        "attempts": 0,
        "list_name": list_name,
        "envelope_from": envelope_from,
    }
    return len(connection.execute(_new(connection), values).all())


def _new(connection: Connection) -> Any:
    """Whoever loses the unique key did nothing; the databases say it in the same words."""
    postgres = connection.dialect.name == "postgresql"
    insert = postgresql.insert if postgres else sqlite.insert
    return (
        insert(OUTBOX).on_conflict_do_nothing(index_elements=["dedup_key"]).returning(OUTBOX.c.id)
    )


class Planned(Struct, frozen=True):
    """A digest for one subscription: the key that makes it the only one, and its message."""

    dedup_key: str
    told_until: int
    rendered: Rendered


def post(
    connection: Connection,
    settings: MailSettings,
    held: Subscription,
    planned: Planned,
    now: datetime,
) -> bool:
    """Put a message in, with the address that its bounces go to; False when its key is taken."""
    by_mail = held.channel == MAIL
    sender = envelope_from(settings, planned.rendered.message_id) if by_mail else None
    return put(connection, held, planned, now, envelope_from=sender) == 1
