"""The one entrance of the outbox: every message to anybody is enqueued here, once per key."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct
from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite

from events import format_instant
from notifications.addresses.channels import MAIL, domain_of
from notifications.digests.render import Rendered
from notifications.outbox.locks import OUTBOX


class OutgoingMessage(Struct, frozen=True):
    """A rendered message and where it goes; no second one is taken under its `dedup_key`.

    Outside mail, `recipient` is a name, and the address is read when the message leaves.
    `list_name` is what `PACTWATCH_HOLD_UNCERTAIN` goes by, `envelope_from` the address that
    bounces of this message go to (None: that of the sender), `due` puts it off (None: now).
    """

    dedup_key: str
    rendered: Rendered
    recipient: str
    channel: str = MAIL
    subscription_id: int = 0
    list_name: str = "digest"
    envelope_from: str | None = None
    due: datetime | None = None


# Two planners may race for a key: the unique index decides, and the loser inserts nothing.
ENQUEUE = {
    engine: insert(OUTBOX)
    .on_conflict_do_nothing(index_elements=["dedup_key"])
    .returning(OUTBOX.c.id)
    for engine, insert in (("postgresql", postgresql.insert), ("sqlite", sqlite.insert))
}


def enqueue(connection: Connection, message: OutgoingMessage, now: datetime) -> bool:
    """Stores a message as due unless its key is taken; returns whether it was stored."""
    values = {
        "dedup_key": message.dedup_key,
        "subscription_id": message.subscription_id,
        "recipient": message.recipient,
        "channel": message.channel,
        "domain": domain_of(message.recipient, message.channel),
        "message_id": message.rendered.message_id,
        "subject": message.rendered.subject,
        "message": message.rendered.message,
        "state": "due",
        "due_at": format_instant(message.due or now),
        "planned_at": format_instant(now),
        "attempts": 0,
        "list_name": message.list_name,
        "envelope_from": message.envelope_from,
    }
    return connection.execute(ENQUEUE[connection.dialect.name], values).first() is not None
