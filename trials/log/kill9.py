"""Writers and turns are killed by SIGKILL at random instants.

Each cycle, two command-line writers (`import`, then `record`), one writer on the store itself and a
loop of `tick` are killed, twice over. Afterwards every id that was acknowledged is in the
log, once; a file is there whole or not at all; what had no answer, or the last one, is given again
under the same ids; the log verifies; and after a turn, tables made anew are equal to those kept up
to date.
"""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from itertools import count
from pathlib import Path

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
    exit_code,
    fork,
    lines_of,
    workspace,
)
from trials.trial import Figures, Trial

Writer = Callable[[Installation, Path, str], int]
ROUNDS = 2
"""So often are all writers killed before the log is looked at, which costs as much as the kills."""
FRESH_EVERY = 4
"""Cycles on one database; a longer log would only make each cycle slower."""
LATEST_KILL = 0.8
WATCHED, WATCH_SECONDS = "i2", 60.0
FILE_LENGTHS = (2, 30, 400)
LONG_FILE = 30
"""From so many lines on a file that is recorded in parts is seen in part."""


def import_files(installation: Installation, folder: Path, key: str) -> int:
    """Imports short and long files, each followed by a record; notes ids before and after."""
    for n in count():
        name = f"{key}n{n}"
        lines = agreement(name, count=random.choice(FILE_LENGTHS))
        file = write_lines(folder / f"{name}.jsonl", lines)
        acknowledged(installation, folder, key, ["import", file], ids_of(lines))
        record = ["record", "PositionStated", f"{name}-c0", "text=met", "by=NOR", "--id"]
        acknowledged(installation, folder, key, [*record, f"{name}-r"], [f"{name}-r"])
    return 0


def acknowledged(
    installation: Installation, folder: Path, key: str, args: list[object], ids: list[str]
) -> None:
    """Runs a command between two notes: that it was tried, and how it ended."""
    append_line(folder / f"{key}.try", "\t".join(["command", " ".join(map(str, args)), *ids]))
    out = folder / f"{key}.out"
    code = installation.run("-q", *args, out=out)
    append_line(folder / f"{key}.ack", "\t".join([str(code), *ids]))
    if code:
        append_line(folder / "refusals", out.read_text())


def append_events(installation: Installation, folder: Path, key: str) -> int:
    """Appends to the store itself, commit after commit, so that most kills fall near one."""
    with EventStore.open(installation.database) as store:
        for n in count():
            ids = [f"{key}a{n}-{i}" for i in range(random.choice((1, 1, 1, 7)))]
            append_line(folder / f"{key}.try", "\t".join(["append", "", *ids]))
            store.append("statements", [statement(i) for i in ids])
            append_line(folder / f"{key}.ack", "\t".join(["0", *ids]))
    return 0


def take_turns(installation: Installation, folder: Path, key: str) -> int:
    while True:
        out = folder / f"{key}.out"
        if installation.run("tick", out=out):
            append_line(folder / "refusals", out.read_text())


WRITERS: tuple[tuple[str, Writer], ...] = (
    ("i1", import_files),
    ("i2", import_files),
    ("ap", append_events),
    ("tk", take_turns),
)


def kill_writers(installation: Installation, folder: Path, name: str) -> int:
    """Starts all writers, and kills each at an instant of its own; returns how many it killed."""
    keys = {
        fork(partial(work, installation, folder, f"{key}x{name}")): key for key, work in WRITERS
    }
    began = time.monotonic()
    for at, pid in sorted((random.uniform(0.02, LATEST_KILL), pid) for pid in keys):
        time.sleep(max(0.0, began + at - time.monotonic()))
        wait_for_instant(installation.database, folder / f"{keys[pid]}x{name}.try")
        os.kill(pid, signal.SIGKILL)
    return sum(exit_code(pid) == -signal.SIGKILL for pid in keys)


