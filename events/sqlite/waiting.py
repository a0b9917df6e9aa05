"""Waiting for SQLite's one writer so that everybody has the same chance.

SQLite's own busy_timeout asks again after 1 ms at first and after 100 ms later on, so whoever has
waited longest asks least often: of eight writers one in a hundred waited 3 s and more.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable

PATIENCE = 30.0
"""Seconds after which a writer gives up; on PostgreSQL `lock_timeout` is the same."""
EAGER_AFTER = 0.1
"""Seconds after which one has waited long, and asks more often than those who came later."""
SHORTEST, LONGEST = 0.001, 0.010


def busy_handler(
    clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep
) -> Callable[[int], bool]:
    """What SQLite calls while another writes, with how often it has; False gives up."""
    begun = 0.0

    def wait(calls: int) -> bool:
        nonlocal begun
        if calls == 0:
            begun = clock()
        waited = clock() - begun
        if waited >= PATIENCE:
            return False
        sleep(pause(waited, random.random()))
        return True

    return wait


def pause(waited: float, chance: float) -> float:
    """Seconds until the next try: the longer one has waited the shorter, and never in step."""
    longest = LONGEST / (1 + waited / EAGER_AFTER)
    return SHORTEST / 2 + chance * max(SHORTEST, longest)
