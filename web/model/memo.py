"""What is kept between requests: which streams are marked, and answers over all agreements."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Any, TypeVar

from events import EventStore
from tracker.entries.visible_log import marked_streams
from web.settings import Site

T = TypeVar("T")
SLOTS = 6
"""How many answers over all agreements are kept; one over ten thousand takes some 20 MiB."""


class MarkedStreams:
    """Which streams hold something above the ceiling; grows with the log, read once."""

    def __init__(self) -> None:
        self.position = 0
        self.streams: set[str] = set()
        self._turn = Lock()

    def at(self, store: EventStore, site: Site) -> frozenset[str]:
        """The marked streams of the log as the store shows it."""
        if site.ceiling == "RED":
            return frozenset()
        with self._turn:
            head = store.head()
            if head > self.position:
                self.streams |= marked_streams(store, site.ceiling, self.position)
                self.position = head
            return frozenset(self.streams)


class MemoCache:
    """Answers by what they depend on, the least used given up first; one maker a question."""

    def __init__(self) -> None:
        self._slots: OrderedDict[object, _Slot] = OrderedDict()
        self._turn = Lock()

    def get(self, question: object, make: Callable[[], T]) -> T:
        """The answer as kept, or made now while others who ask the same wait for it."""
        with self._turn:
            slot = self._slots.setdefault(question, _Slot())
            self._slots.move_to_end(question)
            while len(self._slots) > SLOTS:
                self._slots.popitem(last=False)
        with slot.turn:
            if not slot.filled:
                slot.answer, slot.filled = make(), True
        answer: T = slot.answer
        return answer


class _Slot:
    def __init__(self) -> None:
        self.turn = Lock()
        self.filled = False
        self.answer: Any = None
