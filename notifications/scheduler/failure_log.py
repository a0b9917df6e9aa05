"""What goes wrong while a program goes on: each is told as it begins, changes and ends."""

from __future__ import annotations

import logging
from collections.abc import Iterator

from msgspec import Struct

from notifications.outbox.undelivered import Undelivered
from tracker.entries.unreadable import UnreadableDocument

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


class Troubles(Struct, frozen=True):
    """What is in trouble after a turn: relays, messages, agreements, the file of dashboards."""

    obstacles: tuple[str, ...] = ()
    undelivered: tuple[Undelivered, ...] = ()
    unreadable: tuple[UnreadableDocument, ...] = ()
    unpublished: str = ""

    def lines_since(self, last: Troubles) -> Iterator[str]:
        """What a turn itself does not tell: what is over, and how the file fares."""
        if last.obstacles and not self.obstacles:
            yield "the relay is in no trouble any more"
        if last.undelivered and not self.undelivered:
            yield "nothing stays undelivered any more"
        if last.unreadable and not self.unreadable:
            yield "every agreement can be read again"
        if self.unpublished and self.unpublished != last.unpublished:
            yield f"not published: {self.unpublished}"
        if last.unpublished and not self.unpublished:
            yield "published again"
