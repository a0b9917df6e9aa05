"""What a disk may hold after a power cut: what was flushed, and any of what was written since."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

SECTOR = 512
FILES = ("trial.db", "trial.db-wal", "trial.db-journal")
SYSTEM_CALLS = "openat,unlink,write,pwrite64,fsync,fdatasync,ftruncate"
CALL = re.compile(r"^(?:\d+\s+)?(\w+)\((.*)\)\s+= (-?\d+)")
RESUMED = re.compile(r"<\.\.\. \w+ resumed>(.*)", re.DOTALL)
DESCRIPTOR = re.compile(r"^(-?\d+|AT_FDCWD)(?:<(.*?)>)?")
TEXT = re.compile(r'"([^"]*)"')
MODES = ("chance", "chance", "chance", "none", "all", "torn")
"""Each sector written since the last flush is kept by chance; or none is, or all, or the last write
is torn in the middle."""


class Step(NamedTuple):
    """What a traced process did: create, remove, write, truncate, flush, or acknowledge."""

    kind: str
    file: str = ""
    offset: int = 0
    data: bytes = b""


def steps_of(trace: Iterable[str], folder: Path, notes: Path) -> Iterator[Step]:
    """The steps in the output of strace; a line that is written to `notes` acknowledges its ids."""
    names = {str(folder / name): name for name in FILES}
    for line in _whole_calls(trace):
        match = CALL.match(line)
        if match is None or int(match[3]) < 0:
            continue
        call, arguments = match[1], match[2]
        if call in ("openat", "unlink"):
            name = names.get(_unquoted(_text(arguments)).decode(errors="replace"))
            if name and (call == "unlink" or "O_CREAT" in arguments):
                yield Step("remove" if call == "unlink" else "create", name)
        else:
            path = _path(arguments)
            if path == str(notes) and call == "write":
                yield Step("acknowledge", data=_unquoted(_text(arguments)))
            elif path in names:
                yield _step_on_file(call, names[path], arguments)
            elif path == str(folder) and call in ("fsync", "fdatasync"):
                yield Step("flush folder")


def _whole_calls(trace: Iterable[str]) -> Iterator[str]:
    """The calls in the order of their ends; one that another thread interrupted is two lines."""
    begun: dict[str, str] = {}
    for line in trace:
        pid, _, call = line.partition(" ")
        if call.rstrip().endswith("<unfinished ...>"):
            begun[pid] = call.rstrip().removesuffix("<unfinished ...>")
        elif (resumed := RESUMED.match(call.lstrip())) is not None:
            yield f"{pid} {begun.pop(pid, '').lstrip()}{resumed[1]}"
        else:
            yield line


def _step_on_file(call: str, name: str, arguments: str) -> Step:
    if call in ("fsync", "fdatasync"):
        return Step("flush", name)
    last = int(arguments.rpartition(", ")[2])
    if call == "ftruncate":
        return Step("truncate", name, last)
    return Step("write", name, last, _unquoted(_text(arguments)))


def _text(arguments: str) -> str:
    match = TEXT.search(arguments)
    return match[1] if match else ""


def _unquoted(text: str) -> bytes:
    return bytes.fromhex(text.replace("\\x", ""))


def _path(arguments: str) -> str:
    match = DESCRIPTOR.match(arguments)
    raw = (match[2] if match else "") or ""
    return _unquoted(raw).decode(errors="replace") if raw.startswith("\\x") else raw


class Disk:
    """The files of a folder: what is safe, and what was done since and is not."""

    def __init__(self, database: bytes) -> None:
        self.flushed = {0: bytearray(database)}
        self.pending: dict[int, list[Step]] = {0: []}
        self.current = {FILES[0]: 0}
        self.safe_names: dict[str, int | None] = {FILES[0]: 0}
        self.pending_names: list[tuple[str, int | None]] = []

    def apply(self, step: Step) -> None:
        """Does what the traced process did."""
        name = step.file
        if step.kind == "create" and name not in self.current:
            number = len(self.flushed)
            self.flushed[number], self.pending[number] = bytearray(), []
            self.current[name] = number
            self.pending_names.append((name, number))
        elif step.kind == "remove" and name in self.current:
            del self.current[name]
            self.pending_names.append((name, None))
        elif step.kind in ("write", "truncate"):
            self.pending[self.current[name]].append(step)
        elif step.kind == "flush" and name in self.current:
            number = self.current[name]
            for earlier in self.pending[number]:
                change(self.flushed[number], earlier)
            self.pending[number] = []
        elif step.kind == "flush folder":
            self.safe_names.update(self.pending_names)
            self.pending_names = []

    def after_cut(self, draw: random.Random) -> dict[str, bytes]:
        """One of the states that may be there after a power cut, drawn by chance."""
        mode = draw.choice(MODES)
        names = dict(self.safe_names)
        names.update(self.pending_names[: draw.randint(0, len(self.pending_names))])
        files = {}
        for name, number in names.items():
            if number is None:
                continue
            content = bytearray(self.flushed[number])
            pending = self.pending[number] if mode != "none" else []
            for n, step in enumerate(pending):
                for part in _survivors(step, mode, n == len(pending) - 1, draw):
                    change(content, part)
            files[name] = bytes(content)
        return files


def _survivors(step: Step, mode: str, is_last: bool, draw: random.Random) -> Iterator[Step]:
    """The parts of a write, or the truncation, that reached the disk."""
    if step.kind == "truncate":
        if mode == "all" or draw.random() < 0.5:
            yield step
        return
    for at in range(0, len(step.data), SECTOR):
        is_first_half = not is_last or at < len(step.data) // 2
        is_kept = mode == "all" or (mode == "torn" and is_first_half)
        if is_kept or (mode == "chance" and draw.random() < 0.5):
            yield step._replace(offset=step.offset + at, data=step.data[at : at + SECTOR])


def change(content: bytearray, step: Step) -> None:
    """Writes into a file, or cuts or extends it to a length."""
    if step.kind == "truncate":
        del content[step.offset :]
    content.extend(b"\0" * (step.offset - len(content)))
    content[step.offset : step.offset + len(step.data)] = step.data
