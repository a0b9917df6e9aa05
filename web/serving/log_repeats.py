"""Keeps one trouble that every reader meets from filling the log."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

QUIET_SECONDS = 60.0
REMEMBERED = 1000
"""How many different errors; with more, all of them are logged again."""


class Repeats(logging.Filter):
    """Lets an error of the same words through once a minute; what is no error always."""

    def __init__(self, seconds: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._seconds = seconds
        self._logged_at: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno < logging.ERROR:
            return True
        words, now = record.getMessage(), self._seconds()
        last = self._logged_at.get(words)
        if last is not None and now - last < QUIET_SECONDS:
            return False
        if len(self._logged_at) >= REMEMBERED:
            self._logged_at.clear()
        self._logged_at[words] = now
        return True
