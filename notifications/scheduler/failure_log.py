"""The failures of a program that goes on: each is logged as it begins, changes and ends."""

from __future__ import annotations

import logging

log = logging.getLogger(__name__)


class FailureLog:
    """Logs a failure as it begins and where its words change, with what to do, and its end."""

    def __init__(self, failure: str, end: str, level: int = logging.WARNING) -> None:
        self._failure, self._end, self._level = failure, end, level
        self._last = ""

    def failed(self, reason: Exception | str) -> None:
        hint = getattr(reason, "hint", "")
        words = f"{self._failure}: {reason}" + (f" ({hint})" if hint else "")
        if words != self._last:
            with_traceback = isinstance(reason, Exception) and log.isEnabledFor(logging.DEBUG)
            log.log(self._level, words, exc_info=with_traceback)
        self._last = words

    def succeeded(self) -> None:
        if self._last:
            log.warning(self._end)
        self._last = ""


class TurnFailures:
    """What may fail within a turn and does not end it; a daemon shares one among its turns."""

    def __init__(self) -> None:
        self.projecting = FailureLog("turns only deliver", "turns project again")
        self.heartbeat = FailureLog("heartbeat failed", "heartbeats are answered again")
