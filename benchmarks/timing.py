"""How a thing is timed: the best of several runs, since noise only adds."""

from __future__ import annotations

import time
from collections.abc import Callable


def best(run: Callable[[], object], times: int = 5) -> float:
    """Seconds of the fastest run."""
    return min(_once(run) for _ in range(times))


def _once(run: Callable[[], object]) -> float:
    begun = time.perf_counter()
    run()
    return time.perf_counter() - begun


def row(what: str, ours: float, other: float, against: str, goal: str) -> str:
    """One line of the table: ours, the other, and ours as a multiple of it."""
    ratio = f"{ours / other:.2f}x"
    return (
        f"| {what} | {ours * 1000:.1f} ms | {other * 1000:.1f} ms | {against} | {ratio} | {goal} |"
    )
