"""Waits for what another process or thread is about to do."""

from __future__ import annotations

import time
from collections.abc import Callable

STEP = 0.02


def eventually(is_so: Callable[[], bool], what: str, seconds: float = 30.0) -> None:
    """Returns as soon as something is so; fails in these words after so many seconds."""
    ends = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < ends, what
        time.sleep(STEP)
