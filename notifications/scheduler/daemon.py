"""The heartbeat: one interval job and nothing more. The database owns the schedule.

A missed beat costs nothing, since what is due stays due; two workers cost nothing, since every
claim is atomic. A beat only rings; the turns are taken one after another by whoever called `run`.
"""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable
from typing import Any

from apscheduler.schedulers.background import BackgroundScheduler

INTERVAL_SECONDS = 30
log = logging.getLogger(__name__)

Head = Callable[[int, float], int]
"""The position the log has reached: as soon as it is above the one given, or after so long."""


class TurnSignal:
    """Rung for a turn: by the heartbeat, by new events, or to stop. Many rings are one turn."""

    def __init__(self) -> None:
        self._rung = threading.Event()
        self._stopped = threading.Event()

    @property
    def is_stopped(self) -> bool:
        return self._stopped.is_set()

    @property
    def has_rung(self) -> bool:
        """Whether a turn is asked for and has not begun."""
        return self._rung.is_set()

    def ring(self) -> None:
        self._rung.set()

    def stop(self, *_: Any) -> None:
        """A turn under way ends between two messages; none begins any more."""
        self._stopped.set()
        self._rung.set()

    def heard(self) -> bool:
        """Waits for a ring; whether it asks for a turn."""
        # An untimed wait would keep Python from noticing signals on some systems.
        while not self._rung.wait(1.0):
            pass
        self._rung.clear()
        return not self.is_stopped

    def sleeps(self, seconds: float) -> bool:
        """Waits so long, unless stopped; whether to go on."""
        return not self._stopped.wait(seconds)


def run(
    turn: Callable[[], None],
    interval: int = INTERVAL_SECONDS,
    *,
    bell: TurnSignal | None = None,
    wait: Head | None = None,
) -> None:
    """Call `turn` now, every `interval` seconds and when events come, until SIGINT or SIGTERM."""
    bell = bell or TurnSignal()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, bell.stop)
    scheduler = _heartbeat(bell, interval)
    scheduler.start()
    if wait is not None:
        threading.Thread(target=watch_log, args=(bell, wait), daemon=True).start()
    bell.ring()
    try:
        while bell.heard():
            _loudly(turn)
    finally:
        scheduler.shutdown(wait=False)


def _heartbeat(bell: TurnSignal, interval: int) -> BackgroundScheduler:
    scheduler = BackgroundScheduler(timezone="UTC")
    scheduler.add_job(
        bell.ring,
        "interval",
        seconds=interval,
        coalesce=True,
        max_instances=1,
        misfire_grace_time=None,
    )
    return scheduler


def _loudly(turn: Callable[[], None]) -> None:
    """A turn that fails is told; the next one is tried all the same."""
    try:
        turn()
    except Exception as error:
        log.error("turn failed: %s", error, exc_info=log.isEnabledFor(logging.DEBUG))  # noqa: TRY400


PATIENCE_SECONDS = 10.0
PAUSE_SECONDS = 5.0


def watch_log(bell: TurnSignal, wait: Head) -> None:
    """Ring when the log has grown; while it cannot be read, the heartbeat goes on alone."""
    head: int | None = None
    while not bell.is_stopped:
        try:
            found = wait(head or 0, 0.0 if head is None else PATIENCE_SECONDS)
        except Exception as error:
            log.warning("cannot wait for events: %s", error)
            bell.sleeps(PAUSE_SECONDS)
            continue
        if head is not None and found > head:
            bell.ring()
        head = found
