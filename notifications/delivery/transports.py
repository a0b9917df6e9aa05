"""The contract between the delivery worker and whatever takes its messages.

There are two kinds of transport: mail, where one relay takes everything, and HTTP, where each host
has a transport of its own. Each kind has its own lane of messages, its circuit and its rate limit,
so a host that is slow or gone delays nobody else.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, Self

from msgspec import Struct
from sqlalchemy import Connection

from notifications.addresses.channels import Lane
from notifications.addresses.resolving import hook_rules
from notifications.errors import TransportError
from notifications.outbox.locks import OutboxMessage
from notifications.subscriptions.destinations import StoredDestination, destinations_of

if TYPE_CHECKING:
    from notifications.settings import MailSettings


class Receipt(Struct, frozen=True):
    """Where a message went, and the code and words that the server answered with."""

    location: str
    code: int | None
    answer: str


class Transport(Protocol):
    """Takes the messages of its `lane`; `host` names the circuit that opens when it fails."""

    host: str
    lane: Lane

    def prepare(self, connection: Connection, messages: Sequence[OutboxMessage]) -> None:
        """Reads what handing these messages over needs from the database."""

    def hand_over(self, message: OutboxMessage) -> Receipt:
        """Hands over one message, or raises TransportError."""

    def close(self) -> None:
        """Ends the conversation; the next message begins another."""


class MailTransport:
    """A mail relay, or the folder that stands in for one; it takes all mail."""

    host: str
    lane = Lane()

    def prepare(self, connection: Connection, messages: Sequence[OutboxMessage]) -> None:
        """A mail carries all that its relay needs."""

    def hand_over(self, message: OutboxMessage) -> Receipt:
        return self.send(message.recipient, message.message, message.envelope_from)

    def send(self, recipient: str, message: bytes, sender: str | None = None) -> Receipt:
        """Sends one message; `sender` is where bounces go (None: the address of the From)."""
        raise NotImplementedError

    def another(self) -> Self:
        """A transport to the same relay for another worker, with a conversation of its own."""
        raise NotImplementedError

    def close(self) -> None:
        """Closes what is open between two messages: nothing, unless a subclass says otherwise."""

    def abort(self) -> None:
        """Breaks off every conversation of this relay, from another thread, and begins no other."""


class HttpTransport:
    """One host outside mail.

    The address is read when a message leaves: one that was changed since the message was planned
    goes to the new place, one whose address was erased goes nowhere.
    """

    def __init__(self, settings: MailSettings, lane: Lane) -> None:
        self.settings = settings
        self.rules = hook_rules(settings)
        self.lane = lane
        self.host = str(lane.domain)
        self._destinations: dict[int, StoredDestination] = {}

    def prepare(self, connection: Connection, messages: Sequence[OutboxMessage]) -> None:
        ids = (message.subscription_id for message in messages)
        self._destinations = destinations_of(connection, ids)

    def hand_over(self, message: OutboxMessage) -> Receipt:
        """Posts one message to the destination of its subscription."""
        raise NotImplementedError

    def close(self) -> None:
        """Each message has a connection of its own."""

    def destination(self, message: OutboxMessage) -> StoredDestination:
        """Where a message goes; raises TransportError when the address was erased."""
        destination = self._destinations.get(message.subscription_id)
        if destination is None:
            raise TransportError("its address was erased", permanent=True, phase="address")
        return destination
