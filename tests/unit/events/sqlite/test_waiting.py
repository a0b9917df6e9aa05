"""Who has waited long for SQLite's writer asks more often, and gives up in the end."""

from __future__ import annotations

from events.sqlite.waiting import LONGEST, PATIENCE, SHORTEST, busy_handler, pause


def test_whoever_has_waited_longer_asks_sooner() -> None:
    """The opposite of SQLite's own schedule, and never in step."""
    assert pause(0, 1) > pause(0.1, 1) > pause(1, 1) >= pause(9, 1)
    assert pause(0, 0) < pause(0, 0.5) < pause(0, 1) <= SHORTEST + LONGEST


def test_it_gives_up_after_its_patience_and_begins_anew_with_the_next_wait() -> None:
    """The clock counts from the first call of each wait."""
    now = [100.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    wait = busy_handler(lambda: now[0], sleep)
    for begun in (now[0], now[0] + 60):
        now[0], calls = begun, 0
        while wait(calls):
            calls += 1
        assert PATIENCE <= now[0] - begun < PATIENCE + LONGEST + SHORTEST
