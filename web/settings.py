"""What one board shows, of which database, and under which address."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from msgspec import Struct


class Site(Struct, frozen=True):
    """The settings of one board; `base_url` ends in a slash and is where others reach it."""

    db: str
    clock: Callable[[], datetime]
    base_url: str = "http://localhost:8000/"
    tz: str = "UTC"
    ceiling: str = "CLEAR"

    def now(self) -> datetime:
        """The clock to the minute: within it, one page has one form."""
        return self.clock().astimezone(UTC).replace(second=0, microsecond=0)
