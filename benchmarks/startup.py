"""How long does a command take to answer, as a multiple of starting Python at all?"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.timing import clocked, progress, taking_turns, wall_time
from notifications.demo import DATASET

BARE = "python -c pass"


def rows() -> Iterator[str]:
    command = Path(sys.executable).parent / "pactwatch"
    with tempfile.TemporaryDirectory() as place:
        pactwatch = [str(command), "--db", str(Path(place) / "status.db"), "-q"]
        progress("start-up: importing the shipped agreements")
        for file in sorted(DATASET.glob("*.jsonl")):
            subprocess.run([*pactwatch, "import", str(file)], check=True)
        yield from _compared(pactwatch)


def _compared(pactwatch: list[str]) -> Iterator[str]:
    bare, help_, status = taking_turns(
        _run([sys.executable, "-c", "pass"]),
        _run([*pactwatch, "--help"]),
        _run([*pactwatch, "status"]),
        times=10,
    )
    yield wall_time("pactwatch --help", help_, bare, BARE, "<= 5x")
    yield wall_time("pactwatch status, shipped agreements", status, bare, BARE, "<= 20x")


def _run(command: list[str]) -> Callable[[], float]:
    return lambda: clocked(lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL))
