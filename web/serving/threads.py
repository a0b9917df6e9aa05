"""Limits what is computed at a time, so that long work does not keep short answers waiting.

A question over all agreements at another instant takes a second. It is computed in a thread apart
from those of the short answers, and when too many wait for it, more are refused.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from anyio import CapacityLimiter, to_thread

from web.errors import Busy
from web.model.query import Query

SHORT_AT_ONCE = 2
QUEUE = 20
"""How many long answers may wait for the one that is being computed."""
OVER_ALL = frozenset(
    {
        "board",
        "deadlines",
        "disputes",
        "party",
        "search",
        "api_deadlines",
        "api_incidents",
        "api_parties",
        "commitments_csv",
        "deadlines_csv",
    },
)
"""Pages computed from every agreement; at another instant that is long work."""
LONG = frozenset({"calendar", "changes", "api_changes", "api_status"})
"""Pages and documents that are long work at any instant."""

T = TypeVar("T")


class WorkerPool:
    """Computes answers in threads: two short ones and one long one at a time."""

    def __init__(self) -> None:
        self._short = CapacityLimiter(SHORT_AT_ONCE)
        self._long = CapacityLimiter(1)
        self._long_requests = 0

    async def run(self, name: str, query: Query, compute: Callable[[], T]) -> T:
        """Computes the answer of a page or document; Busy when too many long ones wait."""
        if not is_long(name, query):
            return await to_thread.run_sync(compute, limiter=self._short)
        if self._long_requests > QUEUE:
            raise Busy("too many questions of this kind at once", hint="try again in a minute")
        self._long_requests += 1
        try:
            return await to_thread.run_sync(compute, limiter=self._long)
        finally:
            self._long_requests -= 1


def is_long(name: str, query: Query) -> bool:
    return name in LONG or (name in OVER_ALL and not query.is_now)
