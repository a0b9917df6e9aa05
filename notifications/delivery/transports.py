"""The ways out of the outbox: all mail by one transport, and every other host by a way of its own.

Each way has its messages, its circuit and its limits, so a host that is slow or gone holds up
nobody else.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from sqlalchemy import Connection

from notifications.addresses.channels import APPRISE, WEBHOOK, Lane
from notifications.addresses.resolving import hook_rules
from notifications.delivery.eml_files import EmlTransport
from notifications.delivery.relay import MailRelay, Receipt
from notifications.delivery.smtp import SmtpTransport
from notifications.delivery.webhook import post
from notifications.delivery.webhook_signature import signed_headers
from notifications.errors import TransportError
from notifications.mail.headers import mailbox
from notifications.outbox.locks import Held
from notifications.subscriptions import destinations

if TYPE_CHECKING:
    from notifications.delivery.relay import MailRelay
    from notifications.settings import MailSettings


class Transport(Protocol):
    """Takes the messages of its lane; `host` is what is left alone when it fails."""

    host: str
    lane: Lane

    def prepare(self, connection: Connection, rows: Sequence[Held]) -> None:
        """Read what handing these over needs."""

    def hand_over(self, row: Held) -> Receipt:
        """Hand over one message, or raise TransportError."""

    def close(self) -> None:
        """Nothing more is coming for now."""


class MailTransport:
    """All mail, by the transport that is set."""

    def __init__(self, transport: MailRelay) -> None:
        self.transport = transport
        self.host = transport.host
        self.lane = Lane()

    def prepare(self, connection: Connection, rows: Sequence[Held]) -> None:
        """A message carries all that its transport needs."""

    def hand_over(self, row: Held) -> Receipt:
        return self.transport.send(row.recipient, row.message, row.envelope_from)

    def close(self) -> None:
        self.transport.close()


class HttpTransport:
    """What is not mail. The address is read when a message leaves: one that was changed since it
    was planned goes to the new place, one whose address was erased goes nowhere."""

    channel = ""

    def __init__(self, settings: MailSettings, domain: str) -> None:
        self.settings = settings
        self.rules = hook_rules(settings)
        self.host = domain
        self.lane = Lane(self.channel, domain)
        self._known: dict[int, Any] = {}

    def prepare(self, connection: Connection, rows: Sequence[Held]) -> None:
        self._known = destinations.of(connection, (row.subscription_id for row in rows))

    def close(self) -> None:
        """Each message has a connection of its own."""

    def _destination(self, row: Held) -> Any:
        known = self._known.get(row.subscription_id)
        if known is None:
            raise TransportError("its address was erased", permanent=True, phase="address")
        return known


class WebhookTransport(HttpTransport):
    """Webhooks at one host."""

    channel = WEBHOOK

    def hand_over(self, row: Held) -> Receipt:
        """The signature says when this attempt is made, by the clock that its receiver has."""
        known, at = self._destination(row), int(time.time())
        keys = destinations.keys(self.settings, known, datetime.fromtimestamp(at, UTC))
        headers = signed_headers(keys, row.message_id, at, row.message)
        return post(known.url, row.message, headers, self.rules)


class AppriseTransport(HttpTransport):
    """One address of a service that apprise knows."""

    channel = APPRISE

    def hand_over(self, row: Held) -> Receipt:
        from notifications.delivery.apprise import notify

        url = self._destination(row).url
        return notify(url, row.subject, bytes(row.message).decode(), self.rules)


def transport_of(settings: MailSettings) -> MailRelay:
    """SMTP where a URL is set, else files."""
    if not settings.smtp_url:
        return EmlTransport(settings.mail_dir)
    file = settings.smtp_password_file
    password = file.read_text().strip() if file else urlsplit(settings.smtp_url).password
    timeout = settings.smtp_timeout
    return SmtpTransport(
        settings.smtp_url, mailbox(settings.mail_from).addr_spec, password, timeout
    )
