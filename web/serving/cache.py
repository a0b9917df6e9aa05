"""Answers made once and given many times: while log, projection, clock minute and question stand.

Requests that come while the database is asked where it stands share the next answer, so a crowd
asks it a few times, not once each; a page wanted by a crowd is made by one.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from msgspec import Struct

HELD_BYTES = 64 * 2**20
T = TypeVar("T")


class Answer(Struct, frozen=True):
    """A finished answer with its entity tag; `told` are the events whose erasable text it shows."""

    body: bytes
    media: str
    etag: str
    status: int = 200
    attachment: bool = False
    text_positions: frozenset[int] = frozenset()


def tag_of(content: bytes, *, weak: bool) -> str:
    """Equal content, equal tag; weak where only the instants of the clock differ."""
    quoted = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    return f"W/{quoted}" if weak else quoted


class SingleFlight(Generic[T]):
    """One question at a time; who asks meanwhile shares the next one, never one already begun."""

    def __init__(self, ask: Callable[[], Awaitable[T]]) -> None:
        self._ask = ask
        self._next: asyncio.Task[T] | None = None
        self._running: asyncio.Task[T] | None = None

    async def __call__(self) -> T:
        if self._next is None:
            self._next = asyncio.create_task(self._turn(self._running))
        return await asyncio.shield(self._next)

    async def _turn(self, before: asyncio.Task[T] | None) -> T:
        if before is not None:
            await asyncio.wait([before])
        self._running, self._next = self._next, None
        return await self._ask()


Still = Callable[[frozenset[int]], Awaitable[bool]]
"""Whether these events' texts are all there."""


class CachedAnswer(Struct, frozen=True):
    """An answer that is kept, and the question whether it may still be given."""

    answer: Answer
    holds: SingleFlight[bool] | None


async def _nothing_is_erased(_: frozenset[int]) -> bool:
    return True


class Answers:
    """Finished answers by key, the least used given up first.

    One that shows erasable text is given again only after a look that the text is there.
    """

    def __init__(self, held_bytes: int = HELD_BYTES, still: Still = _nothing_is_erased) -> None:
        self.held_bytes = held_bytes
        self._still = still
        self._held: OrderedDict[object, CachedAnswer] = OrderedDict()
        self._size = 0
        self._making: dict[object, asyncio.Task[Answer]] = {}

    async def get(self, key: object, make: Callable[[], Awaitable[Answer]]) -> Answer:
        cached = self._held.get(key)
        if cached is not None and (cached.holds is None or await cached.holds()):
            return self._used(key, cached)
        if cached is not None:
            self._drop(key, cached)
        begun = self._making.get(key)
        if begun is None:
            begun = self._making[key] = asyncio.create_task(self._made(key, make))
            return await asyncio.shield(begun)
        shared = await asyncio.shield(begun)
        # Begun before we asked, so a text may have been erased since it was read.
        return await self.get(key, make) if shared.text_positions else shared

    def _used(self, key: object, cached: CachedAnswer) -> Answer:
        if key in self._held:
            self._held.move_to_end(key)
        return cached.answer

    def _drop(self, key: object, cached: CachedAnswer) -> None:
        """Give up an answer, unless another has taken its place meanwhile."""
        if self._held.get(key) is cached:
            del self._held[key]
            self._size -= len(cached.answer.body)

    async def _made(self, key: object, make: Callable[[], Awaitable[Answer]]) -> Answer:
        try:
            answer = await make()
            self._keep(key, answer)
            return answer
        finally:
            del self._making[key]

    def _keep(self, key: object, answer: Answer) -> None:
        positions = answer.text_positions
        holds = SingleFlight(lambda: self._still(positions)) if positions else None
        self._held[key] = CachedAnswer(answer, holds)
        self._size += len(answer.body)
        while self._size > self.held_bytes:
            _, dropped = self._held.popitem(last=False)
            self._size -= len(dropped.answer.body)
