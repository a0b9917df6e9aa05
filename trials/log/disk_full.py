"""The disk runs full under the database, the mail folder, and what `-o` and backups write, or it
becomes one that may only be read.

A small disk in memory (tmpfs, for root only) takes what it can. Afterwards all that was
acknowledged is there and nothing else, the program still answers, and once there is room the
refused command goes through.
"""

from __future__ import annotations

import os
import random
import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from trials.facts import (
    LOG_FAULTS,
    RECORDED,
    agreement,
    check_log,
    event_ids,
    files_of,
    ids_of,
    query,
    write_lines,
)
from trials.processes import Installation, is_unexpected, workspace
from trials.trial import Figures, NotRun, Trial

MOST_FILES = 400
READS = (("status",), ("verify",), ("tick",))
"""What has to answer, whatever it answers, while the disk is full."""


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Callable[[str], None]]:
    """A disk of this size; yields what mounts it again with other options."""
    folder.mkdir()
    if os.geteuid() != 0:
        raise NotRun("needs root, to mount a small disk")
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    mounted = subprocess.run(command, capture_output=True, text=True, check=False)
    if mounted.returncode:
        raise NotRun(f"may not mount a small disk: {mounted.stderr.strip()}")

    def remount(options: str) -> None:
        subprocess.run(["mount", "-o", f"remount,{options}", str(folder)], check=True)

    try:
        yield remount
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def run_database(cycles: int, figures: Figures) -> None:
    """Imports files until one is refused, looks while the disk is full, and makes room."""
    random.seed(1)
    for cycle in range(cycles):
        size = f"{random.randint(900, 2500)}k"
        with workspace() as folder, small_disk(folder / "disk", size) as remount:
            installation = Installation(folder, str(folder / "disk" / "trial.db"))
            if installation.command("db", "init").code:
                continue
            refused = fill_database(installation, cycle, figures)
            for args in READS:
                answer = installation.command(*args)
                if is_unexpected(answer.text) or (args != ("tick",) and answer.code):
                    figures.failed("no_answer_while_full", answer.text)
            remount("size=60m")
            answer = installation.command("-q", "import", refused)
            if answer.code:
                figures.failed("refused_after", answer.text)
            check_log(installation, figures)
            figures.add("cycles")


def fill_database(installation: Installation, cycle: int, figures: Figures) -> Path:
    """Imports until the disk is full; counts what is not as acknowledged; returns the last file."""
    acknowledged: set[str] = set()
    for n in range(MOST_FILES):
        lines = agreement(f"c{cycle}n{n}", count=random.choice((10, 60, 300)))
        file = write_lines(installation.folder / "lines.jsonl", lines)
        answer = installation.command("-q", "import", file)
        if answer.code not in RECORDED:
            break
        acknowledged.update(ids_of(lines))
        figures.add("recorded_only", int(answer.code != 0))
    figures.add("acknowledged", len(acknowledged))
    figures.add("refusals", int(answer.code == 1))
    if answer.code != 1 or "disk is full" not in answer.text:
        figures.failed("wrong_words", answer.text)
    present = set(event_ids(installation.database))
    figures.add("lost", len(acknowledged - present))
    figures.add("half_written", len(present - acknowledged))
    return file


def run_mail(cycles: int, figures: Figures) -> None:
    """Messages wait until there is room, and each is there once, whole."""
    for _ in range(cycles):
        with workspace() as folder, small_disk(folder / "disk", "48k") as remount:
            installation = Installation(folder, PACTWATCH_MAIL_DIR=folder / "disk" / "mail")
            file = write_lines(folder / "lines.jsonl", agreement("a", count=10))
            installation.command("-q", "import", file)
            for n in range(10):
                address = f"r{n}@example.org"
                installation.command("subscribe", "add", address, "--cadence", "immediate")
            answer = installation.command("tick")
            if is_unexpected(answer.text):
                figures.failed("unexpected", answer.text)
            count_mail(installation, figures, "while_full")
            waiting = "SELECT count(*) FROM outbox WHERE state <> 'sent'"
            figures.add("waited", query(installation.database, waiting)[0][0])
            remount("size=60m")
            for hours in (2, 8, 20, 44):
                installation.command("tick", "--now", f"+{hours}h")
            count_mail(installation, figures, "after")
            figures.add("not_sent", query(installation.database, waiting)[0][0])
            figures.add("cycles")


def count_mail(installation: Installation, figures: Figures, when: str) -> None:
    """Counts files that are half written, left over, or there twice under one Message-ID."""
    folder = installation.folder / "disk" / "mail"
    files = [file.read_bytes() for file in folder.glob("*.eml")]
    matches = [re.search(rb"(?m)^Message-ID: (\S+)", content) for content in files]
    ids = [match[1] for match in matches if match]
    short = sum(not content.rstrip().endswith(b"--") for content in files)
    figures.add("half_written", short + len(files) - len(ids))
    figures.add("doubled", len(ids) - len(set(ids)))
    figures.add(f"files_{when}", len(files))
    figures.add(f"parts_{when}", len(list(folder.glob("*.part"))))


