"""The settings of one board: database, clock, address, ceiling, readers, who counts its mail."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path

from msgspec import Struct

from events import EventStore
from tracker.entries.tlp import Tlp
from tracker.queries.checks import CheckFinding

Network = IPv4Network | IPv6Network
LOOPBACK: tuple[Network, ...] = (ip_network("127.0.0.0/8"), ip_network("::1/128"))


class Access(Struct, frozen=True):
    """Who may read: those whom a trusted proxy names in a header, or those in a file of readers.

    `behind_auth` is the header; it counts only from `trusted` addresses and from a Unix socket.
    With neither, everybody who reaches the board may.
    """

    behind_auth: str = ""
    trusted: tuple[Network, ...] = LOOPBACK
    readers: Path | None = None

    @property
    def is_open(self) -> bool:
        return not self.behind_auth and self.readers is None


class Site(Struct, frozen=True):
    """`base_url` ends in a slash and is where others reach the board; `tz` is an IANA zone.

    `read_db` is where pages are read, a standby, where that is not `db`.
    Pages of the origins in `cors` may read the documents. With `clock_is_given` the clock is one
    that somebody set, so it need not be the present. `undelivered` counts the mail that nobody will
    send any more unless somebody looks. With `has_metrics` it answers Prometheus.
    """

    db: str
    clock: Callable[[], datetime]
    read_db: str = ""
    base_url: str = "http://localhost:8000/"
    tz: str = "UTC"
    ceiling: str = "CLEAR"
    clock_is_given: bool = False
    undelivered: Callable[[EventStore], Sequence[CheckFinding]] = lambda _: ()
    access: Access = Access()
    cors: tuple[str, ...] = ()
    has_metrics: bool = False

    @property
    def is_for_operators(self) -> bool:
        """Whether nothing is hidden: mail is about entries of any mark, so is what became of it."""
        return self.ceiling == Tlp.RED

    @property
    def is_private(self) -> bool:
        """Whether an answer is for the reader who asked, and for no cache on the way."""
        return self.ceiling != Tlp.CLEAR or not self.access.is_open
