"""The daemon: takes a turn at every interval and when events come, one after another.

The database owns the schedule, so the timer is one interval job that only signals. A missed signal
costs nothing, since what is due stays due; two daemons cost nothing, since every claim is atomic.

APScheduler reckons the next beat by the wall clock. When that is set, a watch that goes by a clock
nobody can set begins the beat anew.
"""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from queue import Empty, SimpleQueue
from typing import Any

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

from events.instants import boot_seconds
from notifications.scheduler.failure_log import FailureLog

INTERVAL_SECONDS = 30
WAIT_SECONDS = 10.0
"""How long the log is asked to wait for events before it answers anyway."""
PAUSE_SECONDS = 5.0
"""How long to leave a log alone that cannot be read."""
CLOCK_CHECK_SECONDS = 1.0
"""How often the wall clock is compared; a step costs a beat no more than this."""
SMALLEST_STEP_SECONDS = 1.0
"""NTP slews by less than a millisecond a second; what differs by this much was set."""
CERTAINTY_SECONDS = 0.25
"""A comparison that was interrupted for longer than this says nothing."""
log = logging.getLogger(__name__)

WaitForEvents = Callable[[int, float], int]
"""The position the log has reached: as soon as it is above the one given, or after so long."""


class TurnSignal:
    """Asks for a turn, or to stop. Many requests before a turn begins are one turn.

    `request` and `stop` take no lock: the handler of a signal interrupts the main thread, and would
    wait for ever for one that is taken there. So requests go through a `SimpleQueue`, not an Event.
    """

    def __init__(self) -> None:
        self.is_stopped = False
        self.is_interrupted = False
        """Whether it was a person at the terminal who stopped it."""
        self._requests: SimpleQueue[None] = SimpleQueue()
        self._ended = threading.Event()

    @property
    def is_requested(self) -> bool:
        """Whether a turn is requested and has not begun."""
        return not self._requests.empty()

    def request(self) -> None:
        self._requests.put(None)

    def stop(self, number: int | None = None, *_: Any) -> None:
        """Lets a turn under way end between two messages, and begins no other."""
        self.is_stopped = True
        self.is_interrupted = number == signal.SIGINT
        self.request()

    def wait(self) -> bool:
        """Waits for a request; returns whether to take a turn."""
        # An untimed wait would keep Python from noticing signals on some systems.
        while not self.is_stopped:
            with suppress(Empty):
                self._requests.get(timeout=1.0)
                break
        for _ in range(self._requests.qsize()):
            self._requests.get()
        if self.is_stopped:
            self._ended.set()
        return not self.is_stopped

    def sleep(self, seconds: float) -> bool:
        """Waits so long, unless stopped; returns whether to go on."""
        self._ended.wait(seconds)
        return not self.is_stopped


class Heartbeat(IntervalTrigger):  # type: ignore[misc]
    """An interval that never lists the beats that were missed.

    APScheduler asks for one beat after another up to the present before it coalesces them: a clock
    set ahead by two years took 1.6 GB of memory in thirty seconds.
    """

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime:
        following: datetime = super().get_next_fire_time(previous, now)
        return following if previous is None or following > now else now + self.interval


class WallClockWatch:
    """Compares the wall clock with one that nobody sets and that counts suspended time too."""

    def __init__(
        self,
        wall_seconds: Callable[[], float] = time.time,
        steady_seconds: Callable[[], float] = boot_seconds,
    ) -> None:
        self._wall_seconds = wall_seconds
        self._steady_seconds = steady_seconds
        self._difference = self._read() or wall_seconds() - steady_seconds()

    def step(self) -> float:
        """Seconds by which the clock was set since the last step; 0.0 when it was not."""
        difference = self._read()
        if difference is None or abs(difference - self._difference) < SMALLEST_STEP_SECONDS:
            return 0.0
        step, self._difference = difference - self._difference, difference
        return step

    def _read(self) -> float | None:
        """Wall clock less steady clock; None when the process was stopped between the readings."""
        before = self._steady_seconds()
        wall = self._wall_seconds()
        after = self._steady_seconds()
        return wall - before if after - before < CERTAINTY_SECONDS else None


