"""A wall clock that a test sets under a process: a library that is loaded before all others."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

SOURCE = Path(__file__).with_name("jump.c")


class WallClock:
    """What processes started with `environment` read as the wall clock; other clocks stay true."""

    def __init__(self, place: Path) -> None:
        compiler = shutil.which("cc")
        if compiler is None:
            pytest.skip("NO C COMPILER: the clock of a real process was not set (Debian: gcc)")
        library, self._offset = place / "jump.so", place / "jump"
        arguments = ("-O2", "-shared", "-fPIC", "-o", str(library), str(SOURCE), "-ldl")
        subprocess.run([compiler, *arguments], check=True)
        self.set_ahead(0)
        self.environment = {
            **os.environ,
            "LD_PRELOAD": str(library),
            "JUMP_FILE": str(self._offset),
        }

    def set_ahead(self, seconds: int) -> None:
        """Sets the clock so many seconds ahead of the true one; behind it when negative."""
        # Named when it is whole, since it is read at any moment.
        whole = self._offset.with_suffix(".new")
        whole.write_text(str(seconds))
        whole.replace(self._offset)
