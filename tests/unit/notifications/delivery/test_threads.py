"""Jobs in threads: their results, their errors, and one that is begun again while it goes on."""

from __future__ import annotations

import threading
from functools import partial

import pytest

from notifications.delivery.threads import BackgroundJob, run_in_threads


def fails() -> int:
    raise ValueError("no")


def test_results_come_in_the_order_of_the_jobs() -> None:
    """However many run at once; the first in the calling thread."""
    jobs = [partial(lambda n: (n, threading.current_thread().name), n) for n in range(9)]
    done = [run_in_threads(jobs, at_once) for at_once in (1, 3, 20)]

    assert [list(range(9))] * 3 == [[number for number, _ in results] for results in done]
    assert {threading.current_thread().name} == {results[0][1] for results in done}
    assert [] == run_in_threads([], 4)


def test_an_error_is_raised_when_all_have_ended() -> None:
    """The others run all the same."""
    done: list[int] = []
    with pytest.raises(ValueError, match="no"):
        run_in_threads([fails, lambda: done.append(1) or 1, lambda: done.append(2) or 2], 2)

    assert [1, 2] == sorted(done)


def test_a_background_job_begun_again_runs_once_more() -> None:
    """Many requests while it goes on are one more run, with what was given last."""
    gate, begun = threading.Event(), threading.Event()
    job: BackgroundJob[str] = BackgroundJob()
    ended: list[int] = []

    def first() -> str:
        begun.set()
        gate.wait(20)
        return "first"

    def end() -> None:
        ended.append(1)

    started = [job.start(first, end)]
    begun.wait(20)
    started += [job.start(lambda: "second", end), job.start(lambda: "third", end)]
    before = job.collect()
    gate.set()
    assert job.wait(20)

    assert ([True, False, False], [], ["first", "third"]) == (started, before, job.collect())


def test_an_error_of_a_background_job_is_raised_once() -> None:
    """What other runs brought is not lost by it."""
    job: BackgroundJob[int] = BackgroundJob()
    for run in (lambda: 7, fails):
        job.start(run, lambda: None)
        assert job.wait(20)
    with pytest.raises(ValueError, match="no"):
        job.collect()

    assert [7] == job.collect()
