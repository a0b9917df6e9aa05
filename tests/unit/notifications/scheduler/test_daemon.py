"""The beat of the daemon and the clock it goes by, with clocks that a test sets."""

from __future__ import annotations

import logging
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from notifications.scheduler.daemon import Heartbeat, TurnSignal, WallClockWatch, watch_clock

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
STEPS = [-800 * 86400, -3600, -60, -5, 5, 3600, 800 * 86400]


class Clocks:
    """A wall clock and a steady one, in seconds."""

    def __init__(self) -> None:
        self.wall, self.steady = 1_000_000_000.0, 50.0

    def go_on(self, seconds: float) -> None:
        self.wall, self.steady = self.wall + seconds, self.steady + seconds

    def watch(self) -> WallClockWatch:
        return WallClockWatch(lambda: self.wall, lambda: self.steady)


@pytest.mark.parametrize("step", STEPS)
def test_a_step_of_the_wall_clock_is_noticed_once(step: int) -> None:
    """By how much and in which direction; afterwards the new time counts as right."""
    clocks = Clocks()
    watch = clocks.watch()
    clocks.go_on(1)
    before = watch.step()
    clocks.wall += step
    clocks.go_on(1)

    assert [0.0, step, 0.0] == [before, watch.step(), watch.step()]


def test_a_machine_that_slept_and_a_clock_that_is_slewed_were_not_set() -> None:
    """Both clocks count the sleep; NTP slews by far less than a second between two looks."""
    clocks = Clocks()
    watch = clocks.watch()
    clocks.go_on(8 * 3600)
    slept = watch.step()
    clocks.wall += 0.0005

    assert [0.0, 0.0] == [slept, watch.step()]


def test_a_process_stopped_between_two_readings_sees_no_step() -> None:
    """SIGSTOP in the middle of a comparison makes the clocks differ, and nobody set them."""
    steady = iter([0.0, 0.0, 1.0, 9.0, 10.0, 10.0])
    wall = iter([100.0, 109.0, 110.0])
    watch = WallClockWatch(lambda: next(wall), lambda: next(steady))

    assert [0.0, 0.0] == [watch.step(), watch.step()]


def test_a_beat_after_a_leap_is_one_beat() -> None:
    """Two years at a beat a second are not counted up; a beat in time keeps its grid."""
    beat = Heartbeat(seconds=1, timezone=UTC)
    leap = NOON + timedelta(days=800)

    assert leap + timedelta(seconds=1) == beat.get_next_fire_time(NOON, leap)
    assert NOON + timedelta(seconds=1) == beat.get_next_fire_time(
        NOON, NOON + timedelta(milliseconds=20)
    )


def test_the_beat_begins_anew_when_the_clock_was_set(caplog: pytest.LogCaptureFixture) -> None:
    """It is said in the log, with the step."""
    clocks, turn_signal, restarted = Clocks(), TurnSignal(), threading.Event()
    watch = clocks.watch()
    clocks.wall -= 3600

    def restart() -> None:
        restarted.set()
        turn_signal.stop()

    with caplog.at_level(logging.WARNING):
        watch_clock(turn_signal, watch, restart, check_seconds=0.0)

    assert restarted.is_set()
    assert ["the clock was set by -3600 s; the beat begins anew"] == caplog.messages


@pytest.fixture
def interrupted() -> Iterator[Callable[[Callable[[], object]], None]]:
    """Has a signal come at each step of what runs, each with the same handler."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGALRM)}

    def waits_for_ever(*_: object) -> None:
        raise AssertionError("the handler waits for what the interrupted thread holds")

    def interrupt(*_: object) -> Callable[..., object]:
        signal.raise_signal(signal.SIGTERM)
        return interrupt

    def at_each_step_of(work: Callable[[], object]) -> None:
        signal.alarm(20)
        sys.settrace(interrupt)
        try:
            work()
        finally:
            sys.settrace(None)
            signal.alarm(0)

    signal.signal(signal.SIGALRM, waits_for_ever)
    yield at_each_step_of
    for number, handler in handlers.items():
        signal.signal(number, handler)


def test_a_signal_in_the_midst_of_a_wait_stops_it(
    interrupted: Callable[[Callable[[], object]], None],
) -> None:
    """Its handler runs in the thread that waits, with whatever locks that has."""
    turn_signal = TurnSignal()
    signal.signal(signal.SIGTERM, turn_signal.stop)
    turn_signal.request()
    interrupted(turn_signal.wait)

    assert turn_signal.is_stopped
    assert not turn_signal.wait()
