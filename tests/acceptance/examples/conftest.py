"""The worked cases, each entered once command by command and copied onto the desk of a test."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from tests.support.command import Run, database_of_commands
from tests.support.example import entered

Enter = Callable[[str], Run]


@pytest.fixture(scope="session")
def example_database(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The database that the script of a case leaves."""
    made: dict[str, Path] = {}

    def database(name: str) -> Path:
        if name not in made:
            fill = partial(entered, name=name)
            made[name] = database_of_commands(tmp_path_factory.mktemp(name), fill)
        return made[name]

    return database


@pytest.fixture
def example(run: Run, desk: Path, example_database: Callable[[str], Path]) -> Enter:
    """Puts a case on the desk."""

    def on_desk(name: str) -> Run:
        shutil.copy(example_database(name), desk / "desk.db")
        return run

    return on_desk
