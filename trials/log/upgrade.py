"""`db upgrade` of a database in the first schema is killed: at random instants, and as it writes.

Afterwards the database is old or new, a second upgrade goes through, and its events are the same
bytes.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import apsw

from tests.support.dataset import ROOT
from trials.log.backups import COLUMNS, events_of, kill_after
from trials.processes import Installation, exit_code, fork, workspace
from trials.trial import Figures, Trial


def first_schema(path: Path, count: int) -> None:
    """A database of schema 0001, as tests have it, with so many more events."""
    with closing(apsw.Connection(str(path))) as connection:
        connection.execute((ROOT / "tests/samples/schema-0001.sql").read_text()).fetchall()
        last: Any = connection.execute("SELECT max(position) FROM events").fetchall()[0][0]
        connection.execute("BEGIN")
        for n in range(1, count + 1):
            connection.execute("UPDATE event_counter SET position = ?", (last + n,))
            data = f'{{"by":"NOR","occurred":"2026-01-05","text":"old {n}"}}'.encode()
            row = (last + n, "grown", n, f"grown-{n}", "pactwatch.PositionStated.v1", "old")
            connection.execute(
                f"INSERT INTO events ({COLUMNS}, digest) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (*row, "2026-01-05T09:00:00Z", data, bytes(32)),
            )
        connection.execute("COMMIT")
        connection.execute("PRAGMA journal_mode = DELETE").fetchall()


def run_upgrade(cycles: int, figures: Figures) -> None:
    draw = random.Random(3)
    with workspace() as folder:
        first_schema(folder / "old.db", 500)
        before = events_of(str(folder / "old.db"))
        installation = Installation(folder)
        shutil.copy(folder / "old.db", installation.database)
        began = time.monotonic()
        installation.command("db", "upgrade")
        took = time.monotonic() - began
        for cycle in range(cycles):
            for file in folder.glob("trial.db*"):
                file.unlink()
            shutil.copy(folder / "old.db", installation.database)
            if cycle % 2:
                was_killed = kill_at_first_write(installation, draw.uniform(0.0, 0.02))
            else:
                seconds = draw.uniform(0.02, took * 0.8)
                was_killed = kill_after(seconds, installation, "db", "upgrade")
            figures.add("killed", int(was_killed))
            if installation.command("verify").code:
                figures.add("still_old")
            for args in (("db", "upgrade"), ("verify",), ("tick",)):
                answer = installation.command(*args)
                if answer.code:
                    figures.failed(f"{args[-1]}_failed", answer.text)
            figures.add("bytes_changed", int(events_of(installation.database) != before))
            figures.add("cycles")


def kill_at_first_write(installation: Installation, seconds: float) -> bool:
    """Kills an upgrade so long after its first write; returns whether it was still at work."""
    log = Path(f"{installation.database}-wal")
    pid = fork(lambda: installation.run("db", "upgrade"))
    while os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
        if log.exists() and log.stat().st_size:
            time.sleep(seconds)
            os.kill(pid, signal.SIGKILL)
            break
        time.sleep(0.0005)
    return exit_code(pid) < 0


TRIALS = (
    Trial(
        "upgrade",
        "Is an old database old or new after a kill, and its events the same bytes?",
        run_upgrade,
        (2, 10, 300),
        ("upgrade_failed", "verify_failed", "tick_failed", "bytes_changed"),
        ("cycles", "killed"),
    ),
)
