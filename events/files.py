"""Files that are whole or untouched: written under another name, flushed, and then renamed."""

from __future__ import annotations

import ctypes
import fcntl
import glob
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

PART = ".part"
AT_FDCWD, RENAME_EXCHANGE = -100, 2
"""Of Linux: paths are as they are given, and both are there."""


PRIVATE = 0o600
"""The mode of what is for its owner alone."""


def make_private(path: str | Path) -> None:
    """Makes an empty file for its owner alone; one that is there keeps its rights.

    Where it cannot be made, whoever opens it next says why.
    """
    with suppress(OSError):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE))


def effective_user() -> str:
    """The name of the user whose rights this process has; the number where it has no name."""
    try:
        import pwd

        return pwd.getpwuid(os.geteuid()).pw_name
    except (ImportError, KeyError):
        return str(os.geteuid())


@contextmanager
def replacing(path: Path, mode: int = 0o666) -> Iterator[IO[bytes]]:
    """A file to write, which takes the place of `path` when all of it is on disk, or goes.

    It has the rights of what was there before; a new one has `mode`, less what the umask takes.
    It is locked meanwhile: what a process that is no more has left of such a file is removed.
    """
    path = path.resolve()  # a link stays a link
    if path.exists() and not path.is_file():  # a pipe or a device is written as it is
        with path.open("wb") as file:
            yield file
        return
    for left in path.parent.glob(f".{glob.escape(path.name)}.*{PART}"):
        sweep(left)
    partial = path.with_name(f".{path.name}.{os.getpid()}{PART}")
    try:
        with open(partial, "wb", opener=lambda name, flags: os.open(name, flags, mode)) as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield file
            file.flush()
            os.fsync(file.fileno())
            if path.exists():
                partial.chmod(path.stat().st_mode & 0o7777)
            partial.replace(path)
        sync(path.parent)
    finally:
        partial.unlink(missing_ok=True)


def read_text(path: Path) -> str:
    """The text of a file; bytes that are no text are replaced, so that who reads it refuses it."""
    return path.read_text(encoding="utf-8", errors="replace")


def exchange(one: Path, other: Path) -> bool:
    """Swaps two folders in one step, so that neither is ever absent; False where nothing can."""
    try:
        renameat2 = ctypes.CDLL(None).renameat2
    except (OSError, AttributeError):
        return False
    words = (AT_FDCWD, os.fsencode(one), AT_FDCWD, os.fsencode(other), RENAME_EXCHANGE)
    return int(renameat2(*words)) == 0


def sync(path: Path) -> None:
    """Lets what is in a file, or the names in a folder, outlast a power cut."""
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Shows that a file or folder is still being written; the lock goes with its process."""
    number = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(number, fcntl.LOCK_EX)
        yield
    finally:
        os.close(number)


def remove_folder(folder: Path, mark: str) -> None:
    """Removes a folder, its mark after all else: what a killed removal leaves can be told by it."""
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif path.name != mark:
            path.unlink()
    shutil.rmtree(folder)


def sweep(left: Path, mark: str = "") -> None:
    """Remove an unfinished file or folder, unless a process that lives holds its lock.

    A folder loses its `mark` last.
    """
    try:
        number = os.open(left, os.O_RDONLY)
    except OSError:
        return
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        remove_folder(left, mark) if left.is_dir() else left.unlink(missing_ok=True)
    except OSError:
        return
    finally:
        os.close(number)
