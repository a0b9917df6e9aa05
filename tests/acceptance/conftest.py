"""The command as a person runs it, in a clean directory."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from events import format_instant
from tests.support import terminal as terminals
from tests.support.command import (
    Command,
    Fill,
    OnDesk,
    Process,
    Run,
    database_of_commands,
    plain_environment,
)
from tests.support.dataset import DATASET, EVENING
from tests.support.terminal import Start, Terminal


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A clean directory to work in."""
    return tmp_path


@pytest.fixture
def environment(desk: Path) -> dict[str, str]:
    """A clean environment with a database and a mail folder of its own."""
    return plain_environment(desk)


@pytest.fixture
def run(desk: Path, environment: dict[str, str]) -> Run:
    """The command, run in this process."""
    return Command(desk, environment)


@pytest.fixture
def process(desk: Path, environment: dict[str, str]) -> Run:
    """The command, run in a process of its own."""
    return Process(desk, environment)


@pytest.fixture
def terminal(desk: Path, environment: dict[str, str]) -> Start:
    """Starts the command with somebody at a terminal of 80 columns."""

    def begin(*args: str, columns: int = 80, installed: bool = False, **settings: str) -> Terminal:
        words = {**environment, **settings}
        return terminals.start(args, words, desk, columns, installed=installed)

    return begin


@pytest.fixture(scope="session")
def imported_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped agreements, taken in once by the command."""
    files = sorted(DATASET.glob("*.jsonl"))
    text = "".join(file.read_text(encoding="utf-8") for file in files)

    def fill(run: Run) -> None:
        assert 0 == run("-q", "--now", format_instant(EVENING), "import", "-", stdin=text).code

    return database_of_commands(tmp_path_factory.mktemp("imported"), fill)


@pytest.fixture
def shipped(run: Run, desk: Path, imported_database: Path) -> Run:
    """The shipped agreements on the desk."""
    shutil.copy(imported_database, desk / "desk.db")
    return run


@pytest.fixture(scope="session")
def filled_database(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Gives the database that a function leaves with its commands, which run once."""
    databases: dict[Fill, Path] = {}

    def database(fill: Fill, begin: Path | None = None) -> Path:
        if fill not in databases:
            folder = tmp_path_factory.mktemp("filled")
            databases[fill] = database_of_commands(folder, fill, begin)
        return databases[fill]

    return database


@pytest.fixture
def on_desk(run: Run, desk: Path, filled_database: Callable[..., Path]) -> OnDesk:
    """Copies the database that a function leaves with its commands onto the desk."""

    def copy(fill: Fill, begin: Path | None = None) -> Run:
        shutil.copy(filled_database(fill, begin), desk / "desk.db")
        return run

    return copy
