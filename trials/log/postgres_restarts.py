"""PostgreSQL is stopped at once, or killed, under load.

Clients are a store that appends without end, commands, and a `pactwatch run` with mail to send;
each finds the server anew by itself. What was acknowledged is there afterwards, once.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from contextlib import suppress
from functools import partial
from itertools import count

from events import EventStore, EventStoreError
from trials.facts import (
    LOG_FAULTS,
    agreement,
    check_log,
    event_ids,
    ids_of,
    query,
    statement,
    write_lines,
)
from trials.postgres_server import fresh_database, postgres_server
from trials.processes import (
    Installation,
    append_line,
    end,
    fork,
    is_unexpected,
    kill,
    lines_of,
    workspace,
)
from trials.trial import Figures, Trial

KEYS = ("ap", "im")
PATIENCE = 30
"""Seconds after which a daemon or a writer has not found the server again."""


def append_for_ever(installation: Installation, key: str) -> int:
    """Appends with a store that stays open, and goes on with the same event after an error."""
    store: EventStore | None = None
    for n in count():
        while True:
            try:
                store = store or EventStore.open(installation.database)
                store.append("statements", [statement(f"{key}-{n}")])
                break
            except EventStoreError:
                time.sleep(0.05)
            except Exception as error:
                append_line(installation.folder / "raw", f"{type(error).__name__}: {error}")
                time.sleep(0.05)
        append_line(installation.folder / f"{key}.ack", f"{key}-{n}")
        time.sleep(0.02)
    return 0


def import_for_ever(installation: Installation, key: str) -> int:
    out = installation.folder / f"{key}.out"
    for n in count():
        lines = agreement(f"{key}n{n}", count=8)
        file = write_lines(installation.folder / f"{key}.jsonl", lines)
        while installation.run("-q", "import", file, out=out):
            if is_unexpected(out.read_text()):
                append_line(installation.folder / "raw", out.read_text().replace("\n", " "))
            time.sleep(0.2)
        append_line(installation.folder / f"{key}.ack", "\n".join(ids_of(lines)))
    return 0


def run(cycles: int, figures: Figures) -> None:
    random.seed(1)
    with postgres_server() as server, workspace() as folder:
        installation = Installation(folder, fresh_database(server, "load"))
        installation.command("db", "init")
        installation.command("subscribe", "add", "r@example.org", "--cadence", "immediate")
        daemon = installation.start("run", "--interval", "1")
        pids = [
            fork(partial(work, installation, key))
            for key, work in zip(KEYS, (append_for_ever, import_for_ever), strict=True)
        ]
        try:
            wait_for_turn(installation.database, "")
            for cycle in range(cycles):
                time.sleep(random.uniform(0.5, 2.0))
                if cycle % 2:
                    server.kill()
                else:
                    server.stop()
                time.sleep(random.uniform(0.0, 1.0))
                server.start()
                before = last_turn(installation.database)
                figures.add("not_back", int(not wait_for_turn(installation.database, before)))
                for key in KEYS:
                    figures.add("writer_not_back", int(not wait_for_answer(installation, key)))
                figures.add("daemon_died", int(daemon.poll() is not None))
                figures.add("cycles")
        finally:
            kill(*pids)
            end(daemon)
        judge(installation, figures)


def last_turn(database: str) -> str:
    with suppress(Exception):
        return str(query(database, "SELECT at FROM turns WHERE name = 'good'")[0][0])
    return ""


def wait_for_turn(database: str, before: str) -> bool:
    """Waits for a good turn other than the one before; returns whether it came."""
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends:
        if last_turn(database) not in ("", before):
            return True
        time.sleep(0.1)
    return False


def wait_for_answer(installation: Installation, key: str) -> bool:
    """Waits until a writer has been answered once more; returns whether it was."""
    answers = installation.folder / f"{key}.ack"
    before, ends = len(lines_of(answers)), time.monotonic() + PATIENCE
    while time.monotonic() < ends:
        if len(lines_of(answers)) > before:
            return True
        time.sleep(0.1)
    return False


def judge(installation: Installation, figures: Figures) -> None:
    times = Counter(event_ids(installation.database))
    for file in installation.folder.glob("*.ack"):
        ids = [identity for identity in lines_of(file) if identity]
        figures.add("acknowledged", len(ids))
        figures.add("lost", sum(times[i] == 0 for i in ids))
        figures.add("doubled", sum(times[i] > 1 for i in ids))
    for line in lines_of(installation.folder / "raw"):
        if line:
            figures.failed("unexpected", line)
    check_log(installation, figures)


TRIALS = (
    Trial(
        "postgres_restarts",
        "Does everybody find PostgreSQL again, with nothing lost, when it stops under load?",
        run,
        (2, 6, 200),
        (
            "lost",
            "doubled",
            "unexpected",
            "daemon_died",
            "not_back",
            "writer_not_back",
            *LOG_FAULTS,
        ),
        ("cycles", "acknowledged"),
    ),
)
