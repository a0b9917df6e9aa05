"""Renews a worker's leases while it is busy, however long a server takes.

A process that was stopped may find that its leases expired meanwhile. It notices by a clock that
went on, and then asks the database before each message whether it is still the one to send it.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from events.instants import boot_seconds

log = logging.getLogger(__name__)
RENEWALS_PER_LEASE = 3
"""So that two renewals in a row may fail before a lease expires."""


class LeaseGuard:
    """What a worker knows of its leases without asking the database."""

    def __init__(self, lease: timedelta) -> None:
        self.lease = lease.total_seconds()
        self._renewed_at = boot_seconds()
        self._lapsed = False

    def claimed(self) -> None:
        """Starts anew: nobody else can have taken leases that were just claimed."""
        self._renewed_at, self._lapsed = boot_seconds(), False

    def renewed(self) -> None:
        """Notes a renewal; it does not bring back what had expired before it."""
        self._lapsed = self._lapsed or self._age() >= self.lease
        self._renewed_at = boot_seconds()

    @property
    def is_sure(self) -> bool:
        """Whether all leases are certainly valid, with time left to hand one message over."""
        safe_age = self.lease * (RENEWALS_PER_LEASE - 1) / RENEWALS_PER_LEASE
        return not self._lapsed and self._age() < safe_age

    def _age(self) -> float:
        return boot_seconds() - self._renewed_at

    @contextmanager
    def renewing(self, renew: Callable[[], object]) -> Iterator[None]:
        """Calls `renew` in a background thread until the block is left."""
        done = threading.Event()
        thread = threading.Thread(target=self._renew_until, args=(done, renew), daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()

    def _renew_until(self, done: threading.Event, renew: Callable[[], object]) -> None:
        while not done.wait(self.lease / RENEWALS_PER_LEASE):
            try:
                # Judged before the renewal: it succeeds on leases that are left, and says nothing
                # of those that another worker took in between.
                self._lapsed = self._lapsed or self._age() >= self.lease
                renew()
            except Exception as error:
                log.warning("leases were not renewed: %s", error)
            else:
                self.renewed()
