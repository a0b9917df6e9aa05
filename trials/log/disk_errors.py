"""The disk returns an error (EIO) for one write, flush or truncation of the database's files.

A library that is loaded before all others lets one call fail while a file is imported. What is
acknowledged is there, what is refused is not, and the same import goes through afterwards.
"""

from __future__ import annotations

import ctypes
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple

from trials.facts import (
    LOG_FAULTS,
    RECORDED,
    agreement,
    check_log,
    event_ids,
    ids_of,
    write_lines,
)
from trials.processes import (
    ROOT,
    Answer,
    Installation,
    append_line,
    exit_code,
    fork,
    is_unexpected,
    lines_of,
    preload,
    workspace,
)
from trials.trial import Figures, NotRun, Trial

SOURCE = Path(__file__).with_name("fail.c")
NEVER = 1 << 40


class Attempt(NamedTuple):
    """How an import ended, how many calls it made on the files, and how many of them failed."""

    answer: Answer
    calls: int
    failed: int


class FailingDisk:
    """A process under the library, which imports a file and lets the n-th call fail."""

    def __init__(self, folder: Path, pipes: tuple[IO[str], IO[str]]) -> None:
        self.folder, (self.orders, self.ends) = folder, pipes

    def import_file(self, n: int) -> Attempt:
        self.orders.write(f"{n}\n")
        self.orders.flush()
        code, calls, failed = map(int, self.ends.readline().split())
        text = (self.folder / "words").read_text(errors="replace")
        return Attempt(Answer(code, text), calls, failed)


@contextmanager
def failing_disk(folder: Path) -> Iterator[FailingDisk]:
    compiler = shutil.which("cc")
    if compiler is None:
        raise NotRun("no C compiler here, which makes the library that lets calls fail")
    library = folder / "fail.so"
    build = (compiler, "-O2", "-shared", "-fPIC", "-o", str(library), str(SOURCE), "-ldl")
    subprocess.run(build, check=True)
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "LD_PRELOAD": str(library)}
    command = [sys.executable, "-m", "trials.log.disk_errors", str(folder)]
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, env=environment, stdin=pipe, stdout=pipe, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield FailingDisk(folder, (process.stdin, process.stdout))
    finally:
        process.stdin.close()
        process.wait()


def serve(folder: Path) -> None:
    """Imports the file once for each number that comes in, in a fork."""
    preload()
    installation, ends = Installation(folder), folder / "ends"
    library = ctypes.CDLL(None)
    for line in sys.stdin:
        ends.unlink(missing_ok=True)

        def work(n: int = int(line)) -> int:
            library.fail_at(str(folder / "trial.db").encode(), ctypes.c_long(n))
            code = installation.run("-q", "import", folder / "lines.jsonl", out=folder / "words")
            counts = f"{library.calls_made()} {library.calls_failed()}"
            append_line(ends, f"{code} {counts}")
            return 0

        code = exit_code(fork(work))
        print(*(lines_of(ends) or [f"{code or 70} 0 0"]), flush=True)


def run(cycles: int, figures: Figures) -> None:
    draw = random.Random(1)
    with workspace() as folder:
        installation = Installation(folder)
        file = write_lines(folder / "lines.jsonl", agreement("a", count=12))
        installation.command("-q", "import", file)
        installation.command("-q", "db", "backup", folder / "before.db")
        lines = agreement("b", count=12)
        write_lines(file, lines)
        with failing_disk(folder) as disk:
            put_back(installation)
            calls = disk.import_file(NEVER).calls
            figures.add("calls", calls)
            for _ in range(cycles):
                put_back(installation)
                attempt = disk.import_file(draw.randint(1, calls))
                judge(installation, attempt, set(ids_of(lines)), figures)
                figures.add("cycles")


def put_back(installation: Installation) -> None:
    for file in installation.folder.glob("trial.db*"):
        file.unlink()
    shutil.copy(installation.folder / "before.db", installation.database)


def judge(installation: Installation, attempt: Attempt, ids: set[str], figures: Figures) -> None:
    """Counts what is not as the answer said, and what is wrong when the disk is well again."""
    answer, present = attempt.answer, ids & set(event_ids(installation.database))
    figures.add("failed_calls", attempt.failed)
    figures.add("refused", int(answer.code not in RECORDED))
    if answer.code not in (*RECORDED, 1) or is_unexpected(answer.text):
        figures.failed("wrong_words", f"[{answer.code}] {answer.text}")
    if answer.code in RECORDED:
        figures.add("acknowledged", len(ids))
        figures.add("lost", len(ids - present))
    elif present:
        figures.failed("refused_but_written", f"{len(present)} of {len(ids)}: {answer.text}")
    again = installation.command("-q", "import", installation.folder / "lines.jsonl")
    if again.code:
        figures.failed("retry_refused", again.text)
    check_log(installation, figures)


TRIALS = (
    Trial(
        "disk_errors",
        "Is each answer true, and the log whole, when the disk fails for one call?",
        run,
        (8, 40, 1000),
        ("lost", "refused_but_written", "wrong_words", "retry_refused", *LOG_FAULTS),
        ("cycles", "failed_calls", "refused", "acknowledged"),
    ),
)

if __name__ == "__main__":
    serve(Path(sys.argv[1]))
