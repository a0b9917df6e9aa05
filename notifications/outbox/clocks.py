"""What time is it for a turn? The world's time, which is given, and the time of leases.

A lease measures whether a process is still there, so it is told by the clock that all workers
share: the database's. A turn at a given instant, as tests and `--now` make, keeps both times by
that instant and by how long it has been running, so that clock jumps can be tried out.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, text

BOOT = getattr(time, "CLOCK_BOOTTIME", None)


def running() -> float:
    """Seconds that go on while a process, or the whole machine, is stopped."""
    return time.clock_gettime(BOOT) if BOOT is not None else time.monotonic()


def database_clock(connection: Connection) -> datetime:
    """The clock that every worker on this database reads; SQLite's is that of its machine."""
    if connection.dialect.name == "postgresql":
        found: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
        return found.astimezone(UTC)
    return datetime.now(UTC)


class TurnClock:
    """The two times of one turn."""

    def __init__(self, now: datetime, *, given: bool = True) -> None:
        self.start = now
        self.given = given
        self._begun = running()
        self._read = (now, self._begun)

    def now(self) -> datetime:
        """The world's time: the given instant, or that of the start and how long it was since."""
        return self.start if self.given else self.start + _since(self._begun)

    def at(self, connection: Connection) -> datetime:
        """The time of leases, read anew."""
        if not self.given:
            self._read = (database_clock(connection), running())
        return self.moment()

    def moment(self) -> datetime:
        """The time of leases by the last reading."""
        read, when = self._read
        return read + _since(when)


def _since(when: float) -> timedelta:
    return timedelta(seconds=running() - when)