WRITES: tuple[tuple[str, ...], ...] = (
    ("import", "{folder}/lines.jsonl"),
    ("record", "PositionStated", "a-c0", "text=x", "by=NOR"),
    ("tick",),
    ("subscribe", "add", "r@example.org"),
    ("projection", "rebuild", "--yes"),
    ("db", "backup", "{folder}/disk/out.db"),
)
READ_ONLY_READS: tuple[tuple[str, ...], ...] = (
    ("status",), ("deadlines",), ("event", "list"), ("explain", "a-c0"), ("export",), ("verify",),
    ("check", "--fail-on", "tamper"), ("db", "backup", "{folder}/copy.db"),
    ("site", "build", "{folder}/site"),
)  # fmt: skip


def run_read_only(cycles: int, figures: Figures) -> None:
    """What reads answers, what writes is refused in words, and afterwards all goes on."""
    for _ in range(cycles):
        with workspace() as folder, small_disk(folder / "disk", "60m") as remount:
            installation = Installation(folder, str(folder / "disk" / "trial.db"))
            file = write_lines(folder / "lines.jsonl", agreement("a", count=40))
            installation.command("-q", "import", file)
            write_lines(file, agreement("b", count=4))
            before = files_of(folder / "disk")
            remount("ro")
            for words in READ_ONLY_READS:
                answer = installation.command(*(word.format(folder=folder) for word in words))
                figures.add("reads")
                if answer.code or is_unexpected(answer.text):
                    figures.failed("not_read", f"{words}: [{answer.code}] {answer.text}")
            for words in WRITES:
                answer = installation.command(*(word.format(folder=folder) for word in words))
                figures.add("refusals")
                if answer.code != 1 or is_unexpected(answer.text) or "hint:" not in answer.text:
                    figures.failed("wrong_words", f"{words}: [{answer.code}] {answer.text}")
            remount("rw")
            figures.add("changed", int(files_of(folder / "disk") != before))
            answer = installation.command("-q", "import", file)
            if answer.code:
                figures.failed("refused_after", answer.text)
            check_log(installation, figures)
            figures.add("cycles")


OUTPUTS: dict[str, tuple[object, ...]] = {
    "backup": ("db", "backup", "{disk}/out"),
    "site": ("site", "build", "{disk}/out"),
    "export": ("export", "-o", "{disk}/out"),
    "calendar": ("feed", "ics", "-o", "{disk}/out"),
    "restore": ("--db", "{disk}/out", "db", "restore", "{folder}/good.db"),
}
READERS = (("export",), ("status",), ("status", "--json"), ("verify", "--json"))


def run_outputs(cycles: int, figures: Figures) -> None:
    """What is written onto a full disk is refused in words, and nothing is left of it."""
    for _ in range(cycles):
        with workspace() as folder, small_disk(folder / "disk", "64k"):
            installation = Installation(folder)
            file = write_lines(folder / "lines.jsonl", agreement("a", count=300))
            installation.command("-q", "import", file)
            installation.command("-q", "db", "backup", folder / "good.db")
            with (folder / "disk" / "filler").open("wb") as filler, suppress(OSError):
                filler.write(b"x" * 64_000)
            for name, words in OUTPUTS.items():
                args = [str(w).format(disk=folder / "disk", folder=folder) for w in words]
                answer = installation.command(*args)
                if answer.code != 1 or is_unexpected(answer.text):
                    figures.failed("wrong_words", f"{name}: [{answer.code}] {answer.text}")
                left = [p.name for p in (folder / "disk").iterdir() if p.name != "filler"]
                if left:
                    figures.failed("left_over", f"{name}: {left}")
                figures.add("outputs")
            read_into_full_device(installation, figures)
            figures.add("cycles")


def read_into_full_device(installation: Installation, figures: Figures) -> None:
    """Standard output on a full disk: exit 1 in words, never a traceback."""
    for args in READERS:
        with Path("/dev/full").open("wb") as full:
            process = installation.start(*args, log=full)
            code = process.wait(60)
        figures.add("outputs")
        if code == 0:
            figures.failed("silent", f"{args[0]} to a full device ended with 0")


TRIALS = (
    Trial(
        "disk_full",
        "Is the log whole, and usable again, when the disk runs full under it?",
        run_database,
        (1, 6, 100),
        (
            "lost",
            "half_written",
            "wrong_words",
            "no_answer_while_full",
            "refused_after",
            *LOG_FAULTS,
        ),
        ("cycles", "acknowledged", "refusals"),
    ),
    Trial(
        "disk_full-mail",
        "Does mail wait for room, and arrive once and whole?",
        run_mail,
        (1, 4, 20),
        ("unexpected", "half_written", "doubled", "not_sent", "parts_after"),
        ("cycles", "waited", "files_after"),
    ),
    Trial(
        "disk_read_only",
        "Is what reads answered, and what writes refused in words, on a read-only disk?",
        run_read_only,
        (1, 2, 20),
        ("not_read", "wrong_words", "changed", "refused_after", *LOG_FAULTS),
        ("cycles", "reads", "refusals"),
    ),
    Trial(
        "disk_full-outputs",
        "Is what cannot be written refused in words, with nothing left?",
        run_outputs,
        (1, 2, 10),
        ("wrong_words", "left_over", "silent"),
        ("cycles", "outputs"),
    ),
)
