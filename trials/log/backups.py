"""Backups that are none, that want to do harm, or that are cut off.

`backups-hostile` restores files that call themselves backups. `backups-killed` kills `db backup`
and `db restore` at random instants: the target is whole or absent. `backups-beside-writers` copies
while others write, and restores each copy into both engines.
"""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import apsw

from trials.facts import agreement, event_ids, query, value, write_lines
from trials.log.kill9 import append_events, import_files
from trials.postgres_server import fresh_database, postgres_server
from trials.processes import Installation, exit_code, fork, is_unexpected, kill, workspace
from trials.trial import Figures, NotRun, Trial

EVIL = "evil"
"""Begins the names of triggers that no backup of ours has."""
COLUMNS = "position, stream, version, id, type, source, recorded_at, data"
ENDLESS = (
    "DROP TABLE events",
    "CREATE VIEW events AS WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) "
    "SELECT n AS position FROM r",
)
SPY = (
    "CREATE TRIGGER evil AFTER INSERT ON alerts BEGIN INSERT INTO subscriptions (email, agreements,"
    " cadence, hour, zone, created_at, confirmed_at, consent, told_until) VALUES ('spy@example.net'"
    ", '[]', 'immediate', 8, 'UTC', '2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z', 'x', 0); END",
)
FORGERIES: dict[str, tuple[str, ...]] = {
    "no events": ("DROP TABLE events",),
    "endless events": ENDLESS,
    "events emptied": ("DROP TRIGGER events_no_delete", "DELETE FROM events"),
    "event changed": (
        "DROP TRIGGER events_no_update",
        "UPDATE events SET source = 'forged' WHERE position = 2",
    ),
    "from the future": (
        "UPDATE alembic_version SET version_num = 'events_0099' WHERE version_num LIKE 'events%'",
    ),
}
"""What has to be refused."""
HARMLESS: dict[str, tuple[str, ...]] = {
    "guards dropped": ("DROP TRIGGER events_no_update", "DROP TRIGGER events_no_delete"),
    "a spy": SPY,
    "alerts dropped": (
        "CREATE TRIGGER evil2 BEFORE INSERT ON alerts BEGIN SELECT RAISE(IGNORE); END",
    ),
}
"""What may be restored, but not along with the harm."""


def events_of(database: str) -> list[tuple[Any, ...]]:
    return query(database, f"SELECT {COLUMNS} FROM events ORDER BY position")


def forge(good: Path, path: Path, statements: tuple[str, ...]) -> Path:
    """A copy of a backup after these statements, in one file."""
    shutil.copy(good, path)
    with closing(apsw.Connection(str(path))) as connection:
        for statement in statements:
            connection.execute(statement).fetchall()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        connection.execute("PRAGMA journal_mode = DELETE").fetchall()
    return path


