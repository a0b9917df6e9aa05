"""How long does a command take to answer, as a multiple of starting Python at all?"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.timing import clocked, progress, taking_turns, wall_time
from notifications.cli.demo import DATASET

BARE = "python -c pass"
ENTRY = ("ComplianceObserved", "ep-rus", "occurred=2025-03-20")


def rows() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as place:
        command = pactwatch(str(Path(place) / "status.db"))
        progress("start-up: importing the shipped agreements")
        for file in sorted(DATASET.glob("*.jsonl")):
            subprocess.run([*command, "import", str(file)], check=True)
        yield from _compared(command)


def pactwatch(database: str) -> list[str]:
    """The installed command on a database."""
    return [str(Path(sys.executable).parent / "pactwatch"), "--db", database, "-q"]


def _compared(command: list[str]) -> Iterator[str]:
    subprocess.run([*command, "tick"], check=True)
    bare, help_, status, record, tick = taking_turns(
        run([sys.executable, "-c", "pass"]),
        run([*command, "--help"]),
        run([*command, "status"]),
        run([*command, "record", *ENTRY]),
        run([*command, "tick"], before=[*command, "tick"]),
        times=10,
    )
    yield wall_time("pactwatch --help", help_, bare, BARE, "<= 5x")
    yield wall_time("pactwatch status, shipped agreements", status, bare, BARE, "<= 20x")
    yield wall_time("pactwatch record with its preview", record, bare, BARE, "<= 25x")
    yield wall_time("pactwatch tick with nothing due", tick, bare, BARE, "<= 25x")


def run(command: list[str], before: list[str] | None = None) -> Callable[[], float]:
    """Times a command; what comes before it is not counted."""

    def timed() -> float:
        if before is not None:
            subprocess.run(before, check=True, stdout=subprocess.DEVNULL)
        return clocked(lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL))

    return timed
