"""Works through long lists: in batches, with reports of progress, and little garbage collection.

One statement may bind so many values, and one transaction last so long.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")

IDS_PER_STATEMENT = 500
"""Well below what any engine binds in one statement, and enough that the round trip is cheap."""


def batches(items: Sequence[T], size: int = IDS_PER_STATEMENT) -> Iterator[Sequence[T]]:
    """The items in order, at most `size` at a time; nothing for no items."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


OBJECTS_BETWEEN_COLLECTIONS = 100_000


@contextmanager
def seldom_collecting(objects: int = OBJECTS_BETWEEN_COLLECTIONS) -> Iterator[None]:
    """Looks for garbage inside only when so many more objects are made than are let go of.

    Of a large batch or an answer nearly all stays, and none is a circle. The collector would look
    at all of it again and again, for an eighth to a third of the time.
    """
    before = gc.get_threshold()
    gc.set_threshold(max(before[0], objects), *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


OnProgress = Callable[[int, int], None]
"""Called with how much is done, and of how much."""


def unreported(_done: int, _of: int) -> None:
    """Reports nothing."""
