"""Parts of a sequence: one statement may bind so many values, and one transaction last so long."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")

IDS_PER_STATEMENT = 500
"""Well below what any engine binds in one statement, and enough that the round trip is cheap."""


def batches(items: Sequence[T], size: int = IDS_PER_STATEMENT) -> Iterator[Sequence[T]]:
    """The items in order, at most `size` at a time; nothing for no items."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
