"""Folds agreements, and looks up words, in several processes; their rows come back in order.

A process only reads. The rows are written by whoever asks, in one transaction and in the order of
the agreements, so tables made by several processes are those that one would have made.
"""

from __future__ import annotations

import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from datetime import datetime
from functools import cache
from multiprocessing import get_context, parent_process
from threading import Thread
from types import TracebackType
from typing import TypeVar

from events import EventStore
from tracker.errors import TrackerError
from tracker.projections.agreement_rows import AgreementRows
from tracker.projections.rows.agreement import Rows
from tracker.projections.search_index import WordPage, word_page

AHEAD = 3
"""So many tasks a process may be ahead of the writer: memory stays flat."""
LARGE = 50_000
"""Events from which folding in several processes pays: each takes half a second to begin."""
MOST_PAYING = 4
"""More processes bring little, since they wait for the one that writes."""
Task = TypeVar("Task")
Result = TypeVar("Result")


def paying_jobs(events: int, large: int = LARGE) -> int:
    """How many processes share so many events best here; 1 where they are fewer than `large`."""
    return min(cores(), MOST_PAYING) if events >= large else 1


def cores() -> int:
    """How many cores this process may use."""
    allowed = getattr(os, "sched_getaffinity", None)  # only Linux has it
    return len(allowed(0)) if allowed is not None else os.cpu_count() or 1


class Processes:
    """A pool of processes that read the log at an address."""

    def __init__(self, url: str, jobs: int) -> None:
        self.url = url
        self._most = jobs * AHEAD
        # Not forked: a child would end the connections of its parent with its own.
        self._pool = ProcessPoolExecutor(jobs, get_context("spawn"), _begin)

    def rows(self, groups: Iterable[Sequence[str]], now: datetime) -> Iterator[list[Rows]]:
        """The rows of each group of agreements, in order."""
        return self.in_order(_rows, ((self.url, now, group) for group in groups))

    def words(self, pages: Iterable[tuple[int, int]]) -> Iterator[WordPage]:
        """The words of the entries after a position, so many of them, page by page."""
        return self.in_order(_words, ((self.url, *page) for page in pages))

    def in_order(self, call: Callable[[Task], Result], tasks: Iterable[Task]) -> Iterator[Result]:
        """What a function makes of each task, in order; it is one of a module, which they load.

        Raises TrackerError where a process was ended from outside.
        """
        waiting: deque[Future[Result]] = deque()
        try:
            for task in tasks:
                waiting.append(self._pool.submit(call, task))
                if len(waiting) > self._most:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        except BrokenProcessPool as error:
            raise TrackerError(
                "a process that shared the work was ended from outside; nothing was written",
                hint="look whether the memory ran out (dmesg), and give the same command again",
            ) from error

    def __enter__(self) -> Processes:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._pool.shutdown(cancel_futures=True)


def _begin() -> None:
    # Ctrl-C reaches every process of a terminal; the parent ends the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """Ends this process with its parent, which may be killed before it ends the others."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


@cache
def store_at(url: str) -> EventStore:
    """The log of this process; opened by its first task, whose error reaches who asked."""
    return EventStore.open(url, create=False, read_only=True)


@cache
def _rows_at(url: str, now: datetime) -> AgreementRows:
    return AgreementRows(store_at(url), now)


def _rows(task: tuple[str, datetime, Sequence[str]]) -> list[Rows]:
    url, now, agreements = task
    return _rows_at(url, now).of_all(agreements)


def _words(task: tuple[str, int, int]) -> WordPage:
    url, after, size = task
    return word_page(store_at(url), after, size)
