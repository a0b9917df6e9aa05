"""Delivery beside the turns of a daemon, so that a server that is silent holds up nothing else."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from notifications.delivery.threads import BackgroundJob, run_in_threads
from notifications.delivery.transports import MailTransport
from notifications.delivery.worker import Delivery, never

TURN_SECONDS = 2.0
"""How long a turn waits for the deliveries that it begins; mostly they are done long before."""
STOP_SECONDS = 2.5
"""How long a stopped daemon waits for the answer to what is in conversation."""
ABORT_SECONDS = 0.5
"""How long it then waits until what it broke off is on record."""
LOOK_SECONDS = 0.05
DeliveryJob = Callable[[], list[Delivery]]
RunDeliveries = Callable[[Sequence[DeliveryJob]], list[Delivery]]
"""Runs the jobs of a turn, mail and then all else; returns what has become of messages."""


def deliver_in_turn(jobs: Sequence[DeliveryJob]) -> list[Delivery]:
    """Runs all jobs to their end, side by side: no way waits for another."""
    return [delivery for done in run_in_threads(jobs, len(jobs)) for delivery in done]


class BackgroundDeliveries:
    """Runs the jobs of each turn beside it, and reports what ended meanwhile."""

    def __init__(
        self,
        transport: MailTransport,
        request_turn: Callable[[], None],
        stop: Callable[[], bool],
    ) -> None:
        self.transport = transport
        self.request_turn = request_turn
        self.stop = stop
        self._jobs: list[BackgroundJob[list[Delivery]]] = []
        self._is_turn_waiting = False

    def __call__(self, jobs: Sequence[DeliveryJob]) -> list[Delivery]:
        """Begins the jobs, and waits a little for those that were not going on already."""
        self._jobs = self._jobs or [BackgroundJob() for _ in jobs]
        self._is_turn_waiting = True
        pairs = zip(self._jobs, jobs, strict=True)
        begun = [background for background, job in pairs if background.start(job, self._end)]
        self._wait(begun, TURN_SECONDS, self.stop)
        self._is_turn_waiting = False
        return self._collect()

    def _end(self) -> None:
        # What ends after its turn is reported, and makes the turn a good one, by another.
        if not self._is_turn_waiting:
            self.request_turn()

    def _wait(
        self,
        jobs: Sequence[BackgroundJob[list[Delivery]]],
        seconds: float,
        stop: Callable[[], bool] = never,
    ) -> bool:
        """Waits until the jobs are idle, but no longer than this and not when stopped."""
        ends = time.monotonic() + seconds
        for job in jobs:
            while not job.wait(LOOK_SECONDS) and time.monotonic() < ends and not stop():
                pass
        return all(job.is_idle for job in jobs)

    def _collect(self) -> list[Delivery]:
        return [delivery for job in self._jobs for done in job.collect() for delivery in done]

    def end(self) -> list[Delivery]:
        """Waits for what is in conversation, then breaks it off; within three seconds in all.

        What was broken off after the final dot is uncertain, and the next daemon sends it again
        under the same Message-ID.
        """
        if not self._wait(self._jobs, STOP_SECONDS):
            self.transport.abort()
            self._wait(self._jobs, ABORT_SECONDS)
        return self._collect()
