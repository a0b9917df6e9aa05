"""Jobs in threads that nobody has to wait for.

The interpreter joins the threads of a ThreadPoolExecutor when it exits, however long a server takes
to answer them; a daemon has to end within seconds.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")


class JobQueue(Generic[T]):
    """Jobs that several threads take in turn, with what came of each."""

    def __init__(self, jobs: Sequence[Callable[[], T]]) -> None:
        self.results: dict[int, T] = {}
        self.errors: list[BaseException] = []
        self._remaining = deque(enumerate(jobs))

    def take(self) -> tuple[int, Callable[[], T]] | None:
        # Popping is atomic, so that no two threads get the same job.
        try:
            return self._remaining.popleft()
        except IndexError:
            return None

    def work(self, job: tuple[int, Callable[[], T]] | None = None) -> None:
        """Runs this job, and then others until none is left."""
        while (job := job or self.take()) is not None:
            (number, run), job = job, None
            try:
                self.results[number] = run()
            except BaseException as error:
                self.errors.append(error)


def run_in_threads(jobs: Sequence[Callable[[], T]], at_once: int) -> list[T]:
    """The results in the order of the jobs; raises the first error when all have ended.

    The first job runs in the calling thread, where Ctrl-C reaches it.
    """
    queue = JobQueue(jobs)
    first, others = queue.take(), min(at_once, len(jobs)) - 1
    threads = [threading.Thread(target=queue.work, daemon=True) for _ in range(others)]
    for thread in threads:
        thread.start()
    queue.work(first)
    for thread in threads:
        thread.join()
    if queue.errors:
        raise queue.errors[0]
    return [queue.results[number] for number in range(len(jobs))]


class BackgroundJob(Generic[T]):
    """A job that goes on beside its caller, once at a time.

    Started again while it goes on, it runs once more afterwards, with what was given last.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle = threading.Event()
        self._idle.set()
        self._next: Callable[[], T] | None = None
        self._results: list[T] = []
        self._error: BaseException | None = None

    def start(self, job: Callable[[], T], when_done: Callable[[], None]) -> bool:
        """Begins the job in a thread of its own; returns whether it was idle."""
        with self._lock:
            self._next = job
            was_idle = self._idle.is_set()
            self._idle.clear()
        if was_idle:
            threading.Thread(target=self._run, args=(when_done,), daemon=True).start()
        return was_idle

    def _run(self, when_done: Callable[[], None]) -> None:
        while (job := self._take()) is not None:
            try:
                result = job()
            except BaseException as error:
                self._error = error
            else:
                with self._lock:
                    self._results.append(result)
        when_done()

    def _take(self) -> Callable[[], T] | None:
        with self._lock:
            job, self._next = self._next, None
            if job is None:
                self._idle.set()
            return job

    @property
    def is_idle(self) -> bool:
        return self._idle.is_set()

    def wait(self, seconds: float) -> bool:
        """Waits until it is idle, but no longer than this; returns whether it is."""
        return self._idle.wait(seconds)

    def collect(self) -> list[T]:
        """The results since the last time; raises the error of a run that failed.

        Then it keeps the results for the next time.
        """
        with self._lock:
            error, self._error = self._error, None
            if error is not None:
                raise error
            results, self._results = self._results, []
        return results
