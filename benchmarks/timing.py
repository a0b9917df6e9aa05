"""How is a thing timed? The best of several runs that take turns, since noise only adds."""

from __future__ import annotations

import gc
import multiprocessing
import resource
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import ParamSpec, TypeVar

HEADING = (
    "`ratio` is a speed ratio, our throughput by the other's: above 1 ours is faster. Only rows "
    'marked "wall time" are multiples of the other\'s time, where less is better.\n\n'
    "| what | ours | other | against | ratio | goal |\n|---|---|---|---|---|---|"
)
STATUS = Path("/proc/self/status")

P = ParamSpec("P")
T = TypeVar("T")


def clocked(work: Callable[[], object]) -> float:
    """Seconds of one run, begun with no garbage of the run before."""
    gc.collect()
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def taking_turns(*runs: Callable[[], float], times: int = 5) -> list[float]:
    """Fastest seconds of each run.

    Each makes its own place, times its own part and answers the seconds. They run in turn, and
    another one begins each round, so a slow minute of the machine hits all of them.
    """
    fastest = [float("inf")] * len(runs)
    for turn in range(times):
        for n in range(len(runs)):
            which = (n + turn) % len(runs)
            fastest[which] = min(fastest[which], runs[which]())
    return fastest


def row(what: str, ours: str, other: str, against: str, ratio: str, goal: str) -> str:
    """One line of the table."""
    return f"| {what} | {ours} | {other} | {against} | {ratio} | {goal} |"


def speed(what: str, count: int, ours: float, other: float, against: str, goal: str) -> str:
    """A line for throughput: both as things a second, the ratio above 1 where ours is faster."""
    mine, others = f"{count / ours:,.0f}/s", f"{count / other:,.0f}/s"
    return row(what, mine, others, against, f"{other / ours:.2f}x", goal)


def wall_time(what: str, ours: float, other: float, against: str, goal: str) -> str:
    """A line for waiting time: ours as a multiple of the other's."""
    mine, others = f"{ours * 1000:.1f} ms", f"{other * 1000:.1f} ms"
    return row(f"{what} (wall time)", mine, others, against, f"{ours / other:.2f}x", goal)


def absent(what: str, why: str, goal: str) -> str:
    """A line for what can not be measured here."""
    return row(what, why, "-", "-", "-", goal)


def progress(text: str) -> None:
    """What is being done, for those who wait; the table alone goes to stdout."""
    print(f"  {text}", file=sys.stderr, flush=True)


def with_peak_memory(
    work: Callable[P, T], *arguments: P.args, **named: P.kwargs
) -> tuple[T, float]:
    """The answer of `work` in a process of its own, and the most memory it held, in MiB."""
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=1, mp_context=fresh) as pool:
        answer = pool.submit(work, *arguments, **named).result()
        return answer, pool.submit(_peak).result()


def _peak() -> float:
    """The kernel's mark of this program alone; getrusage also counts what its parent held."""
    if STATUS.exists():
        lines = STATUS.read_text(encoding="ascii", errors="replace").splitlines()
        return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:"))
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used / (1024 * 1024 if sys.platform == "darwin" else 1024)
