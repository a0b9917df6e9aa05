"""The SMTP relay as a delivery sees it: addresses, and what it answered."""

from __future__ import annotations

from typing import Protocol

from msgspec import Struct


class Receipt(Struct, frozen=True):
    """Where it went, and the server's code and words."""

    location: str
    code: int | None
    answer: str


class MailRelay(Protocol):
    """Takes messages, one after another; `host` is what is left alone when it fails."""

    host: str

    def send(self, recipient: str, message: bytes, sender: str | None = None) -> Receipt:
        """Hand over one message, or raise TransportError; `sender` is where bounces go."""

    def another(self) -> MailRelay:
        """The same way out for another worker, with a conversation of its own."""

    def close(self) -> None:
        """End the conversation; the next message begins another."""