def no_backups(good: Path, folder: Path, draw: random.Random) -> Iterator[Path]:
    """Files that have to be refused."""
    whole = good.read_bytes()
    flipped = bytearray(whole)
    for _ in range(30):
        flipped[draw.randrange(4096, len(flipped))] ^= 0xFF
    contents = (b"", b"hello\n", draw.randbytes(20_000), whole[:100], whole[: len(whole) // 2])
    for n, content in enumerate((*contents, whole[: len(whole) // 8192 * 4096], bytes(flipped))):
        path = folder / f"content{n}"
        path.write_bytes(content)
        yield path
    for name, statements in FORGERIES.items():
        yield forge(good, folder / name.replace(" ", "-"), statements)


def run_hostile(cycles: int, figures: Figures) -> None:
    draw = random.Random(1)
    with workspace() as folder:
        installation, good = with_backup(folder)
        for cycle in range(cycles):
            inside = folder / f"cycle{cycle}"
            inside.mkdir()
            for path in no_backups(good, inside, draw):
                restore_hostile(installation, path, figures, is_refused=True)
            for name, statements in HARMLESS.items():
                path = forge(good, inside / name.replace(" ", "-"), statements)
                restore_hostile(installation, path, figures, is_refused=False)
            figures.add("cycles")


def with_backup(folder: Path, count: int = 60) -> tuple[Installation, Path]:
    installation, good = Installation(folder), folder / "good.db"
    lines = write_lines(folder / "lines.jsonl", agreement("a", count=count))
    installation.command("-q", "import", lines)
    installation.command("subscribe", "add", "me@example.org", "--cadence", "immediate")
    installation.command("-q", "db", "backup", good)
    return installation, good


def restore_hostile(
    installation: Installation, path: Path, figures: Figures, *, is_refused: bool
) -> None:
    """Restores a file, and counts what comes of it that should not."""
    target = installation.folder / "restored.db"
    for file in installation.folder.glob("restored.db*"):
        file.unlink()
    digest = hashlib.sha256(path.read_bytes()).digest()
    answer = installation.command("--db", target, "db", "restore", path, cpu_seconds=15)
    figures.add("refused" if answer.code else "restored")
    if (answer.code != 0) != is_refused or answer.code < 0 or is_unexpected(answer.text):
        figures.failed("wrong_answer", f"{path.name}: [{answer.code}] {answer.text}")
    left = [p.name for p in path.parent.iterdir() if p.name.startswith(f"{path.name}-")]
    is_same = hashlib.sha256(path.read_bytes()).digest() == digest
    figures.add("source_changed", int(not is_same or bool(left)))
    if answer.code:
        figures.add("target_left", int(target.exists()))
        return
    names = query(str(target), "SELECT name FROM sqlite_master WHERE type = 'trigger'")
    triggers = {row[0] for row in names}
    figures.add("harm_restored", sum(name.startswith(EVIL) for name in triggers))
    figures.add("guards_missing", int(not {"events_no_update", "events_no_delete"} <= triggers))
    installation.command("--db", target, "tick")
    strangers = "SELECT count(*) FROM subscriptions WHERE email <> 'me@example.org'"
    figures.add("harm_restored", value(str(target), strangers))


def run_killed(cycles: int, figures: Figures) -> None:
    """Kills backups and restores by turns."""
    draw = random.Random(2)
    with workspace() as folder:
        installation, good = with_backup(folder, 2000)
        events = events_of(str(good))
        took: list[float] = []
        for cycle in range(-2, cycles):
            out = folder / f"out{cycle}"
            out.mkdir()
            backup = ("db", "backup", out / "b.db")
            args = ("--db", out / "b.db", "db", "restore", good) if cycle % 2 else backup
            if cycle < 0:
                began = time.monotonic()
                installation.command("-q", *args)
                took.append(time.monotonic() - began)
                continue
            seconds = draw.uniform(0.0, took[cycle % 2])
            figures.add("killed", int(kill_after(seconds, installation, *args)))
            if (out / "b.db").exists():
                figures.add("whole")
                answer = installation.command("--db", out / "b.db", "verify")
                if answer.code or events_of(str(out / "b.db")) != events:
                    figures.failed("target_damaged", answer.text)
            else:
                answer = installation.command(*args)
                if answer.code:
                    figures.failed("retry_refused", answer.text)
                left = [p.name for p in out.iterdir() if "partial" in p.name]
                figures.add("left_over", len(left))
            shutil.rmtree(out)
            figures.add("cycles")


def kill_after(seconds: float, installation: Installation, *args: object) -> bool:
    """Kills a command after so long; returns whether it was still at work."""
    pid = fork(lambda: installation.run(*args))
    time.sleep(seconds)
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    return exit_code(pid) < 0


@contextmanager
def busy_writers(installation: Installation, folder: Path) -> Iterator[None]:
    """Two writers beside the block."""
    pids = [
        fork(lambda: import_files(installation, folder, "i")),
        fork(lambda: append_events(installation, folder, "ap")),
    ]
    try:
        time.sleep(0.5)
        yield
    finally:
        kill(*pids)


def run_beside_writers(cycles: int, figures: Figures) -> None:
    with workspace() as folder:
        databases = [str(folder / "live.db")]
        with suppress(NotRun), postgres_server() as server:
            databases.append(fresh_database(server, "live"))
            copy_beside_writers(folder, databases, server, cycles, figures)
            return
        copy_beside_writers(folder, databases, None, cycles, figures)


def copy_beside_writers(
    folder: Path, databases: list[str], server: Any, cycles: int, figures: Figures
) -> None:
    for n, database in enumerate(databases):
        inside = folder / f"live{n}"
        inside.mkdir()
        live = Installation(inside, database)
        live.command("db", "init")
        for cycle in range(cycles):
            file = inside / f"copy{cycle}.db"
            with busy_writers(live, inside):
                before = len(event_ids(database))
                answer = live.command("-q", "db", "backup", file)
            if answer.code:
                figures.failed("backup_refused", answer.text)
                continue
            copied = events_of(str(file))
            figures.add("left_out", max(0, before - len(copied)))
            figures.add("not_a_beginning", int(events_of(database)[: len(copied)] != copied))
            targets = [str(inside / f"back{cycle}.db")]
            targets += [fresh_database(server, f"back{n}x{cycle}")] if server else []
            for target in targets:
                answer = live.command("-q", "--db", target, "db", "restore", file)
                if answer.code:
                    figures.failed("restore_refused", answer.text)
                else:
                    figures.add("restored")
                    figures.add("restored_differs", int(events_of(target) != copied))
            figures.add("cycles")


TRIALS = (
    Trial(
        "backups-hostile",
        "Is what is no backup refused, and harm left behind?",
        run_hostile,
        (1, 3, 20),
        ("wrong_answer", "source_changed", "target_left", "harm_restored", "guards_missing"),
        ("cycles", "refused", "restored"),
    ),
    Trial(
        "backups-killed",
        "Is a backup or a restored database whole or absent after a kill?",
        run_killed,
        (6, 20, 300),
        ("target_damaged", "retry_refused", "left_over"),
        ("cycles", "killed"),
    ),
    Trial(
        "backups-beside-writers",
        "Is a copy made beside writers a beginning of the log, and restored equal?",
        run_beside_writers,
        (1, 3, 60),
        ("backup_refused", "left_out", "not_a_beginning", "restore_refused", "restored_differs"),
        ("cycles", "restored"),
    ),
)
