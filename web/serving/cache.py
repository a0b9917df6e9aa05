"""Keeps finished answers while log, projection, minute of the clock and question are the same.

Requests that come while the database is asked for its position share the next answer, so a crowd
asks it a few times, not once each; a page that a crowd wants is made once.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from msgspec import Struct

from web.serving.answers import Answer

MAX_BYTES = 64 * 2**20
T = TypeVar("T")


class SingleFlight(Generic[T]):
    """Runs one call at a time; callers that come meanwhile share the next one, not the running one.

    So a result is never older than the request that gets it.
    """

    def __init__(self, call: Callable[[], Awaitable[T]]) -> None:
        self._call = call
        self._next: asyncio.Task[T] | None = None
        self._running: asyncio.Task[T] | None = None

    async def __call__(self) -> T:
        if self._next is None:
            self._next = asyncio.create_task(self._run_after(self._running))
        return await asyncio.shield(self._next)

    async def _run_after(self, previous: asyncio.Task[T] | None) -> T:
        if previous is not None:
            await asyncio.wait([previous])
        self._running, self._next = self._next, None
        return await self._call()


HasTexts = Callable[[frozenset[int]], Awaitable[bool]]
"""Whether the texts of all these events are still there."""


class CachedAnswer(Struct, frozen=True):
    """An answer that is kept, and the check whether it may still be given, if it needs one."""

    answer: Answer
    is_valid: SingleFlight[bool] | None


class AnswerCache:
    """Finished answers by key, up to so many bytes; the least recently used are dropped first.

    One that is larger alone is given to those who wait for it, and not kept.

    An answer that shows erasable text is given again only after a check that the text is there.
    """

    def __init__(self, max_bytes: int = MAX_BYTES, has_texts: HasTexts | None = None) -> None:
        self._max_bytes = max_bytes
        self._has_texts = has_texts
        self._cached: OrderedDict[object, CachedAnswer] = OrderedDict()
        self._size = 0
        self._pending: dict[object, asyncio.Task[Answer]] = {}

    def __len__(self) -> int:
        return len(self._cached)

    async def get(self, key: object, make: Callable[[], Awaitable[Answer]]) -> Answer:
        """Returns the answer of a key: kept, being made for another request, or made now."""
        cached = self._cached.get(key)
        if cached is not None:
            if cached.is_valid is None or await cached.is_valid():
                if key in self._cached:
                    self._cached.move_to_end(key)
                return cached.answer
            self._drop(key, cached)
        pending = self._pending.get(key)
        if pending is None:
            pending = self._pending[key] = asyncio.create_task(self._make(key, make))
            return await asyncio.shield(pending)
        shared = await asyncio.shield(pending)
        # Begun before this request, so a text may have been erased since it was read.
        return await self.get(key, make) if shared.text_positions else shared

    def _drop(self, key: object, cached: CachedAnswer) -> None:
        """Drops an answer, unless another has taken its place meanwhile."""
        if self._cached.get(key) is cached:
            del self._cached[key]
            self._size -= _size_of(cached.answer)

    async def _make(self, key: object, make: Callable[[], Awaitable[Answer]]) -> Answer:
        try:
            answer = await make()
        finally:
            del self._pending[key]
        if _size_of(answer) > self._max_bytes:
            return answer
        positions, has_texts = answer.text_positions, self._has_texts
        is_valid = SingleFlight(lambda: has_texts(positions)) if has_texts and positions else None
        self._cached[key] = CachedAnswer(answer, is_valid)
        self._size += _size_of(answer)
        while self._size > self._max_bytes:
            _, dropped = self._cached.popitem(last=False)
            self._size -= _size_of(dropped.answer)
        return answer


def _size_of(answer: Answer) -> int:
    return len(answer.body) + len(answer.packed)
