"""Into the outbox: the one way of every message to a subscriber."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from notifications.addresses.channels import MAIL
from notifications.mail.envelope import envelope_from
from notifications.outbox import queue as outbox

if TYPE_CHECKING:
    from notifications.planning.plan import Planned
    from notifications.settings import MailSettings
    from notifications.subscriptions.subscription import Subscription


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
    return outbox.put(connection, held, planned, now, envelope_from=sender) == 1
