"""Parts of a sequence: one statement may bind so many values, and one transaction last so long.

And who is called after each of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")

IDS_PER_STATEMENT = 500
"""Well below what any engine binds in one statement, and enough that the round trip is cheap."""


def batches(items: Sequence[T], size: int = IDS_PER_STATEMENT) -> Iterator[Sequence[T]]:
    """The items in order, at most `size` at a time; nothing for no items."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


OnProgress = Callable[[int, int], None]
"""Called with how much is done, and of how much."""


def unreported(_done: int, _of: int) -> None:
    """Reports nothing."""
