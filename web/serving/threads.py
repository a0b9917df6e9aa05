"""Who makes answers: threads beside the event loop, few at a time, long work apart from short.

A question over all agreements at another instant takes a second; while one is worked out, pages
go on being made, and a crowd of such questions is told to come back.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from anyio import CapacityLimiter, to_thread

from web.errors import Busy
from web.model.query import Query

MAKERS = 2
"""How many short answers are made at the same time; the others wait their turn."""
QUEUE = 20
"""How many long ones may wait for the one that is being made."""
OVER_ALL = frozenset(
    {"board", "deadlines", "api_deadlines", "commitments_csv", "deadlines_csv"},
)
"""What is worked out from every agreement; at another instant that is long work."""
LONG = frozenset({"calendar", "api_status"})
"""What is long at any instant."""

T = TypeVar("T")


class WorkerPool:
    """Threads that make answers."""

    def __init__(self) -> None:
        self._short = CapacityLimiter(MAKERS)
        self._long = CapacityLimiter(1)
        self._asked = 0

    async def made(self, name: str, query: Query, make: Callable[[], T]) -> T:
        """What `make` gives, in a thread; Busy when too many long ones wait already."""
        if not is_long(name, query):
            return await to_thread.run_sync(make, limiter=self._short)
        if self._asked > QUEUE:
            raise Busy("too many questions of this kind at once", hint="try again in a minute")
        self._asked += 1
        try:
            return await to_thread.run_sync(make, limiter=self._long)
        finally:
            self._asked -= 1


def is_long(name: str, query: Query) -> bool:
    return name in LONG or (name in OVER_ALL and not query.is_now)
