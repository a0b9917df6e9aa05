"""The installed command, run as a person runs it: in a clean directory, as its own process."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import DATASET

if TYPE_CHECKING:
    from tests.acceptance.terminal import Terminal

EVENING_TEXT = "2025-03-18T22:00:00Z"
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
def environment(desk: Path) -> dict[str, str]:
    """A clean environment with a database and a mail folder of its own."""
    plain = ("PACTWATCH_", "NO_COLOR", "COLUMNS", "_PACTWATCH")
    clean = {k: v for k, v in os.environ.items() if not k.startswith(plain)}
    return clean | {
        "TERM": "xterm-256color",
        "PACTWATCH_DB": f"sqlite:///{desk}/desk.db",
        "PACTWATCH_MAIL_DIR": str(desk / "mail"),
    }


@pytest.fixture
def run(desk: Path, environment: dict[str, str]) -> Run:
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


Start = Callable[..., "Terminal"]


@pytest.fixture
def terminal(desk: Path, environment: dict[str, str]) -> Start:
    """Starts the command with somebody at a terminal of 80 columns."""
    from tests.acceptance.terminal import start

    def begin(*args: str, columns: int = 80, **more: str) -> Terminal:
        return start(args, {**environment, **more}, desk, columns)

    return begin


@pytest.fixture(scope="session")
def shipped_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped agreements, taken in once by the installed command."""
    database = tmp_path_factory.mktemp("shipped") / "desk.db"
    files = sorted(DATASET.glob("*.jsonl"))
    text = "".join(file.read_text(encoding="utf-8") for file in files)
    subprocess.run(
        [str(COMMAND), "--db", str(database), "--now", EVENING_TEXT, "-q", "import", "-"],
        input=text,
        text=True,
        check=True,
    )
    return database


@pytest.fixture
def shipped(run: Run, desk: Path, shipped_database: Path) -> Run:
    """The shipped agreements on the desk."""
    shutil.copy(shipped_database, desk / "desk.db")
    return run
