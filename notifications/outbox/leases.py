"""Holding on: while a worker is at it, its leases are renewed, however long a server takes.

A process that was stopped may find that its leases ran out meanwhile. It knows by a clock that
went on, and then asks before each message whether it is still the one to send it.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from notifications.outbox.clocks import running

log = logging.getLogger(__name__)
PART = 3
"""Leases are renewed after a third of their time."""


class LeaseGuard:
    """What a worker knows of its leases without asking the database."""

    def __init__(self, lease: timedelta) -> None:
        self.lease = lease.total_seconds()
        self._renewed = running()
        self._lapsed = False

    def taken(self) -> None:
        """New leases, which nobody else can have taken yet."""
        self._renewed, self._lapsed = running(), False

    def renewed(self) -> None:
        """Renewed what was left of them; what was lost before is not got back by that."""
        self._lapsed = self._lapsed or self._age() >= self.lease
        self._renewed = running()

    @property
    def is_sure(self) -> bool:
        """Whether what was held is held still, with time to hand one message over."""
        return not self._lapsed and self._age() < self.lease * (PART - 1) / PART

    def _age(self) -> float:
        return running() - self._renewed

    @contextmanager
    def renewing(self, renew: Callable[[], object]) -> Iterator[None]:
        """Renew in the background until the block is left."""
        done = threading.Event()
        beat = threading.Thread(target=self._keep, args=(done, renew), daemon=True)
        beat.start()
        try:
            yield
        finally:
            done.set()
            beat.join()

    def _keep(self, done: threading.Event, renew: Callable[[], object]) -> None:
        while not done.wait(self.lease / PART):
            try:
                lapsed = self._age() >= self.lease
                self._lapsed = self._lapsed or lapsed
                renew()
            except Exception as error:
                log.warning("leases were not renewed: %s", error)
            else:
                self.renewed()
