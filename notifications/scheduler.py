"""The heartbeat: one interval job and nothing more. The database owns the schedule.

A missed beat costs nothing, since what is due stays due; two workers cost nothing, since every
claim is atomic.
"""

from __future__ import annotations

import logging
import signal
from collections.abc import Callable
from datetime import datetime
from typing import Any

from apscheduler.events import EVENT_JOB_ERROR
from apscheduler.schedulers.blocking import BlockingScheduler

INTERVAL_SECONDS = 30
log = logging.getLogger(__name__)


def run(turn: Callable[[], None], interval: int = INTERVAL_SECONDS) -> None:
    """Call `turn` now and every `interval` seconds, until SIGINT or SIGTERM."""
    scheduler = BlockingScheduler(timezone="UTC")
    scheduler.add_job(
        turn,
        "interval",
        seconds=interval,
        next_run_time=datetime.now(scheduler.timezone),
        coalesce=True,
        max_instances=1,
        misfire_grace_time=None,
    )
    scheduler.add_listener(_loudly, EVENT_JOB_ERROR)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: scheduler.shutdown(wait=False))
    scheduler.start()


def _loudly(event: Any) -> None:
    """A turn that fails is told; the next one is tried all the same."""
    log.error("turn failed: %s", event.exception)
