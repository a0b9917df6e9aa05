"""Start-up against bare Python, appends and replay against the raw driver writing the same row."""

from __future__ import annotations

import platform
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec

from benchmarks.timing import best, row
from events import EventStore, NewEvent
from events.pragmas import apply
from events.sqlite import COLUMNS, INSERT
from notifications.demo import DATASET

HERE = Path(sys.executable).parent
SINGLE, BATCH = 200, 1000
DATA = {"commitment": "c", "occurred": "2025-03-18", "speaker": "RUS", "reported_by": ["tass"]}


def main() -> None:
    print(
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, "
        f"{platform.machine()}\n"
    )
    print("| what | ours | other | against | ratio | goal |\n|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as place:
        for line in (*start_up(Path(place)), *appends(Path(place)), *replay(Path(place))):
            print(line, flush=True)


def start_up(place: Path) -> Iterator[str]:
    bare = best(lambda: subprocess.run([sys.executable, "-c", "pass"], check=True))
    database = place / "status.db"
    command = [str(HERE / "pactwatch"), "--db", str(database), "-q"]
    for file in sorted(DATASET.glob("*.jsonl")):
        subprocess.run([*command, "import", str(file)], check=True)
    for name, args, goal in (("--help", ["--help"], "<= 5x"), ("status", ["status"], "<= 20x")):
        ours = best(
            lambda args=args: subprocess.run(  # type: ignore[misc]
                [*command, *args], check=True, stdout=subprocess.DEVNULL
            )
        )
        yield row(f"pactwatch {name}", ours, bare, "python -c pass", goal)


def appends(place: Path) -> Iterator[str]:
    for name, commits, size in (("1 a commit", SINGLE, 1), ("1000 a commit", 5, BATCH)):
        ours = best(lambda n=name, c=commits, s=size: _append(place / f"ours-{n}.db", c, s), 3)  # type: ignore[misc]
        raw = best(lambda n=name, c=commits, s=size: _raw(place / f"raw-{n}.db", c, s), 3)  # type: ignore[misc]
        total = commits * size
        yield row(f"append {total}, {name}", ours, raw, "raw sqlite3, FULL", "measured")


def _append(path: Path, commits: int, size: int) -> None:
    path.unlink(missing_ok=True)
    with EventStore.open(str(path)) as store:
        for _ in range(commits):
            store.append("a", [NewEvent(type="t", data=DATA) for _ in range(size)])


def _raw(path: Path, commits: int, size: int) -> None:
    path.unlink(missing_ok=True)
    EventStore.open(str(path)).close()
    body, position = msgspec.json.encode(DATA), 0
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        apply(db, str(path))
        for _ in range(commits):
            db.execute("BEGIN IMMEDIATE")
            for _ in range(size):
                position += 1
                _insert(db, position, body)
            db.execute("COMMIT")


def _insert(db: sqlite3.Connection, position: int, body: bytes) -> None:
    db.execute("UPDATE event_counter SET position = ? WHERE id = 1", (position,))
    stamp = "2025-03-18T22:00:00Z"
    db.execute(INSERT, (position, "a", position, str(position), "t", "raw", stamp, body, b"0" * 32))


def replay(place: Path) -> Iterator[str]:
    path = place / "ours-1000 a commit.db"

    def ours() -> None:
        with EventStore.open(str(path)) as store:
            assert sum(1 for _ in store.read_all()) == 5 * BATCH

    def raw() -> None:
        with closing(sqlite3.connect(path)) as db:
            query = f"SELECT {COLUMNS} FROM events ORDER BY position"
            assert sum(1 for r in db.execute(query) if msgspec.json.decode(r[7])) == 5 * BATCH

    yield row(f"replay and decode {5 * BATCH}", best(ours), best(raw), "raw sqlite3", "measured")


if __name__ == "__main__":
    main()
