"""The daemon: takes a turn at every interval and when events come, one after another.

The database owns the schedule, so the timer is one interval job that only signals. A missed signal
costs nothing, since what is due stays due; two daemons cost nothing, since every claim is atomic.
"""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable
from typing import Any

from apscheduler.schedulers.background import BackgroundScheduler

INTERVAL_SECONDS = 30
WAIT_SECONDS = 10.0
"""How long the log is asked to wait for events before it answers anyway."""
PAUSE_SECONDS = 5.0
"""How long to leave a log alone that cannot be read."""
log = logging.getLogger(__name__)

WaitForEvents = Callable[[int, float], int]
"""The position the log has reached: as soon as it is above the one given, or after so long."""


class TurnSignal:
    """Asks for a turn, or to stop. Many requests before a turn begins are one turn."""

    def __init__(self) -> None:
        self._requested = threading.Event()
        self._stopped = threading.Event()

    @property
    def is_stopped(self) -> bool:
        return self._stopped.is_set()

    @property
    def is_requested(self) -> bool:
        """Whether a turn is requested and has not begun."""
        return self._requested.is_set()

    def request(self) -> None:
        self._requested.set()

    def stop(self, *_: Any) -> None:
        """Lets a turn under way end between two messages, and begins no other."""
        self._stopped.set()
        self._requested.set()

    def wait(self) -> bool:
        """Waits for a request; returns whether to take a turn."""
        # An untimed wait would keep Python from noticing signals on some systems.
        while not self._requested.wait(1.0):
            pass
        self._requested.clear()
        return not self.is_stopped

    def sleep(self, seconds: float) -> bool:
        """Waits so long, unless stopped; returns whether to go on."""
        return not self._stopped.wait(seconds)


def run(
    turn: Callable[[], None],
    interval: int = INTERVAL_SECONDS,
    *,
    turn_signal: TurnSignal | None = None,
    wait_for_events: WaitForEvents | None = None,
) -> None:
    """Calls `turn` now, every `interval` seconds and when events come, until SIGINT or SIGTERM."""
    turn_signal = turn_signal or TurnSignal()

    # 1. Stop on the signals of an operator or a service manager.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, turn_signal.stop)

    # 2. Request a turn at every interval; a late one is taken once, however late.
    scheduler = BackgroundScheduler(timezone="UTC")
    scheduler.add_job(
        turn_signal.request,
        "interval",
        seconds=interval,
        coalesce=True,
        max_instances=1,
        misfire_grace_time=None,
    )
    scheduler.start()

    # 3. Request a turn when events come.
    if wait_for_events is not None:
        arguments = (turn_signal, wait_for_events)
        threading.Thread(target=watch_log, args=arguments, daemon=True).start()

    # 4. Take the turns here, in the main thread, so that no two overlap.
    turn_signal.request()
    try:
        while turn_signal.wait():
            try:
                turn()
            except Exception as error:
                # Logged in one line and tried again at the next signal.
                is_debug = log.isEnabledFor(logging.DEBUG)
                log.error("turn failed: %s", error, exc_info=is_debug)  # noqa: TRY400
    finally:
        scheduler.shutdown(wait=False)


def watch_log(turn_signal: TurnSignal, wait_for_events: WaitForEvents) -> None:
    """Requests a turn when the log has grown; while it cannot be read, the interval goes on."""
    head: int | None = None
    while not turn_signal.is_stopped:
        try:
            position = wait_for_events(head or 0, 0.0 if head is None else WAIT_SECONDS)
        except Exception as error:
            log.warning("cannot wait for events: %s", error)
            turn_signal.sleep(PAUSE_SECONDS)
            continue
        if head is not None and position > head:
            turn_signal.request()
        head = position
