"""Which sections are measured? All, or those named: `python -m benchmarks sqlite replay`."""

from __future__ import annotations

import os
import platform
import sqlite3
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib import import_module
from importlib.metadata import version

import apsw

from benchmarks.timing import HEADING, progress
from tests.support import postgres

SECTIONS = {
    "startup": "startup",
    "sqlite": "sqlite_appends",
    "postgres": "postgres_appends",
    "replay": "replay",
    "checks": "log_checks",
    "rebuild": "rebuild",
    "imports": "imports",
    "refusals": "refusals",
    "statuses": "many_statuses",
    "turns": "due_turns",
    "duties": "many_duties",
    "delivery": "delivery",
    "web": "web",
    "routes": "routes",
}


def main(names: list[str]) -> None:
    unknown = [name for name in names if name not in SECTIONS]
    if unknown:
        raise SystemExit(f"unknown: {', '.join(unknown)}; expected {', '.join(SECTIONS)}")
    print(f"{machine()}\n\n{HEADING}", flush=True)
    for name in names or SECTIONS:
        progress(name)
        for line in section(SECTIONS[name]):
            print(line, flush=True)


def machine() -> str:
    """What the numbers depend on."""
    return (
        f"{datetime.now(UTC):%Y-%m-%d}: {os.cpu_count()} cores ({platform.machine()}), "
        f"Python {platform.python_version()}, SQLite {apsw.sqlite_lib_version()} (ours) and "
        f"{sqlite3.sqlite_version} (the peer's), {postgres.version()}, "
        f"eventsourcing {version('eventsourcing')}, psycopg {version('psycopg')}."
    )


def section(module: str) -> Iterator[str]:
    yield from import_module(f"benchmarks.{module}").rows()


if __name__ == "__main__":
    main(sys.argv[1:])
