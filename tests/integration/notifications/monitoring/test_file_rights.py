"""What `doctor` says of files that belong to others, are open to others, or find no room."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from notifications.monitoring import file_rights
from notifications.monitoring.file_rights import examine_file, examine_secret
from notifications.monitoring.finding import findings

NOBODY = 65534


@contextmanager
def another_user() -> Iterator[None]:
    """Root may read whatever there is; others are kept out by the mode alone."""
    if os.geteuid():
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def file() -> Iterator[Path]:
    """A database in a folder that others may enter, which a folder of pytest is not."""
    with TemporaryDirectory(dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        path = Path(folder) / "pactwatch.db"
        path.touch()
        yield path
        Path(folder).chmod(0o700)


def test_files_of_somebody_else_are_faults_with_their_chown(file: Path) -> None:
    """The database and its folder, and a secret, each for whoever runs this."""
    file.chmod(0)
    with another_user():
        database = list(examine_file(file))
        secret = examine_secret(file, "the secret of links in mail")

    assert "fault" == secret.verdict
    assert all(each.hint.startswith("chown ") for each in (*database, secret))
    assert str(file) in database[0].words
    assert "who runs this" in secret.words


def test_a_closed_folder_is_a_fault_in_words(file: Path) -> None:
    """As for an analyst who asks `doctor` about the files of the services."""
    file.parent.chmod(0)
    with another_user():
        closed = list(findings("database", partial(examine_file, file)))

    assert ["fault"] == [each.verdict for each in closed]
    assert "is closed to who runs this" in closed[0].words


def test_a_folder_that_is_closed_to_others_closes_its_files(file: Path) -> None:
    """A file that all may read is told only where all get there."""
    file.chmod(0o644)
    opened = [each.verdict for each in examine_file(file)]
    file.parent.chmod(0o700)

    assert ["advice"] == opened
    assert [] == list(examine_file(file))


def test_a_disk_without_room_is_told_before_it_is_full(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_rights, "LEAST_ROOM", 1 << 62)
    file.chmod(0o600)
    (full,) = examine_file(file)

    assert "fault" == full.verdict
    assert f"df -h {file.parent}" in full.hint


def test_a_folder_in_place_of_a_database_is_no_file_of_readers(file: Path) -> None:
    """What is wrong with it is told by who opens it; nobody is sent to change its rights."""
    assert [] == list(examine_file(file.parent))
