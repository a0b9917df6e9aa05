"""What a transport answers when a message was taken."""

from __future__ import annotations

from msgspec import Struct


class Receipt(Struct, frozen=True):
    """Where it went, and the server's code and words."""

    location: str
    code: int | None
    answer: str