def run(
    turn: Callable[[], None],
    interval: int = INTERVAL_SECONDS,
    *,
    turn_signal: TurnSignal | None = None,
    wait_for_events: WaitForEvents | None = None,
    fetch_bounces: Callable[[], None] | None = None,
) -> None:
    """Calls `turn` now, every `interval` seconds and when events come, until it is told to stop.

    SIGINT, SIGTERM and SIGHUP do so, the last unless it was ignored when this began, as by `nohup`.
    Beside the turns it calls `fetch_bounces` as often, in a thread that no turn waits for.
    """
    turn_signal = turn_signal or TurnSignal()

    # 1. Stop on the signals of an operator or a service manager.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, turn_signal.stop)

    # 2. Request a turn at every interval; a late one is taken once, however late.
    scheduler = BackgroundScheduler(timezone="UTC")
    beat = scheduler.add_job(
        turn_signal.request,
        Heartbeat(seconds=interval, timezone=UTC),
        coalesce=True,
        max_instances=1,
        misfire_grace_time=None,
    )
    scheduler.start()

    # 3. Begin the beat anew when the wall clock is set, which may have put it out of reach.
    def restart_beat() -> None:
        beat.reschedule(Heartbeat(seconds=interval, timezone=UTC))
        turn_signal.request()

    _start_thread(watch_clock, turn_signal, WallClockWatch(), restart_beat)

    # 4. Request a turn when events come.
    if wait_for_events is not None:
        _start_thread(watch_log, turn_signal, wait_for_events)

    # 5. Fetch bounces, where there is a mailbox.
    if fetch_bounces is not None:
        _start_thread(watch_mailbox, turn_signal, fetch_bounces, float(interval))

    # 6. Take the turns here, in the main thread, so that no two overlap.
    turn_signal.request()
    failures = FailureLog("turn failed", "turns go on again", logging.ERROR)
    try:
        while turn_signal.wait():
            try:
                turn()
                failures.succeeded()
            except Exception as error:
                failures.failed(error)  # it is tried again at the next signal
    finally:
        scheduler.shutdown(wait=False)


def _start_thread(watch: Callable[..., None], *arguments: object) -> None:
    """Starts a watch beside the turns, which keeps no process from ending."""
    threading.Thread(target=watch, args=arguments, daemon=True).start()


def watch_clock(
    turn_signal: TurnSignal,
    watch: WallClockWatch,
    restart_beat: Callable[[], None],
    check_seconds: float = CLOCK_CHECK_SECONDS,
) -> None:
    """Restarts the beat, and says so, when the wall clock was set."""
    while turn_signal.sleep(check_seconds):
        step = watch.step()
        if step:
            log.warning("the clock was set by %+.0f s; the beat begins anew", step)
            restart_beat()


def watch_log(turn_signal: TurnSignal, wait_for_events: WaitForEvents) -> None:
    """Requests a turn when the log has grown; while it cannot be read, the interval goes on."""
    head: int | None = None
    failures = FailureLog("cannot wait for events", "events are waited for again")
    while not turn_signal.is_stopped:
        try:
            position = wait_for_events(head or 0, 0.0 if head is None else WAIT_SECONDS)
            failures.succeeded()
        except Exception as error:
            failures.failed(error)
            turn_signal.sleep(PAUSE_SECONDS)
            continue
        if head is not None and position > head:
            turn_signal.request()
        head = position


def watch_mailbox(
    turn_signal: TurnSignal, fetch_bounces: Callable[[], None], pause_seconds: float
) -> None:
    """Fetches bounces again and again."""
    failures = FailureLog("cannot fetch bounces", "bounces are fetched again")
    while not turn_signal.is_stopped:
        try:
            fetch_bounces()
            failures.succeeded()
        except Exception as error:
            failures.failed(error)
        turn_signal.sleep(pause_seconds)
