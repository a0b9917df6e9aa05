"""A folder that all processes of one run of tests share, in memory where there is room."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

VARIABLE = "TEST_RUN_FOLDER"
MEMORY, ROOM = Path("/dev/shm"), 4_000_000_000


def memory() -> Path | None:
    """The folder of files in memory; None where there is none or it is too small."""
    return MEMORY if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM else None


def begin() -> TemporaryDirectory[str]:
    """Makes the folder, which every process that is started from now on knows.

    What a program notes for its user lies there, too: a killed worker leaves its answers behind,
    and a later run may have a database at the same address.
    """
    folder = TemporaryDirectory(prefix="pactwatch-tests-", dir=memory())
    os.environ |= {VARIABLE: folder.name, "XDG_STATE_HOME": f"{folder.name}/state"}
    return folder


def shared() -> Path | None:
    """The folder; None in a process that no run of tests has started."""
    return Path(name) if (name := os.environ.get(VARIABLE)) else None