def wait_for_instant(database: str, tries: Path) -> None:
    """Waits a little, and no longer when a file is there in part: the kill has to leave that part.

    One of the writers is watched over a whole long file, however slow the machine is.
    """
    longest = WATCH_SECONDS if tries.name.startswith(WATCHED) else random.uniform(0.0, 0.3)
    ends, enough = time.monotonic() + longest, _long_files(tries.with_suffix(".ack")) + 1
    while time.monotonic() < ends and _long_files(tries.with_suffix(".ack")) < enough:
        attempts, answers = lines_of(tries), lines_of(tries.with_suffix(".ack"))
        if len(attempts) > len(answers):
            _, _, first, *others = attempts[-1].split("\t")
            if others and _is_in_part(database, first, others[-1]):
                return
        time.sleep(0.005)
    time.sleep(random.uniform(0.0, 0.05))


def _long_files(answers: Path) -> int:
    return sum(line.count("\t") >= LONG_FILE for line in lines_of(answers))


def _is_in_part(database: str, first: str, last: str) -> bool:
    return query(database, f"SELECT id FROM events WHERE id IN ('{first}', '{last}')") == [(first,)]


def check_answers(installation: Installation, folder: Path, figures: Figures) -> None:
    """Counts what was acknowledged and is not there; gives again what had no answer."""
    times = Counter(event_ids(installation.database))
    for file in folder.glob("*.try"):
        tries, answers = lines_of(file), lines_of(file.with_suffix(".ack"))
        for code, *ids in (line.split("\t") for line in answers):
            if code == "0":
                figures.add("acknowledged", len(ids))
                figures.add("lost", sum(times[i] == 0 for i in ids))
                figures.add("doubled", sum(times[i] > 1 for i in ids))
        if len(tries) > len(answers):
            _, _, *ids = tries[-1].split("\t")
            present = sum(times[i] for i in ids)
            figures.add("unanswered")
            figures.add("unanswered_committed", int(present > 0))
            figures.add("torn", int(present not in (0, len(ids))))
        # The last answer may have been lost on its way, too.
        for attempt in tries[-2:]:
            try_again(installation, attempt, figures)
    for refusal in lines_of(folder / "refusals"):
        if "Error" in refusal:
            figures.failed("refused", refusal)


def try_again(installation: Installation, attempt: str, figures: Figures) -> None:
    """Gives the same once more, under the same ids."""
    kind, words, *ids = attempt.split("\t")
    if kind == "append":
        try:
            with EventStore.open(installation.database) as store:
                store.append("statements", [statement(i) for i in ids])
        except EventStoreError as error:
            figures.failed("retry_refused", str(error))
        return
    answer = installation.command(*words.split())
    if answer.code:
        figures.failed("retry_refused", answer.text)


def run_sqlite(cycles: int, figures: Figures) -> None:
    random.seed(1)
    for first in range(0, cycles, FRESH_EVERY):
        with workspace() as folder:
            installation = Installation(folder)
            repeat(installation, range(first, min(first + FRESH_EVERY, cycles)), figures)


def run_postgres(cycles: int, figures: Figures) -> None:
    random.seed(2)
    with postgres_server() as server, workspace() as folder:
        for first in range(0, cycles, FRESH_EVERY):
            installation = Installation(folder, fresh_database(server, f"kills{first}"))
            repeat(installation, range(first, min(first + FRESH_EVERY, cycles)), figures)


def repeat(installation: Installation, cycles: range, figures: Figures) -> None:
    installation.command("db", "init")
    for cycle in cycles:
        folder = installation.folder / f"cycle{cycle}"
        folder.mkdir()
        for n in range(ROUNDS):
            figures.add("kills", kill_writers(installation, folder, f"{cycle}r{n}"))
        check_answers(installation, folder, figures)
        check_log(installation, figures)
        figures.add("cycles")


ZERO = ("lost", "doubled", "torn", "refused", "retry_refused", *LOG_FAULTS)
POSITIVE = ("cycles", "kills", "acknowledged", "unanswered")
QUESTION = "Is what was acknowledged there, once and whole, when writers are killed?"
TRIALS = (
    Trial("kill9", QUESTION, run_sqlite, (1, 8, 125), ZERO, POSITIVE),
    Trial("kill9-postgres", QUESTION, run_postgres, (1, 4, 125), ZERO, POSITIVE),
)
