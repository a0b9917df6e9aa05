"""The two times of a turn: the world's, which is given, and that of leases.

A lease measures whether a process is still there, so it is timed by the clock that all workers
share: the database's. A turn at a given instant, as tests and `--now` make, derives both times from
that instant and from how long it has been running, so that clock jumps can be tried out.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, text

from events.instants import boot_seconds


def database_clock(connection: Connection) -> datetime:
    """The clock that every worker on this database reads; SQLite's is that of its machine."""
    if connection.dialect.name == "postgresql":
        # clock_timestamp, since now() stays at the start of the transaction.
        instant: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
        return instant.astimezone(UTC)
    return datetime.now(UTC)


class TurnClock:
    """Tells both times of one turn; `given` when its instant is fixed and not the present."""

    def __init__(self, now: datetime, *, given: bool = True) -> None:
        self.start = now
        self.given = given
        self._started = boot_seconds()
        self._last_reading = (now, self._started)

    def now(self) -> datetime:
        """The world's time: the given instant, or that of the start and how long it was since."""
        return self.start if self.given else self.start + _since(self._started)

    def lease_time(self, connection: Connection) -> datetime:
        """The time of leases, read anew from the database."""
        if not self.given:
            self._last_reading = (database_clock(connection), boot_seconds())
        return self.last_lease_time()

    def last_lease_time(self) -> datetime:
        """The time of leases, reckoned from the last reading without asking the database."""
        reading, read_at = self._last_reading
        return reading + _since(read_at)


def _since(started: float) -> timedelta:
    return timedelta(seconds=boot_seconds() - started)
