"""The power is cut under SQLite: what the disk may hold at any instant of a traced run is opened.

strace writes down every write, flush, truncation, creation and removal of real commands and of a
store. Every event that was acknowledged before the cut has to be there, and the log has to be whole
and a beginning of what was appended. The model: a sector of 512 bytes is written whole or not at
all, a flush is obeyed, and the shared memory of the WAL is lost.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import time
from contextlib import closing
from pathlib import Path

from events import EventStore, EventStoreError
from events.transparency.verification import verify
from trials.facts import agreement, check_rebuild, ids_of, statement, value, write_lines
from trials.log.disk_trace import FILES, SYSTEM_CALLS, Disk, steps_of
from trials.processes import (
    Installation,
    append_line,
    exit_code,
    fork,
    let_be_traced,
    workspace,
)
from trials.trial import Figures, NotRun, Trial

CUTS_PER_RUN = 300
LOOK_THROUGH_EVERY = 20
"""After so many cuts one state is looked through page by page, and its tables are made anew."""
ROUNDS = 2
NOTES = "acknowledged"


def work(folder: Path, seed: int) -> None:
    """What is traced: commands and a store in turn, with a line of ids after each answer."""
    random.seed(seed)
    installation, notes = Installation(folder), folder / NOTES
    for n in range(ROUNDS):
        lines = agreement(f"k{n}", count=random.choice((2, 8, 30)))
        file = write_lines(folder / "lines.jsonl", lines)
        checked(installation, "import", file)
        append_line(notes, " ".join(ids_of(lines)))
        with EventStore.open(installation.database) as store:
            for m in range(random.randint(20, 45)):
                ids = [f"a{n}-{m}-{i}" for i in range(random.choice((1, 1, 1, 5)))]
                text = "x" * random.randint(1, 900)
                store.append("statements", [statement(i, text) for i in ids])
                append_line(notes, " ".join(ids))
        record = ("record", "PositionStated", f"k{n}-c0", "text=x", "by=NOR", "--id", f"r{n}")
        checked(installation, *record)
        append_line(notes, f"r{n}")
        checked(installation, "tick")


def checked(installation: Installation, *args: object) -> None:
    code = installation.run("-q", *args, out=installation.folder / "words")
    if code:
        raise RuntimeError(f"{args[0]} ended with {code}")


def run(cycles: int, figures: Figures) -> None:
    if shutil.which("strace") is None:
        raise NotRun("no strace here; on Debian: apt-get install strace")
    probe = subprocess.run(["strace", "-o", os.devnull, "true"], capture_output=True, check=False)
    if probe.returncode:
        raise NotRun("strace may not trace here")
    for first in range(0, cycles, CUTS_PER_RUN):
        with workspace() as folder:
            cut_traced_run(folder, min(CUTS_PER_RUN, cycles - first), first + 1, figures)


def cut_traced_run(folder: Path, cuts: int, seed: int, figures: Figures) -> None:
    """Traces one run, and opens what a power cut at so many of its instants may leave."""
    EventStore.open(str(folder / FILES[0])).close()
    disk = Disk((folder / FILES[0]).read_bytes())
    trace_work(folder, seed)
    with (folder / "trace").open() as trace:
        steps = list(steps_of(trace, folder, folder / NOTES))
    figures.add("steps", len(steps))
    order = [i for step in steps if step.kind == "acknowledge" for i in step.data.decode().split()]
    draw, acknowledged, done = random.Random(seed), set[str](), 0
    for cut in sorted(draw.randint(1, len(steps)) for _ in range(cuts)):
        for step in steps[done:cut]:
            if step.kind == "acknowledge":
                acknowledged.update(step.data.decode().split())
            else:
                disk.apply(step)
        done = cut
        open_after_cut(disk.after_cut(draw), folder / "after", acknowledged, order, figures)


def trace_work(folder: Path, seed: int) -> None:
    """Traces a fork, which has nothing left to load; it waits until strace has attached to it."""
    begin, go_on = os.pipe()

    def traced() -> None:
        let_be_traced()
        os.read(begin, 1)
        work(folder, seed)

    pid = fork(traced)
    command = ["strace", "-f", "-y", "-xx", "-s", "8000000", "-e", f"trace={SYSTEM_CALLS}"]
    command += ["-o", str(folder / "trace"), "-p", str(pid)]
    strace = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    while strace.poll() is None and not is_traced(pid):
        time.sleep(0.01)
    os.write(go_on, b".")
    code = exit_code(pid)
    for end in (begin, go_on):
        os.close(end)
    if code or strace.wait(60):
        words = folder / "words"
        last = words.read_text()[-300:] if words.exists() else ""
        raise RuntimeError(f"the traced run ended with {code}: {last}")


def is_traced(pid: int) -> bool:
    return "TracerPid:\t0\n" not in Path(f"/proc/{pid}/status").read_text()


def open_after_cut(
    files: dict[str, bytes],
    folder: Path,
    acknowledged: set[str],
    order: list[str],
    figures: Figures,
) -> None:
    """Opens one state by the program, and counts what is missing in it."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    figures.add("cycles")
    try:
        with closing(EventStore.open(str(folder / FILES[0]), create=False)) as store:
            damage = verify(store).damage
            # The pages of a damaged file may lead in a circle.
            ids = [row.id for row in store.rows()] if damage is None else []
    except EventStoreError as error:
        figures.failed("not_opened", str(error))
        return
    if damage is not None:
        figures.failed("damaged", damage.what)
        return
    lost = len(acknowledged - set(ids))
    figures.add("lost", lost)
    figures.add("cuts_with_loss", int(lost > 0))
    figures.add("not_a_beginning", int(ids != order[: len(ids)]))
    figures.highest("acknowledged", len(acknowledged))
    if figures.counts["cycles"] % LOOK_THROUGH_EVERY == 0:
        look_through(Installation(folder), figures)


def look_through(installation: Installation, figures: Figures) -> None:
    """Checks every page, and that after a turn tables made anew are the same."""
    figures.add("looked_through")
    is_whole = value(installation.database, "PRAGMA integrity_check") == "ok"
    figures.add("pages_damaged", int(not is_whole))
    answer = installation.command("tick")
    if answer.code:
        figures.failed("tick_failed", answer.text)
    check_rebuild(installation, figures)


QUESTION = "Is what was acknowledged there after a power cut at any instant?"
TRIALS = (
    Trial(
        "power_cut",
        QUESTION,
        run,
        (60, 300, 10000),
        (
            "lost",
            "not_opened",
            "damaged",
            "not_a_beginning",
            "pages_damaged",
            "tick_failed",
            "rebuild_differs",
        ),
        ("cycles", "acknowledged", "looked_through"),
    ),
)
