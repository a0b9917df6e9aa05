"""A folder that all processes of one run of tests share, in memory where there is room."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.util import Finalize
from pathlib import Path

VARIABLE = "TEST_RUN_FOLDER"
MEMORY, ROOM = Path("/dev/shm"), 4_000_000_000


def memory() -> Path | None:
    """The folder of files in memory; None where there is none or it is too small."""
    return MEMORY if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM else None


def begin() -> None:
    """Makes the folder, which every process that is started from now on knows, until this one ends.

    What a program notes for its user lies there, too: a killed worker leaves its answers behind,
    and a later run may have a database at the same address. So do all temporary files: no
    test waits for a disk, and nothing is left on it.
    """
    folder = Path(tempfile.mkdtemp(prefix="pactwatch-tests-", dir=memory()))
    folder.chmod(0o711)  # servers that run as users of their own go through it
    # After the folder that multiprocessing makes in it, which has the priority -100.
    Finalize(None, shutil.rmtree, (folder,), {"ignore_errors": True}, exitpriority=-200)
    state = str(folder / "state")
    os.environ |= {VARIABLE: str(folder), "XDG_STATE_HOME": state, "TMPDIR": str(folder)}
    tempfile.tempdir = None


def shared() -> Path | None:
    """The folder; None in a process that no run of tests has started."""
    return Path(name) if (name := os.environ.get(VARIABLE)) else None


@contextmanager
def one_at_a_time(subject: str) -> Iterator[None]:
    """Keeps the other workers of a run waiting, where they come to the same subject."""
    folder = shared()
    if folder is None:
        yield
        return
    with (folder / f"{subject.replace('/', ' ')}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
