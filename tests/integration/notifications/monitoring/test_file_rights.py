"""What `doctor` says of files that belong to others, are open to others, or find no room."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from events import EventStore, NewEvent
from events.database.backup import backup, restore
from notifications.delivery.eml_files import EmlTransport
from notifications.monitoring import file_rights
from notifications.monitoring.file_rights import (
    examine_file,
    examine_mail_folder,
    examine_secret,
)
from notifications.monitoring.finding import findings

NOBODY = 65534
MESSAGE = b"Date: Tue, 18 Mar 2025 20:00:00 +0000\r\nMessage-ID: <d.1@x>\r\n\r\nword\r\n"


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

    assert ["ok", "fault"] == opened
    assert ["ok"] == [each.verdict for each in examine_file(file)]


def test_a_file_that_a_group_shares_is_no_fault(file: Path) -> None:
    """Somebody chose it; what the group needs beside the file is said where it lacks."""
    file.chmod(0o660)
    in_any_folder = list(examine_file(file))
    file.parent.chmod(0o2770)
    in_its_own = list(examine_file(file))

    assert ["ok", "advice"] == [each.verdict for each in in_any_folder]
    assert f"may read and write {file} too" in in_any_folder[0].words
    assert f"chmod g+rwxs {file.parent}" in in_any_folder[1].hint
    assert in_any_folder[:1] == in_its_own


def test_a_file_that_everybody_may_write_is_a_fault(file: Path) -> None:
    """Whoever writes it rewrites the log, whatever guards it inside."""
    file.chmod(0o602)

    assert [("fault", f"chmod o= {file}")] == [
        (each.verdict, each.hint) for each in examine_file(file)
    ]


def test_what_stands_beside_a_database_counts(file: Path) -> None:
    """Its write-ahead log has the newest entries; one of an earlier release kept its rights."""
    file.chmod(0o600)
    log = file.with_name(f"{file.name}-wal")
    log.touch(mode=0o644)
    (opened,) = examine_file(file)

    assert f"chmod o= {log}" == opened.hint


def test_a_folder_of_mails_that_everybody_may_read_is_told(file: Path) -> None:
    """Whoever reads them may use the links in them."""
    folder = file.parent / "mail"
    folder.mkdir(mode=0o755)
    (opened,) = examine_mail_folder(folder)
    folder.chmod(0o700)

    assert f"chmod -R o= {folder}" == opened.hint
    assert [] == list(examine_mail_folder(folder))


@pytest.fixture
def generous() -> Iterator[None]:
    """A mask by which whatever is made can be read by everybody."""
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.mark.usefixtures("generous")
def test_what_is_made_is_for_its_owner_alone(tmp_path: Path) -> None:
    """The database with what stands beside it, a backup, what is restored, and mails in files."""
    database, copy, restored = (tmp_path / name for name in ("a.db", "copy.db", "restored.db"))
    with EventStore.open(str(database)) as store:
        store.append("a", [NewEvent(type="t", data={})])
        backup(str(database), copy)
        restore(copy, str(restored))
        beside = [path.name for path in tmp_path.glob("a.db*")]
        EmlTransport(tmp_path / "mail").send("a@example.org", MESSAGE)
        made = [tmp_path / "mail", *tmp_path.glob("*.db*"), *(tmp_path / "mail").iterdir()]

        assert {"a.db", "a.db-wal", "a.db-shm"} == set(beside)
        assert [] == [path.name for path in made if path.stat().st_mode & 0o077]


def test_a_file_that_is_there_keeps_its_rights(tmp_path: Path) -> None:
    """Whoever wants to share a database makes the file first."""
    file = tmp_path / "shared.db"
    file.touch()
    file.chmod(0o660)
    EventStore.open(str(file)).close()

    assert 0o660 == file.stat().st_mode & 0o777


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
