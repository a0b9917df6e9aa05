"""The installed command, run as a person runs it: in a clean directory, as its own process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

COMMAND = Path(sys.executable).with_name("pactwatch")


@dataclass(frozen=True)
class Result:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Result]


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A clean directory to work in."""
    return tmp_path


@pytest.fixture
def run(desk: Path) -> Run:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PACTWATCH_")}
    environment["PACTWATCH_DB"] = f"sqlite:///{desk}/desk.db"
    environment["PACTWATCH_MAIL_DIR"] = str(desk / "mail")

    def command(*args: str, stdin: str = "", **more: str) -> Result:
        done = subprocess.run(
            [str(COMMAND), *args],
            input=stdin,
            capture_output=True,
            text=True,
            cwd=desk,
            env={**environment, **more},
            timeout=60,
            check=False,
        )
        return Result(done.returncode, done.stdout, done.stderr)

    return command
