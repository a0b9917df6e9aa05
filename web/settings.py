"""The settings of one board: database, clock, address, ceiling, and who counts its lost mail."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from msgspec import Struct

from events import EventStore
from tracker.entries.tlp import Tlp
from tracker.queries.checks import CheckFinding


class Site(Struct, frozen=True):
    """`base_url` ends in a slash and is where others reach the board; `tz` is an IANA zone.

    With `clock_is_given` the clock is one that somebody set, so it need not be the present.
    `undelivered` counts the mail that nobody will send any more unless somebody looks.
    """

    db: str
    clock: Callable[[], datetime]
    base_url: str = "http://localhost:8000/"
    tz: str = "UTC"
    ceiling: str = "CLEAR"
    clock_is_given: bool = False
    undelivered: Callable[[EventStore], Sequence[CheckFinding]] = lambda _: ()

    @property
    def is_for_operators(self) -> bool:
        """Whether nothing is hidden: mail is about entries of any mark, so is what became of it."""
        return self.ceiling == Tlp.RED
