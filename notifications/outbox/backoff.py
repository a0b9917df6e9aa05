"""How long a message waits after a failure: by the phase it failed in, capped and spread. Pure."""

from __future__ import annotations

from datetime import timedelta
from zlib import crc32

from msgspec import Struct

from notifications.errors import Phase


class Wait(Struct, frozen=True):
    """The first wait, doubled after each further failure up to the longest."""

    first: timedelta
    longest: timedelta


MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
DEFAULT = Wait(MINUTE, 6 * HOUR)
WAITS: dict[Phase, Wait] = {
    "connect": Wait(MINUTE, HOUR),
    "greeting": Wait(MINUTE, HOUR),
    "tls": Wait(MINUTE, HOUR),
    "auth": Wait(5 * MINUTE, HOUR),
    "sender": Wait(5 * MINUTE, 6 * HOUR),
    "recipient": Wait(5 * MINUTE, 6 * HOUR),
    "data": DEFAULT,
    "file": DEFAULT,
}
"""A recipient refused for now is most often greylisted, and a retry within five minutes is refused
again. A relay that does not answer is tried more often, since all mail waits for it."""
SPREAD = 4
"""Waits are lengthened by up to a quarter, so that messages do not all come back at once."""
LONGEST = max(wait.longest for wait in WAITS.values()) * (1 + 1 / SPREAD)


def backoff(phase: Phase, failures: int, key: str) -> timedelta:
    """The wait after so many failures in a row; the same for the same message (`key`)."""
    wait = WAITS.get(phase, DEFAULT)
    base = min(wait.first * (1 << min(max(failures, 1) - 1, 16)), wait.longest)
    return base + base * (crc32(f"{key}/{failures}".encode()) % 256) / (256 * SPREAD)
