"""What a test needs of the machine: found, or installed through apt where that is ours to do."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def found_or_installed(find: Callable[[], T | None], package: str) -> T | None:
    """What `find` finds; where it finds nothing and we are root on Debian, after installing."""
    program = find()
    if program is not None or os.geteuid() != 0 or not shutil.which("apt-get"):
        return program
    for command in (["apt-get", "update"], ["apt-get", "install", "-y", package]):
        subprocess.run(command, check=False, capture_output=True, timeout=600)
    return find()
