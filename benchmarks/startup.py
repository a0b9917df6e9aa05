"""How long does a command take to answer, as a multiple of starting Python at all?"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.timing import absent, clocked, progress, taking_turns, wall_time
from notifications.cli.demo import DATASET
from tests.support.postgres import NoPostgres, create_database, server

BARE = "python -c pass"
RECORD, TICK = "pactwatch record with its preview", "pactwatch tick with nothing due"
TIMES = 10
ENTRY = ("ComplianceObserved", "ep-rus", "occurred=2025-03-20")


def rows() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as place:
        yield from _of_readers(_shipped(str(Path(place) / "readers.db")))
        yield from _of_writers(_shipped(str(Path(place) / "writers.db")), "SQLite")
    try:
        with server() as address:
            yield from _of_writers(_shipped(create_database(address, "startup")), "PostgreSQL")
    except NoPostgres as error:
        yield absent(_name(RECORD, "PostgreSQL"), str(error), "<= 25x")


def _shipped(database: str) -> list[str]:
    """The command on a database with the shipped agreements, projected."""
    command = pactwatch(database)
    progress("start-up: importing the shipped agreements")
    for file in sorted(DATASET.glob("*.jsonl")):
        subprocess.run([*command, "import", str(file)], check=True)
    subprocess.run([*command, "tick"], check=True, stdout=subprocess.DEVNULL)
    return command


def pactwatch(database: str) -> list[str]:
    """The installed command on a database."""
    return [str(Path(sys.executable).parent / "pactwatch"), "--db", database, "-q"]


def _of_readers(command: list[str]) -> Iterator[str]:
    bare, help_, status = taking_turns(
        run([sys.executable, "-c", "pass"]),
        run([*command, "--help"]),
        run([*command, "status"]),
        times=TIMES,
    )
    yield wall_time("pactwatch --help", help_, bare, BARE, "<= 5x")
    yield wall_time("pactwatch status, shipped agreements", status, bare, BARE, "<= 20x")


def _of_writers(command: list[str], engine: str) -> Iterator[str]:
    """What writes, with the time that the engine takes in its own process."""
    bare, record, tick = taking_turns(
        run([sys.executable, "-c", "pass"]),
        run([*command, "record", *ENTRY]),
        run([*command, "tick"], before=[*command, "tick"]),
        times=TIMES,
    )
    yield wall_time(_name(RECORD, engine), record, bare, BARE, "<= 25x")
    yield wall_time(_name(TICK, engine), tick, bare, BARE, "<= 25x")


def _name(what: str, engine: str) -> str:
    return f"{what}, {engine}"


def run(command: list[str], before: list[str] | None = None) -> Callable[[], float]:
    """Times a command; what comes before it is not counted."""

    def timed() -> float:
        if before is not None:
            subprocess.run(before, check=True, stdout=subprocess.DEVNULL)
        return clocked(lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL))

    return timed
