"""Somebody writes to the file of the log past the program.

What the log holds cannot be changed by any connection, whatever it sets; and when the guards are
dropped first and put back, which the owner of a file can always do, `verify` finds each change.
"""

from __future__ import annotations

import random
import shutil
from contextlib import closing, suppress
from pathlib import Path

import apsw

from trials.facts import agreement, write_lines
from trials.processes import Installation, workspace
from trials.trial import Figures, Trial

CHANGES = (
    "UPDATE events SET source = 'forged' WHERE position = {n}",
    "UPDATE events SET data = CAST(replace(data, '2', '3') AS BLOB) WHERE position = {n}",
    "UPDATE events SET recorded_at = '2020-01-01T00:00:00Z' WHERE position = {n}",
    "UPDATE events SET leaf = zeroblob(32) WHERE position = {n}",
    "DELETE FROM events WHERE position = {n}",
    "INSERT OR REPLACE INTO events SELECT position, stream, version, id, type, 'forged', "
    "recorded_at, data, leaf, subtrees FROM events WHERE position = {n}",
    "INSERT INTO events SELECT position + 1000, stream, version + 1000, 'forged', type, source, "
    "recorded_at, data, leaf, subtrees FROM events WHERE position = {n}",
    "UPDATE event_counter SET position = position - 1",
    "DELETE FROM event_counter",
    "UPDATE event_texts SET text = 'forged' WHERE position IN (SELECT min(position) FROM "
    "event_texts)",
)
PRAGMAS = (
    "PRAGMA recursive_triggers = OFF",
    "PRAGMA foreign_keys = OFF",
    "PRAGMA ignore_check_constraints = ON",
)
COUNT = 24


def run(cycles: int, figures: Figures) -> None:
    draw = random.Random(1)
    with workspace() as folder:
        installation = Installation(folder)
        file = write_lines(folder / "lines.jsonl", agreement("a", count=COUNT))
        installation.command("-q", "import", file)
        with closing(apsw.Connection(installation.database)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        for _ in range(cycles):
            for change in CHANGES:
                statement = change.format(n=draw.randint(1, COUNT - 1))
                try_change(folder, statement, figures)
            figures.add("cycles")


def try_change(folder: Path, statement: str, figures: Figures) -> None:
    """Tries a change with the guards of the file, then without, and verifies what it leaves."""
    forged = Installation(folder, str(folder / "forged.db"))
    for file in folder.glob("forged.db*"):
        file.unlink()
    shutil.copy(folder / "trial.db", forged.database)
    with closing(apsw.Connection(forged.database)) as connection:
        for pragma in PRAGMAS:
            connection.execute(pragma).fetchall()
        try:
            connection.execute(statement).fetchall()
        except apsw.Error:
            figures.add("refused")
        else:
            figures.failed("changed", statement)
        if not change_unguarded(connection, statement):
            return
    figures.add("forged")
    answer = forged.command("verify")
    if answer.code == 0:
        figures.failed("not_found", statement)


def change_unguarded(connection: apsw.Connection, statement: str) -> bool:
    """Drops the guards, changes the file and puts them back; whether anything has changed.

    A guard that is gone would be found in any case.
    """
    query = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
    guards = [(str(name), str(guard)) for name, guard in connection.execute(query).fetchall()]
    for name, _ in guards:
        connection.execute(f"DROP TRIGGER {name}").fetchall()
    before = connection.total_changes()
    with suppress(apsw.ConstraintError):
        connection.execute(statement).fetchall()
    for _, guard in guards:
        connection.execute(guard).fetchall()
    return connection.total_changes() > before


TRIALS = (
    Trial(
        "tamper",
        "Is a change of the log past the program refused, and else found?",
        run,
        (1, 10, 200),
        ("changed", "not_found"),
        ("cycles", "refused", "forged"),
    ),
)
